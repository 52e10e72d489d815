from markupsafe import Markup

from odoo import models
from odoo.tools import format_date


class ChurnLetterItem(models.Model):
    """While the person in charge is away, the customer's page says so, and who is there."""

    _inherit = "churn.letter.item"

    def _page(self):
        return {**super()._page(), "stand_in": self._stand_in()}

    def _stand_in(self):
        """Return who is there instead of the owner today, or None."""
        account, owner = self.account_id, self.account_id.user_id
        there = self.env["churn.absence"]._there_now({(owner.id, account.id)})
        entry, user_id = there.get((owner.id, account.id), (None, None))
        if not entry:
            return None
        cover = self.env["res.users"].browse(user_id)
        until = format_date(self.env, entry.last, date_format="long")
        person = self._contact(cover)
        return {
            **person,
            "user": cover,
            "role": self.env._("stands in for %(name)s until %(last)s", name=owner.name, last=until),
            "text": self.env._(
                "%(away)s is away until %(last)s. In the meantime %(name)s is there for you.",
                away=owner.name,
                last=until,
                name=Markup("<b>%s</b>") % person["name"],
            ),
        }

    def _team(self):
        """The stand-in belongs to the team while it lasts."""
        team, stand_in = super()._team(), self._stand_in()
        if stand_in and stand_in["name"] not in [member["name"] for member in team]:
            team = [self._member(stand_in["user"], stand_in["role"]), *team]
        return team
