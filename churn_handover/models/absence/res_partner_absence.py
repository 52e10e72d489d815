from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _churn_account_rows(self):
        return {
            **super()._churn_account_rows(),
            "churn.absence.line": (("absence_id", "date_from"), []),
            "churn.letter.notice": (("letter_id", "absence_id"), []),
        }
