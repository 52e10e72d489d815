from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """A merge rewrites everything of a customer with rights the leaver does not have."""
        watch = self._churn_watch()
        if watch is not None:
            watch._check(
                "merge", self.env["res.partner"].browse(partner_ids).exists() | (dst_partner or self.env["res.partner"])
            )
        return super()._merge(partner_ids, dst_partner, extra_checks)
