from odoo import models


class SaleReport(models.Model):
    _name = "sale.report"
    _inherit = ["sale.report", "churn.access"]
    _churn_partner_indexed = False  # a view
