from odoo import models


class CrmActivityReport(models.Model):
    _name = "crm.activity.report"
    _inherit = ["crm.activity.report", "churn.access"]
    _churn_partner_indexed = False  # a view
