from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class ProductCategory(models.Model):
    """Can the service be told from the person, and the product from its competitors?"""

    _inherit = "product.category"

    churn_service = fields.Float(
        string="Value That Is the Person",
        help="How much of the value the customer gets from the salesperson (advice, design, service) and not from the "
        "product. Empty: as the parent category.",
    )
    churn_alike = fields.Float(
        string="Like Competing Products",
        help="How easily a competitor's product can replace this one. Products that are alike leave the person as the "
        "reason to stay. Empty: as the parent category.",
    )

    churn_marks_text = fields.Char(
        compute="_compute_churn_marks_text", string="In Use", compute_sudo=True, help="Own marks, or the parent's."
    )

    @api.depends("churn_service", "churn_alike", "parent_id.churn_service", "parent_id.churn_alike", "parent_path")
    @api.depends_context("lang")
    def _compute_churn_marks_text(self):
        marks = {row[0]: row[1:] for row in self._churn_marks()}
        for category in self:
            service, alike = marks.get(category._origin.id, (category.churn_service, category.churn_alike))
            category.churn_marks_text = self.env._(
                "%(service)d %% of the value is the person (up to 10 points of person dependence), %(alike)d %% like "
                "competing products (up to 10 points).",
                service=round(100 * service),
                alike=round(100 * alike),
            )

    @api.constrains("churn_service", "churn_alike")
    def _check_churn_marks(self):
        for category in self:
            if not (0 <= category.churn_service <= 1 and 0 <= category.churn_alike <= 1):
                raise ValidationError(self.env._("%(name)s: give a share from 0 to 100 %%.", name=category.name))

    @api.model
    def _churn_marks(self):
        """Return [(category id, service, alike)] of the categories with a mark, own or inherited."""
        marks = {}
        for category in self.search(Domain.TRUE, order="parent_path, id"):
            above = marks.get(category.parent_id.id, (0.0, 0.0))
            marks[category.id] = (category.churn_service or above[0], category.churn_alike or above[1])
        return [(category_id, *mark) for category_id, mark in marks.items() if any(mark)]
