"""With the app for time off: nobody is offered to a customer on a day of approved leave."""

from odoo import fields

from ..test_introduction import IntroductionCase

at = fields.Datetime.to_datetime


class TestLeave(IntroductionCase):
    def leave(self, employee):
        kind = self.env["hr.leave.type"].create(
            {"name": "Holiday", "requires_allocation": False, "leave_validation_type": "manager"}
        )
        return self.env["hr.leave"].create(
            {
                "name": "Holiday",
                "holiday_status_id": kind.id,
                "employee_id": employee.id,
                "request_date_from": "2026-03-04",
                "request_date_to": "2026-03-04",
            }
        )

    def test_an_approved_leave_is_busy_a_wish_is_not(self):
        employee = self.env["hr.employee"].create({"name": "Olga", "user_id": self.old.id, "tz": "UTC"})
        wednesday = at("2026-03-04 08:00:00")
        leave = self.leave(employee)
        self.assertEqual(leave.state, "confirm")
        self.assertTrue(self.is_free(self.old, wednesday), "nobody has approved it yet")
        leave.action_approve()
        self.assertEqual(leave.state, "validate")
        self.assertFalse(self.is_free(self.old, wednesday))
        self.assertFalse([start for start in self.starts(limit=50) if start.date() == wednesday.date()])
        self.assertTrue(self.is_free(self.old, at("2026-03-05 08:00:00")))
        leave.action_refuse()
        self.assertTrue(self.is_free(self.old, wednesday), "refused after all")
