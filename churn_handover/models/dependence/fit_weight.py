from odoo import api, fields, models
from odoo.fields import Domain


class ChurnFitWeight(models.Model):
    """How much each reason counts when successors are compared; a row per reason."""

    _name = "churn.fit.weight"
    _description = "Weight in the Choice of a Successor"
    _inherit = ["churn.guarded"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True, readonly=True)
    code = fields.Char(required=True, readonly=True)
    sequence = fields.Integer(default=10, readonly=True)
    weight = fields.Float(required=True, digits=(4, 2))
    is_penalty = fields.Boolean(string="Penalty", readonly=True, help="Comes off the fit instead of adding to it.")
    is_fixed = fields.Boolean(readonly=True)
    note = fields.Text(translate=True, readonly=True)

    _code_unique = models.UniqueIndex("(code)", "There is a weight for this already.")
    _weight_positive = models.Constraint("CHECK(weight >= 0)", "A weight cannot be negative.")
    _fixed_zero = models.Constraint(
        "CHECK(NOT is_fixed OR weight = 0)",
        "Past sales performance stays at zero: star performers keep customers no better after a change.",
    )

    @api.model
    def _all(self):
        """Return ``{code: weight}``."""
        # sudo: numbers that hold for everybody
        return {row.code: row.weight for row in self.sudo().search_fetch(Domain.TRUE, ["code", "weight"])}
