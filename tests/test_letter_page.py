"""The customer's page: its token is the right, a GET changes nothing, an answer is taken once."""

import base64
import io
from datetime import timedelta

import pytz
from PIL import Image

from odoo import fields, http
from odoo.fields import Command
from odoo.tests import HttpCase
from odoo.tools import format_date
from odoo.tools.image import image_data_uri

from .test_letter import LetterCase


class TestLetterPage(LetterCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.core.email = "info@acme.example"
        cls.ann.write({"churn_languages": "English, Mandarin", "churn_strengths": "Knows <b>pumps</b>"})
        role = cls.env.ref("churn_handover.role_service")
        hidden = cls.env.ref("churn_handover.role_inside_sales")
        cls.env["churn.team.member"].create(
            [
                {"account_id": cls.acme.id, "user_id": cls.bob.id, "role_id": role.id},
                {
                    "account_id": cls.acme.id,
                    "user_id": cls.leader.id,
                    "role_id": hidden.id,
                    "customer_visible": False,
                },
            ]
        )

    def setUp(self):
        super().setUp()
        self.handover, letters = self.told_plan()
        self.letter = letters.filtered(lambda letter: letter.email == "info@acme.example")
        self.other = letters - self.letter
        self.item = self.letter.item_ids.filtered(lambda item: item.account_id == self.acme)

    def path(self, letter=None):
        return (letter or self.letter)._page_url().replace(self.letter.get_base_url(), "")

    def get(self, path=None, **kwargs):
        return self.url_open(path or self.path(), **kwargs)

    def post(self, path=None, csrf=True, **data):
        self.authenticate(None, None)
        token = {"csrf_token": http.Request.csrf_token(self)} if csrf else {}
        return self.url_open(path or self.path(), data={**token, **data}, allow_redirects=False)

    def test_a_link_that_a_mail_program_mangled(self):
        self.assertEqual(self.get(self.path().split("?")[0][:-1] + "%C3%A9").status_code, 404)

    def test_it_shows_what_changes_and_who_comes(self):
        text = self.get().text
        for part in ("Ann", "English, Mandarin", "Knows &lt;b&gt;pumps", "Olga", "Bob", "After-Sales Service", "Acme"):
            self.assertIn(part, text)
        self.assertNotIn("Lea", text)
        self.assertNotIn("Bolt", text)
        self.assertIn("data:image/", text)

    def test_it_shows_the_words_of_the_letter_and_from_when_on(self):
        self.item.line_id.write(
            {
                "words_adds": "Ann knows your industry.",
                "words_known": "why the March order was split",
                "charge_date": self.day + timedelta(days=14),
            }
        )
        text = self.get().text
        day = format_date(self.env, self.day + timedelta(days=14), lang_code="en_US", date_format="long")
        for part in ("Ann knows your industry.", "why the March order was split", day, "fully in charge"):
            self.assertIn(part, text)

    def test_days_are_named_in_their_order(self):
        line = self.item.line_id
        line.charge_date = self.day + timedelta(days=14)
        days = [
            format_date(self.env, day, lang_code="en_US", date_format="long") for day in (self.day, line.charge_date)
        ]
        when = self.item.with_context(lang="en_US")._page()["when"]
        self.assertEqual([start for start, _text in when], [f"Until {days[0]}", *(f"From {day} on" for day in days)])
        line.charge_date = False
        self.assertEqual(len(self.item._page()["when"]), 2)

    def test_days_and_time_zone_are_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.acme.tz = "Asia/Shanghai"
        one = self.letter.with_context(lang="zh_CN")._page()["items"][0]
        self.assertIn(format_date(self.env, self.day, lang_code="zh_CN", date_format="long"), one["when"][0][0])
        self.assertIn("中国时间", one["timezone"])

    def test_the_team_has_faces(self):
        self.bob.image_1920 = base64.b64encode(self.png("red"))
        team = self.item._page()["team"]
        self.assertEqual([member["name"] for member in team], ["Bob"])
        self.assertEqual(team[0]["photo"], image_data_uri(self.bob.image_128))

    def test_who_is_gone_is_not_announced_for_the_meeting(self):
        page = self.item.with_context(lang="en_US")._page()
        self.assertEqual(page["slots_with"], "Choose a time, one hour each, with Olga and Ann.")
        self.old.active = False
        page = self.item.with_context(lang="en_US")._page()
        self.assertEqual(page["slots_with"], "Choose a time, one hour each, with Ann.")

    def test_the_photo_is_the_successors_own_else_an_initial(self):
        photo, of_file = (base64.b64encode(self.png(colour)) for colour in ("red", "blue"))
        page = self.item._page()["successor"]
        self.assertTrue(page["photo"].startswith("data:image/svg+xml"), "no photo: the initial")
        employee = self.env["hr.employee"].create({"name": "Ann", "user_id": self.ann.id, "image_1920": of_file})
        self.assertEqual(self.item._page()["successor"]["photo"], image_data_uri(employee.image_256))
        self.ann.image_1920 = photo
        self.assertEqual(self.item._page()["successor"]["photo"], image_data_uri(self.ann.image_256))
        self.assertIn(image_data_uri(self.ann.image_256), self.get().text)

    def png(self, colour):
        stream = io.BytesIO()
        Image.new("RGB", (300, 300), colour).save(stream, "PNG")
        return stream.getvalue()

    def test_a_time_that_somebody_else_took_is_replaced_by_others(self):
        line = self.item.line_id
        (self.old | self.ann).tz = self.acme.tz = "UTC"
        first, second = self.slots()[:2]
        self.env["calendar.event"].create(
            {
                "name": "Another customer",
                "start": first,
                "stop": fields.Datetime.to_datetime(first) + timedelta(hours=1),
                "user_id": self.ann.id,
                "partner_ids": [Command.set(self.ann.partner_id.ids)],
            }
        )
        response = self.post(item=self.item.id, slot=first)
        self.assertFalse(line.introduction_ids)
        text = self.get(response.headers["Location"]).text
        self.assertIn("Somebody else has just taken that time", text)
        self.assertNotIn(f'value="{first}"', text)
        self.assertIn(f'value="{second}"', text)
        response = self.post(item=self.item.id, slot=second)
        self.assertEqual(line.introduction_ids.start, fields.Datetime.to_datetime(second))
        self.assertTrue(line.introduction_ids.by_customer)
        self.assertIn("Your meeting", self.get(response.headers["Location"]).text)

    def test_times_are_those_of_the_customer(self):
        (self.old | self.ann).tz = "Europe/Berlin"
        self.acme.tz = "Asia/Shanghai"
        day, times = self.item._page()["slots"][0]
        moment = pytz.utc.localize(fields.Datetime.to_datetime(times[0][0])).astimezone(pytz.timezone("Asia/Shanghai"))
        self.assertEqual(times[0][1], moment.strftime("%H:%M"))
        self.assertEqual(day, format_date(self.env, moment.date(), lang_code="en_US", date_format="full"))
        text = self.get().text
        self.assertIn("China Time", text)
        self.assertIn(day, text)

    def test_who_would_rather_have_somebody_else_is_not_asked_to_meet(self):
        slot = self.slots()[0]
        self.assertIn("Shall we meet", self.get().text)
        self.post(item=self.item.id, answer="other")
        self.assertFalse(self.slots())
        self.assertNotIn(f'value="{slot}"', self.get().text)
        self.post(item=self.item.id, slot=slot)
        self.assertFalse(self.item.line_id.introduction_ids)

    def slots(self):
        return [slot for _day, times in self.item._page()["slots"] for slot, _time in times]

    def test_a_merged_letter_shows_its_own_accounts(self):
        text = self.get().text
        self.assertIn("Core", text)
        bolt = self.get(self.path(self.other)).text
        self.assertNotIn("Acme", bolt)
        self.assertNotIn("Core", bolt)

    def test_a_get_changes_nothing(self):
        response = self.get(f"{self.path()}?item={self.item.id}&answer=other")
        self.assertEqual(response.status_code, 200)
        self.assertFalse(self.item.answer)
        self.assertEqual(response.text.count("checked="), 1)
        self.assertRegex(response.text, r'value="other"[^>]*checked')
        self.assertIn("no-store", response.headers["Cache-Control"])
        self.assertIn("no-referrer", response.headers["Referrer-Policy"])

    def test_one_tap_answers_and_the_link_still_shows_it(self):
        response = self.post(item=self.item.id, answer="fine")
        self.assertEqual(response.status_code, 303)
        self.assertTrue(response.headers["Location"].endswith(f"#answer-{self.item.id}"), "the thanks is in sight")
        self.assertEqual(self.item.answer, "fine")
        self.assertIn("You answered: that is fine", self.get().text)
        self.post(item=self.item.id, answer="other", text="Changed my mind")
        self.assertEqual(self.item.answer, "fine")
        self.assertFalse(self.env["churn.feedback"].search([]))

    def test_without_the_forms_token_nothing_happens(self):
        response = self.post(csrf=False, item=self.item.id, answer="fine")
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self.item.answer)

    def test_a_wish_for_a_call_is_a_task_for_the_manager(self):
        self.post(item=self.item.id, answer="call")
        task = self.acme.activity_ids.filtered(lambda task: "asks for a call" in (task.summary or ""))
        self.assertEqual(task.user_id, self.manager)

    def test_somebody_else_is_feedback_that_the_successor_does_not_see(self):
        tasks = self.acme.activity_ids.filtered(lambda task: task.user_id == self.ann)
        self.post(item=self.item.id, answer="other", text="<i>We want Bob</i>")
        feedback = self.env["churn.feedback"].search([])
        self.assertEqual((feedback.kind, feedback.source, feedback.about_user_id), ("concern", "portal", self.ann))
        self.assertEqual(feedback.text, "<i>We want Bob</i>")
        self.assertNotEqual(feedback.user_id, self.ann)
        self.assertFalse(self.env["churn.feedback"].with_user(self.ann).search([]))
        self.assertEqual(self.acme.activity_ids.filtered(lambda task: task.user_id == self.ann), tasks)
        self.assertIn("&lt;i&gt;We want Bob", self.get().text)

    def test_wrong_expired_and_foreign_tokens_tell_nothing(self):
        wrong = self.path()[:-3] + "abc"
        swapped = self.path(self.other).replace(f"/{self.other.id}/", f"/{self.letter.id}/")
        missing = self.path().replace(f"/{self.letter.id}/", "/99999999/")
        pages = [self.get(path) for path in (wrong, swapped, missing)]
        self.letter.expires_on = self.today - timedelta(days=1)
        pages.append(self.get())
        texts = set()
        for page in pages:
            self.assertEqual(page.status_code, 404)
            for name in ("Acme", "Ann", "Olga", "Bolt", "Core", self.env.company.name):
                self.assertNotIn(name, page.text)
            texts.add(page.text)
        self.assertEqual(len(texts), 1)
        self.post(item=self.item.id, answer="fine")
        self.assertFalse(self.item.answer)

    def test_an_item_of_another_letter_is_not_answered(self):
        self.post(item=self.other.item_ids.id, answer="other", text="x")
        self.assertFalse(self.other.item_ids.answer)
        self.assertFalse(self.env["churn.feedback"].search([]))

    def test_a_draft_has_no_page(self):
        draft = self.other.copy({"state": "draft", "day": self.today + timedelta(days=3), "email": "x@y.example"})
        self.assertEqual(self.get(f"/handover/{draft.id}/preview").status_code, 404)
        self.assertEqual(self.get(f"/handover/{draft.id}/False").status_code, 404)

    def test_a_plan_called_off_shows_that_nothing_changes(self):
        self.handover.action_cancel()
        text = self.get().text
        self.assertIn("Nothing changes", text)
        self.assertNotIn("Send my answer", text)
