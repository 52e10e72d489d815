import pytz
from markupsafe import Markup

from odoo import fields, models
from odoo.tools import format_date
from odoo.tools.image import image_data_uri

from ..common.time_zone import zone_name
from .letter_item import ANSWERS

SVG = b"P"  # what an image that was drawn begins with, in base64; see odoo.tools.image.FILETYPE_BASE64_MAGICWORD


def _utc(moment):
    """Return an aware time as Odoo stores it: in UTC, without time zone."""
    return moment.astimezone(pytz.utc).replace(tzinfo=None)


class ChurnLetter(models.Model):
    """What the customer's page shows: plain values only, of this letter's accounts and of nobody else.

    Sentences that hold a name or a day are put together here, as a template would cut them into pieces that
    no translator can put in order.
    """

    _inherit = "churn.letter"

    def _page(self):
        """Return what the page shows, in the language of the environment."""
        self.ensure_one()
        return {
            "company": self.company_id.name,
            "company_id": self.company_id.id,
            "greeting": self.env._("Dear %(name)s,", name=self.partner_id.name),
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
            "called_off": called_off and self._sentence_called_off(),
            "successor": self._person(line.successor_id),
            "when": self._when(),
            "adds": line.words_adds or "",
            "known": self._known(),
            "team": self._team(),
            "answer": self.answer or "",
            "answer_text": self.answer_text or "",
            "may_answer": not self.answer and not called_off,
            **self._meeting(called_off),
        }

    def _known(self):
        """Return what need not be explained again; whoever went without a word has handed nothing over."""
        line = self.line_id
        if line.words_known:
            return self.env._("You need not explain again: %(what)s", what=line.words_known)
        if line.handover_id.emergency:
            return self.env._(
                "Your orders, prices and agreements are on file with us: you need not start from the beginning."
            )
        return self.env._(
            "You need not explain anything again: orders, prices, agreements and open questions are handed over."
        )

    def _sentence_called_off(self):
        name = Markup("<b>%s</b>") % self.line_id.predecessor_id.name
        return self.env._("Nothing changes: %(name)s stays in charge of you.", name=name)

    def _when(self):
        """Return [(day in words, who is there from then on, or until then)], in the order of the days."""
        line = self.line_id
        old, new = line.predecessor_id.name, line.successor_id.name
        change = format_date(self.env, line.change_date, date_format="long")
        start = self.env._("From %(date)s on", date=change)
        when = [(line.change_date, start, self.env._("%(name)s is your contact person.", name=new))]
        if line._predecessor_stays():
            before = self.env._("%(name)s stays your contact person.", name=old)
            when.insert(0, (fields.Date.context_today(self), self.env._("Until %(date)s", date=change), before))
        if day := line._charge_day():
            start = self.env._("From %(date)s on", date=format_date(self.env, day, date_format="long"))
            when.append((day, start, self.env._("%(name)s is fully in charge, for all questions.", name=new)))
        return [(start, text) for _day, start, text in sorted(when, key=lambda one: one[0])]

    def _meeting(self, called_off):
        """Return the planned meeting, or the times that are offered, in the customer's own time zone."""
        line, partner = self.line_id, self.letter_id.partner_id
        introductions = self.env["churn.introduction"]
        tz = introductions._timezone(partner, line)
        planned = line.introduction_ids.filtered(lambda one: one.state == "planned")[:1]
        # Who would rather have somebody else is called first, and not asked to meet the person named.
        starts = [] if called_off or self.answer == "other" else line._introduction_slots(partner)
        people = line._introduction_users().mapped("name")
        return {
            "meeting": self._time(planned.start, tz) if planned and not called_off else "",
            "meeting_with": self.env._("With %(people)s. An invitation is on its way.", people=people),
            "slots": self._days(starts),
            "slots_with": self.env._("Choose a time, one hour each, with %(people)s.", people=people),
            "timezone": self.env._("Time zone: %(timezone)s", timezone=zone_name(self.env, tz)),
        }

    def _days(self, starts):
        """Return [(day in words, [(start as sent back by the form, time of day)])] of aware starts."""
        days = {}
        for start in starts:
            days.setdefault(start.date(), []).append((fields.Datetime.to_string(_utc(start)), start.strftime("%H:%M")))
        return [(format_date(self.env, day, date_format="full"), times) for day, times in days.items()]

    def _time(self, moment, tz):
        local = self.env["churn.introduction"]._local(moment, tz)
        day = format_date(self.env, local.date(), date_format="full")
        return self.env._("%(day)s, %(time)s", day=day, time=local.strftime("%H:%M"))

    def _take_slot(self, start):
        """Book the meeting at a time that was offered; False when it has been taken in the meantime."""
        try:
            moment = fields.Datetime.to_datetime(start)
        except ValueError:
            return False
        if not moment or self.answer == "other" or not self.line_id._asks_for_introduction():
            return False
        introductions = self.env["churn.introduction"]
        return bool(introductions._book(self.line_id, moment, self.letter_id.partner_id, by_customer=True))

    def _contact(self, user):
        return self.letter_id._contact(user)

    def _person(self, user):
        return {
            **self._contact(user),
            "photo": self._photo(user, 256),
            "languages": self.env._("Speaks %(languages)s", languages=user.churn_languages)
            if user.churn_languages
            else "",
            "strengths": user.churn_strengths or "",
        }

    def _photo(self, user, size):
        """Return the photo of somebody of ours as an address of data; an initial where there is none."""
        user = user.sudo()  # sudo: as in _contact
        employee = user.with_company(self.letter_id.company_id).employee_id
        # Whoever has no photo has an initial drawn by Odoo as their image: that of the employee's file goes before.
        images = (user[f"image_{size}"], employee[f"image_{size}"])
        photo = next((image for image in images if image and not image.startswith(SVG)), user[f"avatar_{size}"])
        return image_data_uri(photo) if photo else ""

    def _team(self):
        """Return those on the account team whom the customer may know about, without the leaver: name, role, photo."""
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
        return [self._member(member.user_id, member.role_id.name) for member in members]

    def _member(self, user, role):
        return {"name": user.name, "role": role, "photo": self._photo(user, 128)}

    def _links(self):
        """Return {answer: address} for the mail, each opens the page with that answer chosen; and that of the page.

        On a phone the answer is out of sight, and so is the second account of a letter: the browser goes there.
        """
        letter = self.letter_id
        anchor = f"account-{self.id}" if letter.item_count > 1 else ""
        links = {
            answer: letter._page_url(anchor=f"answer-{self.id}", item=self.id, answer=answer) for answer in ANSWERS
        }
        return {**links, "page": letter._page_url(anchor=anchor)}
