from odoo import fields, models


class ChurnAccount(models.Model):
    """What one company knows of one account: revenue, value tier, key-account flag.

    A row per account and company, so that a nightly refresh never writes ``res.partner``.
    """

    _name = "churn.account"
    _description = "Account Figures"
    _rec_name = "partner_id"
    _order = "revenue_12m desc, id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner", string="Account", required=True, index=True, ondelete="cascade", check_company=True
    )
    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    revenue_12m = fields.Monetary(
        string="Revenue, 12 Months",
        readonly=True,
        help="Confirmed orders of the last 12 months without tax, in the company's currency.",
    )
    order_count_12m = fields.Integer(string="Orders, 12 Months", readonly=True)
    last_order_date = fields.Date(readonly=True)
    value_tier = fields.Selection(
        [("a", "A"), ("b", "B"), ("c", "C")],
        readonly=True,
        help="A: the accounts that together make the first 80 % of the 12-month revenue; B: the next 15 %; C: the rest.",
    )
    is_key_account = fields.Boolean(
        string="Key Account", help="Set by the manager: this account gets the most careful treatment."
    )

    _partner_company_unique = models.UniqueIndex(
        "(partner_id, company_id)", "An account has one row of figures per company."
    )
