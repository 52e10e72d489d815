from odoo import fields, models


class ChurnGateWaive(models.TransientModel):
    """Asks why gates are done without."""

    _name = "churn.gate.waive"
    _description = "Waive Gates"

    gate_ids = fields.Many2many("churn.gate", required=True)
    reason = fields.Char(required=True)

    def action_waive(self):
        self.gate_ids._waive(self.reason)
