from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

OPEN_STATES = ("due", "planned")
# What only the engine writes: through RPC it would claim a visit that nobody made.
ENGINE_FIELDS = frozenset(
    ("account_id", "company_id", "state", "since", "event_id", "held_on", "recorded_by_id", "from_calendar")
)


class ChurnVisit(models.Model):
    """A leader's visit to a customer: one open row per account and company that are to be visited, and what was.

    Which accounts and how often is data of the handover tiers. The day is drawn, see ``analytics/visits.py``: not to be
    foreseen, but never later than the interval. The nightly run is in ``visit_nightly.py``.
    """

    _name = "churn.visit"
    _description = "Leader Visit"
    _order = "state, due_date, id"
    _rec_name = "account_id"

    account_id = fields.Many2one("res.partner", required=True, index=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade", readonly=True)
    owner_id = fields.Many2one(related="account_id.user_id", string="Owner")
    leader_id = fields.Many2one(
        "res.users",
        index=True,
        ondelete="set null",
        domain=lambda self: [("all_group_ids", "in", self.env.ref("churn_handover.group_churn_leader").ids)],
        help="Who goes: the leader of the owner's sales team, else a sales manager; never the owner alone.",
    )
    due_date = fields.Date(
        string="Visit By",
        required=True,
        help="Drawn so that it can't be foreseen; at the latest when the interval ends.",
    )
    since = fields.Date(required=True, readonly=True, help="Meetings from this day on count as this visit.")
    state = fields.Selection(
        [("due", "To Plan"), ("planned", "Planned"), ("held", "Took Place")],
        required=True,
        default="due",
        readonly=True,
        index=True,
        group_expand=True,
    )
    event_id = fields.Many2one("calendar.event", string="Meeting", index="btree_not_null", ondelete="set null")
    start = fields.Datetime(related="event_id.start", related_sudo=True, string="Planned For")
    is_over = fields.Boolean(
        compute="_compute_is_over", search="_search_is_over", help="The planned meeting is over: what came of it?"
    )
    is_missed = fields.Boolean(string="Missed", compute="_compute_is_missed", search="_search_is_missed")
    held_on = fields.Date(string="Took Place On", readonly=True)
    recorded_by_id = fields.Many2one("res.users", string="Recorded by", ondelete="set null", readonly=True)
    from_calendar = fields.Boolean(
        readonly=True, help="Seen in the calendar: a meeting of a leader with people of the account that is over."
    )
    note = fields.Text(string="What Was Said")

    _open_unique = models.UniqueIndex(
        "(account_id, company_id) WHERE state IN ('due', 'planned')", "This account has a visit to come already."
    )

    @api.depends("due_date", "state")
    def _compute_is_missed(self):
        today = fields.Date.context_today(self)
        for visit in self:
            visit.is_missed = visit.state in OPEN_STATES and bool(visit.due_date) and visit.due_date < today

    def _search_is_missed(self, operator, value):
        if operator != "in":
            return NotImplemented
        missed = fields.Domain("state", "in", OPEN_STATES) & fields.Domain("due_date", "<", "today")
        return fields.Domain.OR(missed if wanted else ~missed for wanted in value)

    @api.depends("start", "state")
    def _compute_is_over(self):
        now = fields.Datetime.now()
        for visit in self:
            stop = visit.sudo().event_id.stop  # sudo: when the meeting ends, for whoever may read the visit
            visit.is_over = visit.state == "planned" and bool(stop) and stop <= now

    def _search_is_over(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: as above
        over = self.sudo()._search([("state", "=", "planned"), ("event_id.stop", "<=", "now")])
        found = fields.Domain("id", "in", over)
        return fields.Domain.OR(found if wanted else ~found for wanted in value)

    @api.depends("account_id", "held_on")
    def _compute_display_name(self):
        for visit in self:
            visit.display_name = visit.account_id.display_name

    def _digest_words(self):
        """Return what the leader's daily mail says beside the link to a missed visit."""
        return self.env._("was due on %(date)s", date=format_date(self.env, self.due_date))

    # Rights

    def write(self, vals):
        if not self.env.su:
            if not ENGINE_FIELDS.isdisjoint(vals):
                raise AccessError(self.env._("A visit is planned and recorded by its buttons only."))
            if "due_date" in vals and not self.env.user.has_group("churn_handover.group_churn_manager"):
                raise AccessError(self.env._("Only a sales manager sets another day by which an account is visited."))
            if self.filtered(lambda visit: visit.state == "held") and vals.keys() - {"note"}:
                raise UserError(self.env._("This visit took place: only the note about it can be changed."))
        return super().write(vals)

    # Planning

    def action_plan(self):
        """Ask when, and with whom."""
        self.ensure_one()
        return self._dialog("churn_handover.visit_plan_action")

    def action_record(self):
        """Ask what came of it."""
        self.ensure_one()
        return self._dialog("churn_handover.visit_record_action")

    def _dialog(self, action):
        self.check_access("write")
        if self.state == "held":
            raise UserError(self.env._("This visit took place already."))
        return {
            **self.env["ir.actions.actions"]._for_xml_id(action),
            "context": {"default_visit_id": self.id},
        }

    def action_open_event(self):
        self.ensure_one()
        return self.event_id.get_formview_action()

    def _plan(self, leader, start, stop, contacts, colleagues):
        """Put the visit into the calendar; a meeting planned before is called off.

        :param start: naive UTC, as ``stop``
        :param contacts: people of the customer; colleagues: of ours, beside the leader
        """
        self.check_access("write")
        if start <= fields.Datetime.now():
            raise UserError(
                self.env._("Choose a time in the future. What took place already is recorded, not planned.")
            )
        visit = self.sudo()  # sudo: the right to the visit was checked; leaders may not know every contact
        visit._call_off()
        visit.event_id = (
            visit.env["calendar.event"]
            .with_context(mail_create_nosubscribe=True)
            .create(
                {
                    "name": self.env._("Visit: %(account)s", account=visit.account_id.name),
                    "start": start,
                    "stop": stop,
                    "user_id": leader.id,
                    "partner_ids": [
                        fields.Command.set((leader.partner_id | contacts | colleagues.partner_id).ids),
                    ],
                    "show_as": "busy",
                }
            )
        )
        visit.write({"leader_id": leader.id, "state": "planned"})

    def _call_off(self):
        """Take a meeting that is still to come out of the calendar."""
        coming = self.event_id.filtered(lambda event: event.active and event.start > fields.Datetime.now())
        self.write({"event_id": False, "state": "due"})
        coming.action_archive()

    def _held(self, leader, day, note):
        """Record that a leader was there: who, when, and what was said. That is the proof."""
        self.check_access("write")
        note = (note or "").strip()
        if not note:
            raise UserError(self.env._("Write down what was said, even if it is little."))
        if day > fields.Date.context_today(self):
            raise UserError(self.env._("This day is still to come: record the visit afterwards."))
        if leader == self.account_id.sudo().user_id:  # sudo: who owns the account
            raise UserError(self.env._("The owner comes anyway: a leader's visit needs somebody else to be there."))
        visit = self.sudo()  # sudo: the right to the visit was checked
        if visit.state == "held":
            raise UserError(self.env._("This visit took place already."))
        visit.write(
            {"state": "held", "leader_id": leader.id, "held_on": day, "note": note, "recorded_by_id": self.env.uid}
        )
        visit._account_note()
        self.sudo()._make_open(visit.account_id.ids)  # sudo: as above; the next one is drawn at once

    def _not_held(self, note):
        """It did not take place: plan it anew."""
        self.check_access("write")
        visit = self.sudo()  # sudo: the right to the visit was checked
        visit._call_off()
        if note:
            visit.note = note.strip()

    def _account_note(self):
        """Leave a line on the account."""
        for visit in self:
            visit.account_id._message_log(
                body=self.env._(
                    "Visited by %(leader)s on %(date)s: %(note)s",
                    leader=visit.leader_id.name,
                    date=format_date(self.env, visit.held_on),
                    note=visit.note,
                )
            )
