"""Introductions: times at which all are free, a meeting that counts only when it took place, two customers at once."""

import json
from datetime import timedelta

import pytz
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import format_date, html2plaintext

from .common_copy import CopyCase
from .test_letter import LetterCase

# A Monday morning; the change date of the plans is 40 days later.
NOW = "2026-03-02 06:00:00"
UTC = pytz.utc
at = fields.Datetime.to_datetime


class IntroductionCase(LetterCase):
    @classmethod
    def setUpClass(cls):
        cls.frozen = freeze_time(NOW)
        cls.frozen.start()
        cls.addClassCleanup(cls.frozen.stop)
        super().setUpClass()
        calendar = cls.env.company.resource_calendar_id
        calendar.tz = "UTC"
        (cls.old | cls.ann | cls.bob | cls.manager).tz = "UTC"
        cls.acme.tz = "UTC"

    def setUp(self):
        super().setUp()
        self.handover = self.confirmed()
        self.acme_line = self.line(self.handover, self.acme)

    def starts(self, line=None, **kwargs):
        found = (line or self.acme_line).sudo()._introduction_slots(self.acme, **kwargs)
        return [start.astimezone(UTC).replace(tzinfo=None) for start in found]

    def busy(self, user, start, hours=1, **values):
        return self.env["calendar.event"].create(
            {
                "name": "Secret talk",
                "start": start,
                "stop": start + timedelta(hours=hours),
                "user_id": user.id,
                "partner_ids": [Command.set(user.partner_id.ids)],
                **values,
            }
        )

    def book(self, start=None, **values):
        return self.env["churn.introduction"]._book(self.acme_line, start or self.starts()[0], **values)

    def is_free(self, users, start):
        return self.env["churn.diary"]._is_free(users, start)


