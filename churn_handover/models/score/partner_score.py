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
