from odoo import models


class CrmLead2opportunityPartner(models.TransientModel):
    _inherit = "crm.lead2opportunity.partner"

    def _compute_user_id(self):
        """Odoo proposes the lead's salesperson, also one who has left; whoever serves the customer is proposed."""
        super()._compute_user_id()
        guard, guarded = self.env["crm.lead"]._churn_guard()
        if "user_id" not in guarded:
            return
        left = self.filtered(lambda dialog: guard._is_archived(dialog._fields["user_id"], dialog.user_id.id))
        users = guard._stand_ins(left.lead_id, "user_id", closed_too=True)
        for dialog in left:
            dialog.user_id = users.get(dialog.lead_id)
