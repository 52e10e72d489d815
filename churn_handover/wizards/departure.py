from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ..models.common.listed import listed
from .archive import open_table

# How many names a message lists before it only counts.
NAMES_SHOWN = 10


class ChurnDeparture(models.TransientModel):
    """The departure door: who leaves, when, why. It makes the plan; the plan does everything else."""

    _name = "churn.departure"
    _description = "Plan a Departure"

    predecessor_id = fields.Many2one(
        "res.users",
        string="Leaver",
        required=True,
        default=lambda self: self._default_predecessor(),
        domain=[("share", "=", False), ("id", "!=", SUPERUSER_ID)],
        context={"active_test": False},
    )
    change_date = fields.Date(
        string="Last Day",
        required=True,
        compute="_compute_change_date",
        store=True,
        precompute=True,
        readonly=False,
        help="The customers change hands on this day. Proposed: the days of overlap from today, in which successors "
        "are introduced.",
    )
    reason_id = fields.Many2one("hr.departure.reason")
    account_ids = fields.Many2many(
        "res.partner",
        string="Accounts",
        default=lambda self: self._default_accounts(),
        help="Only these accounts; empty: every account of the leaver in your companies.",
    )
    default_successor_id = fields.Many2one(
        "res.users",
        string="Everything Else",
        compute="_compute_default_successor_id",
        store=True,
        readonly=False,
        domain="[('share', '=', False), ('id', '!=', predecessor_id)]",
        help="Takes what hangs on no account of the plan. Proposed: the team leader. "
        "Who takes which account is chosen in the plan.",
    )
    archive_predecessor = fields.Boolean(
        string="Archive the User",
        groups="base.group_erp_manager",
        help="On the last day, after the transfer.",
    )
    left_out = fields.Char(
        default=lambda self: self._default_left_out(),
        readonly=True,
        help="Selected contacts that are no customers, or that nobody owns; they are not part of the plan.",
    )
    open_summary = fields.Html(compute="_compute_open_summary", sanitize=False)
    known_plan_id = fields.Many2one(
        "churn.handover", compute="_compute_known_plan_id", help="A departure of the same leaver that is still open."
    )

    # Where the door was opened from

    @api.model
    def _selected(self):
        """Return the users, employees or contacts on which the door was opened, else no user."""
        model_name = self.env.context.get("active_model")
        ids = self.env.context.get("active_ids") or []
        if model_name in ("res.users", "res.partner"):
            return self.env[model_name].browse(ids)
        if model_name in ("hr.employee", "hr.employee.public"):
            # sudo: only whose login it is; the public card shows that to every colleague
            return self.env["hr.employee"].sudo().browse(ids)
        return self.env["res.users"]

    @api.model
    def _default_predecessor(self):
        selected = self._selected()
        if selected._name == "res.users":
            return selected[:1]
        owners = selected.user_id if selected._name == "hr.employee" else self._customers(selected).user_id
        return owners if len(owners) == 1 else None

    @api.model
    def _default_accounts(self):
        selected = self._selected()
        if selected._name != "res.partner":
            return []
        customers = self._customers(selected)
        if selected and not customers:
            raise UserError(
                self.env._(
                    "None of the selected contacts is a customer whom somebody of yours looks after: %(names)s. "
                    "Select customers, or choose the leaver in Handover → Plan a Departure.",
                    names=self._names(selected.commercial_partner_id),
                )
            )
        return [Command.set(customers.ids)]

    @api.model
    def _default_left_out(self):
        selected = self._selected()
        if selected._name != "res.partner":
            return False
        left = selected.commercial_partner_id - self._customers(selected)
        return self._names(left) if left else False

    @api.model
    def _customers(self, partners):
        """Return the accounts of contacts that somebody owns; own people and companies are none."""
        accounts = partners.commercial_partner_id
        domain = accounts._churn_account_domain() & Domain("id", "in", accounts.ids) & Domain("user_id", "!=", False)
        return accounts.search(domain)

    @api.model
    def _open(self, **defaults):
        """Return the action that opens the door with default values, whatever is selected on the caller's screen."""
        action = self.env["ir.actions.actions"]._for_xml_id("churn_handover.departure_action")
        return {**action, "context": {"active_model": self._name, "active_ids": [], **defaults}}

    # What the form shows

    @api.depends("predecessor_id")
    def _compute_change_date(self):
        today = fields.Date.context_today(self)
        for door in self:
            if door.predecessor_id and not door.predecessor_id.active:
                door.change_date = today
            else:
                door.change_date = door.change_date or fields.Date.add(today, days=self.env.company.churn_overlap_days)

    @api.depends("predecessor_id")
    def _compute_known_plan_id(self):
        plans = self.env["churn.handover"].search_fetch(
            [
                ("predecessor_id", "in", self.predecessor_id.ids),
                ("kind", "=", "departure"),
                ("state", "in", ("draft", "confirmed", "running")),
            ],
            ["predecessor_id"],
            order="id",
        )
        latest = {plan.predecessor_id: plan for plan in plans}
        for door in self:
            door.known_plan_id = latest.get(door.predecessor_id._origin)

    @api.depends("predecessor_id")
    def _compute_default_successor_id(self):
        for door in self:
            leader = door.predecessor_id.sale_team_id.user_id
            able = leader.active and leader != door.predecessor_id and not door._missing_companies(leader)
            door.default_successor_id = leader if able else False

    @api.depends("predecessor_id")
    def _compute_open_summary(self):
        for door in self:
            held = door._held()
            door.open_summary = open_table(held) if held else self.env._("Nothing is open.")

    def _held(self):
        """Return {what: how many} of what the leaver still looks after in the manager's companies."""
        leaver = self.predecessor_id._origin
        return self.env["churn.handover"]._open_counts(leaver, self.env.user.company_ids) if leaver else {}

    # The plan

    def action_plan(self):
        self.ensure_one()
        self._check()
        values = {"reason_id": self.reason_id.id}
        if self.default_successor_id:
            values["default_successor_id"] = self.default_successor_id.id
        if self.env.user.has_group("base.group_erp_manager"):
            values["archive_predecessor"] = self.archive_predecessor
        handover = self.env["churn.handover"]._plan(
            self.predecessor_id, self.change_date, accounts=self.account_ids or None, **values
        )
        return self._action_plan(handover)

    def action_open_known_plan(self):
        """Go on with the plan that exists, instead of making a second one."""
        self.ensure_one()
        if self.env.user.has_group("base.group_erp_manager") and self.archive_predecessor:
            self.known_plan_id.archive_predecessor = True
        return self._action_plan(self.known_plan_id)

    def _action_plan(self, handover):
        return handover._get_records_action(context={})

    def _check(self):
        """:raise UserError: what is wrong and what to do, before anything is made"""
        leaver, successor = self.predecessor_id, self.default_successor_id
        if self.change_date < fields.Date.context_today(self):
            raise UserError(self.env._("The last day is in the past. Choose today or a later day."))
        if successor == leaver:
            raise UserError(
                self.env._("%(name)s cannot succeed themselves. Choose another successor.", name=leaver.name)
            )
        if successor and not successor.active:
            raise UserError(self.env._("%(name)s is archived. Choose a successor who works here.", name=successor.name))
        self._check_companies()
        self._check_not_planned(self._check_accounts())

    def _missing_companies(self, successor):
        """Return the leaver's companies, of those the manager knows, in which ``successor`` does not work."""
        # sudo: companies of colleagues are compared; only names of the manager's own companies are shown
        return (self.env.user.company_ids & self.predecessor_id.sudo().company_ids) - successor.sudo().company_ids

    def _check_companies(self):
        missing = self._missing_companies(self.default_successor_id)
        if self.default_successor_id and missing:
            raise UserError(
                self.env._(
                    "%(name)s has no access to %(companies)s, where %(leaver)s works. "
                    "Give access or choose another successor.",
                    name=self.default_successor_id.name,
                    companies=self._names(missing),
                    leaver=self.predecessor_id.name,
                )
            )

    def _check_accounts(self):
        """Return the accounts of the plan."""
        leaver = self.predecessor_id
        if self.account_ids:
            foreign = self.account_ids.commercial_partner_id.filtered(lambda account: account.user_id != leaver)
            if foreign:
                raise UserError(
                    self.env._(
                        "These are not accounts of %(leaver)s: %(accounts)s. Select accounts of one leaver.",
                        leaver=leaver.name,
                        accounts=self._names(foreign),
                    )
                )
            return self.account_ids.commercial_partner_id
        partners = self.env["res.partner"]
        accounts = partners.search(partners._churn_account_domain() & Domain("user_id", "=", leaver.id))
        if not accounts and not self._held():
            raise UserError(
                self.env._(
                    "%(leaver)s owns no account and nothing else that is open in your companies: nothing to hand over.",
                    leaver=leaver.name,
                )
            )
        return accounts

    def _check_not_planned(self, accounts):
        # sudo: the other plan may be out of sight; only the manager's own accounts and its reference are named
        lines = (
            self.env["churn.handover.line"]
            .sudo()  # sudo: see above
            .search([("account_id", "in", accounts.ids), ("state", "in", ("confirmed", "stopped"))])
        )
        if lines:
            raise UserError(
                self.env._(
                    "Already part of another open handover (%(plans)s): %(accounts)s. Finish or cancel that one first.",
                    plans=listed(self.env, lines.handover_id.mapped("name")),
                    accounts=self._names(lines.account_id),
                )
            )

    def _names(self, records):
        """Return the first names, and how many more there are."""
        names = listed(self.env, records[:NAMES_SHOWN].mapped("display_name"))
        more = len(records) - NAMES_SHOWN
        return self.env._("%(names)s and %(count)s more", names=names, count=more) if more > 0 else names
