from odoo import fields, models
from odoo.fields import Command
from odoo.tools import format_date, format_datetime

from ..common.time_zone import zone_name
from .letter import SENT_STATES

TEMPLATE = "churn_handover.introduction_template"
CALLED_OFF = "churn_handover.introduction_off_template"
# What Odoo's calendar sends, and what is sent in its place when the meeting is an introduction.
OWN_WORDS = {
    "calendar.calendar_template_meeting_invitation": TEMPLATE,
    "calendar.calendar_template_meeting_changedate": "churn_handover.introduction_moved_template",
}


class CalendarAttendee(models.Model):
    """Whoever is invited to an introduction reads why, and the agenda, in the letters' own words and language.

    So do they when it is moved, and when it is called off.
    """

    _inherit = "calendar.attendee"

    def _send_invitation_emails(self):
        # A record and not an id: what clients send in the context is none.
        line = self.env.context.get("churn_introduction")
        template = self.env.ref(TEMPLATE, raise_if_not_found=False)
        if not isinstance(line, models.BaseModel) or not template:
            return super()._send_invitation_emails()
        # sudo: who books may be a rep, or a customer without login; the template is no secret
        return self._notify_attendees(template.sudo(), force_send=True)

    def _notify_attendees(self, mail_template, notify_author=False, force_send=False):
        """Whoever moves an introduction in the calendar, or adds somebody, tells it in our words."""
        own = self._churn_own_words(mail_template)
        events = self.event_id._churn_introductions().event_id if own else self.event_id.browse()
        ours = self.filtered(lambda one: one.event_id in events)
        if ours:
            # sudo: who moves the meeting may be a rep; the template is no secret
            super(CalendarAttendee, ours)._notify_attendees(own.sudo(), notify_author, force_send)
        others = self - ours
        return super(CalendarAttendee, others)._notify_attendees(mail_template, notify_author, force_send)

    def _churn_own_words(self, mail_template):
        for theirs, ours in OWN_WORDS.items():
            if mail_template and mail_template == self.env.ref(theirs, raise_if_not_found=False):
                return self.env.ref(ours, raise_if_not_found=False)
        return None

    def _churn_call_off(self):
        """Tell the invited that the introduction does not take place; whoever calls it off knows.

        Mails of their own, as messages of the meeting would be deleted with it.
        """
        template = self.env.ref(CALLED_OFF, raise_if_not_found=False)
        told = self.filtered(lambda one: one.email and one._should_notify_attendee())
        if not template or self.env.context.get("no_mail_to_attendees"):
            return
        for event, attendees in told.grouped("event_id").items():
            file = event._churn_cancelled_ics()
            for attendee in attendees:
                template.sudo().send_mail(  # sudo: as above
                    attendee.id,
                    email_values={"attachment_ids": [Command.create(dict(file))] if file else []},
                )

    def _churn_sender(self):
        """Return who signs: whoever is introduced; who sees to the plan when that person has gone or is written to."""
        line = self._churn_line()
        # sudo: whether somebody is still there
        user = self.event_id.user_id.sudo()
        there = user.active and user.partner_id != self.partner_id
        return user if there or not line else line.handover_id.user_id

    def _churn_lang(self):
        """Return the language of somebody invited; the company's when the customer has none."""
        event = self.event_id
        return self.partner_id.lang or event.user_id.company_id.partner_id.lang or self.env.lang

    def _churn_line(self):
        """Return the line that is introduced; none of other meetings: Odoo tries templates out on any record."""
        line = self.env.context.get("churn_introduction")
        if isinstance(line, models.BaseModel):
            return line
        # sudo: what the invited person is told of the own meeting
        return self.env["churn.introduction"].sudo().search([("event_id", "=", self.event_id.id)], limit=1).line_id

    def _churn_introduction(self):
        """Return what the invitation says: when and who, in the language of the environment."""
        self.ensure_one()
        event, line = self.event_id, self._churn_line()
        introductions = self.env["churn.introduction"]
        ours = not self.partner_id.partner_share
        tz = introductions._timezone(self.partner_id, line)
        people = (event.partner_ids - self.partner_id).sorted(
            lambda partner: (partner.partner_share, partner != event.user_id.partner_id, partner.id)
        )
        return {
            "when": self._churn_when(event.start, tz),
            "before": self._churn_before(tz),
            "again": not ours and self._churn_again(line),
            "soon": not ours and bool(line) and line._asks_for_introduction(),
            "timezone": self.env._("Time zone: %(timezone)s", timezone=zone_name(self.env, tz)),
            "with": self.env._("With %(people)s.", people=people.mapped("name")),
            "ours": ours,
            "account": line.display_name,
            "company": line._letter_company().name,
        }

    def _churn_when(self, start, tz):
        day = format_date(self.env, self.env["churn.introduction"]._local(start, tz).date(), date_format="full")
        time = format_datetime(self.env, start, tz=tz.zone, dt_format="HH:mm")
        return self.env._("%(day)s, %(time)s", day=day, time=time)

    def _churn_before(self, tz):
        """Return when a meeting that is being moved was to take place, in words."""
        planned = self.event_id._churn_introductions()[:1]  # it follows the calendar after the mails
        if not planned or planned.start == self.event_id.start:
            return ""
        return self.env._("Until now it was planned for %(when)s.", when=self._churn_when(planned.start, tz))

    def _churn_again(self, line):
        """Return where the customer can choose another time: the page of a letter that still says what is planned."""
        item = line._current_items() if line._asks_for_introduction() else line.letter_item_ids.browse()
        letter = item.letter_id
        open_page = letter.state in SENT_STATES and letter.expires_on >= fields.Date.context_today(self)
        return item._links()["page"] if open_page and item.counts and letter.partner_id == self.partner_id else ""