class TestFreeTimes(IntroductionCase):
    def test_times_lie_in_working_hours_of_the_coming_days(self):
        starts = self.starts()
        self.assertEqual(starts[0], at("2026-03-03 08:00:00"))
        self.assertTrue(all(start.weekday() < 5 and 8 <= start.hour < 17 for start in starts))

    def test_nobody_is_introduced_who_is_gone(self):
        """The customer's page offers no meeting with a successor who left, and a kept form books none."""
        self.assertTrue(self.starts())
        self.ann.active = False
        self.assertFalse(self.starts())
        self.assertFalse(self.acme_line.sudo()._asks_for_introduction())
        self.env.flush_all()
        self.env.cr.execute("UPDATE churn_handover_line SET successor_id = NULL WHERE id = %s", self.acme_line.ids)
        self.env.invalidate_all()
        self.assertFalse(self.starts())

    def test_busy_of_either_is_left_out_and_free_is_not(self):
        tuesday = at("2026-03-03 08:00:00")
        self.busy(self.old, tuesday)
        self.assertFalse(self.is_free(self.old | self.ann, tuesday))
        self.assertTrue(self.is_free(self.ann, tuesday))
        self.busy(self.ann, tuesday + timedelta(hours=1), show_as="free")
        self.assertTrue(self.is_free(self.old | self.ann, tuesday + timedelta(hours=1)))

    def test_a_private_meeting_is_busy_and_its_name_stays_private(self):
        tuesday = at("2026-03-03 08:00:00")
        self.busy(self.old, tuesday, privacy="private")
        self.assertFalse(self.is_free(self.old, tuesday))

    def test_an_invitation_that_was_declined_is_free(self):
        tuesday = at("2026-03-03 08:00:00")
        event = self.busy(self.bob, tuesday, partner_ids=[Command.set((self.bob | self.old).partner_id.ids)])
        self.assertFalse(self.is_free(self.old, tuesday))
        event.attendee_ids.filtered(lambda one: one.partner_id == self.old.partner_id).do_decline()
        self.assertTrue(self.is_free(self.old, tuesday))

    def test_each_occurrence_of_a_series_is_busy(self):
        first = at("2026-03-03 08:00:00")
        self.busy(
            self.old, first, recurrency=True, rrule_type="weekly", tue=True, end_type="count", count=4, event_tz="UTC"
        )
        self.assertFalse(self.is_free(self.old, first + timedelta(weeks=2)))
        self.assertTrue(self.is_free(self.old, first + timedelta(weeks=2, days=1)))

    def test_a_whole_day_is_busy_in_the_persons_own_time_zone(self):
        self.old.tz = "Asia/Shanghai"
        self.env["calendar.event"].create(
            {
                "name": "Fair",
                "allday": True,
                "start_date": "2026-03-04",
                "stop_date": "2026-03-04",
                "user_id": self.old.id,
                "partner_ids": [Command.set(self.old.partner_id.ids)],
                "show_as": "busy",
            }
        )
        busy = self.env["churn.diary"]._busy(self.old, at("2026-03-03 00:00:00"), at("2026-03-06 00:00:00"))
        begin, end = busy[self.old.partner_id.id][0]
        self.assertEqual(begin.astimezone(UTC), UTC.localize(at("2026-03-03 16:00:00")))
        self.assertEqual(end - begin, timedelta(days=1))

    def test_leave_of_the_employee_is_left_out(self):
        employee = self.env["hr.employee"].create({"name": "Olga", "user_id": self.old.id})
        wednesday = at("2026-03-04 08:00:00")
        self.assertTrue(self.is_free(self.old, wednesday))
        # What the app for leave writes when a leave is approved.
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "resource_id": employee.resource_id.id,
                "calendar_id": employee.resource_calendar_id.id,
                "date_from": at("2026-03-04 00:00:00"),
                "date_to": at("2026-03-04 23:00:00"),
            }
        )
        self.assertFalse(self.is_free(self.old, wednesday))
        self.assertTrue(self.is_free(self.old, wednesday + timedelta(days=1)))

    def test_two_time_zones_meet_where_both_work(self):
        self.old.tz, self.ann.tz = "Europe/Berlin", "Asia/Shanghai"
        employees = self.env["hr.employee"].create(
            [
                {"name": "Olga", "user_id": self.old.id},
                {"name": "Ann", "user_id": self.ann.id},
            ]
        )
        self.assertEqual(employees.mapped("tz"), ["Europe/Berlin", "Asia/Shanghai"])
        starts = self.starts()
        # Berlin works from 7:00 UTC on, Shanghai until 9:00 UTC: two hours are common.
        self.assertTrue(starts)
        self.assertTrue(all(start.hour in (7, 8) for start in starts), starts)

    def test_the_manager_is_asked_only_if_wanted(self):
        tuesday = at("2026-03-03 08:00:00")
        self.busy(self.manager, tuesday)
        self.assertIn(tuesday, self.starts())
        self.acme_line.with_manager = True
        self.assertNotIn(tuesday, self.starts())

    def test_in_a_departure_nothing_is_offered_after_the_last_day(self):
        self.handover.change_date = fields.Date.to_date("2026-03-04")
        self.assertTrue(all(start < at("2026-03-05 00:00:00") for start in self.starts(limit=50)))

    def test_reps_learn_times_only(self):
        self.busy(self.old, at("2026-03-03 08:00:00"), privacy="private")
        action = self.acme_line.with_user(self.ann).action_book()
        wizard = self.env[action["res_model"]].with_user(self.ann).browse(action["res_id"])
        self.assertNotIn(at("2026-03-03 08:00:00"), wizard.slot_ids.mapped("start"))
        # No name, place or text of a meeting is among what a time consists of.
        own = set(wizard.slot_ids._fields) - set(self.env["base"]._fields) - {"create_date", "create_uid"}
        self.assertEqual(own - {"write_date", "write_uid", "display_name"}, {"book_id", "start", "weekday"})
        tuesday = wizard.slot_ids.filtered(lambda slot: slot.start.date() == at("2026-03-03").date())
        self.assertEqual(set(tuesday.mapped("weekday")), {"Tuesday"})


