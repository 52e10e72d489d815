from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merging accounts keeps their history, teams and handover lines.

    The stock wizard rewrites foreign keys in SQL and deletes the rows that would violate a constraint; unique
    indexes, which it does not look for, make it fail. So everything of this addon moves before it starts.
    """

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        return super(BasePartnerMergeAutomaticWizard, self.with_context(churn_reason="merge"))._merge(
            partner_ids, dst_partner and dst_partner.with_context(churn_reason="merge"), extra_checks
        )

    def _update_foreign_keys(self, src_partners, dst_partner):
        accounts = src_partners.filtered(lambda partner: partner.commercial_partner_id == partner)
        target = dst_partner.commercial_partner_id
        self.env["churn.invitation"]._drop_doubles(dst_partner, src_partners)
        assignments = self.env["churn.assignment"]
        assignments._record_owner_changes([(account.id, account.user_id.id, False) for account in accounts], "merge")
        target._churn_absorb(accounts, "merge")
        if not target.user_id:
            # The stock wizard leaves the salesperson out of the values it merges.
            target.user_id = accounts.user_id[:1]
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self.env["churn.account"]._refresh_partners(target.ids)
        return result
