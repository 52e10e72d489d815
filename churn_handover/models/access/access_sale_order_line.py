from odoo import fields, models


class SaleOrderLine(models.Model):
    _name = "sale.order.line"
    _inherit = ["sale.order.line", "churn.access"]
    _churn_partner_field = "order_partner_id"
    _churn_user_field = "salesman_id"

    # Stock Odoo restricts lines to "mine or nobody's" without an index; with one more way to see a line each needs
    # one, or every search reads all lines. A full index, since empty ones are searched too.
    salesman_id = fields.Many2one(index=True)
