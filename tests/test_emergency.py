"""Somebody is gone today: backups have the accounts, customers with most at stake hear first, the rest is listed."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from .test_letter import LetterCase


class EmergencyCase(LetterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.core.email = "core@core.example"
        figures = cls.env["churn.account"]
        for account, revenue in ((cls.acme, 200), (cls.bolt, 900), (cls.core, 500)):
            own = figures.search([("partner_id", "=", account.id)])
            own = own or figures.create({"partner_id": account.id, "company_id": cls.env.company.id})
            own.revenue_12m = revenue
        cls.env["churn.team.member"].create(
            {
                "account_id": cls.acme.id,
                "user_id": cls.bob.id,
                "role_id": cls.env.ref("churn_handover.role_service").id,
                "is_backup": True,
                "date_from": cls.today,
            }
        )

    def gone(self):
        """Olga is archived, and the cron that was asked for at once has run."""
        self.old.active = False
        with self.enter_registry_test_mode():
            self.env.ref("churn_handover.cron_handover").method_direct_trigger()
        self.env.invalidate_all()
        return self.env["churn.handover"].search([("predecessor_id", "=", self.old.id)])

    def send_waiting(self, minutes=61):
        with freeze_time(fields.Datetime.now() + timedelta(minutes=minutes)):
            self.env["churn.letter"]._cron_send()
        return self.env["mail.mail"].sudo().search([("model", "=", "churn.letter")], order="id")

    def told(self, mails):
        """Names of the customers in the order in which the queue sends."""
        return [self.env["churn.letter"].browse(mail.res_id).partner_id.name for mail in mails]

    def notices(self):
        return self.env["mail.message"].search([("subject", "=", "Olga is gone: what was done, what is left")])


class TestEmergency(EmergencyCase):
    def test_the_transfer_is_asked_for_at_once(self):
        cron = self.env.ref("churn_handover.cron_handover")
        self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).unlink()
        self.old.active = False
        trigger = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertLessEqual(min(trigger.mapped("call_at")), fields.Datetime.now())

    def test_a_letter_that_cannot_be_written_does_not_stop_the_others(self):
        self.gone()
        letter = self.env["churn.letter"].search([("partner_id", "=", self.bolt.id)])
        self.env.flush_all()
        self.env.cr.execute(
            "ALTER TABLE churn_letter ADD CONSTRAINT churn_test CHECK (id <> %s OR state <> 'sent')", letter.ids
        )
        with mute_logger("odoo.sql_db", "odoo.addons.churn_handover.models.common.steps"):
            told = self.told(self.send_waiting())
        self.assertEqual(told, ["Core", "Acme"])
        self.env.invalidate_all()
        self.assertEqual(letter.state, "draft")

    def test_letters_go_out_in_the_order_of_what_is_at_stake(self):
        handover = self.gone()
        self.assertEqual((self.acme.user_id, self.bolt.user_id), (self.bob, self.leader))
        letters = handover._waiting_letters()
        self.assertEqual(letters.partner_id, self.bolt | self.core | self.acme)
        self.assertEqual(set(letters.mapped("state")), {"draft"})
        shown = self.env["churn.letter"].search(handover.action_view_letters()["domain"])
        self.assertEqual(shown.mapped("partner_id.name"), ["Bolt", "Core", "Acme"], "in the order they go out")
        self.assertFalse(self.send_waiting(minutes=30), "an hour to take back a mistake")
        mails = self.send_waiting()
        order = self.told(mails)
        self.assertEqual(order, ["Bolt", "Core", "Acme"])
        self.assertEqual(set(letters.mapped("state")), {"sent"})
        self.assertEqual(letters.user_id, handover.user_id, "the leaver writes to nobody any more")

    def test_the_order_holds_when_tiers_have_letters_of_their_own(self):
        own = self.env.ref("churn_handover.letter_template").copy({"name": "Key accounts"})
        self.env.ref("churn_handover.tier_standard").letter_template_id = own
        handover = self.gone()
        letters = handover._waiting_letters()
        self.assertEqual([letter.template_id == own for letter in letters], [True, False, False])
        order = self.told(self.send_waiting())
        self.assertEqual(order, ["Bolt", "Core", "Acme"])

    def test_a_queue_longer_than_a_batch_keeps_the_order(self):
        """Odoo takes the newest mails of a long queue: letters are taken from the other end, whatever else waits."""
        self.gone()
        self.send_waiting()
        mails = self.env["mail.mail"].sudo()
        mails.create([{"subject": f"Other {number}", "email_to": "other@us.example"} for number in range(3)])
        self.env["ir.config_parameter"].sudo().set_param("mail.mail.queue.batch.size", 2)
        queue = self.env.ref("mail.ir_cron_mail_scheduler_action")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", queue.id)])
        triggers.unlink()
        rounds = []
        for _round in range(2):
            with self.mock_mail_gateway():
                mails.process_email_queue()
            rounds.append([mail["email_to"][0].lower() for mail in self._mails])
        customers = {"office@bolt.example": "Bolt", "core@core.example": "Core", "info@acme.example": "Acme"}
        letters = [[name for to in sent for address, name in customers.items() if address in to] for sent in rounds]
        self.assertEqual(letters, [["Bolt", "Core"], ["Acme"]])
        self.assertEqual(
            [sum("other@us.example" in to for to in sent) for sent in rounds], [2, 1], "letters hold nothing else up"
        )
        self.assertTrue(triggers.search([("cron_id", "=", queue.id)]), "the rest does not wait for the next hour")

    def test_accounts_without_backup_come_to_the_leader_and_are_listed(self):
        handover = self.gone()
        without = handover.line_ids.filtered("no_backup")
        self.assertEqual(without.account_id, self.bolt | self.core)
        self.assertEqual(without.successor_id, self.leader)
        self.assertEqual(handover.no_backup_count, 2)
        action = handover.action_view_no_backup()
        self.assertEqual(action["context"]["search_default_no_backup"], 1)
        body = str(self.notices().body)
        self.assertIn("Bolt, Core", body)
        self.assertIn("Letters to customers: 3.", body)
        self.assertIn(f"/mail/view?model=churn.handover&amp;res_id={handover.id}", body, "a link that works in a mail")
        self.assertEqual(self.notices().partner_ids, handover.user_id.partner_id)

    def test_skipped_gates_become_dated_tasks(self):
        handover = self.gone()
        line = self.line(handover, self.acme)
        self.assertIn("Introduced", line.moved_without)
        tasks = line.gate_ids.filtered("missed").activity_id
        self.assertEqual(set(tasks.mapped("user_id")), {self.bob, handover.user_id})
        self.assertTrue(all(task.date_deadline > self.today for task in tasks))

    def test_the_manager_holds_the_letters_back(self):
        handover = self.gone()
        self.assertIn("customers with most at stake first: 3.", handover.with_user(self.manager).letter_waiting_text)
        with self.assertRaises(AccessError):
            handover.with_user(self.bob).action_hold_letters()
        handover.with_user(self.manager).action_hold_letters()
        self.assertFalse(self.send_waiting())
        self.assertFalse(handover.with_user(self.manager).letter_waiting_text)
        self.assertEqual(set(self.letters(handover).mapped("state")), {"draft"})
        self.assertIn("holds back: 3.", str(handover.message_ids[0].body))

    def test_a_leader_who_takes_over_sees_and_holds_all_letters(self):
        self.leader.group_ids += self.env.ref("churn_handover.group_churn_leader")
        handover = self.gone().with_user(self.leader)
        self.assertEqual(handover.line_ids.filtered("no_backup").successor_id, self.leader)
        self.assertEqual((handover.letter_count, handover.letter_draft_count, handover.untold_count), (3, 3, 0))
        self.assertEqual(self.env["churn.letter"].search_count(handover.action_view_letters()["domain"]), 3)
        self.assertIn("customers with most at stake first: 3.", handover.letter_waiting_text)
        handover.action_hold_letters()
        self.assertFalse(self.send_waiting())

    def test_nobody_changes_the_hour_by_rpc(self):
        handover = self.gone()
        with self.assertRaises(AccessError):
            self.letters(handover).with_user(self.manager).write({"send_after": False})

    def test_an_undo_within_the_hour_drops_the_letters(self):
        handover = self.gone()
        letters = handover._waiting_letters()
        self.old.active = True
        handover.with_user(self.manager).action_undo()
        self.assertEqual(set(letters.mapped("state")), {"cancelled"})
        self.assertFalse(self.send_waiting())

    def test_an_undo_afterwards_tells_the_customers(self):
        handover = self.gone()
        self.send_waiting()
        self.old.active = True
        handover.with_user(self.manager).action_undo()
        calls_off = self.env["churn.letter.item"].search(
            [("line_id", "in", handover.line_ids.ids), ("kind", "=", "off")]
        )
        self.assertEqual(calls_off.account_id, self.acme | self.bolt | self.core)
        self.assertEqual(set(calls_off.letter_id.mapped("state")), {"draft"})

    def test_letters_that_fail_do_not_hold_up_the_transfer(self):
        self.patch(type(self.env["churn.letter"]), "_prepare", lambda *args, **kwargs: 1 / 0)
        with self.assertLogs("odoo.addons.churn_handover.models.transition.handover_letters_emergency", "ERROR"):
            handover = self.gone()
        self.assertEqual((handover.state, self.acme.user_id), ("done", self.bob))
        self.assertTrue(self.notices())

    def test_a_planned_departure_sends_nothing_by_itself(self):
        handover = self.confirmed(date=self.today)
        handover.action_run_now()
        self.assertFalse(self.letters(handover))
        self.assertFalse(self.notices())


class TestLetterOfTheTier(LetterCase):
    def test_each_tier_has_its_letter_and_the_most_careful_one_wins(self):
        own = self.env.ref("churn_handover.letter_template").copy({"name": "Key accounts"})
        self.key.letter_template_id = own
        self.core.email = "info@acme.example"
        handover, _letters = self.told_plan(send=False)
        self.assertEqual(self.letter_to(handover, self.acme).template_id, own, "Acme is a key account, Core is not")
        self.assertEqual(
            self.letter_to(handover, self.bolt).template_id, self.env.ref("churn_handover.letter_template")
        )

    def test_a_letter_chosen_by_hand_stays(self):
        by_hand = self.env.ref("churn_handover.letter_template").copy({"name": "By hand"})
        self.key.letter_template_id = self.env.ref("churn_handover.letter_template").copy({"name": "Key accounts"})
        self.core.email = "info@acme.example"
        first = self.plan(accounts=self.core, kind="rotation", date=self.day)
        second = self.plan(accounts=self.acme, kind="rotation", date=self.day)
        (first | second).action_confirm()
        first.action_prepare_letters()
        letter = self.letters(first)
        letter.template_id = by_hand
        second.action_prepare_letters()
        self.assertEqual(self.letters(second), letter)
        self.assertEqual(letter.template_id, by_hand)
