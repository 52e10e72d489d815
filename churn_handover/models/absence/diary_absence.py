import pytz

from odoo import api, models


class ChurnDiary(models.AbstractModel):
    """Nobody is asked to meet a customer on a day of absence, also where the app for time off is not installed."""

    _inherit = "churn.diary"

    @api.model
    def _busy(self, users, first, last):
        busy = super()._busy(users, first, last)
        absences = self.env["churn.absence"].sudo()  # sudo: only that somebody is not free comes out
        for absence in absences.search(absences._domain_of(users, first.date(), last.date())):
            begin, end = (pytz.utc.localize(moment) for moment in absence._moments())
            busy[absence.user_id.partner_id.id].append((begin, end))
        return busy
