"""Introductions that move or are called off: our words, in each reader's language and time, whoever changes them."""

from datetime import timedelta

import vobject
from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command
from odoo.tools import format_date

from odoo.addons.churn_handover.models.common.time_zone import zone_name

from .test_introduction import UTC, IntroductionCase


class TestIntroductionMail(IntroductionCase):
    def setUp(self):
        super().setUp()
        self.introduction = self.book()
        self.event = self.introduction.event_id

    def told(self, partner):
        """Return what somebody was sent since mock_mail_gateway was entered."""
        return self._new_mails.filtered(lambda mail: partner in mail.recipient_ids)

    def again(self):
        """Return the meeting that is planned, a new one where the last was called off."""
        planned = self.acme_line.introduction_ids.filtered(lambda one: one.state == "planned")
        return (planned or self.book()).event_id

    def entry(self, mail):
        return vobject.readOne(mail.attachment_ids.filtered(lambda one: one.mimetype == "text/calendar").raw.decode())

    def move(self, **delta):
        later = self.introduction.start + timedelta(**delta)
        with self.mock_mail_gateway():
            self.event.with_user(self.ann).write({"start": later, "stop": later + timedelta(hours=1)})

    def test_a_meeting_that_is_moved_is_told_in_our_words_with_both_times(self):
        before = self.introduction.start
        self.acme.tz = "Asia/Shanghai"
        self.move(days=1)
        mail = self.told(self.acme)
        self.assertEqual(len(mail), 1)
        self.assertIn("New time: Meeting your new contact person", mail.subject)
        for moment in (before, before + timedelta(days=1)):
            words = self.event.attendee_ids[:1]._churn_when(
                moment, self.introduction._timezone(self.acme, self.acme_line)
            )
            self.assertIn(words, mail.body_html)
        self.assertIn("Until now it was planned for", mail.body_html)
        self.assertIn("China Time", mail.body_html)
        self.assertNotIn("Date Updated", mail.body_html)
        self.assertIn("is introduced to", self.told(self.old.partner_id).body_html)

    def test_a_time_zone_without_a_name_is_no_unknown_region(self):
        for zone in (UTC, "UTC", "Etc/UTC"):
            self.assertEqual(zone_name(self.env, zone), "UTC")
        self.assertEqual(zone_name(self.env, "Asia/Shanghai"), "China Time")

    def test_other_meetings_are_moved_in_odoos_words(self):
        other = self.meeting(self.acme)
        with self.mock_mail_gateway():
            other.write({"start": other.start + timedelta(days=1), "stop": other.stop + timedelta(days=1)})
        self.assertTrue(self.told(self.acme))
        self.assertNotIn("get to know", self.told(self.acme)[0].body_html)

    def test_moving_makes_no_second_entry_in_the_customers_calendar(self):
        invited = self.env["mail.message"].search([("model", "=", "calendar.event"), ("res_id", "=", self.event.id)])
        first = self.entry(invited.filtered(lambda message: self.acme in message.partner_ids))
        with freeze_time(fields.Datetime.now() + timedelta(hours=1)):
            self.move(days=1)
            moved = self.entry(self.told(self.acme))
            with self.mock_mail_gateway():
                self.introduction._cancel()
        off = self.entry(self.told(self.acme))
        self.assertEqual(moved.vevent.uid.value, first.vevent.uid.value)
        self.assertGreater(int(moved.vevent.sequence.value), int(first.vevent.sequence.value))
        self.assertEqual(off.vevent.uid.value, first.vevent.uid.value)
        self.assertEqual((off.method.value, off.vevent.status.value), ("CANCEL", "CANCELLED"))

    def test_who_is_added_in_the_calendar_reads_our_invitation(self):
        with self.mock_mail_gateway():
            self.event.write({"partner_ids": [Command.link(self.manager.partner_id.id)]})
        self.assertIn("is introduced to", self.told(self.manager.partner_id).body_html)

    def test_called_off_by_the_plan(self):
        with self.mock_mail_gateway():
            self.handover.action_cancel()
        mail = self.told(self.acme).filtered(lambda one: "Called off: Meeting" in (one.subject or ""))
        self.assertEqual(len(mail), 1)
        self.assertIn("you were to get to know", mail.body_html)
        self.assertNotIn("Calendar Team", mail.body_html)
        self.assertNotIn("Choose another time", mail.body_html, "there is nothing to meet for")
        self.assertNotIn("what comes next", mail.body_html)
        told = self.told(self.ann.partner_id).filtered(lambda one: "Called off: Meeting" in (one.subject or ""))
        self.assertIn("was to be introduced to", told.body_html)
        self.assertEqual(told.email_from, self.handover.user_id.email_formatted, "nobody writes to themselves")

    def test_called_off_and_another_time_can_be_chosen(self):
        letter = self.env["churn.letter"]._prepare(self.acme_line)
        letter._send()
        with self.mock_mail_gateway():
            self.introduction.with_user(self.old).action_cancel()
        mail = self.told(self.acme)
        self.assertIn(letter._page_url(), mail.body_html)
        self.assertFalse(self.told(self.old.partner_id), "who calls it off knows")

    def test_a_letter_that_is_not_true_any_more_offers_no_times(self):
        letter = self.env["churn.letter"]._prepare(self.acme_line)
        letter._send()
        self.busy(self.bob, self.introduction.start)
        with self.mock_mail_gateway():
            self.acme_line.successor_id = self.bob
        mail = self.told(self.acme).filtered(lambda one: "Called off" in (one.subject or ""))
        self.assertTrue(mail)
        self.assertNotIn(letter._page_url(), mail.body_html)
        self.assertIn("a letter from us that says what comes next", mail.body_html)

    def test_deleted_or_archived_in_the_calendar(self):
        for end in ("unlink", "action_archive"):
            with self.subTest(end=end):
                event = (
                    self.acme_line.introduction_ids.filtered(lambda one: one.state == "planned") or self.book()
                ).event_id
                with self.mock_mail_gateway():
                    getattr(event.with_user(self.ann), end)()
                self.assertIn("does not take place", self.told(self.acme).body_html)
                self.assertTrue(self.told(self.acme).exists(), "deleting the meeting does not delete the mail")

    def test_odoos_dialog_shows_our_words_and_tells_once_or_nobody(self):
        for button, mails in (("action_send_mail_and_delete", 1), ("action_delete", 0)):
            with self.subTest(button=button):
                event = (
                    self.acme_line.introduction_ids.filtered(lambda one: one.state == "planned") or self.book()
                ).event_id
                context = event.with_user(self.ann).action_unlink_event()["context"]
                dialog = (
                    self.env["calendar.popover.delete.wizard"].with_user(self.ann).with_context(**context).create({})
                )
                self.assertIn("you were to get to know", dialog.body)
                with self.mock_mail_gateway():
                    getattr(dialog, button)()
                self.assertEqual(len(self.told(self.acme)), mails)
                self.assertFalse(event.exists())

    def test_nobody_is_told_that_a_meeting_of_yesterday_is_off(self):
        with freeze_time(self.introduction.start + timedelta(days=1)), self.mock_mail_gateway():
            self.introduction._cancel()
        self.assertEqual(self.introduction.state, "cancelled")
        self.assertFalse(self.told(self.acme))

    def test_the_new_successor_is_invited_with_the_new_agenda(self):
        with self.mock_mail_gateway():
            self.acme_line.successor_id = self.bob
        self.assertIn("What Bob can do for you", self.told(self.bob.partner_id)[:1].body_html)

    def test_who_has_gone_does_not_sign(self):
        self.ann.active = False
        with self.mock_mail_gateway():
            self.introduction._cancel()
        mail = self.told(self.acme).filtered(lambda one: "Called off" in (one.subject or ""))
        self.assertNotIn(self.ann.email_formatted, mail.email_from)
        self.assertEqual(mail.email_from, self.handover.user_id.email_formatted)


class TestAgenda(IntroductionCase):
    def test_another_change_date_is_in_the_agenda(self):
        introduction = self.book()
        self.handover.change_date += timedelta(days=3)
        day = format_date(self.env, self.handover.change_date, lang_code="en_US", date_format="long")
        self.assertIn(f"What happens until {day}", introduction.event_id.description)

    def test_what_somebody_wrote_stays(self):
        introduction = self.book()
        introduction.event_id.description = "<p>Meet in the plant, gate 3</p>"
        self.handover.change_date += timedelta(days=3)
        self.assertIn("gate 3", introduction.event_id.description)

    def test_a_new_successor_is_named_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        introduction = self.book()
        english = introduction.event_id.description
        self.acme_line.with_context(lang="zh_CN").successor_id = self.bob
        self.assertEqual(introduction.event_id.description, english.replace("Ann", "Bob"))
