from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

NAMES_SHOWN = 10


class ChurnHandover(models.Model):
    """Making a plan: its lines, the proposed successors, and the checks before it is confirmed."""

    _inherit = "churn.handover"

    # Making

    @api.model
    def _plan(self, predecessor, change_date, accounts=None, kind="departure", **values):
        """Make a draft plan with a line per account and proposed successors.

        :param accounts: partners; None: every account the predecessor owns in the caller's companies
        :param values: further fields of the handover
        """
        default_successor = values.pop("default_successor_id", None)
        handover = self.create({"predecessor_id": predecessor.id, "change_date": change_date, "kind": kind, **values})
        if accounts is None:
            accounts = handover._owned_accounts()
        handover._add_accounts(accounts.commercial_partner_id)
        if default_successor:
            handover.default_successor_id = default_successor
        return handover

    @api.model
    def _emergency(self, users):
        """Hand over at once what the users still own: to backups, else the team leader, else the manager's list.

        Called when a user is archived without a plan. Never fails for want of a successor: such lines are stopped and
        the responsible manager is told. The transfer itself is left to the cron.
        """
        # sudo: whoever archives a user may have no sales rights; the plan only keeps accounts from being orphaned
        self = self.sudo()
        handovers = self.browse()
        for user in users:
            if not self._open_counts(user, user.company_ids):
                continue
            handover = self._plan(
                user,
                fields.Date.context_today(self),
                emergency=True,
                overlap_days=0,
                company_ids=[Command.set(user.company_ids.ids)],
                user_id=self._manager_of(user).id,
            )
            handover._release_taken_lines()
            handover._start()
            handovers |= handover
        if handovers:
            self.env.ref("churn_handover.cron_handover")._trigger()
        return handovers

    @api.model
    def _manager_of(self, user):
        """Return who is responsible for a plan that nobody made: team leader, employee's manager, else the caller."""
        candidates = user.sale_team_id.user_id | user.employee_ids.parent_id.user_id | self.env.user
        return (candidates - user).filtered("active")[:1] or self.env.user

    def _release_taken_lines(self):
        """Drop accounts that another open plan already hands over."""
        taken = self._taken_accounts()
        self.line_ids.filtered(lambda line: line.account_id in taken).unlink()

    def _predecessors(self):
        return self.predecessor_id | self.line_ids.predecessor_id

    def _owned_accounts(self):
        """Return the accounts that the predecessor owns in the companies of the plan."""
        domain = Domain("user_id", "=", self.predecessor_id.id)
        domain &= Domain("company_id", "in", [*self.company_ids.ids, False])
        partners = self.env["res.partner"]
        return partners.search(domain & partners._churn_account_domain())

    def _add_accounts(self, accounts):
        """Add a line per account, with its proposed successor, and the default line where the kind needs one."""
        self.ensure_one()
        accounts -= self.line_ids.account_id
        successors = self._propose_successors(accounts)
        base = {"predecessor_id": self.predecessor_id.id, "change_date": self.change_date}
        lines = [
            {
                **base,
                "account_id": account.id,
                "account_name": account.display_name,
                "successor_id": successors[account.id],
            }
            for account in accounts
        ]
        if self.kind == "departure" and not self.default_line_id:
            lines.append({**base, "is_default": True, "successor_id": successors[None]})
        self.line_ids = [Command.create(line) for line in lines]

    def _propose_successors(self, accounts):
        """Return {account id: user id or False} and under None who takes the rest.

        The first backup who is active and works in the account's companies, else the team leader, else nobody.
        """
        leader = self._leader()
        backups = self.env["churn.team.member"]._backups(accounts.ids, self.change_date)
        # sudo: a user's companies decide whether the user can take the account; nothing else is read
        users = {user.id: user for user in self.env["res.users"].sudo().browse({u for ids in backups.values() for u in ids})}
        proposed = {None: leader.id}
        for account in accounts:
            companies = account.company_id or self.company_ids
            able = [u for u in backups.get(account.id, ()) if u != self.predecessor_id.id and companies <= users[u].company_ids]
            proposed[account.id] = able[0] if able else leader.id
        return proposed

    def _leader(self):
        """Return the predecessor's team leader when able to take over, else nobody."""
        # sudo: the predecessor's team and its leader's companies may be out of the planner's sight
        leader = self.predecessor_id.sudo().sale_team_id.user_id
        able = leader.active and leader != self.predecessor_id and self.company_ids <= leader.company_ids
        return leader if able else leader.browse()

    @api.model
    def _open_counts(self, user, companies=None):
        """Return {rule name: number of open records} of what the user holds; one query per rule."""
        allowed = set((companies or self.env.user.company_ids).ids)
        counts = defaultdict(int)
        for rule in self.env["churn.ownership.rule"]._installed("move", "close"):
            count = sum(1 for found in rule._find(user) if not found.company_id or found.company_id in allowed)
            if count:
                counts[rule.name] += count
        return dict(counts)

    # Confirming

    def _confirm(self):
        """Check the plan and make it binding; a plan that is already confirmed is left as it is.

        :raise UserError: what is wrong and what to do; nothing is changed then
        """
        self.lock_for_update()
        for handover in self:
            handover.invalidate_recordset(["state"])
            if handover.state == "draft":
                handover._check_plan()
                handover._start()

    def _start(self):
        """Set plan and lines to confirmed, stopping lines that cannot be moved as they stand."""
        self.state = "confirmed"
        self.line_ids.filtered(lambda line: line.state == "draft").state = "confirmed"
        self.line_ids._stop_refused()
        self.line_ids._sync_overlap()

    def _check_plan(self):
        self.ensure_one()
        lines = self.line_ids
        if not lines or not (lines.account_id or self._open_counts(self.predecessor_id, self.company_ids)):
            raise UserError(
                self.env._(
                    "%(name)s has no accounts and nothing open to hand over. Add accounts to the plan.",
                    name=self.predecessor_id.name,
                )
            )
        if not self.emergency and self.change_date < fields.Date.context_today(self):
            raise UserError(self.env._("The change date %(date)s is in the past. Set a date from today on.", date=self.change_date))
        missing = lines.filtered(lambda line: not line.successor_id)
        if missing:
            raise UserError(
                self.env._(
                    "Nobody takes over %(accounts)s. Choose a successor for each line, the line for everything else included.",
                    accounts=missing._listed(),
                )
            )
        refused = lines._refusals()
        if refused:
            raise UserError("\n".join(dict.fromkeys(refused.values())))
        taken = self._taken_accounts()
        if taken:
            raise UserError(
                self.env._(
                    "Already part of another open handover: %(accounts)s. Remove these lines or cancel the other plan.",
                    accounts=", ".join(taken[:NAMES_SHOWN].mapped("display_name")),
                )
            )

    def _taken_accounts(self):
        """Return the accounts of this plan that another plan, also one out of sight, is going to move."""
        # sudo: only whether another open line exists is used, nothing of that plan is shown
        others = self.env["churn.handover.line"].sudo()
        return others.search(
            [
                ("account_id", "in", self.line_ids.account_id.ids),
                ("handover_id", "not in", self.ids),
                ("state", "in", ("confirmed", "stopped")),
            ]
        ).account_id.sudo(False)
