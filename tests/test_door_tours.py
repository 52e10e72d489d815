"""The doors as people see them. A manager who is no administrator; an HR officer without sales rights."""

from odoo.tests import HttpCase, new_test_user

from .common_doors import REP, LeaverCase


class DoorTourCase(HttpCase, LeaverCase):
    """The company of :class:`LeaverCase`, seen in a browser."""


class TestDepartureTour(DoorTourCase):
    def test_manager_plans_runs_and_takes_back(self):
        quotation = self._quotation()
        self.start_tour("/odoo/churn-handovers", "churn_departure", login=self.manager.login)
        handover = self.env["churn.handover"].search([("predecessor_id", "=", self.leaver.id)])
        self.assertEqual(handover.state, "undone")
        self.assertEqual((self.account.user_id, quotation.user_id), (self.leaver, self.leaver))

    def test_somebody_without_anything_open(self):
        new_test_user(self.env, login="nina", name="Nina Newcomer", groups=REP)
        self.start_tour("/odoo/churn-handovers", "churn_departure_refused", login=self.manager.login)
        self.assertFalse(self.env["churn.handover"].search([]))


class TestArchiveTour(DoorTourCase):
    def _archive(self, tour, user=None):
        self.start_tour(f"/odoo/users/{(user or self.leaver).id}", tour, login="admin")

    def test_hand_over_now_from_the_form(self):
        self._archive("churn_archive_form")
        self.assertFalse(self.leaver.active)
        handover = self.env["churn.handover"].search([("predecessor_id", "=", self.leaver.id)])
        self.assertTrue(handover.emergency)

    def test_archive_only_from_the_list(self):
        self.start_tour("/odoo/users", "churn_archive_list", login="admin")
        self.assertFalse(self.leaver.active)
        self.assertFalse(self.env["churn.handover"].search([("predecessor_id", "=", self.leaver.id)]))

    def test_plan_from_the_form(self):
        self._archive("churn_archive_plan")
        self.assertTrue(self.leaver.active)
        handover = self.env["churn.handover"].search([("predecessor_id", "=", self.leaver.id)])
        self.assertEqual((handover.state, handover.archive_predecessor), ("draft", True))

    def test_nothing_open(self):
        newcomer = new_test_user(self.env, login="nina", name="Nina Newcomer", groups=REP)
        self._archive("churn_archive_nothing_open", newcomer)
        self.assertFalse(newcomer.active)


class TestHrDepartureTour(DoorTourCase):
    def test_officer_hands_over_customers_first(self):
        officer = new_test_user(self.env, login="hanna", name="Hanna HR", groups="hr.group_hr_user")
        self.leader.group_ids += self.env.ref("churn_handover.group_churn_leader")
        employee = self.env["hr.employee"].create({"name": "Lea Leaver", "user_id": self.leaver.id})
        self.start_tour(f"/odoo/employees/{employee.id}", "churn_hr_departure", login=officer.login)
        self.assertTrue(self.leaver.active)
        handover = self.env["churn.handover"].search([("predecessor_id", "=", self.leaver.id)])
        self.assertEqual((handover.state, handover.archive_predecessor), ("confirmed", True))
        self.assertFalse(employee.active)
