from odoo import fields, models
from odoo.fields import Command


class ChurnCaseDecideCredit(models.TransientModel):
    """How an open deal that moves is going to be credited."""

    _name = "churn.case.decide.credit"
    _description = "Credit to Be Agreed"

    decide_id = fields.Many2one("churn.case.decide", required=True, index=True, ondelete="cascade")
    lead_id = fields.Many2one("crm.lead", string="Opportunity", required=True, ondelete="cascade")
    former_percent = fields.Float(
        string="To the Former Owner", help="Share of the result in percent; zero credits the owner only."
    )
    date_to = fields.Date(string="When Won Until", help="Won later, the owner alone is credited. Empty: no end.")

    def _commands(self):
        return [
            Command.create({"lead_id": line.lead_id.id, "former_percent": line.former_percent, "date_to": line.date_to})
            for line in self
        ]
