from odoo import api, models


class ResUsers(models.Model):
    """Who leaves, as far as the reader may know: what is derived from it is told to nobody else."""

    _inherit = "res.users"

    def _churn_known_departures(self):
        """Return {user id: last day} of those of the users who leave, as far as the current user may know.

        Three sources, each read with the rights of whoever asks: the plans of sales, HR's departure date (in stock
        Odoo for HR officers), and the end of a contract (for HR administrators).
        """
        days = self._churn_days_of_hr()
        plans = self.env["churn.handover"].sudo(False)
        if plans.has_access("read"):
            for user, day in plans._read_group(
                [
                    ("kind", "=", "departure"),
                    ("predecessor_id", "in", self.ids),
                    ("state", "in", ("draft", "confirmed", "running")),
                ],
                ["predecessor_id"],
                ["change_date:min"],
            ):
                days[user.id] = min(filter(None, (day, days.get(user.id))))
        return days

    @api.model
    def _churn_knows_hr(self):
        """Whether the current user may read in HR who leaves."""
        employees = self.env["hr.employee"].sudo(False)
        return employees.has_access("read") and employees._has_field_access(employees._fields["departure_date"], "read")

    def _churn_days_of_hr(self):
        """Return {user id: last day} by HR's dates; a user who stays as another employee does not leave."""
        if not self._churn_knows_hr():
            return {}
        employees = self.env["hr.employee"].sudo(False).search([("user_id", "in", self.ids)])
        ends = employees._churn_contract_ends()
        last_days = {person: person.departure_date or ends.get(person.id) for person in employees}
        # sudo: an employee whom the reader may not see counts as staying
        everybody = self.env["hr.employee"].sudo().search([("user_id", "in", self.ids)])
        days = {}
        for user, people in everybody.grouped("user_id").items():
            known = [last_days.get(person) for person in people.sudo(False)]
            if all(known):
                days[user.id] = max(known)
        return days
