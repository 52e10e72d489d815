from odoo import api, fields, models


class ChurnCapacity(models.Model):
    """How much one person can look after, in all companies together: a person's day has the same hours in each.

    The row without user holds for everybody who has no row of their own. Zero means no limit.
    """

    _name = "churn.capacity"
    _description = "Capacity"
    _order = "user_id nulls first, id"

    user_id = fields.Many2one(
        "res.users",
        index="btree_not_null",
        ondelete="cascade",
        domain=[("share", "=", False)],
        help="Empty: for everybody who has no row of their own.",
    )
    account_limit = fields.Integer(
        string="Accounts at Most",
        help="How many accounts one person can serve well. No research gives a number: it depends on the business. "
        "Zero: no limit.",
    )
    deal_limit = fields.Integer(string="Open Deals at Most", help="Zero: no limit.")
    revenue_limit = fields.Monetary(
        string="Revenue at Most",
        help="12-month revenue that may hang on one person. Zero: no limit.",
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id, ondelete="restrict"
    )
    note = fields.Char(help="Why: part-time, new, on the road.")

    _user_unique = models.UniqueIndex("(COALESCE(user_id, 0))", "This person has a row already: change that one.")
    _limits_positive = models.Constraint(
        "CHECK(account_limit >= 0 AND deal_limit >= 0 AND revenue_limit >= 0)",
        "A limit cannot be negative; zero means no limit.",
    )

    @api.depends("user_id")
    def _compute_display_name(self):
        for capacity in self:
            capacity.display_name = capacity.user_id.name or self.env._("Everybody else")
