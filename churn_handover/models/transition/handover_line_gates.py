from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..common.listed import listed
from ..handover.handover import OPEN_STATES
from .gate import OPEN_GATES

# Kinds of handover in which an open gate holds its line back; in a departure the last day wins.
HOLDING_KINDS = ("rotation", "reassignment")


class ChurnHandoverLine(models.Model):
    """The gates of a line: which its tier asks for, which is next, and whether they hold it back."""

    _inherit = "churn.handover.line"

    tier_id = fields.Many2one(
        "churn.handover.tier",
        compute="_compute_tier_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        index=True,
        help="How formally this account is handed over. Proposed by key-account flag and value tier.",
    )
    gate_ids = fields.One2many("churn.gate", "line_id", readonly=True, copy=False)
    next_gate = fields.Selection(
        [
            ("notified", "Notify"),
            ("dossier", "Accept Dossier"),
            ("introduced", "Introduce"),
            ("followed_up", "Follow Up"),
            ("passed", "All Passed"),
        ],
        readonly=True,
        copy=False,
        index=True,
        group_expand=True,
        help="The first gate of the line that is still open.",
    )
    next_gate_due = fields.Date(string="Due", readonly=True, copy=False)
    next_gate_overdue = fields.Boolean(compute="_compute_next_gate_overdue")
    moved_without = fields.Char(
        compute="_compute_moved_without", help="Gates that were still open when the account changed hands."
    )
    held_back = fields.Boolean(
        compute="_compute_held_back", search="_search_held_back", help="Waits for its gates: it does not move before."
    )
    gate_steps = fields.Json(compute="_compute_gate_steps")

    # Computes

    @api.depends("account_id", "is_default")
    def _compute_tier_id(self):
        """Propose the tier: that of key accounts, else that of the account's best value tier in any company."""
        lines = self.filtered(lambda line: line.account_id and not line.is_default)
        (self - lines).tier_id = False
        companies = {line: line._letter_company() or self.env.company for line in lines}
        defaults = self.env["churn.handover.tier"]._defaults(self.env["res.company"].union(*companies.values()))
        care = lines._care()
        for line, company in companies.items():
            line.tier_id = defaults[company][care.get(line.account_id._origin.id, "c")]

    def _care(self):
        """Return {account id: "key", "a", "b" or "c"} of accounts with figures; one query."""
        accounts = self.account_id.commercial_partner_id
        # sudo: the value tier decides how carefully a line is handled, whoever plans; the figures are not shown
        figures = self.env["churn.account"].sudo().search([("partner_id", "in", accounts._origin.ids)])
        care = {}
        for figure in figures:
            own = "key" if figure.is_key_account else figure.value_tier or "c"
            key = figure.partner_id.id
            # "key" is the most careful; "a", "b", "c" follow in the order of the alphabet
            care[key] = "key" if "key" in (own, care.get(key)) else min(own, care.get(key, "c"))
        return care

    @api.depends("next_gate_due", "next_gate")
    def _compute_next_gate_overdue(self):
        today = fields.Date.context_today(self)
        for line in self:
            due = line.next_gate_due
            line.next_gate_overdue = bool(due and due < today and line.state in (*OPEN_STATES, "done"))

    @api.depends("gate_ids.missed")
    def _compute_moved_without(self):
        kinds = dict(self.env["churn.gate"]._fields["kind"]._description_selection(self.env))
        for line in self:
            missed = [kinds[gate.kind] for gate in line.gate_ids.filtered("missed")]
            line.moved_without = (
                self.env._("Moved without: %(gates)s", gates=listed(self.env, missed)) if missed else False
            )

    @api.depends("gate_ids.state", "state")
    def _compute_held_back(self):
        held = self._held_back()
        for line in self:
            line.held_back = line in held

    def _search_held_back(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain.OR([self._held_domain() if wanted else ~self._held_domain() for wanted in value])

    @api.depends("gate_ids.state", "gate_ids.due_date", "gate_ids.proof_note", "gate_ids.reason")
    @api.depends_context("uid", "lang")
    def _compute_gate_steps(self):
        kinds = dict(self.env["churn.gate"]._fields["kind"]._description_selection(self.env))
        states = dict(self.env["churn.gate"]._fields["state"]._description_selection(self.env))
        today = fields.Date.context_today(self)
        for line in self:
            line.gate_steps = [
                {
                    "id": gate.id,
                    "kind": gate.kind,
                    "label": kinds[gate.kind],
                    "state": gate.state,
                    "state_label": states[gate.state],
                    "open": gate.state in OPEN_GATES,
                    "overdue": gate.state in OPEN_GATES and bool(gate.due_date) and gate.due_date < today,
                    "missed": gate.missed,
                    "due": format_date(self.env, gate.due_date) if gate.due_date else "",
                    "date": format_date(self.env, fields.Datetime.context_timestamp(self, gate.passed_at))
                    if gate.passed_at
                    else "",
                    "who": gate.sudo().user_id.name or "",  # sudo: a colleague's name, nothing else
                    "proof": gate.proof_note or "",
                    "has_proof": gate._shows_proof(),
                    "reason": gate.reason or "",
                    "status": line._gate_status(gate.kind) if gate.state in OPEN_GATES else "",
                }
                for gate in line.gate_ids.sorted("sequence")
            ]

    # What other rooms call

    def _gate_status(self, kind):
        """Return how far an open gate of this line is, in a few words; each kind adds its own."""
        return ""

    def _gates(self, kind):
        """Return the gates of one kind of these lines, whatever their state."""
        return self.gate_ids.filtered(lambda gate: gate.kind == kind)

    @api.model
    def _held_domain(self):
        """Domain of lines that wait for a gate; the one place that says what holds a line back."""
        waiting = [("holds", "=", True), ("state", "in", OPEN_GATES)]
        return Domain("handover_id.kind", "in", HOLDING_KINDS) & Domain("gate_ids", "any", waiting)

    def _held_back(self):
        """Return those of the lines that may not move yet, because a gate they need is open."""
        if not self.ids:
            return self.browse()
        # sudo: whether a gate is open decides the move, whoever starts it
        return self.browse(self.sudo().search(Domain("id", "in", self.ids) & self._held_domain()).ids)

    def _refresh_next_gate(self):
        """Store the first open gate of each line; one statement, however many lines."""
        self.env["churn.gate"].flush_model()
        self.flush_recordset(["next_gate", "next_gate_due"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE churn_handover_line line
                   SET next_gate = found.kind, next_gate_due = found.due_date
                  FROM (SELECT one.id,
                               COALESCE(gate.kind, CASE WHEN EXISTS (
                                   SELECT FROM churn_gate WHERE line_id = one.id) THEN 'passed' END) AS kind,
                               gate.due_date
                          FROM unnest(%(ids)s::int[]) AS one (id)
                          LEFT JOIN LATERAL (
                               SELECT kind, due_date FROM churn_gate
                                WHERE line_id = one.id AND state IN ('open', 'reopened')
                                ORDER BY sequence LIMIT 1) gate ON TRUE) found
                 WHERE line.id = found.id
                   AND (line.next_gate, line.next_gate_due) IS DISTINCT FROM (found.kind, found.due_date)
                """,
                ids=self.ids,
            )
        )
        self.invalidate_recordset(["next_gate", "next_gate_due"], flush=False)

    def _gates_changed(self):
        """Gates of these lines were decided: show the next one, and run what waited for them."""
        self._refresh_next_gate()
        today = fields.Date.context_today(self)
        if self.filtered(lambda line: line.state == "confirmed" and line.change_date <= today):
            # sudo: crons are the system's
            self.env.ref("churn_handover.cron_handover").sudo()._trigger()

    # Engine

    def write(self, vals):
        result = super().write(vals)
        if "tier_id" in vals and "state" not in vals:
            self._tier_changed()
        return result

    def _tier_changed(self):
        """Another tier of a binding line asks for other gates; the plan's chatter says who decided that."""
        lines = self.filtered(lambda line: line.state in ("confirmed", "stopped"))
        if not lines:
            return
        self.env["churn.gate"].sudo()._sync(lines)  # sudo: the right to write the line was checked by write
        for handover, changed in lines.grouped("handover_id").items():
            handover._message_log(
                body=self.env._(
                    "%(user)s set the tier to %(tier)s: %(accounts)s.",
                    user=self.env.user.name,
                    tier=changed[0].tier_id.name or self.env._("no gates"),
                    accounts=changed._listed(),
                )
            )
        lines._gates_changed()

    def _plan_changed(self, names):
        result = super()._plan_changed(names)
        self.env["churn.gate"]._sync(self.filtered(lambda line: line.state in ("confirmed", "stopped")))
        return result

    def _set_done(self):
        """Whoever moves with open gates is marked so, and the gates become dated tasks: the last day wins."""
        result = super()._set_done()
        missing = self.env["churn.gate"].search(
            [("line_id", "in", self.ids), ("holds", "=", True), ("state", "in", OPEN_GATES)]
        )
        missing._missed()
        if missing:
            missing.line_id._refresh_next_gate()
        return result

    def _close_gate_tasks(self):
        """The lines do not change hands after all: nobody has to do anything for their gates any more."""
        self.gate_ids.activity_id.filtered("active").unlink()