class TestMeeting(IntroductionCase):
    def test_the_meeting_has_all_sides_and_an_agenda_in_two_parts(self):
        introduction = self.book()
        event = introduction.event_id
        self.assertEqual(event.partner_ids, (self.old | self.ann).partner_id | self.acme)
        self.assertIn("The transition", event.description)
        self.assertIn("The time after it", event.description)
        day = format_date(self.env, introduction.line_id.change_date, lang_code=self.acme.lang, date_format="long")
        self.assertIn(f"What happens until {day}", event.description, "the customer reads the day as people write it")
        points = html2plaintext(event.description).splitlines()
        self.assertIn("What you would like to be different", [point.strip() for point in points], "a line each")
        self.assertEqual(event.stop - event.start, timedelta(hours=1))
        self.assertFalse(self.starts(), "one meeting is enough")

    def test_the_invitation_is_in_our_words_and_in_the_customers_time(self):
        self.acme.tz = "Asia/Shanghai"
        (self.old | self.ann).tz = "Europe/Berlin"
        start = self.starts()[0]
        with self.mock_mail_gateway():
            event = self.book(start).event_id
        mails = self.env["mail.message"].search([("model", "=", "calendar.event"), ("res_id", "=", event.id)])
        invitation = mails.filtered(lambda message: self.acme in message.partner_ids)
        local = pytz.utc.localize(start).astimezone(pytz.timezone("Asia/Shanghai"))
        for words in ("you get to know", "China Time", local.strftime("%H:%M"), "The transition", "With Ann and Olga"):
            self.assertIn(words, invitation.body)
        token = event.attendee_ids.filtered(lambda attendee: attendee.partner_id == self.acme).access_token
        self.assertIn(f"/calendar/meeting/accept?token={token}", invitation.body)
        self.assertEqual(invitation.attachment_ids.mapped("mimetype"), ["text/calendar"])
        ours = mails.filtered(lambda message: self.old.partner_id in message.partner_ids)
        self.assertIn("is introduced to", ours.body)
        self.assertNotIn("China Time", ours.body)

    def test_other_meetings_are_invited_to_by_odoo(self):
        with self.mock_mail_gateway():
            event = self.meeting(self.acme)
        mails = self.env["mail.message"].search([("model", "=", "calendar.event"), ("res_id", "=", event.id)])
        self.assertTrue(mails)
        self.assertNotIn("get to know", "".join(mails.mapped("body")))
        template = self.env.ref("churn_handover.introduction_template")
        template.body_html += "<p>Edited</p>"  # Odoo tries it out on any attendee
        attendee = event.attendee_ids[:1]
        self.assertIn("Edited", template._render_field("body_html", attendee.ids)[attendee.id])

    def test_planned_is_not_passed(self):
        introduction = self.book()
        self.assertEqual(self.acme_line._gates("introduced").state, "open")
        with self.assertRaises(UserError):
            introduction.with_user(self.ann)._held("All fine")
        self.assertEqual(self.acme_line._gates("introduced").state, "open")

    def test_held_with_what_was_agreed(self):
        introduction = self.book()
        with freeze_time(introduction.start + timedelta(hours=2)):
            introduction.invalidate_recordset(["is_over"])
            with self.assertRaises(UserError):
                introduction.with_user(self.ann)._held("  ")
            with self.assertRaises(AccessError):
                introduction.with_user(self.bob)._held("I was not there")
            form = Form(
                self.env["churn.introduction.held"]
                .with_user(self.ann)
                .with_context(default_introduction_id=introduction.id)
            )
            form.note = "Prices stay until June"
            with form.promise_ids.new() as promise:
                promise.name = "Send the price list"
                promise.due_date = fields.Date.to_date("2026-04-01")
            form.save().action_record()
        gate = self.acme_line._gates("introduced")
        self.assertEqual((gate.state, gate.user_id, gate.proof_model), ("passed", self.ann, "calendar.event"))
        promise = self.env["churn.promise"].search([("account_id", "=", self.acme.id)])
        self.assertEqual((promise.name, promise.user_id), ("Send the price list", self.ann))
        self.assertEqual(promise.source_ref, introduction.event_id)
        with self.assertRaises(UserError):
            introduction.with_user(self.ann)._held("Again")

    def test_a_time_that_is_taken_is_refused(self):
        start = self.starts()[0]
        self.busy(self.ann, start)
        self.assertFalse(self.book(start))
        action = self.acme_line.with_user(self.old).action_book()
        slots = self.env[action["res_model"]].with_user(self.old).browse(action["res_id"]).slot_ids
        self.busy(self.old, slots[0].start)
        with self.assertRaises(UserError):
            slots[0].action_take()
        slots[1].action_take()
        self.assertEqual(self.acme_line.introduction_ids.state, "planned")

    def test_times_that_are_not_offered_are_refused(self):
        for start in (
            at("2026-03-02 08:00:00"),
            at("2026-03-07 09:00:00"),
            at("2027-03-03 09:00:00"),
            at("2026-03-03 03:00:00"),
        ):
            self.assertFalse(self.book(start), start)

    def test_a_stranger_books_nothing(self):
        with self.assertRaises(AccessError):
            self.acme_line.with_user(self.bob).action_book()


class TestCalendar(IntroductionCase):
    """People move and delete meetings in the calendar, not in the plan."""

    def test_a_meeting_that_is_moved_is_over_later(self):
        introduction = self.book()
        later = introduction.start + timedelta(days=2)
        introduction.event_id.with_user(self.ann).write({"start": later, "stop": later + timedelta(hours=1)})
        self.assertEqual((introduction.state, introduction.start), ("planned", later))

    def test_a_meeting_that_is_deleted_or_archived_makes_room_for_another(self):
        for end in ("unlink", "action_archive"):
            with self.subTest(end=end):
                introduction = self.book()
                getattr(introduction.event_id, end)()
                self.assertEqual(introduction.state, "cancelled")
                self.assertTrue(self.starts(), "other times are offered")

    def test_what_took_place_stays(self):
        introduction = self.book()
        with freeze_time(introduction.start + timedelta(hours=2)):
            introduction.invalidate_recordset(["is_over"])
            introduction.with_user(self.ann)._held("All fine")
        introduction.event_id.unlink()
        self.assertEqual(introduction.state, "held")


