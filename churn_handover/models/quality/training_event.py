from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

PUSHED = frozenset(("name", "start", "hours", "places", "user_id"))


class ChurnTraining(models.Model):
    """The session as an event of Odoo's own app, where that is installed: it keeps seats, tickets and attendance.

    The app is used at run time only, so that the addon works without it. What is changed here is written to the
    event, what is changed there is taken over every night and before anything is sent.
    """

    _inherit = "churn.training"

    # A number, not a relation: the app need not be there.
    event_number = fields.Many2oneReference(
        string="Event",
        model_field="event_model",
        copy=False,
        help="An event that exists already; without one it is made when customers are invited.",
    )
    event_model = fields.Char(compute="_compute_event_model")
    can_open_event = fields.Boolean(compute="_compute_can_open_event")

    _event_once = models.UniqueIndex(
        "(event_number) WHERE event_number > 0", "This event has a training session already."
    )

    @api.depends_context("uid")
    def _compute_event_model(self):
        """The app's model for those who may change events there; nothing for others, who need not choose one."""
        allowed = "event.event" in self.env and self.env["event.event"].has_access("write")
        self.event_model = "event.event" if allowed else False

    @api.depends("event_number")
    @api.depends_context("uid")
    def _compute_can_open_event(self):
        allowed = "event.event" in self.env and self.env["event.event"].has_access("read")
        for training in self:
            training.can_open_event = allowed and bool(training._event())

    def _event(self):
        """The event, or None: it was not made (yet), or the app is not installed."""
        self.ensure_one()
        if not self.event_number or "event.event" not in self.env:
            return None
        # sudo: who may run a session needs no rights in the event app; it is this session's own event
        return self.env["event.event"].sudo().browse(self.event_number).exists() or None

    def _ensure_event(self):
        """Make the event, if there is an app for it and none was made."""
        self.ensure_one()
        if "event.event" in self.env and not self._event():
            # sudo: see _event
            made = self.env["event.event"].sudo().create(self._event_values())
            self.sudo().event_number = made.id  # sudo: an event that somebody else names is checked

    def _event_values(self):
        values = {
            "name": self.name,
            "date_begin": self.start,
            "date_end": self.start + timedelta(hours=self.hours),
            "user_id": self.user_id.id,
            "seats_max": self.places,
        }
        if not self._event():
            values.update(
                {
                    "company_id": self.company_id.id,
                    "date_tz": self.user_id.tz or self.env.user.tz or "UTC",
                    "seats_limited": True,
                    "address_id": False,  # the place is written in the invitation, it need not be one of our addresses
                }
            )
        return values

    # An event that exists already

    @api.onchange("event_number")
    def _onchange_event_number(self):
        if (event := self._event()) and self.event_model:
            self.name = self.name or event.name
            self.start = event.date_begin
            self.hours = (event.date_end - event.date_begin).total_seconds() / 3600
            self.places = event.seats_max or self.places

    @api.model_create_multi
    def create(self, vals_list):
        sessions = super().create(vals_list)
        sessions.filtered("event_number")._link_event()
        return sessions

    def write(self, vals):
        relink = "event_number" in vals and not self.env.su
        if relink and any(session.invitation_ids.filtered("registration_number") for session in self):
            raise UserError(
                self.env._("Customers are registered in the event already: it stays the one of this session.")
            )
        result = super().write(vals)
        if relink:
            self.filtered("event_number")._link_event()
        elif not PUSHED.isdisjoint(vals) and not self.env.context.get("churn_follow_event"):
            for training in self.filtered("event_number"):
                if event := training._event():
                    event.write(training._event_values())
        return result

    def _link_event(self):
        """Take over an event that exists: what the session does to it, whoever links it must be allowed to do."""
        for session in self:
            if not self.env.su:
                session.env["event.event"].browse(session.event_number).check_access("write")
            event = session._event()
            if not event or session._is_called_off() or event.date_begin <= fields.Datetime.now():
                raise UserError(self.env._("Choose an event that is still to come."))
            if event.company_id and event.company_id != session.company_id:
                raise UserError(self.env._("This event is one of another company."))
            if event.is_multi_slots:
                raise UserError(self.env._("An event with several time slots cannot be a session: it has one time."))
        self._follow_event()

    def _follow_event(self):
        """Take over what was changed in the event app since: time, seats, cancelled, who signed off, who was there."""
        for training in self.filtered(lambda one: one.state == "planned"):
            event = training._event()
            if event is None:
                continue
            if training._is_called_off():
                training.action_cancel()
                continue
            now = {
                "start": event.date_begin,
                "hours": (event.date_end - event.date_begin).total_seconds() / 3600,
                "places": event.seats_max or training.places,
            }
            changed = {name: value for name, value in now.items() if training[name] != value}
            if changed:
                training.with_context(churn_follow_event=True).write(changed)
            training.invitation_ids._follow_registrations()
            training.invitation_ids._adopt_registrations(event)

    def _is_called_off(self):
        """Whether the event was cancelled or archived in its app."""
        event = self._event()
        return event is not None and (not event.active or event.kanban_state == "cancel")

    def _call_off_event(self):
        self.ensure_one()
        if (event := self._event()) and not self._is_called_off():
            event.kanban_state = "cancel"

    def _event_reminds(self):
        """Whether the event app reminds those who come, so that we need not."""
        event = self._event()
        return event is not None and "before_event" in event.event_mail_ids.mapped("interval_type")

    def _seats_left(self):
        """What the event app has left; None when it keeps no seats for this session."""
        event = self._event()
        return event.seats_available if event is not None and event.seats_limited and event.seats_max else None

    def _starts_at(self):
        """When it begins: as the event has it, which may have been moved today."""
        event = self._event()
        return self.start if event is None else event.date_begin

    def action_event(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "event.event",
            "res_id": self.event_number,
            "views": [(False, "form")],
        }
