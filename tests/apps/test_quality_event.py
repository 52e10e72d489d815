"""Training sessions where Odoo's event app is installed: the session is an event, answers are registrations."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user

from ..common_quality import QualityCase


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

    def test_only_people_of_the_event_app_get_the_button(self):
        self.invite()
        organiser = new_test_user(
            self.env, login="eve", groups="sales_team.group_sale_manager,event.group_event_registration_desk"
        )
        self.assertFalse(self.session.with_user(self.manager).can_open_event)
        self.assertTrue(self.session.with_user(organiser).can_open_event)
        with self.assertRaises(AccessError):
            self.session.with_user(self.ann).action_invite()
