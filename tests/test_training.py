import re
from datetime import timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, HttpCase
from odoo.tools import mute_logger

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
        """Plain mails to people who come, which are no mailing."""
        before = self.env["mail.mail"].search([])
        action()
        return self.env["mail.mail"].search([("mailing_id", "=", False)]) - before

    def of_session(self, model, *domain):
        field = {"churn.place": "training_id", "mailing.mailing": "churn_training_id"}[model]
        return self.env[model].search([(field, "=", self.session.id), *domain])

    def invite(self):
        self.session.action_invite()
        self.send(self.of_session("mailing.mailing"))


class TestTraining(TrainingCase):
    def test_the_chosen_are_invited_once_and_each_takes_a_place(self):
        self.session.with_user(self.manager).action_invite()
        self.assertEqual(self.session.invitation_ids.mapped("state"), ["invited", "invited"])
        places = self.of_session("churn.place")
        self.assertEqual(places.partner_id, self.acme | self.bolt)
        self.assertEqual((places.kind_id, set(places.mapped("state"))), (self.training, {"reserved"}))
        self.send(self.of_session("mailing.mailing"))
        self.assertEqual(len(self._mails), 2)
        self.assertEqual(set(places.mapped("state")), {"sent"})
        with self.assertRaises(UserError):
            self.session.action_invite()

    def test_an_invitation_that_fails_gives_its_place_back_and_the_list_says_so(self):
        self.session.action_invite()
        self.send(self.of_session("mailing.mailing"), fail=True)
        self.assertEqual(set(self.of_session("churn.place").mapped("state")), {"freed"})
        self.assertTrue(self.of_acme.not_delivered)

    def test_an_invitation_counts_against_the_cap_of_the_series(self):
        self.company.churn_message_cap = 1
        self.invite()
        self.message()
        self.assertFalse(self.series()._propose())

    def test_several_people_of_an_account_are_one_message_to_it(self):
        self.company.churn_message_cap = 1
        people = self.env["res.partner"].create(
            [
                {"name": name, "parent_id": self.acme.id, "email": f"{name}@customer.test", "lang": lang}
                for name, lang in (("sue", "en_US"), ("wei", "zh_CN"))
            ]
        )
        self.env["res.lang"]._activate_lang("zh_CN")
        self.session._choose(people)
        self.invite()
        self.assertEqual(set(self.session.invitation_ids.mapped("state")), {"invited"})
        self.assertEqual(sorted(self.of_session("mailing.mailing").mapped("churn_lang")), ["en_US", "zh_CN"])

    def test_opened_and_answered_invitations_are_results_of_the_kind(self):
        self.invite()
        self.of_acme._answer("no")
        self.of_session("mailing.mailing").mailing_trace_ids.filtered(
            lambda trace: trace.email == "bolt@customer.test"
        ).set_opened()
        rows = self.env["churn.message.effect"]._read_group(
            [("training_id", "=", self.session.id)],
            ["kind_id"],
            ["sent:sum", "opened:sum", "clicked:sum", "answered:sum", "refused:sum"],
        )
        self.assertEqual(rows, [(self.training, 2, 2, 1, 1, 0)])

    def test_who_refuses_the_kind_in_an_invitation_is_asked_no_more(self):
        self.invite()
        mailing = self.of_session("mailing.mailing")
        self.assertIn(f"/churn/view/{mailing.id}/kind/{self.training.id}/", self._mails[0]["body"])
        self.env["churn.message.optout"]._set("acme@customer.test", self.training, mailing.id)
        rows = self.env["churn.message.effect"]._read_group(
            [("training_id", "=", self.session.id)], [], ["refused:sum"]
        )
        self.assertEqual(rows, [(1,)])

    def test_who_did_not_answer_is_reminded_once_a_week_before(self):
        self.invite()
        self.of_bolt._answer("no")
        remind = self.env["churn.training"]._cron_remind
        again = [("state", "=", "reserved"), ("content_key", "=", f"training-{self.session.id}-again")]
        remind()
        self.assertFalse(self.of_session("churn.place", *again), "too early")
        with freeze_time(self.session.start - timedelta(days=6)):
            remind()
            self.assertEqual(self.of_session("churn.place", *again).partner_id, self.acme)
            remind()
            self.assertEqual(len(self.of_session("churn.place", *again)), 1)

    def test_nobody_is_reminded_beyond_the_cap_or_of_a_full_session(self):
        again = [("state", "=", "reserved"), ("content_key", "=", f"training-{self.session.id}-again")]
        self.invite()
        with freeze_time(self.session.start - timedelta(days=6)):
            self.of_bolt._answer("come")
            self.env["churn.training"]._cron_remind()
            self.assertFalse(self.of_session("churn.place", *again), "no place left")
            self.of_bolt._answer("no")
            self.company.churn_message_cap = 1
            self.env["churn.training"]._cron_remind()
            self.assertFalse(self.of_session("churn.place", *again), "had enough")

    def test_suggested_are_customers_who_may_get_a_message_those_about_to_change_hands_first(self):
        self.session.invitation_ids.unlink()
        core, dust, elm = (self.account(name) for name in ("Core", "Dust", "Elm"))
        buyer = self.env["res.partner"].create({"name": "Sue", "parent_id": elm.id, "email": "sue@customer.test"})
        self.env["churn.account"].create(
            [
                {"partner_id": account.id, "company_id": self.company.id}
                for account in self.acme | self.bolt | core | dust | elm
            ]
        )
        self.env["mail.blacklist"]._add("core@customer.test")
        self.company.churn_message_cap = 1
        self.send(self.ordinary(self.acme))
        handover = self.env["churn.handover"].create(
            {"predecessor_id": self.ann.id, "change_date": self.today() + timedelta(days=20), "kind": "rotation"}
        )
        self.env["churn.handover.line"].create(
            {
                "handover_id": handover.id,
                "account_id": elm.id,
                "predecessor_id": self.ann.id,
                "change_date": handover.change_date,
            }
        )
        others = self.env["churn.account"].search(
            [("partner_id", "not in", (self.acme | self.bolt | core | dust | elm).ids)]
        )
        others.partner_id.email = False
        self.session.with_user(self.manager).action_suggest()
        self.assertEqual(len(self.session.invitation_ids), 2)
        self.assertEqual(self.session.invitation_ids[0].partner_id, buyer)
        self.assertIn(self.session.invitation_ids[1].partner_id, self.bolt | dust)
        with self.assertRaises(UserError):
            self.session.action_suggest()

    def test_a_session_needs_a_place(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.session.places = 0
            self.env.flush_all()

    def test_who_had_enough_or_refused_or_has_no_address_is_left_out_with_the_reason(self):
        self.company.churn_message_cap = 1
        self.send(self.ordinary(self.acme))
        self.env["churn.message.optout"]._set("bolt@customer.test", self.training)
        none = self.account("Core", email=False)
        gone = self.account("Dust")
        self.env["mail.blacklist"]._add("dust@customer.test")
        self.session._choose(none | gone)
        self.session.action_invite()
        self.assertFalse(self.of_session("mailing.mailing"))
        self.assertEqual(self.session.invitation_ids.mapped("left_out"), ["cap", "refused", "address", "refused"])

    def test_one_address_twice_is_invited_once(self):
        twin = self.account("Twin", email="acme@customer.test")
        self.session._choose(twin)
        self.session.action_invite()
        self.assertEqual(self.session.invitation_ids.mapped("state"), ["invited", "invited", "left_out"])
        self.assertEqual(self.session.invitation_ids[2].left_out, "twice")

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
        following = self.session.copy({"start": fields.Datetime.now() + timedelta(days=100)})
        self.assertEqual(following.earlier_count, 1)
        listed = self.env["churn.invitation"].search(following.action_earlier_opinions()["domain"])
        self.assertEqual(listed, self.of_acme)

    def test_the_invitation_says_from_when_to_when_in_the_zone_of_the_contact(self):
        self.session.write({"start": "2026-12-08 07:00:00", "hours": 2.5})
        self.acme.tz, self.bolt.tz, self.manager.tz = "Europe/Berlin", False, "Asia/Shanghai"
        german, unknown = (re.sub(r"\s", " ", row._when()) for row in (self.of_acme, self.of_bolt))
        self.assertEqual(german, "Tuesday, December 8, 2026, 8:00 AM – 10:30 AM (Central European Standard Time)")
        self.assertEqual(unknown, "Tuesday, December 8, 2026, 3:00 PM – 5:30 PM (China Standard Time)")

    def test_who_has_no_zone_reads_that_of_the_country_where_there_is_one(self):
        self.session.write({"start": "2026-12-08 07:00:00", "hours": 2})
        self.manager.tz = "Asia/Shanghai"
        for row, country in ((self.of_acme, "de"), (self.of_bolt, "us")):
            row.partner_id.write({"tz": False, "country_id": self.env.ref(f"base.{country}").id})
        self.assertIn("Central European Standard Time", self.of_acme._when())
        self.assertIn("China Standard Time", self.of_bolt._when(), "America has several: ours is said")
        self.manager.tz = "UTC"
        self.of_acme.partner_id.country_id = self.env.ref("base.cn")
        self.assertIn("China Standard Time", self.of_acme._when())

    def test_the_hour_that_a_zone_has_twice_or_never_is_no_obstacle(self):
        self.acme.write({"tz": False, "country_id": self.env.ref("base.it").id})
        for moment, name in (("2027-10-31 02:30:00", "Standard"), ("2027-03-28 02:30:00", "Summer")):
            self.session.start = moment
            self.assertIn(f"Central European {name} Time", self.of_acme._when())

    def test_the_preview_is_in_the_language_of_the_reader_throughout(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.acme.lang = "zh_CN"
        self.assertIn("Dear Acme,", self.session.with_context(lang="en_US").preview_html)
        self.assertIn("尊敬的Acme：", self.session.with_context(lang="zh_CN").preview_html)

    def test_editing_the_form_invites_nobody(self):
        """The mail is shown to somebody as an example, who must not end up on the list."""
        with Form(self.session.with_user(self.manager)) as form:
            form.name = "Reading two pump curves"
            self.assertIn("Reading two pump curves", form.preview_html)
        self.assertEqual(self.session.invitation_ids, self.of_acme | self.of_bolt)
        with Form(self.env["churn.training"].with_user(self.manager)) as form:
            form.name, form.start = "New", fields.Datetime.now() + timedelta(days=9)
        self.assertFalse(form.record.invitation_ids)

    def test_a_programme_repeated_unchanged_is_flagged(self):
        self.session.text = "Where the curve tells the truth."
        again = self.session.copy({"start": self.session.start + timedelta(days=100)})
        self.assertEqual(again.unchanged_id, self.session)
        self.assertFalse(self.session.unchanged_id)
        again.text = "where  the CURVE tells the truth"
        self.assertEqual(again.unchanged_id, self.session, "the same words in another dress")
        again.text = "Where the curve flatters."
        self.assertFalse(again.unchanged_id)
        again.text = self.session.text
        self.session.state = "cancelled"
        again.invalidate_recordset(["unchanged_id"])
        self.assertFalse(again.unchanged_id, "it never took place")

    def test_a_cancelled_session_tells_who_wanted_to_come(self):
        self.session.action_invite()
        self.of_acme._answer("come")
        mail = self.new_mails(self.session.action_cancel)
        self.assertEqual(mail.recipient_ids, self.acme)
        self.assertIn(self.of_acme._when(), mail.body_html, "which one, for who comes to several")
        with self.mock_mail_gateway():
            mail.send()
        self.assertNotIn("\n\n\n", self._mails[0]["body_alternative"])

    def test_a_message_takes_the_sessions_as_its_facts(self):
        self.session.copy({"name": "Still to come"})
        self.session.start = fields.Datetime.now() - timedelta(days=10)
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
        self.invite()
        body = next(mail["body"] for mail in self._mails if "acme@customer.test" in mail["email_to"][0])
        self.paths = [f"/churn/{found}" for found in re.findall(r'href="[^"]*?/churn/(view/invitation/[^"]+)"', body)]

    def post(self, path, **values):
        token = self.url_open(path).text.split('name="csrf_token" value="')[1].split('"')[0]
        return self.url_open(path, data={"csrf_token": token, **values})

    def test_the_mail_has_the_three_answers(self):
        self.assertEqual([path.split("answer=")[1] for path in self.paths], ["come", "colleague", "no"])

    def test_a_link_that_a_mail_program_mangled(self):
        path = self.paths[0].split("?")[0][:-1] + "%C3%A9"
        self.assertEqual(self.url_open(path).status_code, 404)
        refuse = self.acme._churn_kind_url(0, self.training.id).replace(self.acme.get_base_url(), "")
        self.assertEqual(self.url_open(refuse).status_code, 200)
        self.assertEqual(self.url_open(refuse[:-1] + "%C3%A9").status_code, 404)

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
            f"/churn/view/invitation/{self.of_bolt.id}/{token}",
            f"/churn/view/opinion/{self.of_acme.id}/{token}",
        )
        for path in wrong:
            page = self.url_open(path)
            self.assertEqual(page.status_code, 404)
            self.assertIn("This link does not work", page.text)
            self.assertNotIn("pump curve", page.text)

    def test_when_the_last_place_is_gone_the_page_says_so(self):
        self.of_bolt._answer("come")
        self.assertIn("All places are taken", self.post(self.paths[0], answer="come").text)
        self.assertFalse(self.of_acme.answer)
        page = self.url_open(self.paths[0]).text
        self.assertIn("All places are taken", page, "before somebody presses in vain")
        self.assertNotIn("I will come", page)
        self.assertIn("We cannot come", page)
        self.assertNotIn("All places are taken", self.post(self.paths[0], answer="no").text)

    def test_after_the_session_nothing_can_be_answered(self):
        self.session.state = "held"
        self.assertIn("no longer possible", self.url_open(self.paths[0]).text)
        self.session.state = "cancelled"
        self.assertIn("was cancelled", self.url_open(self.paths[0]).text)

    def test_an_empty_opinion_is_none(self):
        path = "/churn/" + self.of_acme._url("opinion").split("/churn/")[1]
        self.assertIn("Choose at least one", self.post(path, wish=" ").text)
        self.assertFalse(self.of_acme.opinion_at)
        self.assertIn("Thank you", self.post(path, wish="Longer breaks").text)

    def test_the_pages_are_in_the_language_of_the_contact(self):
        """Not in that of the browser, of which a customer in a foreign office has no say."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.acme.lang = "zh_CN"
        for name, english, chinese in (("answer", "We cannot come", "我们来不了"), ("opinion", "Send", "提交")):
            view = self.env.ref(f"churn_handover.training_{name}_page")
            view.update_field_translations("arch_db", {"zh_CN": {english: chinese}})
            what = "invitation" if name == "answer" else name
            page = self.url_open("/churn/" + self.of_acme._url(what).split("/churn/")[1])
            self.assertIn('lang="zh-CN"', page.text)
            self.assertIn(chinese, page.text)

    def test_three_questions_once(self):
        path = self.of_acme._url("opinion").split("/churn/")[1]
        page = self.post(f"/churn/{path}", useful="5", people="4", again="3", wish="<b>More</b>")
        self.assertIn("Thank you", page.text)
        self.assertEqual(self.of_acme.opinion_avg, 4)
        self.assertNotIn("<form", self.url_open(f"/churn/{path}").text)
