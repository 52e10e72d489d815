from odoo import fields, models

from .churn_risk_mixin import RISK_FIELDS


class ResPartner(models.Model):
    """The manager marks key accounts on the contact; the flag is kept per account and company in churn.account."""

    _inherit = "res.partner"

    churn_is_key_account = fields.Boolean(inverse="_inverse_churn_is_key_account")

    def _inverse_churn_is_key_account(self):
        """Set the flag on the account in the current company; churn.account lets only managers do so."""
        figures = self.env["churn.account"]
        for flag, partners in self.grouped("churn_is_key_account").items():
            accounts = partners.commercial_partner_id
            rows = figures.search([("partner_id", "in", accounts.ids), ("company_id", "=", self.env.company.id)])
            rows.is_key_account = flag
            figures.create(
                [
                    {"partner_id": account.id, "company_id": self.env.company.id, "is_key_account": flag}
                    for account in accounts - rows.partner_id
                ]
            )
        self.env["res.partner"].invalidate_model(list(RISK_FIELDS))  # all contacts of the accounts show it
