from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError

from odoo.addons.mail.tests.common import MailCase

from .common_keep import KeepCase
from .common_score import NOON, TODAY


@freeze_time(NOON)
class TestProgrammeMailing(KeepCase, MailCase):
    """Twelve customers with an address each; at most two messages in 30 days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time(NOON):
            cls.accounts = cls.make_customers(12)
            for number, account in enumerate(cls.accounts):
                account.partner_id.email = f"c{number}@example.com"
            cls.manager.email = "max@example.com"
            cls.measure = cls.env.ref("churn_handover.measure_mailing")
            cls.places = cls.env["churn.place"]

    def start(self, accounts=None, **values):
        values = {"measure_ids": self.measure.ids, "holdout_share": 0, **values}
        programme = self.programme(self.accounts if accounts is None else accounts, **values)
        programme.action_start()
        return programme

    def send(self, programme):
        programme.action_send_mailing()
        mailing = self.env["mailing.mailing"].search([("churn_programme_id", "=", programme.id)])
        with self.mock_mail_gateway(mail_unlink_sent=False):
            mailing.action_send_mail()
        self.env.invalidate_all()
        return mailing

    def had_messages(self, account, number=2, days=5):
        self.places.create(
            [
                {
                    "email": account.partner_id.email_normalized,
                    "partner_id": account.partner_id.id,
                    "account_id": account.partner_id.id,
                    "company_id": self.company.id,
                    "state": "sent",
                    "sent_on": TODAY - timedelta(days=days),
                    "mailing_id": self.env["mailing.mailing"]
                    .create({"subject": "x", "mailing_model_id": self.env["ir.model"]._get_id("res.partner")})
                    .id,
                }
                for _number in range(number)
            ]
        )

    def of(self, programme, number):
        return programme.member_ids.filtered(lambda member: member.account_id == self.accounts[number])

    def test_who_had_enough_is_left_out_with_the_reason(self):
        self.had_messages(self.accounts[0])
        self.had_messages(self.accounts[1], number=1)
        self.had_messages(self.accounts[2], days=31)
        programme = self.start()
        self.assertEqual(self.of(programme, 0).mail_reason, "churn_cap")
        self.assertEqual(self.of(programme, 0).mail_text, "Left out: Had Enough Messages Lately")
        self.assertEqual(programme.member_ids.filtered("mail_reason"), self.of(programme, 0))
        self.assertEqual(self.of(programme, 0).group, "treated", "who is left out stays in the group drawn")
        self.assertIn("Left out: Had Enough Messages Lately 1.", programme.mailing_text)
        left_out = self.env["churn.programme.member"].search(programme.action_open_left_out()["domain"])
        self.assertEqual(left_out, self.of(programme, 0))
        mailing = self.send(programme)
        sent = mailing.mailing_trace_ids.filtered(lambda trace: trace.trace_status == "sent")
        self.assertEqual(len(sent), 11)
        self.assertNotIn("c0@example.com", sent.mapped("email"))
        self.assertEqual(self.of(programme, 1).mail_text, "Sent on 03/02/2026")

    def test_what_a_programme_sends_counts_for_all_other_messages(self):
        self.send(self.start(purpose="retain"))
        self.send(self.start(purpose="deepen"))
        third = self.start(purpose="win_back")
        self.assertEqual(set(third.member_ids.mapped("mail_reason")), {"churn_cap"})
        self.assertFalse(self.places._free_addresses(self.company, ["c1@example.com"]))

    def test_a_draft_takes_no_place_from_others(self):
        self.start(purpose="retain")
        self.start(purpose="deepen")
        self.assertEqual(self.places._free_addresses(self.company, ["c1@example.com"]), {"c1@example.com"})

    def test_the_cap_is_asked_again_when_the_mailing_is_sent(self):
        programme = self.start()
        self.had_messages(self.accounts[3])
        mailing = self.send(programme)
        self.assertEqual(self.of(programme, 3).mail_reason, "churn_cap")
        self.assertEqual(len(mailing.mailing_trace_ids.filtered(lambda trace: trace.trace_status == "sent")), 11)

    def test_sent_from_the_mailing_app_it_obeys_just_the_same(self):
        self.assertFalse(self.company.churn_mailings_obey)
        programme = self.start()
        self.had_messages(self.accounts[3])
        mailing = self.env["mailing.mailing"].search([("churn_programme_id", "=", programme.id)])
        mailing.mailing_domain = "[('email', 'like', 'example.com')]"  # somebody changed the recipients
        stranger = self.env["res.partner"].create({"name": "Added", "email": "added@example.com"})
        mailing.action_launch()
        with self.mock_mail_gateway(mail_unlink_sent=False):
            mailing.action_send_mail()
        traces = {trace.email: trace for trace in mailing.mailing_trace_ids}
        self.assertEqual(traces["c3@example.com"].failure_type, "churn_cap")
        self.assertEqual(traces[stranger.email].trace_status, "sent")
        self.assertTrue(self.places.search([("partner_id", "=", stranger.id), ("state", "=", "sent")]))

    def test_without_an_address_a_person_of_the_customer_gets_it_or_the_reason_is_shown(self):
        first, second, third, fourth = (account.partner_id for account in self.accounts[:4])
        first.email = second.email = False
        self.env["res.partner"].create({"name": "Eve", "parent_id": first.id, "email": "eve@example.com"})
        third.email = fourth.email
        self.env["mail.blacklist"]._add(self.accounts[5].partner_id.email)
        programme = self.start()
        self.assertEqual(
            [self.of(programme, number).mail_reason for number in range(6)],
            [False, "no_address", False, "churn_duplicate", False, "blacklist"],
        )
        traces = self.send(programme).mailing_trace_ids
        sent = traces.filtered(lambda trace: trace.trace_status == "sent").mapped("email")
        self.assertIn("eve@example.com", sent)
        self.assertEqual(sent.count(fourth.email), 1)

    def test_the_holdout_gets_nothing(self):
        programme = self.start(holdout_share=0.5)
        held_out = programme.member_ids.filtered(lambda member: member.group == "holdout")
        self.assertTrue(held_out)
        self.assertFalse(any(held_out.mapped("mail_reason")))
        self.assertFalse(self.places.search([("account_id", "in", held_out.partner_id.ids)]))
        self.assertEqual(len(self.send(programme).mailing_trace_ids), 12 - len(held_out))

    def test_the_text_is_what_was_written_and_can_be_refused(self):
        self.measure.note = "First <line>\nSecond"
        programme = self.start(self.accounts[:1])
        self.assertIn("Second", programme.mailing_body)
        self.send(programme)
        self.assertIn("<p>First &lt;line&gt;</p><p>Second</p>", self._mails[0]["body"])
        self.assertRegex(self._mails[0]["body"], r"/mailing/\d+/confirm_unsubscribe")

    def test_an_empty_mail_is_not_sent(self):
        self.measure.note = False
        programme = self.start()
        with self.assertRaisesRegex(UserError, "no text yet"):
            programme.action_send_mailing()

    def test_it_is_sent_once(self):
        programme = self.start()
        self.send(programme)
        with self.assertRaisesRegex(UserError, "no mailing that waits"):
            programme.action_send_mailing()

    def test_at_the_end_what_was_not_sent_is_gone(self):
        stopped, judged = self.start(self.accounts[:6]), self.start(self.accounts[6:])
        stopped.action_stop()
        with freeze_time("2026-06-10 12:00:00"):
            self.judge(judged)
        self.assertFalse(stopped.mailing_state or judged.mailing_state)
        self.assertFalse(self.places.search([("email", "like", "@example.com"), ("company_id", "=", self.company.id)]))

    def test_what_was_sent_stays_known_after_the_end(self):
        programme = self.start()
        self.send(programme)
        programme.action_stop()
        self.assertEqual(self.of(programme, 1).mail_text, "Sent on 03/02/2026")

    def test_a_rep_can_neither_send_nor_see_it(self):
        programme = self.start()
        with self.assertRaises(AccessError):
            programme.with_user(self.ann).action_send_mailing()

    def test_planning_costs_a_fixed_number_of_queries(self):
        programme = self.programme(self.accounts, measure_ids=self.measure.ids, holdout_share=0)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(150):
            programme.action_start()
            self.env.flush_all()

    def test_a_mailing_to_a_segment_is_under_the_cap_too(self):
        self.had_messages(self.accounts[0])
        segment = self.env["churn.segment"].create({"name": "All", "company_id": self.company.id})
        self.assertFalse(self.company.churn_mailings_obey, "ordinary mailings go to everybody")
        action = segment.with_user(self.manager).action_mailing()
        mailing = (
            self.env["mailing.mailing"]
            .with_context(**action["context"])
            .create({"subject": "News", "body_html": "<p>Hello</p>", "user_id": self.manager.id})
        )
        with self.mock_mail_gateway(mail_unlink_sent=False):
            mailing.action_send_mail()
        self.assertEqual(len(self._mails), 11)
        left_out = mailing.mailing_trace_ids.filtered(lambda trace: trace.failure_type == "churn_cap")
        self.assertEqual(left_out.res_id, self.accounts[0].partner_id.id)
