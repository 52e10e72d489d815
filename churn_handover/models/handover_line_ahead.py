from odoo import api, models
from odoo.fields import Domain


class ChurnHandoverLine(models.Model):
    _inherit = "churn.handover.line"

    @api.model
    def _change_ahead_domain(self, first, last):
        """Accounts whose owner is to change between two days, both included, planned or confirmed."""
        return (
            Domain("account_id", "!=", False)
            & Domain("state", "in", ("draft", "confirmed", "stopped"))
            & Domain("change_date", ">=", first)
            & Domain("change_date", "<=", last)
        )
