from odoo import models

from ..common.heirs import doubles
from .case import OPEN_STATES


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _churn_account_rows(self):
        return {**super()._churn_account_rows(), "churn.case": ((), []), "churn.case.compensation": ((), [])}

    def _churn_absorb(self, sources, reason):
        """Cases go on with the account that stays; there is one open case on an account."""
        heirs = dict.fromkeys(sources.ids, self.id)
        for case in doubles(self.env["churn.case"], "account_id", heirs, (), [("state", "in", OPEN_STATES)]):
            case.state = "dismissed"
            case.message_post(
                body=self.env._("The account became part of %(account)s, which has an open case.", account=self.name)
            )
        return super()._churn_absorb(sources, reason)
