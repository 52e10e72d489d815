from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _churn_account_rows(self):
        """What was decided and planned for an account holds for the one it becomes part of."""
        return {
            **super()._churn_account_rows(),
            "churn.rotation.line": (("kind", "company_id"), [("state", "in", ("proposed", "held"))]),
            "churn.rotation.change": ((), []),
            "churn.rotation.exception": ((), []),
        }
