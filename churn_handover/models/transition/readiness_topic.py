from odoo import fields, models


class ChurnReadinessTopic(models.Model):
    """What a successor has to learn before being introduced; data that a manager changes."""

    _name = "churn.readiness.topic"
    _description = "Readiness Topic"
    _order = "sequence, id"

    name = fields.Char(string="What Is Taught", required=True, translate=True)
    kind = fields.Selection(
        [("industry", "Industry"), ("product", "Products"), ("customer", "This Customer")],
        required=True,
        default="customer",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    days_before = fields.Integer(
        default=5, help="Days before the introduction (without one: before the change) by which it is taught."
    )
