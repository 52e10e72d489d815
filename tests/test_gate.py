"""Gates: which a line must pass, what holds a line back, what becomes of those that were skipped."""

from datetime import timedelta

import pytz

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_datetime

from .common_handover import HandoverCase


class GateCase(HandoverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.light, cls.standard, cls.key = (
            cls.env.ref(f"churn_handover.tier_{name}") for name in ("light", "standard", "key")
        )
        company = cls.env.company.id
        cls.env["churn.account"].create(
            [
                {"partner_id": cls.acme.id, "company_id": company, "is_key_account": True},
                {"partner_id": cls.bolt.id, "company_id": company, "value_tier": "b"},
            ]
        )
        cls.day = cls.today + timedelta(days=40)

    def confirmed(self, kind="departure", **values):
        handover = self.plan(kind=kind, date=values.pop("date", self.day), **values)
        handover.action_confirm()
        return handover

    def kinds(self, line):
        return [(gate.kind, gate.state) for gate in line.gate_ids.sorted("sequence")]

    def gate(self, handover, account, kind):
        return self.line(handover, account)._gates(kind)


class TestTier(GateCase):
    def test_the_tier_follows_key_account_and_value(self):
        handover = self.plan()
        tiers = [self.line(handover, account).tier_id for account in (self.acme, self.bolt, self.core)]
        self.assertEqual(tiers, [self.key, self.standard, self.light])
        self.assertFalse(handover.default_line_id.tier_id)

    def test_the_best_value_tier_of_all_companies_counts(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        figures = self.env["churn.account"]
        figures.create({"partner_id": self.core.id, "company_id": self.env.company.id, "value_tier": "c"})
        figures.create({"partner_id": self.core.id, "company_id": other.id, "value_tier": "a"})
        self.assertEqual(self.line(self.plan(), self.core).tier_id, self.standard)

    def test_gates_are_made_when_the_plan_binds(self):
        handover = self.plan(date=self.day)
        self.assertFalse(handover.line_ids.gate_ids)
        handover.action_confirm()
        line = self.line(handover, self.acme)
        self.assertEqual([kind for kind, _s in self.kinds(line)], ["notified", "dossier", "introduced", "followed_up"])
        self.assertEqual([kind for kind, _s in self.kinds(self.line(handover, self.core))], ["notified"])
        self.assertFalse(handover.default_line_id.gate_ids)
        self.assertEqual(line._gates("notified").due_date, self.day - timedelta(days=21))
        self.assertEqual(line._gates("followed_up").due_date, self.day + timedelta(days=7))
        self.assertEqual((line.next_gate, line.next_gate_due), ("notified", self.day - timedelta(days=21)))

    def test_another_tier_asks_for_other_gates_and_keeps_what_was_passed(self):
        handover = self.confirmed()
        line = self.line(handover, self.acme)
        line._gates("dossier")._pass(note="Read")
        line.tier_id = self.light
        self.assertEqual(self.kinds(line), [("notified", "open"), ("dossier", "passed")])
        self.assertIn("Light", str(handover.message_ids.mapped("body")))

    def test_due_dates_follow_the_plan(self):
        handover = self.confirmed()
        handover.change_date = self.day + timedelta(days=10)
        self.assertEqual(self.gate(handover, self.acme, "notified").due_date, self.day - timedelta(days=11))

    def test_two_defaults_for_the_same_accounts_are_refused(self):
        with self.assertRaises(ValidationError):
            self.light.for_key = True

    def test_a_thousand_lines_cost_as_many_queries_as_one(self):
        def queries(count):
            handover = self.mass_plan(count, date=self.day)
            before = self.env.cr.sql_log_count
            self.env["churn.gate"]._sync(handover.line_ids)
            spent = self.env.cr.sql_log_count - before
            self.assertEqual(len(handover.line_ids.gate_ids), count)
            return spent

        queries(1)
        self.assertLessEqual(queries(1000), queries(1))


class TestHowFar(GateCase):
    """An open gate says how far it is: the manager need not open letter, dossier and calendar to know."""

    def status(self, line, kind):
        line.invalidate_recordset(["gate_steps"])
        return next(step["status"] for step in line.gate_steps if step["kind"] == kind)

    def test_the_dossier(self):
        line = self.line(self.confirmed(), self.acme)
        self.assertIn("Being Written", self.status(line, "dossier"))
        line.dossier_ids.answer_ids.write({"answer": "Ask Kim"})
        line.dossier_ids.action_give()
        self.assertIn("To Be Checked", self.status(line.with_user(self.ann), "dossier"))
        line.dossier_ids.action_accept()
        self.assertFalse(self.status(line, "dossier"), "passed: the proof stands there")

    def test_the_letter_also_for_reps(self):
        self.acme.email = "info@acme.example"
        handover = self.confirmed()
        line = self.line(handover, self.acme)
        self.assertFalse(self.status(line, "notified"))
        handover.action_prepare_letters()
        self.assertIn("To Send", self.status(line.with_user(self.old), "notified"))

    def test_the_meeting(self):
        line = self.line(self.confirmed(), self.acme)
        self.assertFalse(self.status(line, "introduced"))
        start = line.sudo()._introduction_slots(self.acme)[0].astimezone(pytz.utc).replace(tzinfo=None)
        self.env["churn.introduction"]._book(line, start)
        self.assertIn(format_datetime(self.env, start, dt_format="short"), self.status(line, "introduced"))


class TestHolding(GateCase):
    def test_an_open_gate_holds_a_rotation_back(self):
        handover = self.plan(accounts=self.core | self.bolt, kind="rotation")
        handover.action_confirm()
        result = handover.action_run_now()
        self.assertIn("have not moved: 2.", result["params"]["message"])
        self.assertEqual(self.core.user_id, self.old)
        self.assertTrue(self.line(handover, self.core).held_back)
        self.gate(handover, self.core, "notified")._pass(note="Told")
        self.assertFalse(self.line(handover, self.core).held_back)
        handover.action_run_now()
        self.assertEqual((self.core.user_id, self.bolt.user_id), (self.ann, self.old))
        self.assertNotEqual(handover.state, "done")

    def test_a_plan_that_only_waits_is_not_tried_again_and_again(self):
        handover = self.plan(accounts=self.core, kind="reassignment")
        handover.action_confirm()
        self.assertNotIn(handover.id, self.env["churn.handover"].search(handover._due_domain()).ids)
        self.gate(handover, self.core, "notified")._waive("They know")
        self.assertIn(handover.id, self.env["churn.handover"].search(handover._due_domain()).ids)

    def test_the_follow_up_holds_nothing_back(self):
        handover = self.plan(accounts=self.bolt, kind="rotation")
        handover.action_confirm()
        line = self.line(handover, self.bolt)
        (line._gates("notified") | line._gates("dossier"))._pass()
        handover.action_run_now()
        self.assertEqual((self.bolt.user_id, line.next_gate), (self.ann, "followed_up"))

    def test_held_lines_are_found(self):
        handover = self.plan(accounts=self.core, kind="rotation")
        handover.action_confirm()
        lines = self.env["churn.handover.line"]
        self.assertIn(handover.line_ids, lines.search([("held_back", "=", True)]))
        self.assertNotIn(handover.line_ids, lines.search([("held_back", "=", False)]))
        self.assertEqual(handover.held_count, 1)

    def test_in_a_departure_the_last_day_wins(self):
        handover = self.confirmed(date=self.today)
        handover.action_run_now()
        line = self.line(handover, self.acme)
        self.assertEqual((line.state, self.acme.user_id), ("done", self.ann))
        self.assertIn("Introduced", line.moved_without)
        self.assertNotIn("Followed", line.moved_without)
        tasks = line.gate_ids.filtered("missed").activity_id
        self.assertEqual(len(tasks), 3)
        self.assertEqual(tasks.mapped("res_id"), self.acme.ids * 3)
        task = line._gates("introduced").activity_id
        self.assertEqual((task.user_id, task.date_deadline), (self.ann, self.today + timedelta(days=7)))
        self.assertEqual(line._gates("notified").activity_id.user_id, self.manager)
        self.assertIn(line, self.env["churn.handover.line"].search([("gate_ids.missed", "=", True)]))

    def test_a_task_is_closed_with_its_gate_and_the_mark_stays(self):
        handover = self.confirmed(date=self.today)
        handover.action_run_now()
        gate = self.gate(handover, self.core, "notified")
        task = gate.activity_id
        gate._pass(note="Called on Monday")
        self.assertFalse(task.active)
        self.assertEqual(task.feedback, "Called on Monday")
        self.assertEqual(self.line(handover, self.core).next_gate, "passed")
        self.assertIn("Notified", self.line(handover, self.core).moved_without)

    def test_nothing_is_left_to_do_after_an_undo(self):
        handover = self.confirmed(date=self.today)
        handover.action_run_now()
        tasks = handover.line_ids.gate_ids.activity_id
        handover.action_undo()
        self.assertFalse(tasks.exists())


class TestDeciding(GateCase):
    def test_waiving_needs_a_reason_and_is_logged(self):
        handover = self.confirmed()
        gate = self.gate(handover, self.acme, "introduced").with_user(self.manager)
        with self.assertRaises(UserError):
            gate._waive("  ")
        gate._waive("They have met <b>twice</b>")
        self.assertEqual((gate.state, gate.user_id), ("waived", self.manager))
        body = str(handover.message_ids[0].body)
        self.assertIn("Acme", body)
        self.assertIn("&lt;b&gt;twice", body)

    def test_only_whoever_may_change_the_plan_waives(self):
        handover = self.confirmed()
        gate = self.gate(handover, self.acme, "introduced")
        for user in (self.old, self.ann):
            gate.with_user(user).check_access("read")
            with self.assertRaises(AccessError):
                gate.with_user(user)._waive("No time")
            with self.assertRaises(AccessError):
                gate.with_user(user).write({"state": "passed"})
        with self.assertRaises(AccessError):
            gate.with_user(self.bob).check_access("read")
        self.assertEqual(gate.state, "open")

    def test_a_passed_gate_keeps_its_proof(self):
        handover = self.confirmed()
        gate = self.gate(handover, self.acme, "dossier").sudo()
        gate.with_user(self.ann)._pass(self.acme, "Accepted")
        gate._pass(self.bolt, "Again")
        self.assertEqual((gate.proof_model, gate.proof_id, gate.user_id), ("res.partner", self.acme.id, self.ann))
        self.assertEqual(gate.action_open_proof()["res_id"], self.acme.id)
        self.assertEqual(self.line(handover, self.acme).gate_steps[1]["who"], "Ann")

    def test_a_reopened_gate_says_why_and_gives_a_task(self):
        handover = self.confirmed()
        gate = self.gate(handover, self.acme, "notified")
        gate._pass(note="Letter arrived")
        gate._reopen("The letter <came> back")
        self.assertEqual((gate.state, gate.reason), ("reopened", "The letter <came> back"))
        self.assertEqual(gate.activity_id.user_id, self.manager)
        self.assertIn("&lt;came&gt;", str(gate.activity_id.note))
        self.assertEqual(gate.activity_id.activity_type_id, self.env.ref("mail.mail_activity_data_call"))

    def test_companies_keep_their_gates_apart(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        handover = self.confirmed()
        gate = self.gate(handover, self.acme, "notified")
        foreign = self.manager.copy({"login": "foreign", "company_ids": [(6, 0, other.ids)], "company_id": other.id})
        with self.assertRaises(AccessError):
            gate.with_user(foreign).with_company(other).check_access("read")


class TestReminder(GateCase):
    def digests(self):
        return self.env["mail.message"].search(
            [("subject", "=", "Handovers: what needs you today"), ("partner_ids", "in", self.manager.partner_id.ids)]
        )

    def test_no_digest_when_nothing_is_due(self):
        self.confirmed()
        self.env["churn.gate"]._cron_remind()
        self.assertFalse(self.digests())

    def test_overdue_gates_give_a_task_once_and_one_digest(self):
        handover = self.confirmed()
        gate = self.gate(handover, self.acme, "dossier").sudo()
        gate.due_date = fields.Date.context_today(gate) - timedelta(days=2)
        handover.line_ids._refresh_next_gate()
        self.env["churn.gate"]._cron_remind()
        self.assertEqual(gate.activity_id.user_id, self.ann)
        self.assertEqual(len(self.digests()), 1)
        body = str(self.digests().body)
        self.assertIn(handover.name, body)
        self.assertIn("Acme (missing: Dossier Accepted)", body)
        self.assertIn(f"/mail/view?model=churn.handover&amp;res_id={handover.id}", body, "a link that works in a mail")
        task = gate.activity_id
        task.action_done()
        self.env["churn.gate"]._cron_remind()
        self.assertEqual(gate.activity_id, task, "asked again on the same day")
        gate.reminded_on -= timedelta(days=3)
        self.env["churn.gate"]._cron_remind()
        self.assertNotEqual(gate.activity_id, task)

    def test_what_was_called_off_needs_nobody(self):
        handover = self.confirmed()
        gate = self.gate(handover, self.acme, "notified")
        gate._pass(note="By phone")
        gate._reopen("The plan has changed")
        self.env["churn.gate"]._cron_remind()
        self.assertIn("Gates that were reopened", str(self.digests().body))
        self.digests().unlink()
        handover.action_cancel()
        self.env["churn.gate"]._cron_remind()
        self.assertFalse(self.digests())
