from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    churn_overlap_days = fields.Integer(
        string="Overlap",
        default=21,
        help="Days before the change date in which predecessor and successor both serve the account. Two to four weeks "
        "are common practice: enough for a joint visit, too short for the customer to ask who is in charge.",
    )
    churn_key_overlap_days = fields.Integer(
        string="Overlap for Key Accounts",
        default=30,
        help="Key accounts have more people to introduce, so the successor starts earlier.",
    )
    _churn_overlap_positive = models.Constraint(
        "CHECK(churn_overlap_days >= 0 AND churn_key_overlap_days >= 0)", "The overlap cannot be negative."
    )
