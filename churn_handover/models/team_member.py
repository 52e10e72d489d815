from odoo import api, fields, models
from odoo.tools import SQL


class ChurnTeamMember(models.Model):
    """Somebody who serves an account in a role, between two dates.

    The owner is not a row here: it stays ``res.partner.user_id``. Access to the account's opportunities,
    quotations and orders follows these dates.
    """

    _name = "churn.team.member"
    _description = "Account Team Member"
    _order = "account_id, is_backup desc, backup_rank, date_from, id"
    _rec_name = "user_id"

    account_id = fields.Many2one("res.partner", required=True, index=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", required=True, index=True, ondelete="restrict")
    role_id = fields.Many2one("churn.team.role", required=True, ondelete="restrict")
    date_from = fields.Date(string="From", required=True, default=fields.Date.context_today)
    date_to = fields.Date(string="To", help="Last day with access; empty while it lasts.")
    customer_visible = fields.Boolean(compute="_compute_customer_visible", store=True, readonly=False)
    is_backup = fields.Boolean(string="Backup", help="Takes over when the owner is suddenly gone.")
    backup_rank = fields.Integer(default=1, help="1 is asked first.")
    origin = fields.Selection(
        [("manual", "By hand"), ("overlap", "Handover"), ("cover", "Cover")],
        required=True,
        default="manual",
        readonly=True,
    )
    handover_line_id = fields.Many2one("churn.handover.line", index="btree_not_null", ondelete="set null", readonly=True)

    @api.depends("role_id")
    def _compute_customer_visible(self):
        for member in self:
            member.customer_visible = member.role_id.customer_visible

    @api.model
    def _backups(self, partner_ids, day=None):
        """Who may step in for the owner of each account, first choice first.

        :param partner_ids: ids of accounts
        :param day: date on which the membership must be valid; default today
        :return: ``{partner_id: [user_id, …]}`` with every given id; active users only. One query.
        """
        backups = {partner_id: [] for partner_id in partner_ids}
        if not backups:
            return backups
        self.flush_model()
        self.env["res.users"].flush_model(["active"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT member.account_id, member.user_id
                  FROM churn_team_member member
                  JOIN res_users backup ON backup.id = member.user_id AND backup.active
                 WHERE member.account_id = ANY(%(accounts)s) AND member.is_backup
                   AND member.date_from <= %(day)s AND (member.date_to IS NULL OR member.date_to >= %(day)s)
                 ORDER BY member.backup_rank, member.id
                """,
                accounts=list(backups),
                day=day or fields.Date.context_today(self),
            )
        )
        for account_id, user_id in rows:
            if user_id not in backups[account_id]:
                backups[account_id].append(user_id)
        return backups

    @api.model
    def _my_partner_ids(self):
        """Accounts that the current user serves today, with all their contacts: owned ones and those of the team.

        :return: list of partner ids; one query on indexes, whose size is the user's own work, not the company's
        """
        self.flush_model(["account_id", "user_id", "date_from", "date_to"])
        self.env["res.partner"].flush_model(["user_id", "commercial_partner_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM res_partner
                 WHERE commercial_partner_id = ANY(ARRAY(
                           SELECT account_id FROM churn_team_member
                            WHERE user_id = %(uid)s AND date_from <= %(day)s
                              AND (date_to IS NULL OR date_to >= %(day)s)
                            UNION
                           SELECT id FROM res_partner WHERE user_id = %(uid)s))
                """,
                uid=self.env.uid,
                day=fields.Date.context_today(self),
            )
        )
        return [row[0] for row in rows]
