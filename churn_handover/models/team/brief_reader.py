from odoo import fields, models
from odoo.tools import SQL


class ChurnBriefReader(models.Model):
    """Who serves an account today, and whether they have confirmed the current version of its brief.

    Read from the tables at once: who joins a team today has to confirm today, who leaves it no more.
    """

    _name = "churn.brief.reader"
    _description = "Who Confirms a Brief"
    _auto = False
    _rec_name = "user_id"
    _order = "confirmed_on desc nulls first, id"
    _depends = {
        "churn.brief": ["account_id"],
        "churn.brief.version": ["brief_id", "number"],
        "churn.brief.confirmation": ["version_id", "user_id"],
        "churn.team.member": ["account_id", "user_id", "date_from", "date_to"],
        "res.partner": ["user_id"],
        "res.users": ["active"],
    }

    brief_id = fields.Many2one("churn.brief", readonly=True)
    account_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one("res.users", string="Who Serves the Customer", readonly=True)
    version_id = fields.Many2one("churn.brief.version", string="Current Version", readonly=True)
    confirmed_on = fields.Datetime(readonly=True)
    is_confirmed = fields.Boolean(string="Confirmed", readonly=True)

    @property
    def _table_query(self):
        # An id that stays the same as long as somebody serves the account: a brief's row is opened by it.
        return SQL(
            """
            WITH serving AS (
                SELECT team.account_id, team.user_id FROM churn_team_member team
                 WHERE team.date_from <= %(today)s AND (team.date_to IS NULL OR team.date_to >= %(today)s)
                 UNION
                SELECT account.id, account.user_id FROM res_partner account WHERE account.user_id IS NOT NULL
            )
            SELECT brief.id::bigint * 1000000 + serving.user_id AS id, brief.id AS brief_id, brief.account_id,
                   serving.user_id, version.id AS version_id, confirmation.create_date AS confirmed_on,
                   confirmation.id IS NOT NULL AS is_confirmed
              FROM churn_brief brief
              JOIN serving ON serving.account_id = brief.account_id
              JOIN res_users one ON one.id = serving.user_id AND one.active
        CROSS JOIN LATERAL (SELECT id FROM churn_brief_version WHERE brief_id = brief.id
                             ORDER BY number DESC LIMIT 1) version
         LEFT JOIN churn_brief_confirmation confirmation
                ON confirmation.version_id = version.id AND confirmation.user_id = serving.user_id
            """,
            today=fields.Date.context_today(self),
        )

    def action_open_brief(self):
        self.ensure_one()
        return self.brief_id._get_records_action(context={})
