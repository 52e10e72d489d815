from odoo import api, models
from odoo.tools.misc import formatLang


class ChurnShortage(models.AbstractModel):
    """What keeps a plan of successors from being complete, in words: which limit, whose, and by how much."""

    _name = "churn.shortage"
    _description = "Limit That a Plan Cannot Keep"

    @api.model
    def _values(self, shortages, names):
        """Make what :func:`analytics.matching.match` found storable; ``names``: {user id: name}."""
        return [
            {"limit": short.limit, "amount": float(short.amount), "name": names.get(short.candidate)}
            for short in shortages
        ]

    @api.model
    def _text(self, found, currency):
        """Return a sentence per shortage; ``found`` as :meth:`_values` made it."""
        return "\n".join(getattr(self, f"_tell_{short['limit']}")(short, currency) for short in found)

    def _tell_nobody(self, found, _currency):
        return self.env._(
            "%(count)d accounts have no possible successor: nobody works in all their companies. Give access to "
            "the companies or choose by hand.",
            count=found["amount"],
        )

    def _tell_accounts(self, found, _currency):
        count = round(found["amount"])
        if found["name"]:
            return self.env._(
                "%(name)s would look after %(count)d accounts more than the limit allows, by your fixed choices "
                "alone. Let some go or raise the limit.",
                name=found["name"],
                count=count,
            )
        return self.env._(
            "There is no room for %(count)d accounts: the limit on accounts is reached by all who could take them. "
            "Raise it under Capacities or choose by hand.",
            count=count,
        )

    def _tell_deals(self, found, _currency):
        count = round(found["amount"])
        if found["name"]:
            return self.env._(
                "%(name)s would have %(count)d open deals more than the limit allows, by your fixed choices alone. "
                "Let some go or raise the limit.",
                name=found["name"],
                count=count,
            )
        return self.env._(
            "The limit on open deals is exceeded by at least %(count)d. Raise it under Capacities or choose by hand.",
            count=count,
        )

    def _tell_revenue(self, found, currency):
        amount = formatLang(self.env, found["amount"], currency_obj=currency)
        if found["name"]:
            return self.env._(
                "%(name)s would look after %(amount)s more revenue than the limit allows, by your fixed choices "
                "alone. Let some go or raise the limit.",
                name=found["name"],
                amount=amount,
            )
        return self.env._(
            "The limit on revenue is exceeded by at least %(amount)s. Raise it under Capacities or choose by hand.",
            amount=amount,
        )
