from odoo import fields, models


class ResCompany(models.Model):
    """When a silent customer counts as lost."""

    _inherit = "res.company"

    churn_loss_gaps = fields.Float(string="Lost after Usual Gaps", default=4.0)
    churn_loss_days = fields.Integer(string="Lost after Days at Least", default=180)

    _churn_loss = models.Constraint(
        "CHECK(churn_loss_gaps >= 1 AND churn_loss_days >= 1)",
        "A customer is lost after one usual gap at the earliest.",
    )
