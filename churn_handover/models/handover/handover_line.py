from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..common.defaults import without_defaults
from ..common.listed import listed
from .handover import OPEN_STATES

NAMES_SHOWN = 10
# What only the engine writes, see churn.handover.
ENGINE_FIELDS = frozenset(
    (
        "state",
        "stop_reason",
        "moved_at",
        "is_default",
        "account_name",
        "handover_id",
        "no_backup",
        "successor_type",
        "result_months",
        "next_gate",
        "next_gate_due",
        "fit",
        "fit_user_id",
        "fit_reasons",
    )
)


class ChurnHandoverLine(models.Model):
    """One account of a handover: the unit of transfer, state and undo.

    Exactly one line of a plan has no account (``is_default``): its successor takes what hangs on no account.
    """

    _name = "churn.handover.line"
    _description = "Handover Line"
    _order = "handover_id, is_default desc, id"
    _rec_name = "account_id"

    handover_id = fields.Many2one("churn.handover", required=True, index=True, ondelete="cascade")
    is_default = fields.Boolean(string="Everything Else", readonly=True, help="Takes what hangs on no account.")
    account_id = fields.Many2one("res.partner", index=True, ondelete="set null")
    account_name = fields.Char(readonly=True)
    predecessor_id = fields.Many2one("res.users", required=True, index=True, ondelete="restrict")
    successor_id = fields.Many2one("res.users", index=True, ondelete="restrict", domain=[("share", "=", False)])
    change_date = fields.Date(required=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("confirmed", "Confirmed"),
            ("stopped", "Stopped"),
            ("done", "Moved"),
            ("undone", "Undone"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
    )
    stop_reason = fields.Char(readonly=True, copy=False)
    moved_at = fields.Datetime(readonly=True, copy=False)

    _open_account_unique = models.UniqueIndex(
        "(account_id) WHERE account_id IS NOT NULL AND state IN ('confirmed', 'stopped')",
        "This account is already part of another open handover.",
    )
    _account_unique = models.UniqueIndex(
        "(handover_id, account_id, predecessor_id) WHERE account_id IS NOT NULL", "This account is in the plan already."
    )
    _default_unique = models.UniqueIndex("(handover_id) WHERE is_default", "A plan has one line for everything else.")
    _account_or_default = models.Constraint(
        "CHECK(is_default OR account_id IS NOT NULL OR state IN ('done', 'undone', 'cancelled'))",
        "A line needs an account.",
    )

    @api.depends("account_id", "account_name", "is_default")
    def _compute_display_name(self):
        for line in self:
            everything_else = self.env._("Everything else") if line.is_default else ""
            line.display_name = line.account_id.display_name or line.account_name or everything_else

    def _listed(self):
        """Return the first names of the lines, and how many more there are, for a message."""
        names = listed(self.env, self[:NAMES_SHOWN].mapped("display_name"))
        more = len(self) - NAMES_SHOWN
        return self.env._("%(names)s and %(count)s more", names=names, count=more) if more > 0 else names

    # Rights and consistency

    @api.model_create_multi
    def create(self, vals_list):
        partners = self.env["res.partner"].browse(vals["account_id"] for vals in vals_list if vals.get("account_id"))
        # Looked at together, so that they are read together.
        accounts = {partner.id: partner.commercial_partner_id for partner in partners}
        for vals in vals_list:
            if not self.env.su and not (ENGINE_FIELDS - {"handover_id"}).isdisjoint(vals):
                raise AccessError(self.env._("The state of a line changes by the buttons of its plan only."))
            handover = self.env["churn.handover"].browse(vals["handover_id"])
            if handover.state != "draft" and not self.env.su:
                raise UserError(
                    self.env._("%(name)s is confirmed. Make another plan for more accounts.", name=handover.name)
                )
            vals.setdefault("predecessor_id", handover.predecessor_id.id)
            vals.setdefault("change_date", handover.change_date)
            if account := accounts.get(vals.get("account_id")):
                vals.update(account_id=account.id, account_name=account.display_name)
        lines = super(ChurnHandoverLine, without_defaults(self, ENGINE_FIELDS - {"handover_id"})).create(vals_list)
        return lines.with_env(self.env)

    def write(self, vals):
        if not self.env.su and not ENGINE_FIELDS.isdisjoint(vals):
            raise AccessError(self.env._("The state of a line changes by the buttons of its plan only."))
        # The engine writes the state along with the rest: then there is nothing to check.
        planned = {"successor_id", "change_date", "account_id", "predecessor_id"} & vals.keys()
        if not planned or "state" in vals:
            return super().write(vals)
        self._check_open()
        result = super().write(vals)
        # sudo: the right to write the line was checked above; state and team rows are the engine's
        self.sudo()._plan_changed(planned)
        return result

    def _check_open(self):
        if moved := self.filtered(lambda line: line.state not in OPEN_STATES):
            raise UserError(
                self.env._("%(accounts)s: moved or cancelled already. Make another plan.", accounts=moved._listed())
            )

    def _plan_changed(self, names):
        """Check what was changed on a binding line at once, let a stopped line run again, move the overlap."""
        binding = self.filtered(lambda line: line.state in ("confirmed", "stopped"))
        if "successor_id" in names:
            if refusals := binding._refusals():
                raise UserError("\n".join(dict.fromkeys(refusals.values())))
            binding.write({"state": "confirmed", "stop_reason": False})
        binding._sync_overlap()
        if any(line.change_date <= fields.Date.context_today(self) for line in binding):
            self.env.ref("churn_handover.cron_handover")._trigger()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_binding(self):
        if self.filtered(lambda line: line.state not in ("draft", "cancelled")):
            raise UserError(self.env._("Only lines of a draft can be deleted. Cancel the plan instead."))
        # With its plan the line goes in the database, not here.
        if self.filtered(lambda line: line.is_default and line.handover_id.kind == "departure"):
            raise UserError(
                self.env._(
                    "Somebody must take everything else of a leaver. Choose who, instead of deleting the line; "
                    "to give it up, delete the plan."
                )
            )

    # May the successor take it?

    def _refusals(self, scan=None):
        """Return {line: why its successor cannot take the account, and what to do}; set-based.

        A successor must work in every company where the predecessor has open records on the account, also those out of
        the plan: an owner is one value for all. For everything else, in the companies of the plan.

        :param scan: what the transfer found of the predecessors, when the caller has it
        """
        if scan is None:
            scan = self.env["churn.transfer"]._scan(self.predecessor_id, "move")
        moving = {rule for rule in scan.rules if rule.policy == "move"}
        # sudo: whether a successor is active and works in the account's companies must be known to any planner
        able = {
            user: set(user.company_ids.ids) if user.active and not user.share else None
            for user in self.sudo().successor_id
        }
        refusals = {}
        for line in self:
            if line.is_default:
                needed = set(line.handover_id.company_ids.ids)
            else:
                needed = scan.companies(line.account_id.id, line.predecessor_id.id, moving)
            companies = able.get(line.successor_id)
            if companies is None or needed - companies or line.successor_id == line.predecessor_id:
                # sudo: as above
                refusals[line] = line._refusal(line.successor_id.sudo(), needed - (companies or set()))
        return refusals

    def _refusal(self, successor, missing_companies):
        names = {"account": self.display_name, "successor": successor.name}
        if not successor:
            return self.env._("%(account)s: nobody takes over. Choose a successor.", account=self.display_name)
        if successor == self.predecessor_id:
            return self.env._("%(successor)s cannot succeed themselves. Choose another successor.", **names)
        if not successor.active:
            return self.env._("%(successor)s is archived. Choose another successor.", **names)
        if successor.share:
            return self.env._("%(successor)s is no internal user. Choose another successor.", **names)
        return self.env._(
            "%(account)s: %(successor)s has no access to %(companies)s, where the predecessor has open records. "
            "Choose another successor or give access.",
            # sudo: companies that the planner may not enter are named, as the reason
            companies=listed(self.env, self.env["res.company"].sudo().browse(missing_companies).mapped("name")),
            **names,
        )

    def _stop_refused(self, scan=None):
        """Set confirmed lines whose successor cannot take over to stopped, and tell the responsible manager."""
        refusals = self.filtered(lambda line: line.state == "confirmed")._refusals(scan)
        self._stop(refusals)

    def _stop(self, reasons):
        """Stop lines; ``reasons`` maps each to its reason."""
        by_reason = defaultdict(self.browse)
        for line, reason in reasons.items():
            by_reason[reason] |= line
        for reason, lines in by_reason.items():
            lines.write({"state": "stopped", "stop_reason": reason})
        stopped = self.browse([line.id for line in reasons])
        if stopped:
            stopped._sync_overlap()  # whoever cannot take over is not on the account team either
        for handover, lines in stopped.grouped("handover_id").items():
            handover._tell_stopped(lines)

    def _set_done(self):
        """Mark lines as moved, in one statement: the ORM would send one per hundred."""
        self.flush_recordset()
        self.env.cr.execute(
            "UPDATE churn_handover_line SET state = 'done', stop_reason = NULL, moved_at = %s WHERE id = ANY(%s)",
            [fields.Datetime.now(), self.ids],
        )
        self.invalidate_recordset(["state", "stop_reason", "moved_at"], flush=False)
        self.modified(["state"])

    def _lock(self):
        """Wait for whoever is moving or undoing these lines; coming second means starting anew."""
        self.env.cr.execute("SELECT id FROM churn_handover_line WHERE id = ANY(%s) FOR UPDATE", [self.ids])
        self.invalidate_recordset(["state"])

    def action_undo(self):
        """Give these accounts back."""
        self.check_access("write")
        for handover, lines in self.grouped("handover_id").items():
            handover.check_access("write")
            handover._undo(lines)

    # Overlap

    def _sync_overlap(self):
        """Put successors on the account team for the overlap, and take off who is no successor any more."""
        # sudo: the team rows belong to the plan, whose rights the caller checked
        members = self.env["churn.team.member"].sudo()
        known = members.search([("handover_line_id", "in", self.ids), ("origin", "=", "overlap")])
        known = {(member.handover_line_id.id, member.user_id.id): member for member in known}
        role = self.env.ref("churn_handover.role_successor")
        new, moved = [], defaultdict(list)
        for line, user, *dates in self._overlaps():
            member = known.pop((line.id, user.id), None)
            if member is None:
                new.append({**line._overlap_values(user, *dates), "role_id": role.id})
            elif [member.date_from, member.date_to] != dates:
                moved[tuple(dates)].append(member.id)
        members.union(*known.values()).unlink()
        for (date_from, date_to), ids in moved.items():
            members.browse(ids).write({"date_from": date_from, "date_to": date_to})
        members.create(new)

    def _overlaps(self):
        """Yield (line, user, first day, last day) of everybody who is to be on an account team for the overlap."""
        days = self._overlap_days()
        for line in self:
            if line.state == "confirmed" and line.account_id and days[line] > 0:
                departure = line.handover_id.kind == "departure"
                for user in line.successor_id if departure else line.successor_id | line.predecessor_id:
                    yield line, user, *line._overlap_dates(days[line])

    def _overlap_values(self, user, date_from, date_to):
        return {
            "account_id": self.account_id.id,
            "user_id": user.id,
            "date_from": date_from,
            "date_to": date_to,
            "origin": "overlap",
            "handover_line_id": self.id,
        }

    def _overlap_days(self):
        """Return {line: days of overlap}: those of the plan, for a key account at least those the company sets."""
        # sudo: which accounts are key accounts decides the dates, whoever moves a line
        figures = (
            self.env["churn.account"]
            .sudo()
            .search([("partner_id", "in", self.account_id.ids), ("is_key_account", "=", True)])
        )
        key_days = {}
        for figure in figures:
            days = figure.company_id.churn_key_overlap_days
            key_days[figure.partner_id] = max(days, key_days.get(figure.partner_id, 0))
        planned = {line: line.handover_id.overlap_days for line in self}
        return {line: max(days, key_days.get(line.account_id, 0)) if days > 0 else 0 for line, days in planned.items()}

    def _overlap_dates(self, days):
        """Return (first, last) day of common access: up to the change in a departure, else around it."""
        if self.handover_id.kind == "departure":
            return self.change_date - timedelta(days=days), self.change_date
        return self.change_date - timedelta(days=days // 2), self.change_date + timedelta(days=days // 2)
