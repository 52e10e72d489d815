from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command

from .common_quality import QualityCase


class TestSeries(QualityCase):
    def test_from_message_to_mail(self):
        """The whole way: a series picks, asks, the manager approves, the mail goes out and is counted."""
        message = self.message(subject="How we choose")
        step = self.series()._propose()
        self.assertEqual((step.state, step.planned_count), ("proposed", 2))
        self.assertEqual(step.activity_ids.user_id, self.manager)
        self.assertEqual(self.mailings(step).mapped("state"), ["draft"])
        step.with_user(self.manager).action_approve()
        self.assertEqual((step.state, self.mailings(step).state), ("launched", "in_queue"))
        self.assertFalse(step.activity_ids)
        self.assertEqual(self.places(step).mapped("state"), ["reserved", "reserved"])
        self.send()
        self.assertEqual(self.places(step).mapped("state"), ["sent", "sent"])
        self.assertEqual(self.places(step).mapped("sent_on"), [self.today()] * 2)
        self.assertEqual(self.places(step).message_id, message)
        self.assertEqual({mail["subject"] for mail in self._mails}, {"How we choose"})
        self.assertEqual((step.sent_count, step.failed_count), (2, 0))

    def test_after_the_launch_the_step_says_what_is_on_its_way(self):
        self.message()
        step = self.launch(self.series())
        self.assertEqual((step.queued_count, step.sent_count), (2, 0))
        self.send(self.mailings(step))
        step.invalidate_recordset()  # read anew, as whoever looks again does
        self.assertEqual((step.queued_count, step.sent_count), (0, 2))

    def test_the_manager_needs_no_rights_in_the_mailing_app(self):
        self.assertFalse(self.env["mailing.mailing"].with_user(self.manager).has_access("read"))
        self.message()
        series = self.series()
        action = series.with_user(self.manager).action_propose()
        step = self.env["churn.step"].with_user(self.manager).browse(action["res_id"])
        self.assertTrue(step.preview_html)
        step.action_approve()
        self.assertEqual((step.state, step.opened_count), ("launched", 0))

    def test_a_rep_can_neither_start_nor_approve(self):
        self.message()
        series = self.series()
        step = series._propose()
        for call in (series.with_user(self.ann).action_propose, step.with_user(self.ann).action_approve):
            with self.assertRaises(AccessError):
                call()
        with self.assertRaises(AccessError):
            series.with_user(self.ann).write({"domain": "[]"})

    def test_a_rep_sees_what_the_own_accounts_got(self):
        self.bolt.user_id = self.bob
        self.message()
        step = self.deliver(self.series())
        places = self.env["churn.place"].with_user(self.ann).search([("step_id", "=", step.id)])
        self.assertEqual(places.account_id, self.acme)

    def test_declined_nobody_gets_anything_and_the_places_are_free(self):
        self.message()
        series = self.series()
        step = series._propose()
        step.with_user(self.manager).action_decline()
        self.assertFalse(self.places(step))
        self.assertFalse(self.mailings(step))
        self.assertEqual(series._propose().planned_count, 2)

    def test_a_launched_step_is_neither_declined_nor_launched_again(self):
        self.message()
        step = self.launch(self.series())
        for call in (step.action_decline, step.action_approve, step._launch):
            with self.assertRaises(UserError):
                call()

    def test_kinds_in_turn(self):
        for number in range(2):
            self.message(self.hiring, f"Hiring {number}")
            self.message(self.training, f"Training {number}")
        series = self.series(accounts=self.acme)
        heard = []
        day = self.today()
        for number in range(4):
            with freeze_time(day + timedelta(days=31 * number)):
                heard.append(self.places(self.deliver(series)).kind_id.name)
        self.assertEqual(heard, ["Staff Training", "Hiring", "Staff Training", "Hiring"])

    def test_no_third_message_in_thirty_days(self):
        for number in range(3):
            self.message(subject=f"Part {number}")
        series = self.series(accounts=self.acme)
        day = self.today()
        self.assertTrue(self.deliver(series))
        self.assertTrue(self.deliver(series))
        with freeze_time(day + timedelta(days=29)):
            self.assertFalse(self.deliver(series))
        with freeze_time(day + timedelta(days=30)):
            self.assertTrue(self.deliver(series))

    def test_two_series_share_one_cap(self):
        self.company.churn_message_cap = 1
        self.message(subject="One"), self.message(subject="Two")
        first, second = (self.series(name=name)._propose() for name in ("A", "B"))
        first._launch()
        second._launch()
        self.assertEqual(self.places(second).mapped("state"), ["left_out", "left_out"])
        self.assertEqual(self.places(second).mapped("reason"), ["churn_cap", "churn_cap"])

    def test_key_accounts_have_a_cap_of_their_own(self):
        self.company.churn_message_key_cap = 1
        self.env["churn.account"].create(
            {"partner_id": self.acme.id, "company_id": self.company.id, "is_key_account": True}
        )
        self.message(subject="One"), self.message(subject="Two")
        series = self.series()
        self.deliver(series)
        self.assertEqual(self.places(self.deliver(series), state="sent").account_id, self.bolt)

    def test_a_failed_mail_frees_its_place(self):
        self.company.churn_message_cap = 1
        self.message(subject="One"), self.message(subject="Two")
        series = self.series(accounts=self.acme)
        step = self.launch(series)
        self.assertFalse(series._propose())
        mailing = self.mailings(step)
        self.send(mailing, fail=True)
        self.assertEqual((self.places(step).state, step.failed_count), ("freed", 1))
        self.assertTrue(series._propose())

    def test_sent_once_more_after_a_failure_takes_a_place_again(self):
        self.company.churn_message_cap = 1
        self.message(subject="One"), self.message(subject="Two")
        series = self.series(accounts=self.acme)
        step = self.launch(series)
        mailing = self.mailings(step)
        self.send(mailing, fail=True)
        mailing.action_retry_failed()
        self.send(mailing)
        self.assertEqual(self.places(step).state, "sent")
        self.assertFalse(series._propose())

    def test_retrying_gives_way_when_the_place_went_to_another(self):
        self.company.churn_message_cap = 1
        self.message(subject="One"), self.message(subject="Two")
        step = self.launch(self.series(accounts=self.acme))
        mailing = self.mailings(step)
        self.send(mailing, fail=True)
        self.deliver(self.series(accounts=self.acme))
        mailing.action_retry_failed()
        self.send(mailing)
        self.assertEqual(self.places(step).state, "freed")
        self.assertEqual(mailing.mailing_trace_ids.mapped("failure_type"), ["churn_cap"])

    def test_who_was_left_out_is_a_cancelled_trace_with_its_reason(self):
        message = self.message(self.hiring)
        self.env["churn.message.optout"].create({"email": "sue@customer.test", "kind_id": self.hiring.id})
        self.env["res.partner"].create({"name": "Sue", "parent_id": self.acme.id, "email": "Sue@customer.test"})
        step = self.deliver(self.series(kinds=self.hiring, accounts=self.acme))
        traces = {trace.email: trace for trace in self.mailings(step).mailing_trace_ids}
        self.assertEqual(traces["sue@customer.test"].trace_status, "cancel")
        self.assertEqual(traces["sue@customer.test"].failure_type, "churn_opt_out")
        self.assertEqual(traces["acme@customer.test"].trace_status, "sent")
        self.assertEqual(self.places(step, state="left_out").message_id, message)
        self.assertIn("Does Not Want This Kind: 1", step.left_out_text)

    def test_blacklisted_and_other_addresses_get_nothing(self):
        contacts = self.env["res.partner"].create(
            [
                {"name": "Bill", "parent_id": self.acme.id, "email": "bill@customer.test", "type": "invoice"},
                {"name": "No", "parent_id": self.acme.id, "email": "no@customer.test"},
                {"name": "Yes", "parent_id": self.acme.id, "email": "yes@customer.test"},
            ]
        )
        self.env["mail.blacklist"]._add("no@customer.test")
        self.message()
        step = self.series(accounts=self.acme)._propose()
        self.assertEqual(self.places(step).partner_id, self.acme | contacts[2])

    def test_blacklisted_after_the_launch_gives_the_place_back(self):
        self.message()
        step = self.launch(self.series(accounts=self.acme))
        self.env["mail.blacklist"]._add("acme@customer.test")
        self.send(self.mailings(step))
        self.assertEqual(self.places(step).state, "freed")
        self.assertEqual(self.mailings(step).mailing_trace_ids.failure_type, "mail_bl")

    def test_one_mailing_per_language_in_one_step(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        message = self.message(subject="How we choose")
        message.with_context(lang="zh_CN").subject = "我们如何选人"
        self.bolt.lang = "zh_CN"
        step = self.deliver(self.series())
        self.assertEqual(sorted(self.mailings(step).mapped("subject")), ["How we choose", "我们如何选人"])
        by_address = {mail["email_to"][0]: mail["subject"] for mail in self._mails}
        self.assertIn("我们如何选人", [subject for to, subject in by_address.items() if "bolt" in to])

    def test_the_budget_is_kept_and_the_others_wait(self):
        self.message()
        step = self.series(budget=1)._propose()
        self.assertEqual((step.planned_count, step.waiting_count), (1, 1))

    def test_accounts_about_to_change_hands_come_first(self):
        self.message()
        handover = self.env["churn.handover"].create(
            {"predecessor_id": self.ann.id, "change_date": self.today() + timedelta(days=20), "kind": "rotation"}
        )
        self.env["churn.handover.line"].create(
            {
                "handover_id": handover.id,
                "account_id": self.bolt.id,
                "predecessor_id": self.ann.id,
                "change_date": handover.change_date,
            }
        )
        self.assertEqual(self.places(self.series(budget=1)._propose()).account_id, self.bolt)
        self.assertEqual(self.places(self.series(due_days=30)._propose()).account_id, self.bolt)
        self.assertFalse(self.series(due_days=10)._propose())

    def test_only_those_who_have_not_heard_for_long(self):
        self.message(subject="One"), self.message(subject="Two")
        self.deliver(self.series(accounts=self.acme))
        self.assertEqual(self.places(self.series(silent_days=90)._propose()).account_id, self.bolt)

    def test_an_unanswered_step_goes_out_by_itself_when_the_series_says_so(self):
        self.message()
        series = self.series(auto_days=3)
        self.env.flush_all()
        day = self.today()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            cron = self.env(cr=cr)["churn.series"]
            cron._cron_run()
            step = series.with_env(cron.env).step_ids
            self.assertEqual(step.state, "proposed")
            with freeze_time(day + timedelta(days=2)):
                cron._cron_run()
                self.assertEqual(step.state, "proposed")
            with freeze_time(day + timedelta(days=3)):
                cron._cron_run()
                self.assertEqual(step.state, "launched")

    def test_the_audience_is_what_the_responsible_may_see(self):
        self.message()
        series = self.series()
        series.user_id = self.manager
        other = self.env["res.company"].create({"name": "Other"})
        self.bolt.company_id = other
        self.assertEqual(self.places(series._propose()).account_id, self.acme)

    def test_a_domain_that_cannot_be_searched_is_refused(self):
        for domain in ("[('nothing', '=', 1)]", "hello", "__import__('os')"):
            with self.assertRaises(ValidationError):
                self.series().domain = domain

    def test_without_kinds_it_does_not_start(self):
        series = self.env["churn.series"].create({"name": "Empty", "kind_ids": [Command.clear()]})
        with self.assertRaises(UserError):
            series.action_start()


class TestOrdinaryMailings(QualityCase):
    def test_they_are_counted(self):
        self.company.churn_message_cap = 1
        self.message()
        self.send(self.ordinary(self.acme))
        self.assertEqual(self.places(self.series()._propose(), state="planned").account_id, self.bolt)

    def test_they_do_not_obey_by_default(self):
        self.company.churn_message_cap = 1
        self.message()
        self.deliver(self.series(accounts=self.acme))
        mailing = self.ordinary(self.acme)
        self.send(mailing)
        self.assertEqual(mailing.mailing_trace_ids.trace_status, "sent")

    def test_they_obey_where_the_company_wants_it(self):
        self.company.write({"churn_message_cap": 1, "churn_mailings_obey": True})
        self.message()
        self.deliver(self.series(accounts=self.acme))
        mailing = self.ordinary(self.acme, self.bolt)
        self.send(mailing)
        status = {trace.email: (trace.trace_status, trace.failure_type) for trace in mailing.mailing_trace_ids}
        self.assertEqual(status["acme@customer.test"], ("cancel", "churn_cap"))
        self.assertEqual(status["bolt@customer.test"][0], "sent")

    def test_a_card_with_the_same_address_is_the_same_person(self):
        self.company.churn_message_cap = 1
        card = self.env["mailing.contact"].create({"name": "A", "email": '"A" <ACME@customer.test>'})
        mailing = self.ordinary(
            mailing_model_id=self.env["ir.model"]._get_id("mailing.contact"),
            mailing_domain=repr([("id", "=", card.id)]),
        )
        self.send(mailing)
        place = self.env["churn.place"].search([("mailing_id", "=", mailing.id)])
        self.assertEqual((place.account_id, place.partner_id, place.state), (self.acme, self.acme, "sent"))
        self.message()
        self.assertFalse(self.series(accounts=self.acme)._propose())

    def test_transactional_mail_is_neither_counted_nor_stopped(self):
        self.company.write({"churn_message_cap": 1, "churn_mailings_obey": True})
        self.message()
        self.deliver(self.series(accounts=self.acme))
        before = self.env["churn.place"].search_count([])
        with self.mock_mail_gateway():
            self.acme.message_post(body="Your order", partner_ids=self.acme.ids, subtype_xmlid="mail.mt_comment")
            mail = self.env["mail.mail"].create(
                {"subject": "Invoice", "body_html": "<p>Pay</p>", "recipient_ids": [Command.link(self.acme.id)]}
            )
            mail.send()
        self.assertEqual(len(self._mails), 2)
        self.assertEqual(self.env["churn.place"].search_count([]), before)
