from odoo import fields, models

# The worst first: so columns, counters and filters begin where the work is.
RISK_BANDS = [("critical", "Critical"), ("high", "High"), ("watch", "Watch"), ("low", "Low")]
BANDS = ["low", "watch", "high", "critical"]  # as the core numbers them
# The core's words for the state of an account → ours on screen.
STATUS = {"active": "scored", "too_new": "too_new", "rare": "cannot_tell", "lost": "lost"}

# Months of history kept: three years show a season twice and leave room for the change from year to year.
KEPT_MONTHS = 36


class ChurnScore(models.Model):
    """The churn score of an account at the end of a month; the running month is rewritten every night.

    The band is the one by probability and money alone: what warnings added is not kept, since some of them
    are confidential.
    """

    _name = "churn.score"
    _description = "Churn Score History"
    _order = "month desc, id desc"
    _rec_name = "account_id"

    account_id = fields.Many2one("churn.account", required=True, index=True, ondelete="cascade", readonly=True)
    partner_id = fields.Many2one(related="account_id.partner_id", string="Customer")
    company_id = fields.Many2one(related="account_id.company_id")
    currency_id = fields.Many2one(related="account_id.currency_id")
    month = fields.Date(required=True, readonly=True, help="First day of the month.")
    probability = fields.Float(readonly=True, aggregator="avg")
    base_band = fields.Selection(RISK_BANDS, string="Band", readonly=True)
    revenue = fields.Monetary(string="Revenue, 12 Months", readonly=True)
    expected_loss = fields.Monetary(readonly=True)

    _account_month_unique = models.UniqueIndex("(account_id, month)", "An account has one score per month.")
