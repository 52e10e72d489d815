import re
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase

from .common_quality import QualityCase


class TrainingCase(QualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.session = cls.env["churn.training"].create(
            {
                "name": "Reading a pump curve",
                "start": fields.Datetime.now() + timedelta(days=10),
                "places": 1,
                "user_id": cls.manager.id,
                "invitation_ids": [Command.create({"partner_id": one.id}) for one in cls.acme | cls.bolt],
            }
        )
        cls.of_acme, cls.of_bolt = cls.session.invitation_ids

    def new_mails(self, action):
        before = self.env["mail.mail"].search([])
        action()
        return self.env["mail.mail"].search([]) - before


class TestTraining(TrainingCase):
    def test_the_chosen_are_invited_once_and_each_takes_a_place(self):
        mails = self.new_mails(self.session.with_user(self.manager).action_invite)
        self.assertEqual(mails.recipient_ids, self.acme | self.bolt)
        self.assertEqual(self.session.invitation_ids.mapped("state"), ["invited", "invited"])
        places = self.env["churn.place"].search([("partner_id", "in", (self.acme | self.bolt).ids)])
        self.assertEqual((len(places), places.kind_id, set(places.mapped("state"))), (2, self.training, {"sent"}))
        with self.assertRaises(UserError):
            self.session.action_invite()

    def test_who_had_enough_or_refused_or_has_no_address_is_left_out_with_the_reason(self):
        self.company.churn_message_cap = 1
        self.send(self.ordinary(self.acme))
        self.env["churn.message.optout"]._set("bolt@customer.test", self.training)
        none = self.account("Core", email=False)
        gone = self.account("Dust")
        self.env["mail.blacklist"]._add("dust@customer.test")
        self.session._choose(none | gone)
        self.assertFalse(self.new_mails(self.session.action_invite))
        self.assertEqual(self.session.invitation_ids.mapped("left_out"), ["cap", "refused", "address", "refused"])

    def test_one_address_twice_is_invited_once(self):
        twin = self.account("Twin", email="acme@customer.test")
        self.session._choose(twin)
        self.session.action_invite()
        self.assertEqual(self.session.invitation_ids.mapped("state"), ["invited", "invited", "left_out"])

    def test_the_last_place_is_given_once(self):
        self.session.action_invite()
        self.assertTrue(self.of_acme._answer("come"))
        self.assertFalse(self.of_bolt._answer("colleague", "Sue"))
        self.assertTrue(self.of_acme._answer("no"))
        self.assertTrue(self.of_bolt._answer("colleague", "Sue"))
        self.assertEqual((self.session.coming_count, self.of_bolt.colleague), (1, "Sue"))

    def test_who_comes_is_reminded_once(self):
        self.session.action_invite()
        self.of_acme._answer("come")
        remind = self.env["churn.training"]._cron_remind
        self.assertFalse(self.new_mails(remind))
        with freeze_time(self.session.start - timedelta(days=2)):
            self.assertEqual(self.new_mails(remind).recipient_ids, self.acme)
            self.assertFalse(self.new_mails(remind))

    def test_who_came_is_asked_and_the_opinions_are_listed(self):
        self.session.action_invite()
        self.of_acme._answer("come")
        with self.assertRaises(UserError):
            self.session.action_held()
        with freeze_time(self.session.start + timedelta(hours=3)):
            self.assertEqual(self.new_mails(self.session.action_held).recipient_ids, self.acme)
        self.of_acme._give_opinion(("5", "4", "nonsense"), " More pumps ")
        self.assertEqual((self.session.opinion_avg, self.session.opinion_count), (4.5, 1))
        self.assertEqual((self.of_acme.mark_again, self.of_acme.wish), (False, "More pumps"))

    def test_a_cancelled_session_tells_who_wanted_to_come(self):
        self.session.action_invite()
        self.of_acme._answer("come")
        self.assertEqual(self.new_mails(self.session.action_cancel).recipient_ids, self.acme)

    def test_a_message_takes_the_sessions_as_its_facts(self):
        message = self.message(self.training, ready=False)
        message.action_take_facts()
        self.assertEqual(message.line_ids.mapped("name"), ["Reading a pump curve"])
        with self.assertRaises(UserError):
            self.message(self.team, ready=False).action_take_facts()

    def test_a_rep_sees_sessions_but_not_the_answers(self):
        self.assertTrue(self.session.with_user(self.ann).name)
        with self.assertRaises(AccessError):
            self.of_acme.with_user(self.ann).read(["answer"])
        with self.assertRaises(AccessError):
            self.session.with_user(self.ann).write({"places": 100})


class TestTrainingPages(HttpCase, TrainingCase):
    def setUp(self):
        super().setUp()
        self.session.action_invite()
        mail = self.env["mail.mail"].search([("recipient_ids", "=", self.acme.id)], order="id desc", limit=1)
        self.paths = [
            f"/churn/{found}" for found in re.findall(r'href="[^"]*?/churn/(invitation/[^"]+)"', mail.body_html)
        ]

    def post(self, path, **values):
        token = self.url_open(path).text.split('name="csrf_token" value="')[1].split('"')[0]
        return self.url_open(path, data={"csrf_token": token, **values})

    def test_the_mail_has_the_three_answers(self):
        self.assertEqual([path.split("answer=")[1] for path in self.paths], ["come", "colleague", "no"])

    def test_opening_a_link_only_preselects(self):
        page = self.url_open(self.paths[1])
        self.assertRegex(page.text, r'value="colleague"[^>]*checked')
        self.assertNotRegex(page.text, r'value="come"[^>]*checked')
        self.assertFalse(self.of_acme.answer)

    def test_one_tap_confirms(self):
        page = self.post(self.paths[0], answer="come")
        self.assertIn("we have noted", page.text)
        self.assertEqual(self.of_acme.answer, "come")

    def test_a_wrong_token_shows_nothing(self):
        head, token = self.paths[0].split("?")[0].rsplit("/", 1)
        wrong = (
            f"{head}/{'0' * len(token)}",
            f"/churn/invitation/{self.of_bolt.id}/{token}",
            f"/churn/opinion/{self.of_acme.id}/{token}",
        )
        for path in wrong:
            page = self.url_open(path)
            self.assertEqual(page.status_code, 404)
            self.assertNotIn("pump curve", page.text)

    def test_when_the_last_place_is_gone_the_page_says_so(self):
        self.of_bolt._answer("come")
        self.assertIn("All places are taken", self.post(self.paths[0], answer="come").text)
        self.assertFalse(self.of_acme.answer)

    def test_after_the_session_nothing_can_be_answered(self):
        self.session.state = "held"
        self.assertIn("no longer possible", self.url_open(self.paths[0]).text)

    def test_three_questions_once(self):
        path = self.of_acme._url("opinion").split("/churn/")[1]
        page = self.post(f"/churn/{path}", useful="5", people="4", again="3", wish="<b>More</b>")
        self.assertIn("Thank you", page.text)
        self.assertEqual(self.of_acme.opinion_avg, 4)
        self.assertNotIn("<form", self.url_open(f"/churn/{path}").text)
