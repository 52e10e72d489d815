"""Letters to customers: one per person and day, proved by the mail's notification, corrected when the plan changes."""

from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user
from odoo.tools import format_date, html2plaintext, mute_logger

from odoo.addons.mail.tests.common import MailCase

from .common_handover import MANAGER
from .test_gate import GateCase


class LetterCase(GateCase, MailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.acme.email = "info@acme.example"
        cls.bolt.email = "Office@Bolt.example"
        cls.old.email, cls.ann.email, cls.manager.email = "old@us.example", "ann@us.example", "max@us.example"

    def told_plan(self, send=True, **values):
        """A confirmed plan and its letters, sent unless said otherwise."""
        handover = self.confirmed(**values)
        handover.action_prepare_letters()
        letters = self.letters(handover)
        if send:
            self.send(letters)
        return handover, letters

    def letters(self, handover):
        return self.env["churn.letter"].search([("item_ids.line_id.handover_id", "=", handover.id)])

    def letter_to(self, handover, account, state=None):
        return self.letters(handover).filtered(
            lambda letter: letter.partner_id == account and state in (None, letter.state)
        )

    def send(self, letters):
        with self.mock_mail_gateway():
            letters.action_send()
            self.queue().send()
        return self._mails

    def queue(self):
        return self.env["mail.mail"].sudo().search([("model", "=", "churn.letter"), ("state", "=", "outgoing")])


class TestPreparing(LetterCase):
    def test_one_letter_per_address_with_all_its_accounts(self):
        self.core.email = "INFO@acme.example"
        handover, letters = self.told_plan(send=False)
        self.assertEqual(sorted(letters.mapped("email")), ["info@acme.example", "office@bolt.example"])
        letter = letters.filtered(lambda one: one.email == "info@acme.example")
        self.assertEqual(letter.item_ids.account_id, self.acme | self.core)
        self.assertIn("Acme", letter.preview)
        self.assertIn("Core", letter.preview)
        self.assertEqual(letter.user_id, self.old)
        self.assertEqual(handover.untold_count, 0)

    def test_never_two_letters_to_one_person_on_a_day(self):
        self.core.email = "info@acme.example"
        handover = self.plan(accounts=self.acme, kind="rotation", date=self.day)
        second = self.plan(accounts=self.core, kind="rotation", date=self.day)
        (handover | second).action_confirm()
        handover.action_prepare_letters()
        self.send(self.letters(handover))
        second.action_prepare_letters()
        later = self.letters(second)
        self.assertEqual(later.day, self.today + timedelta(days=1))
        with self.assertRaisesRegex(UserError, "nobody gets two on one day"):
            self.send(later)
        self.assertEqual(later.state, "draft", "it leaves on its day")

    def test_an_open_draft_takes_more_accounts(self):
        self.core.email = "info@acme.example"
        plans = [self.plan(accounts=account, kind="rotation", date=self.day) for account in (self.acme, self.core)]
        for handover in plans:
            handover.action_confirm()
            handover.action_prepare_letters()
        self.assertEqual(self.letters(plans[0]), self.letters(plans[1]))
        self.assertEqual(self.letters(plans[0]).item_count, 2)

    def test_another_company_writes_a_letter_of_its_own(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.core.email = "info@acme.example"
        handover = self.confirmed()
        letters = self.env["churn.letter"]
        first = letters._prepare(self.line(handover, self.acme))
        self.core.company_id = other
        second = letters._prepare(self.line(handover, self.core))
        self.assertEqual((first.company_id, second.company_id), (self.env.company, other))
        self.assertNotEqual(first.day, second.day)

    def test_no_address_asks_for_a_call(self):
        handover, letters = self.told_plan(send=False)
        gate = self.gate(handover, self.core, "notified")
        self.assertNotIn(self.core, letters.partner_id)
        self.assertEqual(gate.state, "reopened")
        self.assertIn("No e-mail address", gate.reason)
        self.assertEqual(gate.activity_id.activity_type_id, self.env.ref("mail.mail_activity_data_call"))
        self.assertEqual(gate.activity_id.user_id, self.manager)

    def test_a_contact_stands_in_for_an_account_without_address(self):
        contact = self.env["res.partner"].create(
            {"name": "Carla", "parent_id": self.core.id, "email": "carla@core.example", "user_id": False}
        )
        handover, letters = self.told_plan(send=False)
        self.assertIn(contact, letters.partner_id)
        self.assertIn("Carla", self.letter_to(handover, contact).preview)

    def test_preparing_again_makes_nothing_twice(self):
        handover, letters = self.told_plan(send=False)
        handover.action_prepare_letters()
        self.assertEqual(self.letters(handover), letters)
        self.assertEqual(len(letters.item_ids), 2)

    def test_what_people_typed_is_shown_as_typed(self):
        handover = self.confirmed()
        self.line(handover, self.acme).words_adds = "<script>alert(1)</script> & more"
        handover.action_prepare_letters()
        preview = str(self.letter_to(handover, self.acme).preview)
        self.assertIn("&lt;script&gt;", preview)
        self.assertNotIn("<script>", preview)

    def test_a_thousand_letters_cost_as_many_queries_as_ten(self):
        def queries(count):
            accounts = self.env["res.partner"].create(
                [
                    {
                        "name": f"Mass {count}-{n}",
                        "is_company": True,
                        "user_id": self.old.id,
                        "email": f"{count}-{n}@x.example",
                    }
                    for n in range(count)
                ]
            )
            handover = self.plan(accounts=accounts, kind="rotation", date=self.day)
            handover.action_confirm()
            lines = handover.line_ids.sudo()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            letters = self.env["churn.letter"]._prepare(lines)
            self.env.flush_all()
            self.assertEqual(len(letters), count)
            return self.env.cr.sql_log_count - before

        queries(10)
        few = queries(10)
        # Odoo itself reads and inserts in chunks of a thousand and of a hundred rows.
        self.assertLessEqual(queries(200), few + 6)


class TestDelivery(LetterCase):
    def test_the_gate_passes_when_the_mail_has_left_not_before(self):
        handover, letters = self.told_plan(send=False)
        gate = self.gate(handover, self.acme, "notified")
        with self.mock_mail_gateway():
            letters.action_send()
            self.assertEqual((letters[0].state, gate.state), ("sent", "open"))
            self.queue().send()
        self.assertEqual((set(letters.mapped("state")), gate.state), ({"arrived"}, "passed"))
        self.assertEqual(gate.proof_model, "mail.notification")
        notification = self.env["mail.notification"].sudo().browse(gate.proof_id)
        self.assertEqual(notification.notification_status, "sent")
        self.assertEqual(gate.with_user(self.manager).action_open_proof()["res_model"], "churn.letter")
        for user, expected in ((self.manager, True), (self.old, False), (self.ann, False)):
            self.assertEqual(gate.line_id.with_user(user).gate_steps[0]["has_proof"], expected, "no button to nowhere")

    def test_a_bounce_reopens_the_gate_and_asks_for_a_call(self):
        handover, _letters = self.told_plan()
        gate = self.gate(handover, self.acme, "notified")
        self.assertEqual(gate.state, "passed")
        notification = self.env["mail.notification"].sudo().browse(gate.proof_id)
        notification.write({"notification_status": "bounce", "failure_type": "mail_bounce"})
        letter = self.letter_to(handover, self.acme)
        self.assertEqual((letter.state, gate.state), ("failed", "reopened"))
        self.assertIn("info@acme.example", gate.reason)
        self.assertTrue(gate.activity_id.active)
        self.assertEqual(handover.letter_failed_count, 1)
        self.assertEqual(self.gate(handover, self.bolt, "notified").state, "passed")

    def test_a_mail_that_cannot_be_sent_reopens_the_gate(self):
        def refuse(*_args, **_kwargs):
            raise ConnectionError("no server")

        handover, letters = self.told_plan(send=False)
        with self.mock_mail_gateway(), mute_logger("odoo.addons.mail.models.mail_mail"):
            letters.action_send()
            self.patch(type(self.env["ir.mail_server"]), "send_email", refuse)
            self.queue().send()
        self.assertEqual(set(letters.mapped("state")), {"failed"})
        self.assertEqual(self.gate(handover, self.acme, "notified").state, "reopened")

    def test_the_mail_is_in_the_customers_language_from_the_predecessor(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.acme.lang = "fr_FR"
        template = self.env.ref("churn_handover.letter_template")
        template.with_context(lang="fr_FR").subject = "Votre nouvel interlocuteur"
        handover = self.confirmed()
        handover.action_prepare_letters()
        mails = self.send(self.letters(handover))
        mail = next(one for one in mails if "acme" in one["email_to"][0])
        self.assertEqual(mail["subject"], "Votre nouvel interlocuteur")
        self.assertIn("old@us.example", mail["email_from"])
        self.assertIn(f"/handover/{self.letter_to(handover, self.acme).id}/", mail["body"])
        self.assertIn("answer=call", mail["body"])

    def test_the_screen_says_that_bounces_are_not_seen(self):
        _handover, letters = self.told_plan(send=False)
        self.env["fetchmail.server"].search([]).active = False
        self.assertTrue(letters[0].no_incoming)
        self.env["fetchmail.server"].create({"name": "In", "server_type": "imap", "server": "x", "active": True})
        letters.invalidate_recordset(["no_incoming"])
        self.assertFalse(letters[0].no_incoming)

    def test_in_an_emergency_the_manager_writes(self):
        handover = self.plan(date=self.today)
        handover.sudo().emergency = True
        handover.action_confirm()
        handover.action_prepare_letters()
        self.assertEqual(self.letters(handover).user_id, self.manager)

    def test_nobody_is_promised_who_is_gone(self):
        """In an emergency the letter does not say that the predecessor is there until the change."""
        handover = self.plan(date=self.day)
        handover.action_confirm()
        line = self.line(handover, self.acme)
        handover.action_prepare_letters()
        letter = self.letter_to(handover, self.acme)
        self.assertIn("is there for you as before", letter.preview)
        handover.sudo().emergency = True
        letter.invalidate_recordset(["preview"])
        self.assertNotIn("as before", letter.preview)
        self.assertIn("in charge of you now", letter.preview)
        self.assertNotIn("fully in charge", letter.preview, "that is so from now on")
        line.charge_date = self.day
        letter.invalidate_recordset(["preview"])
        self.assertIn("fully in charge", letter.preview)

    def test_the_day_of_the_change_is_named_once(self):
        handover, _letters = self.told_plan(send=False)
        line, letter = self.line(handover, self.acme), self.letter_to(handover, self.acme)
        day = format_date(self.env, self.day, lang_code="en_US", date_format="long")
        for charge_date in (False, self.day):
            line.charge_date = charge_date
            letter.invalidate_recordset(["preview"])
            self.assertEqual(letter.preview.count(day), 1)
            self.assertNotIn("fully in charge", letter.preview)
        line.charge_date = self.day + timedelta(days=14)
        letter.invalidate_recordset(["preview"])
        self.assertIn("fully in charge", letter.preview)

    def test_who_went_without_a_word_has_handed_nothing_over(self):
        handover, _letters = self.told_plan(send=False)
        letter = self.letter_to(handover, self.acme)
        self.assertIn("are handed", letter.preview)
        handover.sudo().emergency = True
        letter.invalidate_recordset(["preview"])
        self.assertNotIn("are handed", letter.preview)
        self.assertIn("on file with us", letter.preview)
        self.assertIn("on file with us", letter.sudo()._page()["items"][0]["known"])

    def test_links_lead_to_the_answer_and_to_the_account(self):
        self.core.email = "info@acme.example"
        handover, _letters = self.told_plan(send=False)
        letter = self.letter_to(handover, self.acme)
        for item in letter.item_ids:
            links = item._links()
            self.assertTrue(links["fine"].endswith(f"?item={item.id}&answer=fine#answer-{item.id}"))
            self.assertTrue(links["page"].endswith(f"#account-{item.id}"), "one of two on the page")
        alone = self.letter_to(handover, self.bolt).item_ids._links()["page"]
        self.assertNotIn("#", alone)

    def test_the_letter_is_a_business_card(self):
        self.env["hr.employee"].create(
            {
                "name": "Ann",
                "user_id": self.ann.id,
                "job_title": "Key Account Manager",
                "work_phone": "+49 30 12",
                "work_email": "ann@us.example",
            }
        )
        handover, _letters = self.told_plan(send=False)
        letter = self.letter_to(handover, self.acme)
        for text in ("Key Account Manager", "+49 30 12", "ann@us.example", "/handover/"):
            self.assertIn(text, letter.preview)


class TestWords(LetterCase):
    """What the successor adds, what is known, from when on: typed per line, seen before it is sent, in the mail."""

    def setUp(self):
        super().setUp()
        self.handover = self.confirmed()
        self.acme_line = self.line(self.handover, self.acme)

    def dialog(self, user):
        action = self.acme_line.with_user(user).action_words()
        return Form(self.env[action["res_model"]].with_user(user).with_context(**action["context"]))

    def test_who_writes_sees_what_the_customer_will_read(self):
        """Also a rep, who reads no letters; before anything is saved, and before a letter is written."""
        form = self.dialog(self.ann)
        form.words_adds = "I know <pumps>"
        form.words_known = "your delivery terms"
        preview = str(form.preview)
        for part in ("Dear", "Acme", "Ann", "Olga", "I know &lt;pumps&gt;", "your delivery terms", "Please call me"):
            self.assertIn(part, preview)
        self.assertFalse(self.acme_line.words_adds)
        self.assertFalse(self.letters(self.handover))
        form.save().action_save()
        self.assertEqual(self.acme_line.words_adds, "I know <pumps>")
        self.assertFalse(self.letters(self.handover))

    def test_the_preview_is_in_the_customers_language_and_of_the_tiers_letter(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.acme.lang = "fr_FR"
        own = self.env.ref("churn_handover.letter_template").copy(
            {"name": "Key", "body_html": "<p>Dear key account</p>"}
        )
        own.with_context(lang="fr_FR").body_html = "<p>Cher <t t-out='object.partner_id.name'/></p>"
        self.key.letter_template_id = own
        self.assertIn("Cher Acme", str(self.dialog(self.old).preview))

    def test_the_dialog_says_when_the_letter_has_left(self):
        self.assertFalse(self.dialog(self.ann).is_sent)
        self.handover.action_prepare_letters()
        self.assertFalse(self.dialog(self.ann).is_sent)
        self.send(self.letters(self.handover))
        self.assertTrue(self.dialog(self.ann).is_sent)

    def test_a_stranger_sees_nothing_of_it(self):
        with self.assertRaises(AccessError):
            self.dialog(self.bob)

    def test_all_three_are_in_the_mail_and_in_its_plain_text(self):
        self.acme_line.write(
            {
                "words_adds": "Ann knows your industry.",
                "words_known": "why the March order was split",
                "charge_date": self.day + timedelta(days=14),
            }
        )
        self.handover.action_prepare_letters()
        mail = next(one for one in self.send(self.letters(self.handover)) if "acme" in one["email_to"][0])
        day = format_date(self.env, self.acme_line.charge_date, lang_code="en_US", date_format="long")
        link = f"/handover/{self.letter_to(self.handover, self.acme).id}/"
        for text in (mail["body"], mail["body_alternative"] or html2plaintext(mail["body"])):
            for part in ("Ann knows your industry.", "why the March order was split", day, "Please call me", link):
                self.assertIn(part, text)


class TestCorrection(LetterCase):
    def test_another_day_from_which_the_successor_is_in_charge(self):
        """The letter said from when on the successor alone is enough: what does not hold any more is corrected."""
        handover, _letters = self.told_plan()
        line = self.line(handover, self.acme)
        line.with_user(self.manager).charge_date = self.day + timedelta(days=14)
        self.assertEqual(line._gates("notified").state, "reopened")
        letter = self.letter_to(handover, self.acme, "draft")
        self.assertTrue(letter.is_correction)
        self.assertEqual(letter.item_ids.told_charge_date, self.day + timedelta(days=14))

    def test_the_same_day_said_otherwise_needs_no_correction(self):
        handover, _letters = self.told_plan()
        self.line(handover, self.acme).charge_date = self.day
        self.assertFalse(self.letter_to(handover, self.acme, "draft"))

    def test_another_successor_after_the_letter(self):
        handover, _letters = self.told_plan()
        line = self.line(handover, self.acme)
        line.successor_id = self.bob
        self.assertEqual(line._gates("notified").state, "reopened")
        letter = self.letter_to(handover, self.acme, "draft")
        self.assertEqual((letter.is_correction, letter.day), (True, self.today + timedelta(days=1)))
        self.assertIn("Bob", letter.preview)
        self.assertIn("Our plan has changed", letter.preview)
        self.assertEqual(self.gate(handover, self.bolt, "notified").state, "passed")

    def test_a_new_date_after_the_letter(self):
        handover, _letters = self.told_plan()
        handover.change_date = self.day + timedelta(days=7)
        self.assertTrue(self.letter_to(handover, self.acme, "draft").is_correction)
        self.assertTrue(self.letter_to(handover, self.bolt, "draft").is_correction)

    def test_a_draft_needs_no_correction(self):
        handover, letters = self.told_plan(send=False)
        self.line(handover, self.acme).successor_id = self.bob
        self.assertEqual(self.letters(handover), letters)
        letter = self.letter_to(handover, self.acme)
        self.assertEqual((letter.is_correction, letter.item_ids.told_user_id), (False, self.bob))

    def test_an_outdated_letter_that_arrives_late_passes_nothing(self):
        handover, letters = self.told_plan(send=False)
        with self.mock_mail_gateway():
            letters.action_send()
            self.line(handover, self.acme).successor_id = self.bob
            self.queue().send()
        self.assertEqual(
            self.letter_to(handover, self.acme, "arrived"), letters.filtered(lambda one: one.partner_id == self.acme)
        )
        self.assertEqual(self.gate(handover, self.acme, "notified").state, "reopened")

    def test_a_plan_that_runs_on_its_day_needs_no_correction(self):
        handover, _letters = self.told_plan()
        with freeze_time(self.day):
            handover.sudo()._run()
        line = self.line(handover, self.acme)
        self.assertEqual((line.state, line._gates("notified").state), ("done", "passed"))
        self.assertNotIn("Notified", line.moved_without)
        self.assertFalse(self.letter_to(handover, self.acme, "draft"))

    def test_a_plan_that_is_brought_forward_is_corrected(self):
        """The customer was told another day: what the letter said does not hold any more."""
        handover, _letters = self.told_plan()
        handover.action_run_now()
        line = self.line(handover, self.acme)
        self.assertIn("Notified", line.moved_without)
        self.assertTrue(self.letter_to(handover, self.acme, "draft").is_correction)

    def test_a_cancelled_plan_is_called_off(self):
        handover, _letters = self.told_plan()
        handover.action_cancel()
        letter = self.letter_to(handover, self.acme, "draft")
        self.assertEqual(letter.item_ids.kind, "off")
        self.assertIn("called off", letter.preview)
        self.assertIn("Olga", letter.preview)

    def test_drafts_of_a_cancelled_plan_are_dropped(self):
        handover, letters = self.told_plan(send=False)
        handover.action_cancel()
        self.assertEqual(set(letters.mapped("state")), {"cancelled"})


class TestByPhone(LetterCase):
    def told(self, gate, user, note):
        wizard = self.env["churn.gate.waive"].with_user(user).create({"gate_ids": gate.ids, "reason": note})
        wizard.action_told()

    def test_a_call_counts_when_it_is_written_down(self):
        handover, _letters = self.told_plan()
        gate = self.gate(handover, self.core, "notified")
        task = gate.activity_id
        with self.assertRaises(UserError):
            self.told(gate, self.old, "   ")
        self.told(gate, self.old, "Ms Core: fine with her")
        self.assertEqual((gate.state, gate.user_id, task.active), ("passed", self.old, False))
        self.assertIn("Ms Core", gate.proof_note)

    def test_only_those_concerned_say_so(self):
        handover, _letters = self.told_plan()
        with self.assertRaises(AccessError):
            self.told(self.gate(handover, self.core, "notified"), self.bob, "I met somebody")

    def test_only_notices_are_told_by_phone(self):
        handover, _letters = self.told_plan()
        gate = self.gate(handover, self.acme, "introduced")
        self.told(gate, self.ann, "They know me")
        self.assertEqual(gate.state, "open")

    def test_a_rep_does_not_waive_by_the_same_dialog(self):
        handover, _letters = self.told_plan()
        gate = self.gate(handover, self.acme, "introduced")
        wizard = self.env["churn.gate.waive"].with_user(self.ann).create({"gate_ids": gate.ids, "reason": "No time"})
        with self.assertRaises(AccessError):
            wizard.action_waive()

    def test_the_successor_writes_own_words_and_a_stranger_does_not(self):
        handover, _letters = self.told_plan(send=False)
        line = self.line(handover, self.acme)
        values = {"line_id": line.id, "words_adds": "I know pumps"}
        self.env["churn.handover.words"].with_user(self.ann).create(values).action_save()
        self.assertEqual(line.words_adds, "I know pumps")
        self.assertIn("I know pumps", self.letter_to(handover, self.acme).preview)
        with self.assertRaises(AccessError):
            self.env["churn.handover.words"].with_user(self.bob).create(values).action_save()


class TestLetterRights(LetterCase):
    def test_reps_have_no_letters(self):
        _handover, letters = self.told_plan()
        for user in (self.old, self.ann, self.bob):
            with self.assertRaises(AccessError):
                letters.with_user(user).read(["email"])
            with self.assertRaises(AccessError):
                letters.item_ids.with_user(user).read(["answer"])

    def test_nobody_forges_a_letter(self):
        _handover, letters = self.told_plan(send=False)
        for vals in (
            {"state": "arrived"},
            {"access_token": "x"},
            {"email": "x@y.example"},
            {"partner_id": self.bolt.id},
        ):
            with self.assertRaises(AccessError):
                letters.with_user(self.manager).write(vals)
        self.send(letters)
        with self.assertRaises(UserError):
            letters.with_user(self.manager).write({"user_id": self.ann.id})
        with self.assertRaises(AccessError):
            letters.with_user(self.manager).read(["access_token"])

    def test_a_manager_who_takes_over_does_not_read_the_answers(self):
        boss = new_test_user(self.env, login="boss", name="Boss", groups=MANAGER)
        handover, _letters = self.told_plan(successors={self.acme: boss})
        letter = self.letter_to(handover, self.acme)
        letter.with_user(self.manager).read(["email"])
        with self.assertRaises(AccessError):
            letter.with_user(boss).read(["email"])
        with self.assertRaises(AccessError):
            letter.item_ids.with_user(boss).read(["answer"])

    def test_a_leader_sees_own_members_letters_only(self):
        chief = new_test_user(self.env, login="chief", name="Chief", groups="churn_handover.group_churn_leader")
        _handover, letters = self.told_plan()
        with self.assertRaises(AccessError):
            letters.with_user(chief).read(["email"])
        self.north.user_id = chief
        letters.with_user(chief).read(["email"])

    def test_another_company_sees_no_letter(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        _handover, letters = self.told_plan()
        foreign = new_test_user(
            self.env, login="foreign", groups=MANAGER, company_id=other.id, company_ids=[Command.set(other.ids)]
        )
        with self.assertRaises(AccessError):
            letters.with_user(foreign).read(["email"])
