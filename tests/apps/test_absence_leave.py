"""Approved leaves of the app for time off propose an absence. Runs where that app is installed."""

from datetime import timedelta

from odoo.exceptions import AccessError

from ..common_absence import AbsenceCase


class TestLeaves(AbsenceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind = cls.env["hr.leave.type"].create(
            {"name": "Holiday", "requires_allocation": False, "leave_validation_type": "no_validation"}
        )
        cls.employee = cls.env["hr.employee"].create({"name": "Olga", "user_id": cls.old.id})
        monday = cls.today + timedelta(days=7 - cls.today.weekday())
        cls.monday = monday

    def leave(self, days=5, employee=None, start=None, approve=True):
        first = start or self.monday
        leave = self.env["hr.leave"].create(
            {
                "name": "Wedding",
                "employee_id": (employee or self.employee).id,
                "holiday_status_id": self.kind.id,
                "request_date_from": first,
                "request_date_to": first + timedelta(days=days - 1),
            }
        )
        if not approve:
            leave.sudo().write({"state": "confirm"})
        return leave

    def look(self):
        self.env["churn.absence"].with_user(self.leader).action_look_for_leaves()
        return self.env["churn.absence"].search([("user_id", "=", self.old.id)])

    def test_an_approved_leave_becomes_a_draft_with_covers(self):
        self.backup(self.acme, self.bob)
        leave = self.leave()
        self.assertEqual(leave.state, "validate")
        absence = self.look()
        self.assertEqual((absence.date_from, absence.date_to), (self.monday, self.monday + timedelta(days=4)))
        self.assertEqual((absence.state, absence.cover_id), ("draft", self.bob))
        self.assertEqual(self.line_of(absence, self.acme).cover_id, self.bob)
        self.assertEqual(absence.activity_ids.user_id, self.old)
        self.assertNotIn("Wedding", str(absence.read()), "why somebody is away is not taken over")
        self.assertEqual(self.look(), absence, "once")

    def test_short_and_unapproved_leaves_propose_nothing(self):
        self.leave(days=2)
        self.assertFalse(self.look())
        self.leave(days=3, start=self.monday + timedelta(days=7), approve=False)
        self.assertFalse(self.look())
        self.env.company.churn_absence_days = 1
        self.assertTrue(self.look())

    def test_the_cron_looks_as_well(self):
        self.leave()
        self.run_cron()
        self.assertTrue(self.env["churn.absence"].search([("user_id", "=", self.old.id)]))

    def test_a_leave_that_is_planned_already_is_recognised(self):
        absence = self.away(first=(self.monday - self.today).days, last=(self.monday - self.today).days + 4)
        leave = self.leave()
        self.assertEqual(self.look(), absence)
        self.assertEqual(absence.leave_id, leave.id)

    def test_a_draft_follows_the_leave_and_goes_with_it(self):
        leave = self.leave()
        absence = self.look()
        leave.sudo().action_refuse()
        self.look()
        self.assertEqual(absence.state, "cancelled")
        self.assertFalse(absence.activity_ids)

    def test_what_is_binding_is_never_changed_silently(self):
        leave = self.leave()
        absence = self.look()
        absence.with_user(self.old).action_confirm()
        self.assertFalse(absence.activity_ids, "said who covers")
        leave.sudo().action_refuse()
        self.look()
        self.look()
        self.assertEqual(absence.state, "confirmed")
        self.assertEqual(absence.activity_ids.user_id, self.leader)
        self.assertIn("called off", absence.activity_ids.summary)

    def test_who_cancels_the_draft_is_not_asked_again(self):
        self.leave()
        absence = self.look()
        absence.with_user(self.old).action_cancel()
        self.assertEqual(self.look(), absence)

    def test_a_backup_on_leave_is_not_proposed(self):
        self.backup(self.acme, self.bob)
        self.backup(self.acme, self.cid, rank=2)
        bob = self.env["hr.employee"].create({"name": "Bob", "user_id": self.bob.id})
        self.leave(days=1, employee=bob)
        self.leave()
        self.assertEqual(self.line_of(self.look(), self.acme).cover_id, self.cid)

    def test_only_leaders_look(self):
        with self.assertRaises(AccessError):
            self.env["churn.absence"].with_user(self.ann).action_look_for_leaves()

    def test_the_button_is_there(self):
        arch = self.env["churn.absence"].with_user(self.leader).get_view(view_type="list")["arch"]
        self.assertIn("action_look_for_leaves", arch)
