from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..common.listed import listed
from .handover_line import NAMES_SHOWN


class ChurnHandover(models.Model):
    """Making a plan: its lines, the proposed successors, and the checks before it is confirmed."""

    _inherit = "churn.handover"

    # Making

    @api.model
    def _plan(self, predecessor, change_date, accounts=None, kind="departure", scan=None, **values):
        """Make a draft plan with a line per account and proposed successors.

        :param accounts: partners; None: every account the predecessor owns in the companies of the plan
        :param scan: what the transfer found of the predecessor, when the caller has it
        :param values: further fields of the handover
        """
        default_successor = values.pop("default_successor_id", None)
        handover = self.create({"predecessor_id": predecessor.id, "change_date": change_date, "kind": kind, **values})
        if accounts is None:
            accounts = handover._owned_accounts()
        handover._add_accounts(accounts.commercial_partner_id, scan)
        if default_successor:
            handover.default_successor_id = default_successor
        return handover

    def action_add_accounts(self):
        """Add every account the predecessor owns that is in no open plan."""
        self.check_access("write")
        for handover in self:
            if handover.state != "draft":
                raise UserError(self.env._("%(name)s is confirmed already.", name=handover.name))
            handover._add_accounts(handover._owned_accounts())

    def _predecessors(self):
        return self.predecessor_id | self.line_ids.predecessor_id

    def _owned_accounts(self):
        """Return the accounts that the predecessor owns in the companies of the plan and that no other plan moves."""
        partners = self.env["res.partner"]
        domain = Domain("user_id", "=", self.predecessor_id.id) & partners._churn_account_domain()
        accounts = partners.search(domain & Domain("company_id", "in", [*self.company_ids.ids, False]))
        return accounts - self._taken(accounts)

    def _add_accounts(self, accounts, scan=None):
        """Add a line per account, with its proposed successor, and the default line where the kind needs one."""
        self.ensure_one()
        accounts -= self.line_ids.account_id
        successors = self._propose_successors(accounts, scan)
        base = {"predecessor_id": self.predecessor_id.id, "change_date": self.change_date}
        lines = [{**base, "account_id": account.id, "successor_id": successors[account.id]} for account in accounts]
        if self.kind == "departure" and not self.default_line_id:
            lines.insert(0, {**base, "is_default": True, "successor_id": successors[None]})
        # sudo: that a line is the default line is for the engine to say; the plan itself was made with own rights
        self.env["churn.handover.line"].sudo().create([{**line, "handover_id": self.id} for line in lines])

    def _propose_successors(self, accounts, scan=None):
        """Return {account id: user id or False} and under None who takes the rest.

        The first backup who is active and works in the account's companies, else the team leader, else nobody. Who
        leaves, or is away on the change date, comes behind all others.
        """
        leader = self._leader()
        backups = self._ranked_backups(accounts)
        user_ids = {user_id for ranked in backups.values() for user_id in ranked}
        # sudo: a user's companies decide whether the user can take the account; nothing else is read
        users = self.env["res.users"].sudo().browse(user_ids) - self.predecessor_id
        if scan is None:
            scan = self.env["churn.transfer"]._scan(self.predecessor_id, "move")
        moving = {rule for rule in scan.rules if rule.policy == "move"}
        able = {user.id: set(user.company_ids.ids) for user in users | leader.sudo()}  # sudo: as above
        proposed = {None: leader.id}
        gone = (users | leader)._churn_gone(self.change_date)
        for account in accounts:
            needed = scan.companies(account.id, self.predecessor_id.id, moving)
            ranked = users._churn_gone_last([*(one for one in backups[account.id] if one in able), *leader.ids], gone)
            proposed[account.id] = next((user_id for user_id in ranked if needed <= able[user_id]), False)
        return proposed

    def _ranked_backups(self, accounts):
        """Return ``{account id: user ids}`` of who is asked to take over first."""
        return self.env["churn.team.member"]._backups(accounts.ids, self.change_date)

    def _leader(self):
        """Return the leader of the predecessor's team if able to take over, else nobody.

        Memberships that were archived with the user still tell the team.
        """
        # sudo: the predecessor's team and its leader's companies may be out of the planner's sight
        predecessor = self.predecessor_id.sudo().with_context(active_test=False)
        teams = predecessor.sale_team_id or predecessor.crm_team_member_ids.crm_team_id
        able = teams.user_id.filtered(lambda user: user.active and not user.share and user != predecessor)
        return able.filtered(lambda user: self.company_ids <= user.company_ids)[:1]

    @api.model
    def _open_counts(self, user, companies=None):
        """Return {rule name: number of open records} of what the user holds, see :meth:`_open_counts_by_user`."""
        return self._open_counts_by_user(user, companies).get(user, {})

    @api.model
    def _open_counts_by_user(self, users, companies=None):
        """Return {user: {rule name: number of open records}}; one query per rule, however many users.

        Being in a sales team is not counted: every rep is, and nobody waits for it.

        :param companies: count only there; None: everywhere
        """
        scan = self.env["churn.transfer"]._scan(users, "move", "close")
        counted = {user.id: Counter(dict.fromkeys((rule.name for rule in scan.rules), 0)) for user in users}
        for rows in scan.by_key.values():
            for rule, row in rows:
                elsewhere = companies and row.company_id and row.company_id not in companies.ids
                if not elsewhere and rule.res_model != "crm.team.member":
                    counted[row.user_id][rule.name] += 1
        return {user: {name: count for name, count in counted[user.id].items() if count} for user in users}

    # Confirming

    def action_confirm(self):
        """Check the plan and make it binding."""
        self._confirm()

    def _confirm(self):
        """Check the plan and make it binding; a plan that is already confirmed is left as it is.

        :raise UserError: what is wrong and what to do; nothing is changed then
        """
        self.check_access("write")
        # Whoever comes second waits here, then starts anew (serialization failure) and finds the plan confirmed.
        self.env.cr.execute("SELECT id FROM churn_handover WHERE id = ANY(%s) FOR UPDATE", [self.ids])
        self.invalidate_recordset(["state"])
        for handover in self.filtered(lambda handover: handover.state == "draft"):
            handover._check_predecessors()
            # sudo: the right to the plan was checked above; state and team rows are the engine's
            plan = handover.sudo()
            plan._check_plan()
            plan._start()

    def _start(self, scan=None):
        """Make plan and lines binding; lines that cannot be moved as they stand are stopped.

        :param scan: what the transfer found of the predecessors, when the caller has it
        """
        if scan is None:
            scan = self.env["churn.transfer"]._scan(self._predecessors(), "move", "close")
        self.state = "confirmed"
        self.line_ids.filtered(lambda line: line.state == "draft").write({"state": "confirmed"})
        self.line_ids._stop_refused(scan)
        self.line_ids._sync_overlap()
        self._count_elsewhere(scan)

    def _check_predecessors(self):
        """A team leader plans for the members of own teams only, a manager for everybody."""
        if self.env.su or self.env.user.has_group("churn_handover.group_churn_manager"):
            return
        led = self.env["crm.team"].search([("user_id", "=", self.env.uid)])
        # sudo: memberships that have ended with an archived user count too
        members = led.sudo().with_context(active_test=False).crm_team_member_all_ids.user_id
        if foreign := self._predecessors() - members:
            raise AccessError(
                self.env._(
                    "%(names)s: not in a team that you lead. Ask a sales manager.",
                    names=listed(self.env, foreign.mapped("name")),
                )
            )

    def _check_plan(self):
        """:raise UserError: when the plan cannot be made binding"""
        self.ensure_one()
        today = fields.Date.context_today(self)
        if not self.emergency and any(line.change_date < today for line in self.line_ids):
            raise UserError(self.env._("The change date is in the past. Set a date from today on."))
        scan = self.env["churn.transfer"]._scan(self._predecessors())
        if not self.line_ids.account_id and not scan:
            raise UserError(
                self.env._(
                    "%(name)s has no accounts and nothing open: there is nothing to hand over.",
                    name=self.predecessor_id.name,
                )
            )
        if not self.line_ids:
            raise UserError(self.env._("The plan is empty. Add the accounts that change hands."))
        if self.kind == "departure" and not self.default_line_id:
            self._add_accounts(self.env["res.partner"])
        self._check_lines(scan)

    def _check_lines(self, scan):
        missing = self.line_ids.filtered(lambda line: not line.successor_id)
        if missing:
            raise UserError(
                self.env._(
                    "Nobody takes over: %(accounts)s. Choose a successor for each, also for everything else.",
                    accounts=missing._listed(),
                )
            )
        if refused := self.line_ids._refusals(scan):
            raise UserError("\n".join(list(dict.fromkeys(refused.values()))[:NAMES_SHOWN]))
        if taken := self._taken(self.line_ids.account_id):
            raise UserError(
                self.env._(
                    "Already part of another open handover: %(accounts)s. Remove these lines or cancel the other plan.",
                    accounts=listed(self.env, taken[:NAMES_SHOWN].mapped("display_name")),
                )
            )

    def _taken(self, accounts):
        """Return those of the accounts that another plan, also one out of sight, is going to move."""
        # sudo: only whether another open line exists is used, nothing of that plan is shown
        others = self.env["churn.handover.line"].sudo()
        domain = [
            ("account_id", "in", accounts.ids),
            ("handover_id", "not in", self.ids),
            ("state", "in", ("confirmed", "stopped")),
        ]
        return accounts.browse(others.search(domain).account_id.ids)

    # Cancelling

    def action_cancel(self):
        """Call off what has not moved yet."""
        self.check_access("write")
        # sudo: the right to the plan was checked; state and team rows are the engine's
        for handover in self.sudo():
            lines = handover.line_ids.filtered(lambda line: line.state in ("draft", "confirmed", "stopped"))
            if not lines:
                raise UserError(self.env._("%(name)s: nothing left to cancel. Undo it instead.", name=handover.name))
            lines.write({"state": "cancelled"})
            lines._sync_overlap()
            handover.state = "done" if handover.line_ids.filtered(lambda line: line.state == "done") else "cancelled"
