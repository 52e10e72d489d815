from datetime import datetime, time, timedelta

import pytz
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import format_date

from ..safeguard.safeguard import ALLOWED
from .diary import LENGTH, NOTICE

WINDOW_DAYS = 21  # how far ahead times are offered when the change date is no limit


class ChurnIntroduction(models.Model):
    """The meeting in which the predecessor introduces the successor to the customer.

    The meeting itself is a ``calendar.event``; this row is its place in the handover, and what came of it.
    """

    _name = "churn.introduction"
    _description = "Introduction of a Successor"
    _order = "start desc, id desc"
    _rec_name = "line_id"

    line_id = fields.Many2one("churn.handover.line", required=True, index=True, ondelete="cascade")
    account_id = fields.Many2one(related="line_id.account_id")
    successor_id = fields.Many2one("res.users", required=True, ondelete="restrict", help="Who is introduced.")
    event_id = fields.Many2one("calendar.event", string="Meeting", ondelete="set null", index="btree_not_null")
    agenda = fields.Html(help="As it was proposed: what somebody has changed in the calendar since stays as it is.")
    start = fields.Datetime(required=True)
    state = fields.Selection(
        [("planned", "Planned"), ("held", "Took Place"), ("cancelled", "Cancelled")],
        required=True,
        default="planned",
    )
    by_customer = fields.Boolean(string="Chosen by Customer")
    note = fields.Text(string="What Was Agreed")
    recorded_by_id = fields.Many2one("res.users", string="Recorded by", ondelete="set null")
    is_over = fields.Boolean(compute="_compute_is_over")

    _planned_unique = models.UniqueIndex("(line_id) WHERE state = 'planned'", "An introduction is planned already.")

    @api.depends("start")
    def _compute_is_over(self):
        now = fields.Datetime.now()
        for introduction in self:
            introduction.is_over = introduction.start and introduction.start + LENGTH <= now

    # Booking

    @api.model
    def _book(self, line, start, contact=None, by_customer=False):
        """Book the meeting of a line at ``start`` (naive UTC), if all of ours are still free then.

        :param contact: who comes for the customer; default: whom the letter went to
        :return: the introduction, empty when somebody else was quicker or the time is not offered
        """
        line = line.sudo()  # sudo: customers choose without a login; callers checked that they may for this line
        users = line._introduction_users()
        self.env["churn.slot.lock"].sudo()._take(users)  # sudo: as above
        planned = self.sudo().search_count(  # sudo: as above
            Domain("line_id", "=", line.id) & Domain("state", "=", "planned"), limit=1
        )
        first, last = line._introduction_window()
        free = users and not planned and first <= start <= last and self.env["churn.diary"]._is_free(users, start)
        if not free:
            return self.browse()
        contact = contact or line.letter_item_ids[-1:].letter_id.partner_id or line.account_id
        event = self._make_event(line, start, users, contact)
        made = self.sudo().create(  # sudo: as above
            {
                "line_id": line.id,
                "successor_id": line.successor_id.id,
                "event_id": event.id,
                "agenda": event.description,
                "start": start,
                "by_customer": by_customer,
            }
        )
        return self.browse(made.id)

    def _make_event(self, line, start, users, contact):
        env = self.with_context(lang=contact.lang or self.env.lang).env
        # As the successor, who keeps the meeting when the predecessor has left. sudo: reps may not know the contact
        events = self.env["calendar.event"].with_user(line.successor_id).sudo()
        context = {"lang": contact.lang or self.env.lang, "mail_create_nosubscribe": True, "churn_introduction": line}
        context["skip_contact_description"] = True  # who comes stands in the invitation, in one language
        event = events.with_context(**context).create(
            {
                "name": env._("Meeting your new contact person: %(account)s", account=line.display_name),
                "start": start,
                "stop": start + LENGTH,
                "user_id": line.successor_id.id,
                "partner_ids": [Command.set((users.partner_id | contact).ids)],
                "description": self._agenda(env, line),
                "show_as": "busy",
            }
        )
        return event.with_context(churn_introduction=None)

    def _agenda(self, env, line):
        """Return the agenda in its two parts, in the customer's language: the transition, and the time after it.

        Each point ends with a line break: where Odoo makes plain text of it, points would run together.
        """
        parts = [
            (
                env._("The transition"),
                [
                    env._("Who is who, and how you have worked together"),
                    env._("Open orders, questions and promises"),
                    env._("What happens until %(date)s", date=format_date(env, line.change_date, date_format="long")),
                ],
            ),
            (
                env._("The time after it"),
                [
                    env._("What %(name)s can do for you", name=line.successor_id.name),
                    env._("What you would like to be different"),
                    env._("When you talk next"),
                ],
            ),
        ]
        return Markup("").join(
            Markup("<p><b>%s</b></p><ol>%s</ol>")
            % (title, Markup("").join(Markup("<li>%s<br/></li>") % point for point in points))
            for title, points in parts
        )

    # What became of it

    def _check_ours(self):
        """Those concerned and whoever may change the plan record what happened."""
        line = self.line_id
        line.check_access("read")
        if self.env.user not in line.predecessor_id | line.successor_id:
            line.check_access("write")

    def action_open_event(self):
        self.ensure_one()
        return self.event_id.get_formview_action()

    def action_record(self):
        """Ask what was agreed."""
        self.ensure_one()
        return {
            **self.env["ir.actions.actions"]._for_xml_id("churn_handover.introduction_held_action"),
            "context": {"default_introduction_id": self.id},
        }

    def action_cancel(self):
        for introduction in self:
            introduction._check_ours()
        self._cancel()

    def _held(self, note, promises=()):
        """Record that the meeting took place: that, and not the entry in the calendar, passes the gate.

        :param promises: values of ``churn.promise`` for what was agreed
        """
        self.ensure_one()
        self._check_ours()
        if self.state != "planned":
            raise UserError(self.env._("This meeting was cancelled or recorded already."))
        if not self.is_over:
            raise UserError(self.env._("The meeting is not over yet. Record afterwards what was agreed."))
        if not (note or "").strip():
            raise UserError(self.env._("Write down what was agreed, even if it is little."))
        # sudo: who was there was checked above; introductions are written by the engine
        self.sudo().write({"state": "held", "note": note.strip(), "recorded_by_id": self.env.uid})
        line = self.line_id
        account = line.sudo().account_id  # sudo: the predecessor may have handed the account over already
        source = f"calendar.event,{self.sudo().event_id.id}" if self.sudo().event_id else False  # sudo: as above
        self.env["churn.promise"].sudo().create(  # sudo: as above
            [
                {"user_id": line.successor_id.id, **values, "account_id": account.id, "source_ref": source}
                for values in promises
            ]
        )
        line.sudo()._gates("introduced")._pass(self.sudo().event_id or self, note.strip())  # sudo: as above

    def _cancel(self):
        """Call meetings off and tell the invited; the entry stays in the archive."""
        introductions = self.sudo().filtered(lambda one: one.state == "planned")  # sudo: callers checked the right
        introductions.state = "cancelled"
        introductions._tell_called_off()
        # Whoever leaves and calls the own meeting off takes nothing away: the entry stays in the archive.
        introductions.event_id.with_context(churn_lost=ALLOWED).action_archive()

    def _tell_called_off(self):
        """Tell the invited in our words; nobody is told that a meeting of yesterday does not take place."""
        ahead = self.filtered(lambda one: one.start > fields.Datetime.now())
        # sudo: whoever calls the meeting off has it told; the addresses are those it was made with
        ahead.event_id.sudo().attendee_ids._churn_call_off()

    def _follow_event(self):
        """Take the time over from the calendar; what was called off there is called off here, and told."""
        for introduction in self:
            if introduction.event_id.active:
                introduction.start = introduction.event_id.start
            else:
                introduction.state = "cancelled"
                introduction._tell_called_off()

    def _successor_changed(self):
        """Keep planned meetings whose time suits the new successor; call the others off."""
        for introduction in self.sudo().filtered(lambda one: one.state == "planned"):  # sudo: the plan's right
            line, event = introduction.line_id, introduction.event_id
            new, old = line.successor_id, introduction.successor_id
            fits = new and event and self.env["churn.diary"]._is_free(new, introduction.start)
            if not fits or not introduction._in_time():
                introduction._cancel()
                continue
            introduction.successor_id = new
            introduction._renew_agenda(always=True)  # first: the new successor is invited with it
            event.write(
                {
                    "user_id": new.id,
                    "partner_ids": [Command.unlink(old.partner_id.id), Command.link(new.partner_id.id)],
                }
            )

    def _renew_agenda(self, always=False):
        """Bring name and day in the agenda up to date, in the customer's language.

        :param always: also where somebody has changed the text in the calendar: it names who comes
        """
        for introduction in self.filtered("event_id"):
            event = introduction.event_id
            if always or event.description == introduction.agenda:
                contact = event.partner_ids.filtered("partner_share")[:1]
                env = self.with_context(lang=contact.lang or self.env.lang).env
                event.description = self._agenda(env, introduction.line_id)
                introduction.agenda = event.description

    def _in_time(self):
        """Whether the meeting is still before the day on which the predecessor is gone."""
        _first, last = self.line_id._introduction_window()
        return self.start <= last

    @api.model
    def _first_and_last(self, line):
        """Return the (first, last) moment, naive UTC, at which a line's meeting can begin."""
        now = fields.Datetime.now() + NOTICE
        last_day = fields.Date.context_today(self) + timedelta(days=WINDOW_DAYS)
        leaving = line.handover_id.kind == "departure" and line.predecessor_id.active and line.state != "done"
        if leaving:
            last_day = min(last_day, line.change_date)
        return now, datetime.combine(last_day, time.max)

    @api.model
    def _timezone(self, partner, line):
        """Return the time zone in which a customer is shown times."""
        # sudo: a time zone, nothing else
        name = partner.tz or line.account_id.tz or line.sudo().successor_id.tz or "UTC"
        return pytz.timezone(name)

    @api.model
    def _local(self, moment, tz):
        """Return a naive UTC time as an aware one in a time zone."""
        return pytz.utc.localize(moment).astimezone(tz)
