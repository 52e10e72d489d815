"""Steps of a handover come from Odoo's activity plans: made once, followed, taken back; a manager changes them."""

from datetime import timedelta

from odoo.exceptions import AccessError, ValidationError

from .test_gate import GateCase

STEPS = ("key_call", "key_dossier", "key_prepare")


class TaskCase(GateCase):
    def tasks(self, line):
        return {task.template_id.churn_task: task for task in line.task_ids}

    def step(self, name):
        return self.env.ref(f"churn_handover.activity_step_{name}")


class TestSteps(TaskCase):
    def test_a_key_account_gets_the_steps_of_its_tier(self):
        handover = self.confirmed()
        line = self.line(handover, self.acme)
        self.assertEqual(line.task_ids.template_id, self.key.plan_id.template_ids)
        call = line.task_ids.filtered(lambda task: task.template_id == self.step("key_call"))
        self.assertEqual((call.user_id, call.date_deadline), (self.old, self.day - timedelta(days=25)))
        self.assertEqual((call.activity_id.res_model, call.activity_id.res_id), ("res.partner", self.acme.id))
        talk = line.task_ids.filtered(lambda task: task.template_id == self.step("key_new_products"))
        self.assertEqual(talk.user_id, self.ann)
        self.assertIn("New-product talk", talk.summary)
        self.assertFalse(self.line(handover, self.core).task_ids, "a light one has none")
        self.assertEqual(len(self.line(handover, self.bolt).task_ids), 2)

    def test_the_task_is_in_the_language_of_who_does_it(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.step("key_call").with_context(lang="zh_CN").churn_task = "先打电话"
        self.old.lang = "zh_CN"
        line = self.line(self.confirmed(), self.acme)
        call = line.task_ids.filtered(lambda task: task.template_id == self.step("key_call"))
        self.assertEqual(call.summary, "先打电话")

    def test_open_steps_follow_the_plan_and_done_ones_stay(self):
        handover = self.confirmed()
        line = self.line(handover, self.acme)
        done = line.task_ids.filtered(lambda task: task.template_id == self.step("key_first_call"))
        done.activity_id.action_feedback(feedback="Called")
        handover.change_date = self.day + timedelta(days=10)
        line.successor_id = self.bob
        talk = line.task_ids.filtered(lambda task: task.template_id == self.step("key_prepare"))
        self.assertEqual((talk.user_id, talk.date_deadline), (self.bob, self.day + timedelta(days=3)))
        self.assertEqual((done.state, done.user_id), ("done", self.ann))
        self.assertEqual(len(line.task_ids), 5, "nothing is made twice")

    def test_what_is_there_is_asked_of_nobody(self):
        """The dossier is given, the introduction waived: the steps towards them are done."""
        line = self.line(self.confirmed(), self.acme)
        steps = {name: line.task_ids.filtered(lambda task, n=name: task.template_id == self.step(n)) for name in STEPS}
        line.dossier_ids.answer_ids.write({"answer": "Ask Kim"})
        line.dossier_ids.with_user(self.old).action_give()
        self.assertEqual([steps[name].state for name in STEPS], ["open", "done", "open"])
        line._gates("introduced").with_user(self.manager)._waive("They know each other")
        self.assertEqual([steps[name].state for name in STEPS], ["open", "done", "done"])
        line.dossier_ids.with_user(self.ann)._return("Who signs?")
        self.assertEqual(steps["key_dossier"].state, "done", "the task says what is missing")
        self.assertEqual(line.dossier_ids.activity_ids.user_id, self.old)

    def test_another_tier_has_other_steps(self):
        line = self.line(self.confirmed(), self.acme)
        activities = line.task_ids.activity_id
        line.tier_id = self.light
        self.assertFalse(line.task_ids)
        self.assertFalse(activities.exists())

    def test_a_cancelled_plan_leaves_nothing_to_do(self):
        handover = self.confirmed()
        activities = handover.line_ids.task_ids.activity_id
        handover.action_cancel()
        self.assertFalse(activities.exists())

    def test_what_was_the_predecessors_does_not_come_to_the_successor(self):
        handover = self.confirmed(date=self.today)
        line = self.line(handover, self.acme)
        self.assertIn(self.old, line.task_ids.user_id)
        handover.action_run_now()
        self.assertEqual(line.task_ids.user_id, self.ann)
        handover.action_undo()
        self.assertFalse(line.task_ids.activity_id)

    def test_who_is_gone_has_nothing_to_do(self):
        handover = self.plan(date=self.today, emergency=True, user=self.env.user)
        handover.sudo()._start()
        self.assertEqual(self.line(handover, self.acme).task_ids.user_id, self.ann)

    def test_a_thousand_lines_cost_as_many_queries_as_one(self):
        self.light.plan_id = self.standard.plan_id

        def queries(count):
            handover = self.mass_plan(count, date=self.day)
            before = self.env.cr.sql_log_count
            self.env["churn.handover.task"]._sync(handover.line_ids)
            self.env.flush_all()
            self.assertEqual(len(handover.line_ids.task_ids), 2 * count)
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertLessEqual(queries(500), queries(1))


class TestData(TaskCase):
    def test_a_manager_changes_the_task_of_a_skipped_gate(self):
        step = self.step("gate_introduced").with_user(self.manager)
        step.write({"churn_task": "Visit them together", "delay_count": 2, "responsible_type": "churn_responsible"})
        handover = self.confirmed(date=self.today)
        handover.action_run_now()
        task = self.gate(handover, self.acme, "introduced").activity_id
        self.assertEqual(
            (task.summary, task.user_id, task.date_deadline),
            ("Visit them together", self.manager, self.today + timedelta(days=2)),
        )

    def test_the_tiers_own_row_comes_before_the_general_one(self):
        self.key.plan_id.template_ids = [
            (0, 0, {"churn_task": "Write again", "churn_gate": "notified", "responsible_type": "churn_successor"})
        ]
        handover = self.confirmed(date=self.today)
        self.assertEqual(len(self.line(handover, self.acme).task_ids), 5, "no step of every handover")
        handover.action_run_now()
        self.assertEqual(self.gate(handover, self.acme, "notified").activity_id.summary, "Write again")
        self.assertIn("Call", self.gate(handover, self.bolt, "notified").activity_id.summary)

    def test_without_any_row_the_gate_is_still_a_task(self):
        self.env.ref("churn_handover.activity_plan_gates").unlink()
        handover = self.confirmed(date=self.today)
        handover.action_run_now()
        task = self.gate(handover, self.acme, "notified").activity_id
        self.assertEqual((task.user_id, task.date_deadline), (self.manager, self.today))
        self.assertIn("Notified", task.summary)

    def test_reps_change_no_plans_and_managers_those_of_handovers_and_customers(self):
        with self.assertRaises(AccessError):
            self.step("key_call").with_user(self.ann).churn_task = "Nothing"
        plans = self.env["mail.activity.plan"].with_user(self.manager)
        # a measure of a programme can be a plan of customers
        plan, __ = plans.create([{"name": "Ours", "res_model": model} for model in ("churn.handover", "res.partner")])
        self.assertTrue(plan)
        with self.assertRaises(AccessError):
            plans.create({"name": "Theirs", "res_model": "hr.employee"})

    def test_the_menu_opens_the_list_and_not_an_empty_form(self):
        modes = [mode for _view, mode in self.env.ref("churn_handover.activity_plan_action").views]
        self.assertEqual(modes, ["list", "kanban", "form"])

    def test_predecessor_and_gates_exist_in_plans_of_handovers_only(self):
        plan = self.env["mail.activity.plan"].create({"name": "Contact", "res_model": "res.partner"})
        for vals in ({"responsible_type": "churn_predecessor"}, {"churn_gate": "notified"}):
            with self.assertRaises(ValidationError):
                plan.template_ids = [(0, 0, vals)]

    def test_a_plan_started_by_hand_finds_its_people(self):
        handover = self.confirmed()
        handover.default_successor_id = self.bob
        wizard = self.env["mail.activity.schedule"].with_context(active_model="churn.handover", active_ids=handover.ids)
        wizard.create({"plan_id": self.key.plan_id.id, "plan_date": self.day}).action_schedule_plan()
        self.assertEqual(handover.activity_ids.user_id & (self.old | self.bob), self.old | self.bob)
