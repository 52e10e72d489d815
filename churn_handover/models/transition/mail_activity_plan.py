from odoo import api, models


class MailActivityPlan(models.Model):
    """Odoo keeps a plan's name in one language: those that are shipped are shown in the reader's, until renamed."""

    _inherit = "mail.activity.plan"

    @api.depends("name", "res_model")
    @api.depends_context("lang")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        shipped = {
            "Handover: gates that are missing": self.env._("Handover: gates that are missing"),
            "Handover: standard": self.env._("Handover: standard"),
            "Handover: key account": self.env._("Handover: key account"),
        }
        for plan in self.filtered(lambda one: one.res_model == "churn.handover"):
            plan.display_name = shipped.get(plan.name, plan.display_name)
        return result
