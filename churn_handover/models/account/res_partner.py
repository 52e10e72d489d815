from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

# Partners that are one of us: our companies and our people, archived ones too, as a former colleague does not become a
# customer.
SQL_OURS = "SELECT partner_id FROM res_company UNION SELECT partner_id FROM res_users WHERE NOT share"

# Fields whose change can change who owns an account, or what is an account.
OWNER_FIELDS = frozenset(("user_id", "parent_id", "is_company", "active"))


class ResPartner(models.Model):
    _inherit = "res.partner"

    # Record rules, plans and the leaver's accounts are all searched by owner; most contacts have none.
    user_id = fields.Many2one(index="btree_not_null")
    churn_account_ids = fields.One2many("churn.account", "partner_id", string="Account Figures")
    churn_member_ids = fields.One2many("churn.team.member", "account_id", string="Account Team")
    churn_assignment_ids = fields.One2many("churn.assignment", "account_id", string="Assignment History")

    churn_is_account = fields.Boolean(
        string="Account",
        compute="_compute_churn_is_account",
        search="_search_churn_is_account",
        compute_sudo=True,  # says only whether the partner is one of us
        help="A customer or prospect as a whole: neither a contact of one, nor one of us, nor our company.",
    )

    @api.depends("commercial_partner_id", "user_ids.share", "ref_company_ids")
    def _compute_churn_is_account(self):
        users = self.env["res.users"].with_context(active_test=False)
        internal = users.search([("partner_id", "in", self.ids), ("share", "=", False)]).partner_id
        for partner in self:
            partner.churn_is_account = (
                partner.commercial_partner_id == partner and partner not in internal and not partner.ref_company_ids
            )

    @api.model
    def _search_churn_is_account(self, operator, value):
        if operator != "in":
            return NotImplemented
        ours = Domain.custom(
            to_sql=lambda _model, alias, _query: SQL("%s IN (%s)", SQL.identifier(alias, "id"), SQL(SQL_OURS))
        )
        accounts = (Domain("is_company", "=", True) | Domain("parent_id", "=", False)) & ~ours
        return Domain.OR(accounts if wanted else ~accounts for wanted in value)

    @api.model
    def _churn_account_domain(self):
        """What is an account: a partner that is its own commercial entity and neither one of us nor our company."""
        return Domain("churn_is_account", "=", True)

    def _churn_active_owner(self):
        """Who is responsible for each account today: its owner if active, else the first backup, else nobody.

        :return: ``{commercial partner id: user_id or False}``. One query.
        """
        if not self.ids:
            return {}
        self.flush_model(["user_id", "commercial_partner_id"])
        self.env["churn.team.member"].flush_model()
        self.env["res.users"].flush_model(["active"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT account.id, COALESCE(
                           owner.id,
                           (SELECT member.user_id
                              FROM churn_team_member member
                              JOIN res_users backup ON backup.id = member.user_id AND backup.active
                             WHERE member.account_id = account.id AND member.is_backup
                               AND member.date_from <= %(day)s
                               AND (member.date_to IS NULL OR member.date_to >= %(day)s)
                             ORDER BY member.backup_rank, member.id
                             LIMIT 1))
                  FROM res_partner account
             LEFT JOIN res_users owner ON owner.id = account.user_id AND owner.active
                 WHERE account.id IN (
                           SELECT commercial_partner_id FROM res_partner WHERE id = ANY(%(partners)s))
                """,
                partners=self.ids,
                day=fields.Date.context_today(self),
            )
        )
        return {account_id: user_id or False for account_id, user_id in rows}

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        changes = [
            (partner.id, False, partner.user_id.id)
            for partner in partners
            if partner.user_id and partner.commercial_partner_id == partner
        ]
        assignments = self.env["churn.assignment"]
        assignments._record_owner_changes(changes, assignments._context_reason("created"))
        return partners

    def write(self, vals):
        owners = None if OWNER_FIELDS.isdisjoint(vals) else {p.id: p._churn_ownership() for p in self}
        names = {p.id: p.name or "" for p in self} if {"name", "company_id"} & vals.keys() else None
        result = super().write(vals)
        if owners is not None:
            self._churn_record_ownership(owners)
        if names is not None:
            self.env["churn.assignment"]._follow_account_values(self, names)
        return result

    def _churn_ownership(self):
        """:return: ``(account id, owner id or False, active)``"""
        return self.commercial_partner_id.id, self.user_id.id, self.active

    def _churn_record_ownership(self, before):
        """Write the assignment history of what changed since ``before``, and move what hung on accounts that are
        contacts now.

        :param before: ``{partner id: _churn_ownership()}``
        """
        assignments = self.env["churn.assignment"]
        reason = assignments._context_reason()
        by_reason, absorbed, rolled_up = {}, {}, set()
        for partner in self:
            account, owner, active = before[partner.id]
            new_account, new_owner, new_active = partner._churn_ownership()
            # while archived, an account has no running row
            old = account == partner.id and (active or not new_active) and owner
            new = new_account == partner.id and (new_active or not active) and new_owner
            why = reason
            if account != new_account and partner.id in (account, new_account):
                why = "parent" if account == partner.id else "split"
            elif active != new_active:
                why = "restored" if new_active else "archived"
            if why in ("parent", "split"):
                rolled_up |= {account, new_account}
            if old != new:
                by_reason.setdefault(why, []).append((partner.id, old, new))
            if why == "parent":
                absorbed.setdefault(new_account, []).append(partner.id)
        for why, changes in by_reason.items():
            assignments._record_owner_changes(changes, why, self.env.context.get("churn_line_by_partner"))
        for account, contacts in absorbed.items():
            self.browse(account)._churn_absorb(self.browse(contacts), "parent")
        if rolled_up:
            self.env["churn.account"]._refresh_partners(list(rolled_up))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_handover(self):
        # sudo: a plan that the user may not see must not lose an account either
        lines = (
            self.env["churn.handover.line"]
            .sudo()
            .search([("account_id", "in", self.ids), ("state", "in", ("draft", "confirmed", "stopped"))], limit=1)
        )
        if lines:
            raise UserError(
                self.env._(
                    "%(account)s is part of handover %(handover)s. Take it out of the plan or cancel the plan, "
                    "then delete it.",
                    account=lines.account_id.name,
                    handover=lines.handover_id.name,
                )
            )

    def unlink(self):
        """The history outlives the account: running rows end, the name stays; the team ends with the account."""
        self.check_access("unlink")
        accounts = self.filtered(lambda partner: partner.commercial_partner_id == partner)
        self._churn_keep_line_names()
        # sudo: who may delete the account may end its team
        members = self.env["churn.team.member"].sudo().search([("account_id", "in", accounts.ids)])
        assignments = self.env["churn.assignment"]
        assignments._record_members_gone(members.ids, "deleted")
        if self.env.context.get("churn_reason") != "merge":  # then the owner rows ended when the merge began
            owners = [(partner.id, partner.user_id.id, False) for partner in accounts if partner.active]
            assignments._record_owner_changes(owners, "deleted")
        result = super().unlink()
        assignments.invalidate_model()
        return result
