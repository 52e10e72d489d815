from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _churn_account_rows(self):
        return {**super()._churn_account_rows(), "churn.followup": ((), []), "churn.result": ((), [])}

    def _churn_absorb(self, sources, reason):
        """Visits that took place move to the account that stays; what was to come is drawn anew for it."""
        result = super()._churn_absorb(sources, reason)
        visits = self.env["churn.visit"].sudo()  # sudo: who may merge accounts may merge their visits
        own = visits.search([("account_id", "in", sources.ids)])
        own.filtered(lambda visit: visit.state == "planned")._call_off()
        own.filtered(lambda visit: visit.state == "due").unlink()
        own.exists().account_id = self
        return result
