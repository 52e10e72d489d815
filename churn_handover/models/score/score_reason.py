from odoo import api, models
from odoo.tools import format_date
from odoo.tools.misc import formatLang


class ChurnScoreReason(models.AbstractModel):
    """Says in words what the core gives as codes and numbers, in the reader's language."""

    _name = "churn.score.reason"
    _description = "Words of the Churn Score"

    @api.model
    def _sentences(self, account):
        """Why the account's probability is what it is: a list of sentences, the strongest reason first.

        An arrow says whether a reason raises or lowers the risk, against the company's average account.
        """
        if account.score_status == "no_data":
            return [self.env._("No confirmed order yet")]
        sentences = []
        for reason in account.reasons or []:
            tell = getattr(self, f"_tell_{reason['code']}", None)
            if tell:
                effect = reason.get("effect", 0)
                arrow = "↑ " if effect > 0 else "↓ " if effect < 0 else ""
                text = tell(reason, account)
                sentences.append(arrow + text[:1].upper() + text[1:])
        return sentences

    @api.model
    def _days(self, count):
        return self.env._("1 day") if count == 1 else self.env._("%(count)s days", count=count)

    @api.model
    def _orders(self, count):
        if count == 0:
            return self.env._("no order")
        return self.env._("1 order") if count == 1 else self.env._("%(count)s orders", count=count)

    @api.model
    def _tell_silence(self, reason, account):
        days = self._days(reason["days"])
        if reason["effect"] < 0:
            lately = self.env._("Last order %(days)s ago", days=days)
        else:
            lately = self.env._("No order for %(days)s", days=days)
        if reason["longest"] is None:
            return self.env._(
                "%(lately)s; customers here usually order every %(usual)s",
                lately=lately,
                usual=self._days(reason["usual"]),
            )
        return self.env._(
            "%(lately)s; usually every %(usual)s; longest pause so far %(longest)s",
            lately=lately,
            usual=self._days(reason["usual"]),
            longest=reason["longest"],
        )

    @api.model
    def _tell_rhythm(self, reason, account):
        return self.env._(
            "Usually orders every %(usual)s; the question is about the next %(horizon)s",
            usual=self._days(reason["usual"]),
            horizon=self._days(reason["horizon"]),
        )

    @api.model
    def _tell_volume(self, reason, account):
        return self.env._(
            "%(orders)s in the last %(days)s",
            orders=self._orders(reason["orders"]),
            days=self._days(reason["days"]),
        )

    @api.model
    def _tell_trend_90(self, reason, account):
        return self.env._(
            "%(now)s in the last %(days)s; %(before)s in the %(days)s before",
            now=self._orders(reason["now"]),
            before=self._orders(reason["before"]),
            days=self._days(reason["days"]),
        )

    _tell_trend_180 = _tell_trend_90

    @api.model
    def _tell_money(self, reason, account):
        return self.env._(
            "Revenue of the last %(days)s %(now)s; %(before)s in the half-year before",
            days=self._days(reason["days"]),
            now=self._money(reason["now"], account),
            before=self._money(reason["before"], account),
        )

    @api.model
    def _tell_single(self, reason, account):
        return self.env._("Only one order so far, %(days)s ago", days=self._days(reason["days"]))

    @api.model
    def _tell_credit(self, reason, account):
        return self.env._(
            "Credit notes in the last 365 days: %(count)s, %(amount)s in all",
            count=reason["count"],
            amount=self._money(reason["amount"], account),
        )

    @api.model
    def _tell_too_new(self, reason, account):
        return self.env._("Too new to tell: first order %(days)s ago", days=self._days(reason["days"]))

    @api.model
    def _tell_rare(self, reason, account):
        return self.env._(
            "Can't tell yet: usually orders every %(usual)s; the question is about the next %(horizon)s",
            usual=self._days(reason["usual"]),
            horizon=self._days(reason["horizon"]),
        )

    @api.model
    def _tell_lost(self, reason, account):
        return self.env._(
            "Lost: no order for %(days)s. The score stays as it is until a new order",
            days=self._days(reason["days"]),
        )

    @api.model
    def _tell_error(self, reason, account):
        return self.env._("The score can't be computed from this customer's orders: %(error)s", error=reason["error"])

    @api.model
    def _money(self, amount, account):
        return formatLang(self.env, amount, currency_obj=account.currency_id)

    # The model's own words

    @api.model
    def _ladder_sentence(self, step):
        """Why a layer is used or not."""
        layers = dict(self.env["churn.score.model"]._fields["layer"]._description_selection(self.env))
        name = layers.get(step["layer"], step["layer"])
        if step["why"] == "few_accounts":
            return self.env._(
                "%(layer)s: not used, needs %(needed)s accounts with a complete past window; there are %(accounts)s",
                layer=name,
                needed=step["needed"],
                accounts=step["accounts"],
            )
        if step["why"] == "not_judged":
            return self.env._("%(layer)s: not used, there is no complete past window to judge it on", layer=name)
        if step["why"] == "unreadable":
            return self.env._(
                "%(layer)s: not used, it does not work with the version of scikit-learn on this server",
                layer=name,
            )
        if step["why"] == "one_outcome":
            return self.env._(
                "%(layer)s: not used, all customers did the same in the past windows: nothing to tell apart",
                layer=name,
            )
        if step["why"] == "base":
            return self.env._("%(layer)s: works from the first order on", layer=name)
        values = {
            "layer": name,
            "other": layers.get(step["against"], step["against"]),
            "difference": f"{step['difference']:+.4f}",
            "error": f"{step['error']:.4f}",
        }
        if step["used"]:
            return self.env._(
                "%(layer)s: used; on the last complete window it changed the error (Brier) of “%(other)s” by "
                "%(difference)s, where chance alone makes ±%(error)s",
                **values,
            )
        return self.env._(
            "%(layer)s: not used; on the last complete window it changed the error (Brier) of “%(other)s” by "
            "%(difference)s, where chance alone makes ±%(error)s",
            **values,
        )

    @api.model
    def _trained_sentence(self, model):
        """What a model was trained on, in words."""
        if not model.trained_on:
            return False
        sources = dict(model._fields["source_used"]._description_selection(self.env))
        text = self.env._(
            "%(accounts)s customers with orders before %(day)s (%(orders)s).",
            accounts=model.trained_accounts,
            day=format_date(self.env, model.trained_on),
            orders=sources.get(model.source_used),
        )
        about = model.prior_about or {}
        if about.get("data"):
            text += " " + self.env._(
                "The starting coefficients were learned on %(day)s from public data: %(data)s.",
                data="; ".join(str(name) for name in about["data"]),
                day=format_date(self.env, about.get("date")),
            )
        return text
