from odoo import models


class ResUsers(models.Model):
    """Planned absences keep people away as approved leaves do, also where the app for time off is not installed."""

    _inherit = "res.users"

    def _churn_away(self, first, last):
        away = super()._churn_away(first, last)
        # sudo: that and when somebody is away is all that is used of the absence of a colleague
        absences = self.env["churn.absence"].sudo()
        for absence in absences.search(absences._domain_of(self, first, last)):
            known = away.get(absence.user_id.id, (absence.date_from, absence.date_to))
            away[absence.user_id.id] = (min(known[0], absence.date_from), max(known[1], absence.date_to))
        return away
