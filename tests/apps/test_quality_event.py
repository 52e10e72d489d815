"""Training sessions where Odoo's event app is installed: the session is an event, answers are registrations."""

from datetime import timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user
from odoo.tools import mute_logger

from ..common_quality import MANAGER, QualityCase


class TestTrainingEvent(QualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.session = cls.env["churn.training"].create(
            {
                "name": "Reading a pump curve",
                "start": fields.Datetime.now().replace(microsecond=0) + timedelta(days=10),
                "places": 1,
                "hours": 3,
                "user_id": cls.manager.id,
                "invitation_ids": [Command.create({"partner_id": one.id}) for one in cls.acme | cls.bolt],
            }
        )
        cls.of_acme, cls.of_bolt = cls.session.invitation_ids

    def invite(self):
        self.session.with_user(self.manager).action_invite()
        return self.session._event()

    def plain_mails(self, action):
        before = self.env["mail.mail"].search([])
        action()
        return (self.env["mail.mail"].search([("mailing_id", "=", False)]) - before).filtered(
            lambda mail: mail.model != "event.registration"
        )

    def test_inviting_makes_an_event_with_the_seats(self):
        self.assertFalse(self.env["event.event"].with_user(self.manager).has_access("create"))
        event = self.invite()
        self.assertEqual((event.name, event.date_begin), ("Reading a pump curve", self.session.start))
        self.assertEqual(event.date_end - event.date_begin, timedelta(hours=3))
        self.assertEqual((event.seats_limited, event.seats_max), (True, 1))
        self.assertEqual((event.user_id, event.company_id), (self.manager, self.company))
        self.assertFalse(event.registration_ids)

    def test_answers_are_registrations(self):
        event = self.invite()
        self.assertTrue(self.of_acme._answer("come"))
        registration = event.registration_ids
        self.assertEqual((registration.state, registration.partner_id), ("open", self.acme))
        self.assertEqual(self.session.places_left, 0)
        self.assertTrue(self.of_acme._answer("colleague", "Sue"))
        self.assertEqual((event.registration_ids, registration.name), (registration, "Sue"))
        self.assertTrue(self.of_acme._answer("no"))
        self.assertEqual(registration.state, "cancel")
        self.assertTrue(self.of_acme._answer("come"))
        self.assertEqual((event.registration_ids, registration.state), (registration, "open"))

    def test_a_seat_taken_in_the_event_app_is_gone_here_too(self):
        event = self.invite()
        event.registration_ids.create({"event_id": event.id, "name": "Walk-in"})
        self.assertEqual(self.session.places_left, 0)
        self.assertFalse(self.of_acme._answer("come"))
        self.assertFalse(self.of_acme.answer)
        self.assertTrue(self.of_acme._answer("no"))

    def test_what_changes_in_the_event_app_is_followed(self):
        event = self.invite()
        self.of_acme._answer("come")
        later = event.date_begin + timedelta(days=2)
        event.write({"date_begin": later, "date_end": later + timedelta(hours=1), "seats_max": 5})
        event.registration_ids.action_cancel()
        self.assertEqual(self.session._starts_at(), later)
        self.env["churn.training"]._cron_remind()
        self.assertEqual((self.session.start, self.session.hours, self.session.places), (later, 1, 5))
        self.assertEqual(self.of_acme.answer, "no")

    def test_what_changes_here_is_written_to_the_event(self):
        event = self.invite()
        self.session.write({"places": 7, "start": self.session.start + timedelta(days=1)})
        self.assertEqual((event.seats_max, event.date_begin), (7, self.session.start))

    def test_an_event_called_off_calls_the_session_off_and_the_other_way_round(self):
        event = self.invite()
        self.of_acme._answer("come")
        event.kanban_state = "cancel"
        self.assertFalse(self.of_bolt._open_for_answers())
        self.assertEqual(self.plain_mails(self.env["churn.training"]._cron_remind).recipient_ids, self.acme)
        self.assertEqual(self.session.state, "cancelled")
        other = self.session.copy({"invitation_ids": [Command.create({"partner_id": self.account("Core").id})]})
        other.action_invite()
        other.action_cancel()
        self.assertEqual(other._event().kanban_state, "cancel")

    def test_the_event_app_reminds_those_who_come(self):
        event = self.invite()
        self.of_acme._answer("come")
        with freeze_time(self.session.start - timedelta(days=2)):
            self.assertFalse(self.plain_mails(self.env["churn.training"]._cron_remind))
            event.event_mail_ids.unlink()
            self.assertEqual(self.plain_mails(self.env["churn.training"]._cron_remind).recipient_ids, self.acme)

    def test_who_was_there_is_asked_for_an_opinion(self):
        self.session.places = 2
        event = self.invite()
        self.of_acme._answer("come")
        self.of_bolt._answer("come")
        event.registration_ids.filtered(lambda one: one.partner_id == self.acme).action_set_done()
        with freeze_time(self.session.start + timedelta(hours=4)):
            self.assertEqual(self.plain_mails(self.session.action_held).recipient_ids, self.acme)
        self.assertTrue(self.of_acme.attended)

    def test_an_event_deleted_in_its_app_leaves_the_session_as_it_was(self):
        event = self.invite()
        self.of_acme._answer("come")
        event.registration_ids.unlink()
        event.unlink()
        self.assertEqual((self.session.places_left, self.of_acme.answer), (0, "come"))
        self.env["churn.training"]._cron_remind()
        self.assertEqual(self.session.state, "planned")
        self.assertTrue(self.of_acme._answer("no"))

    def test_the_event_is_opened_from_the_session(self):
        self.assertFalse(self.session.with_user(self.manager).can_open_event)
        event = self.invite()
        self.session.invalidate_recordset()
        self.assertTrue(self.session.with_user(self.manager).can_open_event)
        self.assertEqual(self.session.action_event()["res_id"], event.id)

    def test_a_rep_cannot_invite(self):
        with self.assertRaises(AccessError):
            self.session.with_user(self.ann).action_invite()
        self.assertFalse(self.session.event_number)


class TestExistingEvent(QualityCase):
    """A session that takes over an event somebody made in the event app."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.planner = new_test_user(cls.env, login="eve", groups=f"{MANAGER},event.group_event_user")
        cls.begin = fields.Datetime.now().replace(microsecond=0) + timedelta(days=20)
        cls.event = cls.make_event()
        cls.session = (
            cls.env["churn.training"]
            .with_user(cls.planner)
            .create(
                {
                    "name": "Reading a pump curve",
                    "start": fields.Datetime.now() + timedelta(days=3),
                    "invitation_ids": [Command.create({"partner_id": one.id}) for one in cls.acme | cls.bolt],
                }
            )
        )

    @classmethod
    def make_event(cls, **values):
        return cls.env["event.event"].create(
            {
                "name": "Open day",
                "date_begin": cls.begin,
                "date_end": cls.begin + timedelta(hours=5),
                "seats_limited": True,
                "seats_max": 4,
                **values,
            }
        )

    def link(self, event=None, session=None):
        (session or self.session).event_number = (event or self.event).id

    def test_the_session_takes_time_and_seats_of_the_event_and_makes_no_second_one(self):
        self.link()
        session = self.session
        self.assertEqual((session.start, session.hours, session.places), (self.begin, 5, 4))
        self.assertEqual((session.name, self.event.name), ("Reading a pump curve", "Open day"), "both keep their names")
        events = self.env["event.event"].search_count([])
        session.action_invite()
        self.assertEqual(self.env["event.event"].search_count([]), events)
        self.assertTrue(session.invitation_ids[0].sudo()._answer("come"))
        self.assertEqual(self.event.registration_ids.partner_id, self.acme)

    def test_who_signed_up_already_is_not_invited(self):
        self.event.registration_ids.create({"event_id": self.event.id, "name": "A", "email": "ACME@customer.test"})
        self.link()
        of_acme, of_bolt = self.session.invitation_ids
        self.assertEqual((of_acme.state, of_acme.answer, of_bolt.answer), ("invited", "come", False))
        self.session.action_invite()
        places = self.env["churn.place"].search([("training_id", "=", self.session.id)])
        self.assertEqual(places.partner_id, self.bolt)
        self.assertEqual(self.session.places_left, 3)

    def test_who_may_not_change_events_links_none(self):
        session = self.env["churn.training"].browse(self.session.id).with_user(self.manager)
        self.assertFalse(session.event_model)
        self.assertEqual(self.session.event_model, "event.event")
        with self.assertRaises(AccessError):
            self.link(session=session)
        with self.assertRaises(AccessError):
            session.create({"name": "X", "start": self.begin, "event_number": self.event.id})

    def test_an_event_that_cannot_be_a_session_is_refused(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.planner.company_ids |= other
        over = fields.Datetime.now() - timedelta(days=2)
        for values in (
            {"date_begin": over, "date_end": over + timedelta(hours=1)},
            {"kanban_state": "cancel"},
            {"company_id": other.id},
            {"is_multi_slots": True},
        ):
            with self.subTest(values=values), self.assertRaises(UserError), self.env.cr.savepoint():
                self.link(self.make_event(**values))

    def test_an_event_is_one_session_and_stays_it_once_somebody_is_registered(self):
        self.link()
        self.session.action_invite()
        self.session.invitation_ids[0].sudo()._answer("come")
        with self.assertRaisesRegex(UserError, "registered in the event"):
            self.session.event_number = False
        second = self.session.copy({"start": self.begin, "name": "Again"})
        self.assertFalse(second.event_number)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.link(session=second)
            self.env.flush_all()

    def test_choosing_it_on_the_form_fills_in_what_the_event_says(self):
        form = Form(self.env["churn.training"].with_user(self.planner))
        form.event_number = self.event.id
        self.assertEqual((form.name, form.start, form.hours, form.places), ("Open day", self.begin, 5, 4))
        self.assertEqual(form.save().event_number, self.event.id)

    def test_an_event_without_a_limit_leaves_the_places_to_the_session(self):
        self.event.write({"seats_limited": False, "seats_max": 0})
        self.session.places = 2
        self.link()
        self.assertEqual((self.session.places, self.session.places_left), (2, 2))
