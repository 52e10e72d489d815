from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    churn_case_days = fields.Integer(
        string="Days to Answer a Case",
        default=7,
        help="Days a salesperson has to agree or to appeal before the manager decides without an answer.",
    )
    churn_case_least_loss = fields.Monetary(
        string="Smallest Loss for a Case",
        currency_field="currency_id",
        help="Revenue a year that an account must have lost before falling demand is a case: each is days of talks, "
        "plans and visits. Zero: a tenth of what an average account brings in a year.",
    )
    _churn_case_least_loss_positive = models.Constraint(
        "CHECK(churn_case_least_loss >= 0)", "The smallest loss cannot be negative."
    )
    _churn_case_days_positive = models.Constraint("CHECK(churn_case_days > 0)", "Give at least one day to answer.")
