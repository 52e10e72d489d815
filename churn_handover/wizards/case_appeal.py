from odoo import fields, models


class ChurnCaseAppeal(models.TransientModel):
    """Asks with what plan the salesperson wants to keep the account."""

    _name = "churn.case.appeal"
    _description = "Appeal"

    text = fields.Text(string="Plan", required=True)

    def action_appeal(self):
        self.ensure_one()
        case = self.env["churn.case"].browse(self.env.context.get("active_id"))
        case.check_access("read")
        case._answer("appeal", self.text)
        return {"type": "ir.actions.act_window_close"}
