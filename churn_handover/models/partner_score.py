from odoo import models
from odoo.tools import SQL


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "churn.risk.mixin"]

    def _churn_account_depends(self):
        return ["commercial_partner_id"]

    def _churn_account_keys(self):
        return [(partner.commercial_partner_id.id, self.env.company.id) for partner in self]

    def _churn_account_key_sql(self, alias, query):
        return self._field_to_sql(alias, "commercial_partner_id", query), SQL("%s", self.env.company.id)

    def action_open_churn_score(self):
        """The account's score in the present company."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Churn Score"),
            "res_model": "churn.account",
            "res_id": self.churn_figures_id.id,
            "view_mode": "form",
            "views": [(self.env.ref("churn_handover.account_score_view_form").id, "form")],
        }
