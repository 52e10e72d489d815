from odoo import api, models


class CalendarEvent(models.Model):
    """An introduction follows its meeting, wherever somebody moves it or calls it off."""

    _inherit = "calendar.event"

    def write(self, vals):
        result = super().write(vals)
        if not {"start", "start_date", "active"}.isdisjoint(vals):
            self._churn_introductions()._follow_event()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_cancels_introduction(self):
        self._churn_introductions().state = "cancelled"

    def _churn_introductions(self):
        # sudo: whoever may change the meeting changes the introduction with it; customers see only that
        introductions = self.env["churn.introduction"].sudo()
        return introductions.search([("event_id", "in", self.ids), ("state", "=", "planned")])
