from odoo import api, models


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    @api.model_create_multi
    def create(self, vals_list):
        """Odoo invites, and writes the organiser's address into the text, before the values reach ``base``."""
        guard, guarded = self._churn_guard()
        if guarded:
            vals_list = guard._replace(self, vals_list, guarded, "_import_current_module" in self.env.context)
        return super().create(vals_list)
