from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import format_date


class Gone(NamedTuple):
    """When somebody is not there; without a first day the person leaves for good, on the last day."""

    first: fields.Date
    last: fields.Date

    @property
    def leaves(self):
        return not self.first


class ResUsers(models.Model):
    """Who leaves or is away: nobody is proposed to customers whom they could not serve.

    Choosing looks with the rights of the system, :meth:`_churn_gone`. Words tell a departure to those only who may know
    it, :meth:`_churn_known_departures`: in stock Odoo HR's departure date is for HR officers, the end of a contract for
    HR administrators.
    """

    _inherit = "res.users"

    def _churn_gone(self, day, until=None):
        """Return ``{user id: Gone}`` of those of the users who leave, or are away on the day.

        :param until: the last day on which they are needed; None: they are to stay, so that any known departure counts
        """
        gone = {user_id: Gone(*days) for user_id, days in self._churn_away(day, until or day).items()}
        for user_id, last in self._churn_leaving().items():
            if until is None or last < until:
                gone[user_id] = Gone(None, last)
        return gone

    def _churn_gone_last(self, user_ids, gone):
        """Return the ids in their order, but those who are away last, and behind them those who leave."""
        return sorted(user_ids, key=lambda user_id: (1 + gone[user_id].leaves) if user_id in gone else 0)

    def _churn_gone_words(self, gone):
        """Return ``{user id: sentence}`` of those whose absence or departure the current user may know.

        :param gone: what :meth:`_churn_gone` found
        """
        known = self.browse(gone)._churn_known_departures()
        words = {}
        # sudo: the name of a colleague
        for user in self.browse(gone).sudo():
            first, last = gone[user.id]
            if first:
                days = {"first": format_date(self.env, first), "last": format_date(self.env, last)}
                words[user.id] = self.env._("%(name)s is away from %(first)s to %(last)s", name=user.name, **days)
            elif user.id in known:
                day = format_date(self.env, known[user.id])
                words[user.id] = self.env._("%(name)s leaves on %(day)s", name=user.name, day=day)
        return words

    # Away

    def _churn_away(self, first, last):
        """Return ``{user id: (first day, last day)}`` of those with approved leave on one of these days."""
        if "hr.leave" not in self.env or not self:
            return {}
        # sudo: that and when somebody is on leave is used, never why; planners need no rights in personnel
        leaves = self.env["hr.leave"].sudo()
        found = leaves.search(
            [
                ("state", "=", "validate"),
                ("user_id", "in", self.ids),
                ("request_date_from", "<=", last),
                ("request_date_to", ">=", first),
            ],
            order="request_date_from",
        )
        return {leave.user_id.id: (leave.request_date_from, leave.request_date_to) for leave in found}

    # Leaving

    def _churn_leaving(self):
        """Return ``{user id: last day}`` of those whose departure anybody knows; for choosing only."""
        # sudo: whether somebody is going to stay decides who is proposed, whoever plans; it is told to nobody
        return self.sudo()._churn_last_days(self.env["hr.employee"].sudo())

    def _churn_known_departures(self):
        """Return {user id: last day} of those of the users who leave, as far as the current user may know."""
        return self._churn_days_of_hr()

    @api.model
    def _churn_knows_hr(self):
        """Whether the current user may read in HR who leaves."""
        employees = self.env["hr.employee"].sudo(False)
        return employees.has_access("read") and employees._has_field_access(employees._fields["departure_date"], "read")

    def _churn_days_of_hr(self):
        """Return {user id: last day} by HR's dates, each read with the rights of whoever asks."""
        return self._churn_last_days(self.env["hr.employee"].sudo(False)) if self._churn_knows_hr() else {}

    def _churn_last_days(self, employees):
        """Return {user id: last day} by HR's dates; a user who stays as another employee does not leave.

        :param employees: an empty recordset, with the rights to read with
        """
        people = employees.search([("user_id", "in", self.ids)])
        ends = people._churn_contract_ends()
        last_days = {person.id: person.departure_date or ends.get(person.id) for person in people}
        # sudo: an employee whom the reader may not see counts as staying
        everybody = self.env["hr.employee"].sudo().search([("user_id", "in", self.ids)])
        days = {}
        for user, own in everybody.grouped("user_id").items():
            known = [last_days.get(person.id) for person in own]
            if all(known):
                days[user.id] = max(known)
        return days
