from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    churn_absence_days = fields.Float(
        string="Leave Without Cover",
        default=2,
        help="An approved leave of more working days than this proposes a cover. Two days are judgement: most "
        "customers wait a day for an answer, few wait a week.",
    )
    _churn_absence_days_positive = models.Constraint(
        "CHECK(churn_absence_days >= 0)", "The number of days cannot be negative."
    )
