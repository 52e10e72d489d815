import logging

from odoo import models

_logger = logging.getLogger(__name__)


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        """Whoever is archived during a departure loses API keys and sessions; archiving itself must never fail."""
        result = super().write(vals)
        if "active" in vals and not vals["active"]:
            try:
                with self.env.cr.savepoint():
                    # sudo: who archives users need not be in sales; the departure asks for it
                    self.env["churn.checklist.item"].sudo()._end_access_of_archived(self)
            except Exception:
                _logger.exception("API keys and sessions of the archived users %s could not be ended", self.ids)
        return result
