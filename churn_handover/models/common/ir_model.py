from odoo import api, models


class IrModel(models.Model):
    _inherit = "ir.model"

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_count(self):
        """Count feedback as the user sees it: Odoo counts rows, and the difference would tell."""
        result = super()._compute_count()
        for model in self.filtered(lambda m: m.model == "churn.feedback"):
            feedback = self.env["churn.feedback"].sudo(False)
            model.count = feedback.search_count([]) if feedback.has_access("read") else 0
        return result
