"""Approved leave on the change date: with the app for time off installed."""

from datetime import timedelta

from ..test_presence import PresenceCase


class TestPresenceLeave(PresenceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind = cls.env["hr.leave.type"].create(
            {"name": "Holiday", "requires_allocation": False, "leave_validation_type": "no_validation"}
        )
        cls.day += timedelta(days=7 - cls.day.weekday())  # a Monday

    def leave(self, user, first, last):
        return self.env["hr.leave"].create(
            {
                "name": "Wedding",
                "employee_id": self.employ(user).id,
                "holiday_status_id": self.kind.id,
                "request_date_from": self.day + timedelta(days=first),
                "request_date_to": self.day + timedelta(days=last),
            }
        )

    def test_who_is_on_leave_on_the_change_date_comes_last_and_the_reason_is_said(self):
        leave = self.leave(self.bob, 0, 4)
        self.assertEqual(leave.state, "validate")
        self.assertEqual(self.proposed(), self.cid)
        handover = self.env["churn.handover"].search([("predecessor_id", "=", self.old.id)])
        self.assertIn("Bob is away from", handover.with_user(self.manager).presence_warning)
        self.assertNotIn("Wedding", handover.with_user(self.manager).presence_warning)

    def test_leave_before_the_change_date_changes_nothing(self):
        self.leave(self.bob, -7, -3)
        self.assertEqual(self.proposed(), self.bob)

    def test_leave_that_is_not_approved_changes_nothing(self):
        self.leave(self.bob, 0, 4).sudo().write({"state": "confirm"})
        self.assertEqual(self.proposed(), self.bob)

    def test_who_is_on_leave_does_not_cover(self):
        absence = self.away(first=(self.day - self.today).days, last=(self.day - self.today).days + 4, confirm=False)
        self.assertEqual(absence._propose_covers(self.acme), {self.acme.id: self.bob.id})
        self.leave(self.bob, 2, 3)
        self.assertEqual(absence._propose_covers(self.acme), {self.acme.id: self.cid.id})
