from odoo import api, fields, models
from odoo.exceptions import ValidationError


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

    @api.constrains("churn_service", "churn_alike")
    def _check_churn_marks(self):
        for category in self:
            if not (0 <= category.churn_service <= 1 and 0 <= category.churn_alike <= 1):
                raise ValidationError(self.env._("%(name)s: give a share from 0 to 100 %%.", name=category.name))

    @api.model
    def _churn_marks(self):
        """Return [(category id, service, alike)] of the categories with a mark, own or inherited."""
        marks = {}
        for category in self.search([], order="parent_path"):
            above = marks.get(category.parent_id.id, (0.0, 0.0))
            marks[category.id] = (category.churn_service or above[0], category.churn_alike or above[1])
        return [(category_id, *mark) for category_id, mark in marks.items() if any(mark)]