class TestPlanChanges(IntroductionCase):
    def test_the_meeting_is_kept_for_a_new_successor_who_is_free(self):
        introduction = self.book()
        self.acme_line.successor_id = self.bob
        event = introduction.event_id
        self.assertEqual((introduction.state, introduction.successor_id), ("planned", self.bob))
        self.assertIn(self.bob.partner_id, event.partner_ids)
        self.assertNotIn(self.ann.partner_id, event.partner_ids)
        self.assertIn("Bob", event.description)

    def test_it_is_called_off_when_the_new_one_is_busy(self):
        introduction = self.book()
        self.busy(self.bob, introduction.start)
        with self.mock_mail_gateway():
            self.acme_line.successor_id = self.bob
        self.assertEqual(introduction.state, "cancelled")
        self.assertFalse(introduction.event_id.active)
        called_off = self._new_mails.filtered(lambda mail: "Called off: Meeting" in (mail.subject or ""))
        self.assertEqual(called_off.recipient_ids, (self.old | self.ann).partner_id | self.acme)
        self.assertTrue(self.starts(), "another time is offered")

    def test_it_is_called_off_when_the_predecessor_leaves_earlier(self):
        introduction = self.book(self.starts(limit=20)[-1])
        self.handover.change_date = introduction.start.date() - timedelta(days=1)
        self.assertEqual(introduction.state, "cancelled")

    def test_it_stays_when_the_plan_moves_to_a_later_day(self):
        introduction = self.book()
        self.handover.change_date += timedelta(days=3)
        self.assertEqual(introduction.state, "planned")

    def test_what_the_former_successor_wrote_goes_out_under_no_other_name(self):
        self.acme_line.write({"words_adds": "I know pumps", "words_known": "your delivery terms"})
        self.acme_line.successor_id = self.bob
        self.assertFalse(self.acme_line.words_adds)
        self.assertEqual(self.acme_line.words_known, "your delivery terms", "that is the company's to know")
        self.acme_line.write({"successor_id": self.ann.id, "words_adds": "I know valves"})
        self.assertEqual(self.acme_line.words_adds, "I know valves")

    def test_what_the_former_successor_proved_is_open_again(self):
        gates = self.acme_line._gates("dossier") | self.acme_line._gates("introduced")
        gates._pass(note="Done")
        self.acme_line.successor_id = self.ann
        self.assertEqual(set(gates.mapped("state")), {"passed"}, "nothing has changed")
        self.acme_line.successor_id = self.bob
        self.assertEqual(set(gates.mapped("state")), {"reopened"})

    def test_a_cancelled_plan_has_no_meeting(self):
        introduction = self.book()
        self.handover.action_cancel()
        self.assertEqual((introduction.state, introduction.event_id.active), ("cancelled", False))


class TestTwoCustomers(CopyCase):
    def test_two_customers_take_one_hour_at_once(self):
        """Two server processes book the same hour in the same moment: one gets it, the other is offered others."""
        with self.cursor() as cr:
            env = self.environment(cr)
            group = env.ref("sales_team.group_sale_salesman")
            old, ann = env["res.users"].create(
                [
                    {"name": name, "login": f"{name}-two", "tz": "UTC", "group_ids": [Command.link(group.id)]}
                    for name in ("Olga", "Ann")
                ]
            )
            accounts = env["res.partner"].create(
                [{"name": f"Account {n}", "is_company": True, "user_id": old.id} for n in range(2)]
            )
            day = fields.Date.context_today(old) + timedelta(days=40)
            handover = env["churn.handover"]._plan(old, day, accounts=accounts)
            handover.line_ids.successor_id = ann
            handover.line_ids.filtered("account_id").tier_id = env.ref("churn_handover.tier_key")
            handover.action_confirm()
            lines = handover.line_ids.filtered("account_id")
            start = lines[0]._introduction_slots(accounts[0])[0].astimezone(pytz.utc).replace(tzinfo=None)
            line_ids = lines.ids
        code = """
import json
from functools import partial
from datetime import datetime
from odoo.service.model import retrying
line = env["churn.handover.line"].browse(%s)
start = datetime.fromisoformat(%r)
line.state
print("true", flush=True)
sys.stdin.readline()
made = retrying(partial(env["churn.introduction"]._book, line, start), env)
print(json.dumps([bool(made), len(line._introduction_slots(line.account_id))]), flush=True)
"""
        processes = [self.start(code % (line_id, start.isoformat())) for line_id in line_ids]
        for process in processes:
            self.heard(process)
        for process in processes:
            self.say(process, "go")
        answers = sorted(self.heard(process) for process in processes)
        for process in processes:
            self.assertEqual(process.wait(), 0)
        self.assertEqual([answer[0] for answer in answers], [False, True], json.dumps(answers))
        self.assertGreater(answers[0][1], 0, "the other customer gets new times")
        with self.cursor() as cr:
            planned = self.environment(cr)["churn.introduction"].search([("line_id", "in", line_ids)])
            self.assertEqual(len(planned), 1)
