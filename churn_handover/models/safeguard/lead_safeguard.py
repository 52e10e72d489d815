from odoo import models

from .safeguard import ALLOWED


class CrmLead(models.Model):
    _inherit = "crm.lead"

    def action_set_lost(self, **additional_values):
        """A lost opportunity is archived, too, but that is ordinary work; many at once are still refused."""
        return super(CrmLead, self.with_context(churn_lost=ALLOWED)).action_set_lost(**additional_values)
