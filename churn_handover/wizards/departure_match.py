from odoo import fields, models


class ChurnDeparture(models.TransientModel):
    """The plan can start with the best successors instead of the first backups."""

    _inherit = "churn.departure"

    propose_best = fields.Boolean(
        string="Propose Best Successors",
        help="By fit and capacity, for all accounts at once. Else the first backup of each account is proposed.",
    )

    def action_plan(self):
        action = super().action_plan()
        handover = self.env["churn.handover"].browse(action["res_id"])
        if self.propose_best and handover.account_line_ids:
            handover.action_propose_best()
        return action
