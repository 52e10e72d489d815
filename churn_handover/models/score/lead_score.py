from odoo import models
from odoo.tools import SQL


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "churn.risk.mixin"]

    def _churn_account_depends(self):
        return ["partner_id", "company_id"]

    def _churn_account_keys(self):
        return [(lead.partner_id.commercial_partner_id.id, (lead.company_id or self.env.company).id) for lead in self]

    def _churn_account_key_sql(self, alias, query):
        partner = self._fields["partner_id"]
        partners, partner_alias = partner.join(self.sudo(), alias, query)  # only the account's id is read
        return (
            partners._field_to_sql(partner_alias, "commercial_partner_id", query),
            SQL("coalesce(%s, %s)", self._field_to_sql(alias, "company_id", query), self.env.company.id),
        )
