"""The door for other parts of the addon that write to customers under the same cap."""

from odoo.exceptions import AccessError

from .common_quality import QualityCase


class TestReserve(QualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.churn_message_cap = 1

    def reserve(self, mailing, partners, **values):
        return self.env["churn.place"].reserve(mailing, partners, self.company, **values)

    def sent_to(self, mailing):
        self.send(mailing)
        sent = mailing.mailing_trace_ids.filtered(lambda trace: trace.trace_status == "sent")
        return set(sent.mapped("email"))

    def test_who_has_a_place_gets_it_the_others_are_traces_with_their_reason(self):
        self.message()
        self.deliver(self.series(accounts=self.acme))
        mailing = self.ordinary(self.acme, self.bolt)
        self.assertEqual(self.reserve(mailing, self.acme | self.bolt), {self.acme.id: "churn_cap"})
        self.assertEqual(self.sent_to(mailing), {"bolt@customer.test"})
        trace = mailing.mailing_trace_ids.filtered(lambda trace: trace.trace_status == "cancel")
        self.assertEqual((trace.email, trace.failure_type), ("acme@customer.test", "churn_cap"))

    def test_a_reserved_place_counts_before_the_mail_is_queued(self):
        self.reserve(self.ordinary(self.acme), self.acme)
        self.message()
        self.assertFalse(self.series(accounts=self.acme)._propose())

    def test_no_address_blacklisted_twice_and_refused_have_their_reasons(self):
        none, gone = self.account("None", email=False), self.account("Gone")
        twin = self.account("Twin", email="acme@customer.test")
        self.env["mail.blacklist"]._add("gone@customer.test")
        self.env["churn.message.optout"]._set("bolt@customer.test", self.hiring)
        mailing = self.ordinary(self.acme)
        left_out = self.reserve(mailing, self.acme | self.bolt | none | gone | twin, kind=self.hiring)
        self.assertEqual(
            left_out,
            {
                none.id: "no_address",
                gone.id: "blacklisted",
                twin.id: "churn_duplicate",
                self.bolt.id: "churn_opt_out",
            },
        )

    def test_asked_again_everybody_keeps_what_they_have(self):
        mailing = self.ordinary(self.acme, self.bolt)
        self.reserve(mailing, self.acme)
        self.assertEqual(self.reserve(mailing, self.acme | self.bolt), {})
        self.assertEqual(self.env["churn.place"].search_count([("mailing_id", "=", mailing.id)]), 2)

    def test_the_same_content_is_not_told_twice(self):
        self.company.churn_message_cap = 5
        self.reserve(self.ordinary(self.acme), self.acme, content_key="offer")
        self.assertEqual(
            self.reserve(self.ordinary(self.acme), self.acme, content_key="offer"), {self.acme.id: "churn_seen"}
        )

    def test_sent_once_more_gives_way_to_the_same_content_sent_meanwhile(self):
        self.company.churn_message_cap = 5
        first, second = self.ordinary(self.acme), self.ordinary(self.acme)
        self.reserve(first, self.acme, content_key="offer")
        self.send(first, fail=True)
        self.assertEqual(self.reserve(second, self.acme, content_key="offer"), {})
        first.action_retry_failed()
        self.assertFalse(self.sent_to(first))
        self.assertEqual(first.mailing_trace_ids.mapped("failure_type"), ["churn_seen"])

    def test_it_is_no_door_for_clients(self):
        self.assertTrue(getattr(type(self.env["churn.place"]).reserve, "_api_private", False))
        with self.assertRaises(AccessError):
            self.env["churn.place"].with_user(self.manager).create(
                {"email": "x@customer.test", "company_id": self.company.id, "state": "sent"}
            )
