"""What changes between the reservation of a place and the mail: addresses, contacts, mailings, clocks."""

from datetime import date, timedelta

from freezegun import freeze_time

from odoo.fields import Command

from .common_quality import QualityCase


class TestAddressChanges(QualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.churn_message_cap = 1

    def launched(self, accounts=None, **values):
        """A step that is queued, nothing sent yet."""
        self.message()
        return self.launch(self.series(accounts=self.acme if accounts is None else accounts, **values))

    def states(self, step):
        return {place.email: place.state for place in self.places(step)}

    def statuses(self, step):
        return {
            trace.email: trace.failure_type or trace.trace_status for trace in self.mailings(step).mailing_trace_ids
        }

    def test_the_new_address_takes_the_place_and_the_old_one_is_free(self):
        step = self.launched()
        self.acme.email = "new@customer.test"
        self.send(self.mailings(step))
        self.assertEqual(self.states(step), {"acme@customer.test": "freed", "new@customer.test": "sent"})
        self.assertEqual(self.statuses(step), {"new@customer.test": "sent"})
        again = self.places(step, state="sent")
        self.assertEqual((again.content_key, again.account_id), (step.message_ids_used.content_key, self.acme))
        self.assertFalse(self.series(accounts=self.acme, name="Another")._propose())

    def test_a_new_address_that_had_enough_gets_nothing(self):
        step = self.launched()
        self.message(subject="Another")
        self.deliver(self.series(accounts=self.bolt, name="Another"))
        self.acme.email = "BOLT@customer.test"
        self.send(self.mailings(step))
        self.assertEqual(self.statuses(step), {"bolt@customer.test": "churn_cap"})
        self.assertEqual(self.states(step), {"acme@customer.test": "freed"})

    def test_a_new_address_that_refused_the_kind_gets_nothing(self):
        step = self.launched()
        self.env["churn.message.optout"].create({"email": "new@customer.test", "kind_id": self.hiring.id})
        self.acme.email = "new@customer.test"
        self.send(self.mailings(step))
        self.assertEqual(self.statuses(step), {"new@customer.test": "churn_opt_out"})

    def test_the_same_address_written_otherwise_keeps_its_place(self):
        step = self.launched()
        self.acme.email = ' "Acme, the buyers" <ACME@Customer.test> '
        self.send(self.mailings(step))
        self.assertEqual(self.states(step), {"acme@customer.test": "sent"})

    def test_who_was_left_out_does_not_come_in_by_another_address(self):
        self.company.churn_message_cap = 2
        self.message()
        self.env["res.partner"].create({"name": "Sue", "parent_id": self.acme.id, "email": "sue@customer.test"})
        self.env["churn.message.optout"].create({"email": "sue@customer.test", "kind_id": self.hiring.id})
        step = self.launch(self.series(kinds=self.hiring, accounts=self.acme))
        self.acme.child_ids.email = "sue.two@customer.test"
        self.send(self.mailings(step))
        self.assertEqual(self.statuses(step), {"acme@customer.test": "sent", "sue.two@customer.test": "churn_opt_out"})

    def test_of_two_merged_contacts_one_mail_and_no_place_that_waits_for_ever(self):
        step = self.launched(self.acme | self.bolt)
        self.env["base.partner.merge.automatic.wizard"].create(
            {
                "partner_ids": [Command.set((self.acme | self.bolt).ids)],
                "dst_partner_id": self.acme.id,
                "state": "selection",
            }
        ).action_merge()
        self.env.invalidate_all()
        self.send(self.mailings(step))
        self.assertEqual(self.states(step), {"acme@customer.test": "sent", "bolt@customer.test": "freed"})
        self.assertEqual(self.statuses(step), {"acme@customer.test": "sent"})

    def test_a_contact_that_is_gone_gives_the_place_back(self):
        step = self.launched(self.acme | self.bolt)
        self.acme.active = False
        self.send(self.mailings(step))
        self.assertEqual(self.states(step), {"acme@customer.test": "freed", "bolt@customer.test": "sent"})
        self.acme.active = True
        self.assertTrue(self.series(accounts=self.acme, name="Another")._propose())

    def test_a_mailing_called_off_or_deleted_gives_its_places_back(self):
        for what in ("action_cancel", "unlink"):
            step = self.launched(name=what)
            self.assertEqual(self.states(step), {"acme@customer.test": "reserved"})
            getattr(self.mailings(step), what)()
            self.assertEqual(self.states(step), {"acme@customer.test": "freed"})

    def queue_mails(self, step):
        """The mails are made, and wait for a server; a single one Odoo would send at once."""
        self.env["ir.config_parameter"].set_param("mail.mail.force.send.limit", "0")
        with self.mock_mail_gateway():
            self.mailings(step)._action_send_mail()
        self.assertEqual(set(self.statuses(step).values()), {"outgoing"})
        self.assertEqual(self.places(step).mapped("state"), ["reserved", "reserved"])

    def test_a_mailing_deleted_while_its_mails_are_on_their_way_counts(self):
        step = self.launched(self.acme | self.bolt)
        self.queue_mails(step)
        self.mailings(step).unlink()
        self.assertEqual(self.places(step).mapped("state"), ["sent", "sent"])

    def test_a_mailing_called_off_and_queued_again_asks_for_its_places_again(self):
        step = self.launched()
        mailing = self.mailings(step)
        mailing.action_cancel()
        self.message(subject="Another")
        self.deliver(self.series(accounts=self.acme, name="Another"))
        mailing.action_launch()
        self.send(mailing)
        self.assertEqual(self.statuses(step), {"acme@customer.test": "churn_cap"})

    def test_mails_deleted_from_the_queue_count_for_a_window_and_no_longer(self):
        step = self.launched(self.acme | self.bolt)
        self.queue_mails(step)
        self.env["mail.mail"].search([("mailing_id", "in", self.mailings(step).ids)]).unlink()
        self.env["churn.place"]._gc_reserved()
        self.assertEqual(self.places(step).mapped("state"), ["reserved", "reserved"])
        with freeze_time(self.today() + timedelta(days=32)):
            self.env["churn.place"]._gc_reserved()
        self.assertEqual(self.places(step).mapped("state"), ["freed", "freed"])


class TestIdentity(QualityCase):
    """One person, however the address is written and on whatever card."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"churn_message_cap": 1, "churn_mailings_obey": True})

    def cards(self, *emails):
        cards = self.env["mailing.contact"].create([{"name": "A", "email": email} for email in emails])
        return self.ordinary(
            mailing_model_id=self.env["ir.model"]._get_id("mailing.contact"),
            mailing_domain=repr([("id", "in", cards.ids)]),
        )

    def test_upper_case_names_and_spaces_are_the_same_person(self):
        for email in ("ACME@CUSTOMER.TEST", '"Buyers, Acme" <Acme@customer.test>', "   acme@customer.test  "):
            self.assertFalse(
                self.env["churn.place"].search([("email", "=", "acme@customer.test"), ("state", "=", "sent")])
            )
            mailing = self.cards(email)
            self.send(mailing)
            place = self.env["churn.place"].search([("mailing_id", "=", mailing.id)])
            self.assertEqual(
                (place.email, place.account_id, place.state), ("acme@customer.test", self.acme, "sent"), email
            )
            self.message(subject=f"After {email}")
            self.assertFalse(self.series(accounts=self.acme)._propose(), email)
            place.unlink()

    def test_a_contact_written_otherwise_in_two_accounts_gets_one(self):
        self.bolt.email = ' "Bolt" <ACME@customer.test>'
        self.message()
        step = self.launch(self.series(accounts=self.acme | self.bolt))
        self.send(self.mailings(step))
        self.assertEqual(self.places(step, state="sent").mapped("email"), ["acme@customer.test"])

    def test_a_card_of_who_had_enough_is_held_back(self):
        self.message()
        self.deliver(self.series(accounts=self.acme))
        mailing = self.cards('"Buyers" <ACME@customer.test> ')
        self.send(mailing)
        self.assertEqual(mailing.mailing_trace_ids.failure_type, "churn_cap")

    def test_a_mailing_under_the_cap_that_turns_to_a_list_of_cards_stays_under_it(self):
        """Opened from a segment, then sent to somebody else: numbers of cards are not numbers of contacts."""
        self.company.churn_mailings_obey = False
        self.message()
        self.deliver(self.series(accounts=self.acme))
        mailing = self.cards("acme@customer.test", "new@customer.test")
        mailing.churn_reserved = True
        self.send(mailing)
        status = {trace.email: trace.failure_type or trace.trace_status for trace in mailing.mailing_trace_ids}
        self.assertEqual(status, {"acme@customer.test": "churn_cap", "new@customer.test": "sent"})
        place = self.env["churn.place"].search([("mailing_id", "=", mailing.id)])
        self.assertEqual((place.email, place.partner_id), ("new@customer.test", self.env["res.partner"]))


class TestClock(QualityCase):
    def test_thirty_days_are_thirty_days_wherever_the_manager_sits(self):
        """In the morning of Shanghai it is still yesterday on the clock that notes what was sent."""
        self.company.churn_message_cap = 1
        self.manager.tz = "Asia/Shanghai"
        with freeze_time("2026-03-01 23:30"):
            self.message(subject="One"), self.message(subject="Two")
            series = self.series(accounts=self.acme)
            step = series._propose()
            step.with_user(self.manager).with_context(tz="Asia/Shanghai").action_approve()
            self.send(self.mailings(step))
            self.assertEqual(self.places(step).sent_on, date(2026, 3, 1))
        with freeze_time("2026-03-30 23:30"):
            eastern = series.with_user(self.manager).with_context(tz="Asia/Shanghai")
            self.assertFalse(eastern._propose())
            free = self.env["churn.place"].with_context(tz="Asia/Shanghai")
            self.assertFalse(free._free_addresses(self.company, ["acme@customer.test"]))
        with freeze_time("2026-03-31 23:30"):
            self.assertTrue(eastern._propose())
