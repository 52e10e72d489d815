import pytz

from odoo import fields, models
from odoo.tools import format_date
from odoo.tools.image import image_data_uri

from .letter_item import ANSWERS


def _utc(moment):
    """Return an aware time as Odoo stores it: in UTC, without time zone."""
    return moment.astimezone(pytz.utc).replace(tzinfo=None)


class ChurnLetter(models.Model):
    """What the customer's page shows: plain values only, of this letter's accounts and of nobody else."""

    _inherit = "churn.letter"

    def _page(self):
        """Return what the page shows, in the language of the environment."""
        self.ensure_one()
        return {
            "company": self.company_id.name,
            "company_id": self.company_id.id,
            "recipient": self.partner_id.name,
            "path": f"/handover/{self.id}/{self.access_token}",
            "items": [item._page() for item in self.item_ids],
        }

    def _contact(self, user):
        """Return how a customer reaches somebody of ours, in plain values."""
        # sudo: a business card; customers have no rights, and reps may not read employees
        user = user.sudo()
        employee = user.with_company(self.company_id).employee_id or user.employee_ids[:1]
        return {
            "name": user.name,
            "role": employee.job_title or self.env._("Your contact person"),
            "email": employee.work_email or user.email or "",
            "phone": employee.work_phone or user.phone or "",
        }

    def _item(self, item_id):
        """Return the item of this letter with an id that the customer's browser sent, else nothing."""
        return self.item_ids.filtered(lambda item: str(item.id) == str(item_id))


class ChurnLetterItem(models.Model):
    _inherit = "churn.letter.item"

    def _page(self):
        line = self.line_id
        called_off = self.kind == "off" or line.state in ("cancelled", "undone")
        return {
            "id": self.id,
            "account": line.account_id.name or line.account_name,
            "predecessor": line.predecessor_id.name,
            "called_off": called_off,
            "successor": self._person(line.successor_id),
            "change_date": format_date(self.env, line.change_date, date_format="long"),
            "charge_date": format_date(self.env, line._charge_day() or line.change_date, date_format="long"),
            "predecessor_stays": line._predecessor_stays(),
            "adds": line.words_adds or "",
            "known": line.words_known or "",
            "team": self._team(),
            "answer": self.answer or "",
            "answer_text": self.answer_text or "",
            "may_answer": not self.answer and not called_off,
            **self._meeting(called_off),
        }

    def _meeting(self, called_off):
        """Return the planned meeting, or the times that are offered, in the customer's own time zone."""
        line, partner = self.line_id, self.letter_id.partner_id
        tz = self.env["churn.introduction"]._timezone(partner, line)
        planned = line.introduction_ids.filtered(lambda one: one.state == "planned")[:1]
        starts = [] if called_off else line._introduction_slots(partner)
        return {
            "meeting": self._time(planned.start, tz) if planned and not called_off else "",
            "slots": [(fields.Datetime.to_string(_utc(start)), self._time(_utc(start), tz)) for start in starts],
            "timezone": tz.zone,
        }

    def _time(self, moment, tz):
        local = pytz.utc.localize(moment).astimezone(tz)
        day = format_date(self.env, local.date(), date_format="full")
        return self.env._("%(day)s, %(time)s", day=day, time=local.strftime("%H:%M"))

    def _take_slot(self, start):
        """Book the meeting at a time that was offered; False when it has been taken in the meantime."""
        try:
            moment = fields.Datetime.to_datetime(start)
        except ValueError:
            return False
        if not moment or not self.line_id._asks_for_introduction():
            return False
        introductions = self.env["churn.introduction"]
        return bool(introductions._book(self.line_id, moment, self.letter_id.partner_id, by_customer=True))

    def _contact(self, user):
        return self.letter_id._contact(user)

    def _person(self, user):
        photo = user.avatar_256
        return {
            **self._contact(user),
            "photo": image_data_uri(photo) if photo else "",
            "languages": user.churn_languages or "",
            "strengths": user.churn_strengths or "",
        }

    def _team(self):
        """Return [(name, role)] of those on the account team whom the customer may know about, without the leaver."""
        today = fields.Date.context_today(self)
        members = self.env["churn.team.member"].search(
            [
                ("account_id", "=", self.account_id.id),
                ("customer_visible", "=", True),
                ("origin", "=", "manual"),
                ("date_from", "<=", today),
                "|",
                ("date_to", "=", False),
                ("date_to", ">=", today),
                ("user_id", "not in", (self.predecessor_id | self.line_id.successor_id).ids),
                ("user_id.active", "=", True),
            ]
        )
        return [(member.user_id.name, member.role_id.name) for member in members]

    def _links(self):
        """Return {answer: address} for the mail: each opens the page with that answer chosen, nothing more."""
        return {answer: self.letter_id._page_url(item=self.id, answer=answer) for answer in ANSWERS}
