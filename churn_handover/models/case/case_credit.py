from odoo import fields, models


class ChurnCaseCredit(models.Model):
    """How the result of an open deal that moved is credited: to its owner, or in part to who worked on it before."""

    _name = "churn.case.credit"
    _description = "Credit of a Moved Deal"
    _rec_name = "lead_id"

    case_id = fields.Many2one("churn.case", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="case_id.company_id", store=True)
    user_id = fields.Many2one(related="case_id.user_id", string="Former Owner", store=True, index=True)
    lead_id = fields.Many2one("crm.lead", string="Opportunity", required=True, index=True, ondelete="cascade")
    former_percent = fields.Float(
        string="To the Former Owner", help="Share of the result in percent; zero credits the owner only."
    )
    date_to = fields.Date(string="When Won Until", help="Won later, the owner alone is credited. Empty: no end.")

    _percent_range = models.Constraint(
        "CHECK(former_percent BETWEEN 0 AND 100)", "A share is between 0 and 100 percent."
    )
    _lead_unique = models.UniqueIndex("(case_id, lead_id)", "This deal is credited in this case already.")
