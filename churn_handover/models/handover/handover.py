from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..common.defaults import without_defaults

OPEN_STATES = ("draft", "confirmed", "stopped")
# What only the engine writes; through RPC it would let somebody mark as moved what is not, or widen their own rights.
ENGINE_FIELDS = frozenset(
    ("state", "team_ids", "emergency", "elsewhere_count", "told_change_id", "colleagues_told_at", "match_result")
)
# Given when a plan is made, and never changed: another kind would lift what holds for a departure.
FIXED_FIELDS = frozenset(("name", "kind", "rotation_round_id"))


class ChurnHandover(models.Model):
    """A dated plan that moves accounts from one owner to others; its lines are one account each.

    The doors that move accounts (departure, rotation, reassignment) make the same record; an absence moves none.
    """

    _name = "churn.handover"
    _description = "Handover"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "change_date desc, id desc"

    name = fields.Char(
        string="Reference", required=True, readonly=True, copy=False, default=lambda self: self.env._("New")
    )
    kind = fields.Selection(
        [
            ("departure", "Departure"),
            ("rotation", "Rotation"),
            ("reassignment", "Reassignment"),
        ],
        required=True,
        default="departure",
        readonly=True,
        tracking=True,
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("confirmed", "Confirmed"),
            ("running", "Running"),
            ("done", "Done"),
            ("undone", "Undone"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    predecessor_id = fields.Many2one(
        "res.users",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        domain=[("share", "=", False)],
        context={"active_test": False},
    )
    team_ids = fields.Many2many(
        "crm.team",
        string="Sales Teams",
        readonly=True,
        copy=False,
        help="Teams of the predecessor when the plan was made: their leaders may see it.",
    )
    change_date = fields.Date(
        required=True, tracking=True, help="The day the owner changes. In a departure it is the last day."
    )
    overlap_days = fields.Integer(
        default=lambda self: self.env.company.churn_overlap_days,
        help="Days in which predecessor and successor are both on the account team with access: before the change date "
        "in a departure, around it otherwise.",
    )
    emergency = fields.Boolean(readonly=True, tracking=True, help="No notice was given: backups take over at once.")
    reason_id = fields.Many2one(
        "hr.departure.reason", ondelete="set null", groups="churn_handover.group_churn_leader"
    )  # whoever takes over need not know why somebody goes
    note = fields.Text()
    user_id = fields.Many2one(
        "res.users", string="Responsible", required=True, default=lambda self: self.env.user, tracking=True
    )
    company_ids = fields.Many2many(
        "res.company",
        string="Companies",
        required=True,
        default=lambda self: self.env.user.company_ids,
        help="Records of these companies are moved; what remains in others is only counted.",
    )
    archive_predecessor = fields.Boolean(help="Archive the predecessor's user after the transfer on the change date.")
    line_ids = fields.One2many("churn.handover.line", "handover_id", copy=False)
    account_line_ids = fields.One2many(
        "churn.handover.line", "handover_id", string="Account Lines", domain=[("is_default", "=", False)], copy=False
    )
    default_line_id = fields.Many2one("churn.handover.line", compute="_compute_default_line")
    default_successor_id = fields.Many2one(
        "res.users",
        string="Everything Else",
        compute="_compute_default_successor",
        inverse="_inverse_default_successor",
        domain=[("share", "=", False)],
        help="Takes what hangs on no account, or on an account whose owner is not there any more.",
    )

    # Figures

    line_count = fields.Integer(string="Accounts", compute="_compute_line_counts")
    line_total = fields.Integer(string="Lines", compute="_compute_line_counts")
    done_count = fields.Integer(string="Moved", compute="_compute_line_counts")
    stopped_count = fields.Integer(string="Stopped", compute="_compute_line_counts")
    missing_count = fields.Integer(string="Without Successor", compute="_compute_line_counts")
    progress = fields.Float(compute="_compute_line_counts", help="Share of the lines that have moved, in percent.")
    elsewhere_count = fields.Integer(
        string="Open in Other Companies",
        readonly=True,
        copy=False,
        help="Records that the predecessors hold in companies out of this plan; only their number is shown.",
    )
    change_count = fields.Integer(string="Values Changed", compute="_compute_change_counts")
    kept_count = fields.Integer(string="Not Given Back", compute="_compute_change_counts")

    @api.depends("line_ids.is_default")
    def _compute_default_line(self):
        for handover in self:
            handover.default_line_id = handover.line_ids.filtered("is_default")[:1]

    @api.depends("line_ids.is_default", "line_ids.successor_id")
    def _compute_default_successor(self):
        for handover in self:
            handover.default_successor_id = handover.default_line_id.successor_id

    def _inverse_default_successor(self):
        for handover in self:
            handover.default_line_id.successor_id = handover.default_successor_id

    @api.depends("line_ids.state", "line_ids.successor_id")
    def _compute_line_counts(self):
        counts = {handover.id: {} for handover in self}
        rows = self.env["churn.handover.line"]._read_group(
            [("handover_id", "in", self.ids)],
            ["handover_id", "state", "is_default"],
            ["__count", "successor_id:array_agg"],
        )
        for handover, state, is_default, count, successors in rows:
            counts[handover.id][state, is_default] = (count, successors.count(None))
        for handover in self:
            own = counts.get(handover.id, {})
            total = sum(count for count, _missing in own.values())
            done = sum(count for (state, _default), (count, _missing) in own.items() if state in ("done", "undone"))
            handover.line_count = sum(count for (_s, is_default), (count, _m) in own.items() if not is_default)
            handover.line_total = total
            handover.done_count = done
            handover.stopped_count = sum(count for (state, _d), (count, _m) in own.items() if state == "stopped")
            handover.missing_count = sum(missing for _count, missing in own.values())
            handover.progress = 100.0 * done / total if total else 0.0

    def _compute_change_counts(self):
        # sudo: whoever may read the plan may know how much it changed; the log itself is for leaders
        changes = self.env["churn.change"].sudo()
        rows = changes._read_group([("handover_id", "in", self.ids)], ["handover_id", "state"], ["__count"])
        counts = {(handover.id, state): count for handover, state, count in rows}
        for handover in self:
            handover.change_count = sum(counts.get((handover.id, state), 0) for state in ("applied", "undone", "kept"))
            handover.kept_count = counts.get((handover.id, "kept"), 0)

    @api.depends("name", "predecessor_id")
    def _compute_display_name(self):
        for handover in self:
            handover.display_name = " ".join(filter(None, (handover.name, handover.predecessor_id.name)))

    # Rights and consistency

    @api.model_create_multi
    def create(self, vals_list):
        self._check_engine_fields(vals_list)
        for vals in vals_list:
            vals["name"] = self.env["ir.sequence"].next_by_code("churn.handover")
            vals["team_ids"] = self._teams_of(vals.get("predecessor_id"))
        handovers = super(ChurnHandover, without_defaults(self, ENGINE_FIELDS)).create(vals_list).with_env(self.env)
        handovers._check_companies()
        return handovers

    def write(self, vals):
        self._check_engine_fields([vals], ENGINE_FIELDS | FIXED_FIELDS)
        if not {"predecessor_id", "change_date", "company_ids", "overlap_days"}.isdisjoint(vals):
            self._check_editable(vals.get("change_date"))
        result = super().write(vals)
        if "predecessor_id" in vals:
            # sudo: which teams a plan is about is the engine's; then the right to it is that to the new person's plans
            self.sudo().write({"team_ids": self._teams_of(vals["predecessor_id"])})
            self.check_access("write")
        if "company_ids" in vals:
            self._check_companies()
        if "change_date" in vals or "overlap_days" in vals:
            self._change_dates(vals)
        return result

    @api.model
    def _teams_of(self, user_id):
        """Return the command that sets the teams whose leaders may see a plan of the user."""
        # sudo: the teams of the predecessor decide who may see the plan, whoever makes it
        predecessor = self.env["res.users"].sudo().browse(user_id)
        teams = predecessor.with_context(active_test=False).crm_team_member_ids.crm_team_id
        return [fields.Command.set(teams.ids)]

    def _check_engine_fields(self, vals_list, names=ENGINE_FIELDS):
        if not self.env.su and any(not names.isdisjoint(vals) for vals in vals_list):
            raise AccessError(self.env._("The state of a handover changes by its buttons only."))

    def _check_editable(self, change_date):
        closed = self.filtered(lambda handover: handover.state not in ("draft", "confirmed"))
        if closed:
            raise UserError(
                self.env._("%(name)s has run or was cancelled: it cannot be changed any more.", name=closed[0].name)
            )
        today = fields.Date.context_today(self)
        if change_date and fields.Date.to_date(change_date) < today and "confirmed" in self.mapped("state"):
            raise UserError(self.env._("The change date is in the past. Set a date from today on."))

    def _check_companies(self):
        """A manager plans for own companies only."""
        if not self.env.su and self.company_ids - self.env.user.company_ids:
            raise AccessError(self.env._("You can plan handovers only for companies that you have access to."))

    def _change_dates(self, vals):
        """Let the open lines follow the plan's date, and the overlap with them."""
        lines = self.line_ids.filtered(lambda line: line.state in OPEN_STATES)
        if "change_date" in vals:
            lines.write({"change_date": vals["change_date"]})
        else:
            lines._sync_overlap()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_run(self):
        if any(handover.state not in ("draft", "cancelled") or handover.change_count for handover in self):
            raise UserError(
                self.env._("Only drafts can be deleted: what was moved must stay traceable. Cancel the plan.")
            )

    # Screens

    def _action_lines(self, *filters):
        """Open the lines, with search filters of theirs switched on."""
        return {
            **self.env["ir.actions.actions"]._for_xml_id("churn_handover.handover_line_action"),
            "domain": [("handover_id", "in", self.ids)],
            "context": {"of_one_plan": True, **{f"search_default_{name}": 1 for name in filters}},
        }

    def action_view_lines(self):
        return self._action_lines()

    def action_view_stopped(self):
        return self._action_lines("stopped")

    def action_view_missing(self):
        return self._action_lines("missing")

    def action_view_changes(self):
        """Open the log: who got what; the filter gives way to all values, also recomputed ones."""
        return {
            **self.env["ir.actions.actions"]._for_xml_id("churn_handover.change_action"),
            "domain": [("handover_id", "in", self.ids)],
            "context": {"search_default_owner": 1},
        }

    def action_view_kept(self):
        return {
            **self.action_view_changes(),
            "domain": [("handover_id", "in", self.ids), ("state", "=", "kept")],
            "context": {"show_kept_reason": True},
        }
