from collections import defaultdict
from datetime import datetime, time, timedelta

import pytz

from odoo import api, models

from ...analytics import slots as slots_core

LENGTH = timedelta(hours=1)
CUSTOMER_HOURS = (time(8), time(18))  # when a customer is asked to meet, on weekdays; judgement
NOTICE = timedelta(days=1)  # nobody has to meet a customer within a day of the customer's choice


class ChurnDiary(models.AbstractModel):
    """When people are free together: the adapter between Odoo's calendars and ``analytics/slots.py``.

    Busy is what the calendar shows as busy, private meetings and each occurrence of a series included; only times are
    read. Work is the calendar of the employee, else of the company, less its leaves: approved leave is among them
    when the app for it is installed.
    """

    _name = "churn.diary"
    _description = "Free Times of Several People"

    @api.model
    def _slots(self, users, first, last, tz, limit=6):
        """Return starts of meetings, aware in ``tz``, at which all users are free and it is day at the customer's.

        :param first: first moment, naive UTC
        :param last: last moment, naive UTC
        :param tz: the customer's time zone
        """
        days = [first.date() + timedelta(days=n) for n in range(-1, (last - first).days + 2)]
        hours = [
            tuple(tz.localize(datetime.combine(day, hour)) for hour in CUSTOMER_HOURS)
            for day in days
            if day.weekday() < 5
        ]
        free = slots_core.intersection(self._free(users, first, last, tz), hours)
        return slots_core.slots(free, LENGTH, limit=limit)

    @api.model
    def _is_free(self, users, start):
        """Whether all users can meet for an hour from ``start`` (naive UTC) on."""
        begin = pytz.utc.localize(start)
        free = self._free(users, start - timedelta(days=1), start + timedelta(days=1), pytz.utc)
        return any(first <= begin and begin + LENGTH <= stop for first, stop in free)

    @api.model
    def _free(self, users, first, last, tz):
        # sudo: only when people are free comes out; private meetings are times without a name
        people = users.sudo()
        start, stop = (pytz.utc.localize(moment) for moment in (first, last))
        busy = self._busy(people, first, last)
        working = [self._working(user, start, stop, tz) for user in people]
        return slots_core.common_free(working, [busy[user.partner_id.id] for user in people])

    @api.model
    def _working(self, user, start, stop, tz):
        """Return the working intervals of a user, in ``tz``."""
        employee = user.employee_id or user.employee_ids[:1]
        calendar = employee.resource_calendar_id or user.company_id.resource_calendar_id
        own_tz = pytz.timezone(employee.tz or user.tz or calendar.tz or "UTC")
        if not calendar:
            return []
        resource = employee.resource_id
        found = calendar._work_intervals_batch(start, stop, resources=resource, tz=own_tz)[resource.id]
        return [(begin.astimezone(tz), end.astimezone(tz)) for begin, end, _meta in found]

    @api.model
    def _busy(self, users, first, last):
        """Return {partner id: busy intervals}, aware in UTC; one query for all."""
        zones = {user.partner_id.id: pytz.timezone(user.tz or "UTC") for user in users}
        attendees = self.env["calendar.attendee"].search(
            [
                ("partner_id", "in", list(zones)),
                ("state", "!=", "declined"),
                ("event_id.active", "=", True),
                ("event_id.show_as", "=", "busy"),
                # a day more on each side: a whole day begins earlier or ends later in another time zone
                ("event_id.start", "<", last + timedelta(days=1)),
                ("event_id.stop", ">", first - timedelta(days=1)),
            ]
        )
        busy = defaultdict(list)
        for attendee in attendees:
            event, zone = attendee.event_id, zones[attendee.partner_id.id]
            if event.allday:
                begin = zone.localize(datetime.combine(event.start_date, time.min))
                end = zone.localize(datetime.combine(event.stop_date + timedelta(days=1), time.min))
            else:
                begin, end = pytz.utc.localize(event.start), pytz.utc.localize(event.stop)
            busy[attendee.partner_id.id].append((begin, end))
        return busy
