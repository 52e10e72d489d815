"""Who leaves or is away is not proposed to customers: as successor, as backup in an emergency, as cover."""

from datetime import timedelta

from odoo.tests import new_test_user
from odoo.tools import format_date

from .common_absence import AbsenceCase
from .common_handover import MANAGER


class PresenceCase(AbsenceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.day = cls.today + timedelta(days=30)
        cls.backup(cls.acme, cls.bob, rank=1)
        cls.backup(cls.acme, cls.cid, rank=2)

    def employ(self, user, **values):
        return self.env["hr.employee"].create({"name": user.name, "user_id": user.id, **values})

    def proposed(self, by=None, account=None):
        handover = self.env["churn.handover"].with_user(by or self.manager)._plan(self.old, self.day)
        return handover.account_line_ids.filtered(lambda line: line.account_id == (account or self.acme)).successor_id


class TestPresence(PresenceCase):
    def test_the_first_backup_is_proposed(self):
        self.assertEqual(self.proposed(), self.bob)

    def test_who_leaves_by_the_dates_of_hr_is_passed_over(self):
        self.employ(self.bob).departure_date = self.day + timedelta(days=60)
        self.assertEqual(self.proposed(), self.cid)

    def test_who_has_a_contract_that_ends_is_passed_over(self):
        begun, ends = self.today - timedelta(days=300), self.today + timedelta(days=90)
        self.employ(self.bob, contract_date_start=begun, contract_date_end=ends)
        self.assertEqual(self.proposed(), self.cid)

    def test_who_leaves_by_another_plan_is_passed_over(self):
        self.env["churn.handover"].with_user(self.manager)._plan(self.bob, self.today + timedelta(days=10))
        self.assertEqual(self.proposed(), self.cid)

    def test_the_leader_comes_before_those_who_leave(self):
        for user in self.bob | self.cid:
            self.employ(user).departure_date = self.day
        self.assertEqual(self.proposed(), self.leader)

    def test_who_leaves_is_better_than_nobody(self):
        self.north.user_id = False
        self.employ(self.cid).departure_date = self.day
        self.employ(self.bob).departure_date = self.day
        self.assertEqual(self.proposed(), self.bob)

    def test_who_is_away_on_the_change_date_comes_after_those_who_are_there(self):
        self.away(first=25, last=35, user=self.bob, cover=self.ann)
        self.assertEqual(self.proposed(), self.cid)

    def test_who_is_back_by_then_stays_first(self):
        self.away(first=0, last=10, user=self.bob, cover=self.ann)
        self.assertEqual(self.proposed(), self.bob)

    def test_the_reason_is_said_to_those_who_may_know(self):
        self.away(first=25, last=35, user=self.bob, cover=self.ann)
        self.employ(self.cid).departure_date = self.day
        handover = self.env["churn.handover"].with_user(self.manager)._plan(self.old, self.day)
        handover.line_ids.filtered(lambda line: line.account_id == self.bolt).successor_id = self.cid
        first, last = (format_date(self.env, self.today + timedelta(days=days)) for days in (25, 35))
        self.assertEqual(
            handover.presence_warning,
            f"Bob is away from {first} to {last}, for that reason not proposed first. A backup of accounts: 1.",
        )
        officer = new_test_user(self.env, login="officer", groups=f"{MANAGER},hr.group_hr_user")
        told = f"Cid leaves on {format_date(self.env, self.day)}. Chosen for lines of this plan: 1."
        self.assertIn(told, handover.with_user(officer).presence_warning)

    def test_where_all_are_there_nothing_is_said(self):
        self.employ(self.bob)
        handover = self.env["churn.handover"].with_user(self.manager)._plan(self.old, self.day)
        self.assertFalse(handover.presence_warning)

    def test_the_best_successor_is_not_one_who_leaves_or_is_away_for_long(self):
        fit = self.env["churn.fit"]
        self.team("East", self.cid)
        self.assertLessEqual(self.bob | self.cid, fit._candidates(self.env.company))
        self.employ(self.cid).departure_date = self.day
        self.assertEqual(fit._candidates(self.env.company) & (self.bob | self.cid), self.bob)
        handover = self.env["churn.handover"].with_user(self.manager)._plan(self.old, self.day)
        self.away(first=20, last=40, user=self.bob, cover=self.ann)
        self.assertFalse(handover._long_away(self.bob), "three weeks are a holiday")
        self.away(first=20, last=80, user=self.ann, cover=self.leader)
        self.assertEqual(handover._long_away(self.ann), self.ann.ids)
        handover.action_propose_best()
        self.assertNotIn(self.ann, handover.account_line_ids.successor_id)

    def test_in_an_emergency_who_leaves_takes_over_last(self):
        self.employ(self.bob).departure_date = self.today + timedelta(days=5)
        self.old.active = False
        handover = self.env["churn.handover"].search([("predecessor_id", "=", self.old.id)])
        line = handover.account_line_ids.filtered(lambda line: line.account_id == self.acme)
        self.assertEqual(line.successor_id, self.cid)

    def test_who_leaves_before_the_end_does_not_cover(self):
        employee = self.employ(self.bob)
        absence = self.away(first=1, last=10, cover=self.leader, confirm=False)
        propose = lambda: absence._propose_covers(self.acme)  # noqa: E731
        employee.departure_date = self.today + timedelta(days=20)
        self.assertEqual(propose(), {self.acme.id: self.bob.id}, "there until the end")
        employee.departure_date = self.today + timedelta(days=5)
        self.assertEqual(propose(), {self.acme.id: self.cid.id})

    def test_a_cover_who_is_away_is_named(self):
        absence = self.away(first=1, last=10, cover=self.bob, confirm=False)
        self.assertFalse(absence.presence_warning)
        self.away(first=5, last=6, user=self.bob, cover=self.ann)
        absence.invalidate_recordset()
        self.assertIn("Bob is away from", absence.presence_warning)
        self.assertIn("chosen as cover", absence.presence_warning)


class TestWhoAnswers(PresenceCase):
    """The plan of an emergency is somebody's who can open it."""

    def responsible(self):
        self.old.active = False
        handover = self.env["churn.handover"].search([("predecessor_id", "=", self.old.id)])
        self.assertTrue(handover.with_user(handover.user_id).has_access("write"))
        return handover.user_id

    def test_the_leader_of_the_team(self):
        self.assertEqual(self.responsible(), self.leader)

    def test_a_leader_without_our_groups_cannot_open_it(self):
        self.leader.group_ids -= self.env.ref("churn_handover.group_churn_leader")
        self.assertEqual(self.responsible(), self.sales_manager())

    def test_a_superior_without_our_groups_cannot_open_it(self):
        self.north.user_id = False
        chief = new_test_user(self.env, login="chief", name="Chief", groups="base.group_user")
        self.employ(self.old, parent_id=self.employ(chief).id)
        self.assertEqual(self.responsible(), self.sales_manager())

    def test_a_superior_who_is_a_manager_of_ours_comes_before_other_managers(self):
        self.north.user_id = False
        chief = new_test_user(self.env, login="zoe", name="Zoe", groups=MANAGER)
        self.employ(self.old, parent_id=self.employ(chief).id)
        self.assertEqual(self.responsible(), chief)

    def sales_manager(self):
        """The one manager who does not administer the server."""
        return self.manager
