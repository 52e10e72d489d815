from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

# Another account, user or role is another assignment; other dates are the same one.
IDENTITY_FIELDS = frozenset(("account_id", "user_id", "role_id"))
HISTORY_FIELDS = IDENTITY_FIELDS | {"date_from", "date_to"}
COVERING_FIELDS = HISTORY_FIELDS | {"is_backup", "backup_rank"}


class ChurnTeamMember(models.Model):
    """Somebody who serves an account in a role, between two dates.

    The owner is not a row here: it stays ``res.partner.user_id``. Access to the account's opportunities,
    quotations and orders follows these dates.
    """

    _name = "churn.team.member"
    _description = "Account Team Member"
    _inherit = ["churn.guarded"]
    _order = "account_id, is_backup desc, backup_rank, date_from, id"
    _rec_name = "user_id"

    account_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("churn_is_account", "=", True)],
    )
    company_id = fields.Many2one(related="account_id.company_id")
    owner_id = fields.Many2one(related="account_id.user_id", string="Owner")
    user_id = fields.Many2one(
        "res.users", required=True, index=True, ondelete="restrict", domain=[("share", "=", False)]
    )
    role_id = fields.Many2one("churn.team.role", required=True, ondelete="restrict")
    date_from = fields.Date(string="From", required=True, default=fields.Date.context_today)
    date_to = fields.Date(string="To", help="Last day with access; empty while it lasts.")
    customer_visible = fields.Boolean(
        string="Shown to Customer", compute="_compute_customer_visible", store=True, readonly=False
    )
    is_backup = fields.Boolean(string="Backup", help="Takes over when the owner is suddenly gone.")
    backup_rank = fields.Integer(
        string="Rank", default=1, aggregator=None, help="The backup with rank 1 is asked first."
    )
    stand_in_role_id = fields.Many2one(
        "churn.team.role",
        string="Stands In For",
        ondelete="restrict",
        help="Backup of who has this role on the team; the backup of the owner is a tick of its own.",
    )
    origin = fields.Selection(
        [("manual", "By hand"), ("overlap", "Handover"), ("cover", "Cover")],
        required=True,
        default="manual",
        readonly=True,
    )
    handover_line_id = fields.Many2one(
        "churn.handover.line", index="btree_not_null", ondelete="set null", readonly=True
    )
    absence_line_id = fields.Many2one(
        "churn.absence.line", string="Absence", index="btree_not_null", ondelete="cascade", readonly=True
    )
    absence_note = fields.Text(string="Note", compute="_compute_absence_note")

    state = fields.Selection(
        [("planned", "Planned"), ("active", "Active"), ("ended", "Ended")],
        compute="_compute_state",
        search="_search_state",
        help="Only active members have access.",
    )

    # The two questions asked all day: whose accounts are mine (access), who serves this account (teams, backups).
    _user_account_index = models.Index("(user_id, account_id)")
    _dates_order = models.Constraint(
        "CHECK(date_to IS NULL OR date_to >= date_from)", "A membership cannot end before it begins."
    )
    _rank_positive = models.Constraint("CHECK(backup_rank > 0)", "The first backup has rank 1.")

    @api.depends("role_id")
    def _compute_customer_visible(self):
        for member in self:
            member.customer_visible = member.role_id.customer_visible

    @api.depends("absence_line_id.absence_id.note", "user_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_absence_note(self):
        """What the person who is away wrote for the covers; everybody sees the row, but not that."""
        rows = self.sudo()  # sudo: which absence it is, for the question below
        readable = rows.absence_line_id.absence_id.sudo(False)._filtered_access("read")
        for member, row in zip(self, rows, strict=True):
            absence = row.absence_line_id.absence_id
            told = absence.id in readable.ids or row.user_id == self.env.user
            member.absence_note = absence.note if told else False

    @api.depends("user_id", "role_id", "account_id", "origin")
    def _compute_display_name(self):
        for member in self:
            shown = member.account_id if member.origin == "cover" else member.role_id
            member.display_name = ", ".join(filter(None, (member.user_id.name, shown.name)))

    @api.depends("date_from", "date_to")
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for member in self:
            if member.date_from and member.date_from > today:
                member.state = "planned"
            else:
                member.state = "ended" if member.date_to and member.date_to < today else "active"

    @api.model
    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        domains = {
            "planned": Domain("date_from", ">", "today"),
            "ended": Domain("date_from", "<=", "today") & Domain("date_to", "<", "today"),
            "active": Domain("date_from", "<=", "today")
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", "today")),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    # Consistency

    @api.constrains("account_id")
    def _check_account(self):
        contacts = self.account_id.filtered(lambda partner: partner.commercial_partner_id != partner)
        if contacts:
            raise ValidationError(
                self.env._(
                    "%(contact)s is a contact of %(account)s: a team serves the whole account. Choose %(account)s.",
                    contact=contacts[0].name,
                    account=contacts[0].commercial_partner_id.name,
                )
            )

    @api.constrains("user_id", "account_id", "origin")
    def _check_user(self):
        """Who is put on a team by hand must be able to serve it; a handover checks its people itself."""
        for member in self.filtered(lambda member: member.origin == "manual"):
            # sudo: archived or not, and in which companies, must be known to whoever composes teams
            user, company = member.sudo().user_id, member.sudo().account_id.company_id
            if not user.active:
                raise ValidationError(
                    self.env._("%(user)s is archived and cannot join a team. Choose somebody else.", user=user.name)
                )
            if company and company not in user.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(account)s belongs to %(company)s, where %(user)s has no access. Give access to the company "
                        "first or choose somebody else.",
                        account=member.account_id.name,
                        company=company.name,
                        user=user.name,
                    )
                )

    @api.constrains("account_id", "user_id", "role_id", "date_from", "date_to", "origin")
    def _check_overlap(self):
        """One row per user, account, role and day; rows that a handover made come and go with it and do not count."""
        self.flush_model()
        found = self.env.execute_query(
            SQL(
                """
                SELECT one.id, other.id
                  FROM churn_team_member one
                  JOIN churn_team_member other
                    ON (other.account_id, other.user_id, other.role_id) = (one.account_id, one.user_id, one.role_id)
                   AND other.id <> one.id AND other.origin = 'manual'
                   AND daterange(other.date_from, other.date_to, '[]') && daterange(one.date_from, one.date_to, '[]')
                 WHERE one.id = ANY(%s) AND one.origin = 'manual'
                 LIMIT 1
                """,
                self.ids,
            )
        )
        if found:
            member, other = self.browse(found[0][0]), self.sudo().browse(found[0][1])  # sudo: dates of the conflict
            raise ValidationError(
                self.env._(
                    "%(user)s already serves %(account)s as %(role)s from %(start)s to %(end)s. "
                    "Change that row, or let this one begin later.",
                    user=member.user_id.name,
                    account=member.account_id.name,
                    role=member.role_id.name,
                    start=other.date_from,
                    end=other.date_to or self.env._("further notice"),
                )
            )

    # History

    @api.model_create_multi
    def create(self, vals_list):
        members = super().create(vals_list)
        assignments = self.env["churn.assignment"]
        assignments._record_members(members.ids, assignments._context_reason())
        self.env["churn.account"]._team_changed(members.account_id.ids)
        return members

    def _check_not_cover(self):
        if not self.env.su and self.filtered("absence_line_id"):
            raise UserError(self.env._("Covers come and go with an absence. Change the absence instead."))

    def write(self, vals):
        if not COVERING_FIELDS.isdisjoint(vals):
            self.env["churn.account"]._team_changed([*self.account_id.ids, vals.get("account_id") or 0])
        if HISTORY_FIELDS.isdisjoint(vals):
            return super().write(vals)
        self._check_not_cover()
        result = True
        if "date_from" in vals or IDENTITY_FIELDS.isdisjoint(vals):
            result = super().write(vals)
        else:
            # Somebody else in the same row starts today, not when the former one did.
            today = fields.Date.context_today(self)
            replaced = self.filtered(lambda member: member._replaced_by(vals) and member.state == "active")
            super(ChurnTeamMember, replaced).write({**vals, "date_from": today})
            super(ChurnTeamMember, self - replaced).write(vals)
        assignments = self.env["churn.assignment"]
        assignments._record_members(self.ids, assignments._context_reason())
        return result

    def _replaced_by(self, vals):
        """Whether writing ``vals`` makes this another assignment."""
        return any(self[name].id != vals[name] for name in IDENTITY_FIELDS & vals.keys())

    def unlink(self):
        self.check_access("unlink")
        self._check_not_cover()
        assignments = self.env["churn.assignment"]
        assignments._record_members_gone(self.ids, assignments._context_reason())
        self.env["churn.account"]._team_changed(self.account_id.ids)
        return super().unlink()

    def action_open_account(self):
        self.ensure_one()
        return self.account_id._get_records_action(context={})

    # Merged accounts

    def _overlaps(self, other):
        """Whether both are the same user in the same role on a common day."""
        forever = fields.Date.to_date("9999-12-31")
        return (
            (self.user_id, self.role_id) == (other.user_id, other.role_id)
            and self.date_from <= (other.date_to or forever)
            and other.date_from <= (self.date_to or forever)
        )

    def _take_dates_of(self, others):
        """Become the one row for the days, the backup and the rank of all."""
        rows = self | others
        backups = rows.filtered("is_backup")
        self.write(
            {
                "date_from": min(rows.mapped("date_from")),
                "date_to": all(rows.mapped("date_to")) and max(rows.mapped("date_to")),
                "is_backup": bool(backups),
                "backup_rank": min((backups or rows).mapped("backup_rank")),
            }
        )

    # Who may step in, whose accounts

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
