from odoo import fields, models
from odoo.tools import SQL

# A customer who heard from us within a quarter knows more than one face when the owner changes.
COVERED_DAYS = 90


class ChurnCoverage(models.Model):
    """Which customers have not heard a quality message for long, first those about to change hands.

    A row per customer and company that sold to it (or a key account), read from the tables at once.
    """

    _name = "churn.coverage"
    _description = "Coverage With Quality Messages"
    _auto = False
    _rec_name = "account_id"
    _order = "next_change_on, last_heard_on nulls first, revenue_12m desc, id"
    _depends = {
        "churn.account": ["partner_id", "company_id", "revenue_12m", "value_tier"],
        "churn.place": ["account_id", "company_id", "state", "sent_on", "kind_id"],
        "churn.handover.line": ["account_id", "state", "change_date"],
        "churn.rotation.line": ["account_id", "state", "kind", "date"],
        "res.partner": ["user_id", "active"],
        "crm.team.member": ["user_id", "crm_team_id", "active"],
    }

    account_id = fields.Many2one("res.partner", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one("res.users", string="Owner", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    value_tier = fields.Selection([("a", "A"), ("b", "B"), ("c", "C")], readonly=True)
    revenue_12m = fields.Monetary(string="Revenue, 12 Months", readonly=True)
    last_heard_on = fields.Date(string="Last Heard From Us", readonly=True)
    days_silent = fields.Integer(
        string="Days Since", readonly=True, aggregator="avg", help="Empty when they never heard anything."
    )
    next_change_on = fields.Date(string="Owner Changes on", readonly=True)
    covered = fields.Float(
        string="Heard in 90 Days (%)",
        readonly=True,
        digits=(5, 0),
        aggregator="avg",
        help="100 for a customer who got a quality message in the last 90 days; of a team, the share of its customers.",
    )
    due = fields.Boolean(
        string="To Be Reached First",
        readonly=True,
        help="The owner changes within 90 days, and nothing was heard from us in the 90 days before.",
    )

    @property
    def _table_query(self):
        today = fields.Date.context_today(self)
        # A rep must not learn from here of a plan that is still a draft.
        knows_plans = self.env.su or self.env.user.has_group("churn_handover.group_churn_leader")
        return SQL(
            """
            SELECT figures.id, figures.partner_id AS account_id, figures.company_id, account.user_id, team.team_id,
                   figures.value_tier, figures.revenue_12m, heard.last_heard_on, change.day AS next_change_on,
                   %(today)s - heard.last_heard_on AS days_silent,
                   CASE WHEN heard.last_heard_on > %(today)s - %(days)s THEN 100.0 ELSE 0.0 END AS covered,
                   COALESCE(change.day <= %(today)s + %(days)s, FALSE)
                       AND COALESCE(heard.last_heard_on <= %(today)s - %(days)s, TRUE) AS due
              FROM churn_account figures
              JOIN res_partner account ON account.id = figures.partner_id AND account.active
         LEFT JOIN (SELECT account_id, company_id, MAX(sent_on) AS last_heard_on FROM churn_place
                     WHERE state = 'sent' AND kind_id IS NOT NULL GROUP BY account_id, company_id) heard
                ON heard.account_id = figures.partner_id AND heard.company_id = figures.company_id
         LEFT JOIN (%(changes)s) change ON change.account_id = figures.partner_id
         LEFT JOIN (SELECT user_id, MIN(crm_team_id) AS team_id FROM crm_team_member WHERE active GROUP BY user_id) team
                ON team.user_id = account.user_id
            """,
            today=SQL("%s::date", today),
            changes=self.env["churn.handover.line"]._changes_ahead(today, told_only=not knows_plans),
            days=COVERED_DAYS,
        )
