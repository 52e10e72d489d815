from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_open_dependence(self):
        """Why so much of this account hangs on one person, in the present company."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Person Dependence"),
            "res_model": "churn.account",
            "res_id": self.churn_figures_id.id,
            "view_mode": "form",
            "views": [(self.env.ref("churn_handover.account_dependence_view_form").id, "form")],
        }
