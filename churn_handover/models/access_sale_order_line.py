from odoo import models


class SaleOrderLine(models.Model):
    _name = "sale.order.line"
    _inherit = ["sale.order.line", "churn.access"]
    _churn_partner_field = "order_partner_id"
