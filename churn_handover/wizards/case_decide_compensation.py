from odoo import fields, models
from odoo.fields import Command


class ChurnCaseDecideCompensation(models.TransientModel):
    """What is going to be promised for an account that moves."""

    _name = "churn.case.decide.compensation"
    _description = "Compensation to Be Promised"

    decide_id = fields.Many2one("churn.case.decide", required=True, index=True, ondelete="cascade")
    kind = fields.Selection(
        [("account", "Account"), ("lead", "Lead or Opportunity"), ("help", "Help")], required=True, default="account"
    )
    account_id = fields.Many2one("res.partner", ondelete="cascade", domain=[("churn_is_account", "=", True)])
    lead_id = fields.Many2one("crm.lead", ondelete="cascade")
    note = fields.Char(string="What")
    due_date = fields.Date(
        string="Until", required=True, default=lambda self: fields.Date.add(fields.Date.today(), days=30)
    )

    def _commands(self):
        """The lines as commands for the case; of account, lead and words only what their kind asks for."""
        return [
            Command.create(
                {
                    "kind": line.kind,
                    "account_id": line.kind == "account" and line.account_id.id,
                    "lead_id": line.kind == "lead" and line.lead_id.id,
                    "note": line.note,
                    "due_date": line.due_date,
                }
            )
            for line in self
        ]
