"""Personnel lets somebody go: customers are handed over first, by an officer who has no sales rights."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import Form, new_test_user

from .common_doors import LeaverCase


class TestHrDeparture(LeaverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = new_test_user(cls.env, login="hanna", name="Hanna HR", groups="hr.group_hr_user")
        cls.employee = cls.env["hr.employee"].create({"name": "Lea Leaver", "user_id": cls.leaver.id})
        cls.last_day = fields.Date.today() + timedelta(days=20)
        cls.leader.group_ids += cls.env.ref("churn_handover.group_churn_leader")

    def _wizard(self, employees=None, user=None, **values):
        wizard = self.env["hr.departure.wizard"].with_user(user or self.officer)
        wizard = wizard.with_context(active_ids=(employees or self.employee).ids, employee_termination=True)
        return wizard.create({"departure_date": self.last_day, **values})

    def _handovers(self, leaver=None):
        return self.env["churn.handover"].search([("predecessor_id", "=", (leaver or self.leaver).id)])

    def test_offered_for_a_future_date_and_on_by_default(self):
        wizard = self.env["hr.departure.wizard"].with_user(self.officer)
        with Form(wizard.with_context(active_ids=self.employee.ids)) as form:
            self.assertFalse(form.churn_can_plan, "today it is too late to plan")
            form.departure_date = self.last_day
            self.assertTrue(form.churn_can_plan)
            self.assertTrue(form.churn_hand_over)
            self.assertIn("Accounts and contacts", form.churn_open_summary)

    def test_not_offered_for_somebody_without_customers(self):
        employee = self.env["hr.employee"].create({"name": "Cole", "user_id": self.colleague.id})
        self.assertFalse(self._wizard(employee).churn_can_plan)

    def test_officer_without_sales_rights_plans(self):
        action = self._wizard(remove_related_user=True).action_register_departure()
        self.assertEqual(action["params"]["next"], {"type": "ir.actions.act_window_close"}, "what Odoo itself returns")
        self.assertFalse(self.employee.active)
        self.assertEqual(self.employee.departure_date, self.last_day)
        self.assertTrue(self.leaver.active, "works until the last day")
        handover = self._handovers()
        self.assertEqual((handover.state, handover.change_date), ("confirmed", self.last_day))
        self.assertTrue(handover.archive_predecessor)
        self.assertEqual(handover.user_id, self.leader)
        self.assertEqual(handover.line_ids.filtered("account_id").successor_id, self.backup)
        self.assertIn("check the successors", handover.activity_ids.summary)
        self.assertEqual(handover.activity_ids.user_id, self.leader)

    def test_transfer_then_archive_on_the_last_day(self):
        self._wizard().action_register_departure()
        with freeze_time(self.last_day), self.enter_registry_test_mode():
            self.env.ref("churn_handover.cron_handover").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.account.user_id, self.backup)
        self.assertFalse(self.leaver.active)
        self.assertEqual(len(self._handovers()), 1, "nothing was left for an emergency")

    def test_nobody_proposed_then_a_draft_and_a_task(self):
        self.account.churn_member_ids.unlink()
        self.team.user_id = False
        self._wizard().action_register_departure()
        handover = self._handovers()
        self.assertEqual(handover.state, "draft")
        self.assertTrue(handover.user_id.has_group("churn_handover.group_churn_leader"))
        self.assertIn("choose successors", handover.activity_ids.summary)
        self.assertIn("Acme", handover.activity_ids.note)

    def test_last_day_comes_and_sales_never_confirmed(self):
        self.account.churn_member_ids.unlink()
        self.team.user_id = False
        self._wizard().action_register_departure()
        self._handovers().line_ids.filtered("account_id").successor_id = self.colleague
        with freeze_time(self.last_day), self.enter_registry_test_mode():
            self.env.ref("churn_handover.cron_handover").method_direct_trigger()
        self.env.invalidate_all()
        self.assertFalse(self.leaver.active)
        self.assertEqual(self.account.user_id, self.colleague)

    def test_switched_off(self):
        user = new_test_user(self.env, login="hr_admin", groups="hr.group_hr_user,base.group_erp_manager")
        self._wizard(user=user, churn_hand_over=False, remove_related_user=True).action_register_departure()
        self.assertFalse(self.leaver.active)
        self.assertEqual(self._handovers().emergency, True, "archived now: the backups take over now")

    def test_last_day_is_today(self):
        user = new_test_user(self.env, login="hr_admin", groups="hr.group_hr_user,base.group_erp_manager")
        wizard = self._wizard(user=user, remove_related_user=True, departure_date=fields.Date.today())
        wizard.action_register_departure()
        self.assertFalse(self.leaver.active)
        handover = self._handovers()
        self.assertTrue(handover.emergency)
        handover._run()
        self.assertEqual(self.account.user_id, self.backup)

    def test_plan_that_sales_made_before(self):
        door = self.env["churn.departure"].with_user(self.manager)
        door.create({"predecessor_id": self.leaver.id, "change_date": self.last_day}).action_plan()
        known = self._handovers()
        self._wizard().action_register_departure()
        self.assertEqual(self._handovers(), known)
        self.assertTrue(known.archive_predecessor)

    def test_user_who_stays_under_another_employee(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.env["hr.employee"].create({"name": "Lea", "user_id": self.leaver.id, "company_id": company.id})
        self.assertFalse(self._wizard().churn_can_plan)

    def test_officer_cannot_have_an_administrator_archived(self):
        self.leaver.group_ids += self.env.ref("base.group_erp_manager")
        self._wizard().action_register_departure()
        self.assertFalse(self._handovers().archive_predecessor)

    def test_several_employees(self):
        self.account.copy({"user_id": self.colleague.id})
        other = self.env["hr.employee"].create({"name": "Cole", "user_id": self.colleague.id})
        self._wizard(self.employee | other).action_register_departure()
        self.assertEqual(len(self._handovers()), 1)
        self.assertEqual(len(self._handovers(self.colleague)), 1)
