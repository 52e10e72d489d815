from odoo import models


class ResUsers(models.Model):
    """The plans of sales are the third source of who leaves, beside HR's departure date and the end of a contract."""

    _inherit = "res.users"

    def _churn_leaving(self):
        # sudo: that a plan exists decides who is proposed, whoever plans; it is told to nobody
        return self._churn_with_plans(super()._churn_leaving(), self.env["churn.handover"].sudo())

    def _churn_known_departures(self):
        plans = self.env["churn.handover"].sudo(False)
        days = super()._churn_known_departures()
        return self._churn_with_plans(days, plans) if plans.has_access("read") else days

    def _churn_with_plans(self, days, plans):
        """Return days with those of open departure plans; the earlier one where both say something."""
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
