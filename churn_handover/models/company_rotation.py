from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    churn_case_days = fields.Integer(
        string="Days to Answer a Case",
        default=7,
        help="Days a salesperson has to agree or to appeal before the manager decides without an answer.",
    )
    _churn_case_days_positive = models.Constraint("CHECK(churn_case_days > 0)", "Give at least one day to answer.")
