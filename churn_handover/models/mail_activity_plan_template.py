from odoo import models


class MailActivityPlanTemplate(models.Model):
    _inherit = "mail.activity.plan.template"

    def _determine_responsible(self, on_demand_responsible, applied_on_record):
        """A plan may name somebody who has left, or ask a document whose responsible has."""
        result = super()._determine_responsible(on_demand_responsible, applied_on_record)
        if user := result.get("responsible"):
            result["responsible"] = self.env["churn.owner.default"]._stand_in_for(user, applied_on_record)
        return result
