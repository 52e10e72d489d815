from odoo import models
from odoo.tools import format_date, format_datetime

from ..common.time_zone import zone_name

TEMPLATE = "churn_handover.introduction_template"


class CalendarAttendee(models.Model):
    """Whoever is invited to an introduction reads why, and the agenda, in the letters' own words and language."""

    _inherit = "calendar.attendee"

    def _send_invitation_emails(self):
        # A record and not an id: what clients send in the context is none.
        line = self.env.context.get("churn_introduction")
        template = self.env.ref(TEMPLATE, raise_if_not_found=False)
        if not isinstance(line, models.BaseModel) or not template:
            return super()._send_invitation_emails()
        # sudo: who books may be a rep, or a customer without login; the template is no secret
        return self._notify_attendees(template.sudo(), force_send=True)

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
        day = format_date(self.env, introductions._local(event.start, tz).date(), date_format="full")
        return {
            "when": self.env._(
                "%(day)s, %(time)s",
                day=day,
                time=format_datetime(self.env, event.start, tz=tz.zone, dt_format="HH:mm"),
            ),
            "timezone": self.env._("Time zone: %(timezone)s", timezone=zone_name(self.env, tz)),
            "with": self.env._("With %(people)s.", people=people.mapped("name")),
            "ours": ours,
            "account": line.display_name,
            "company": line._letter_company().name,
        }
