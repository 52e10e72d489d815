from datetime import timedelta

from odoo import fields, models

# A contract that ends later says nothing yet: it is renewed, or not, in its last months (judgement).
CONTRACT_DAYS = 180


class HrEmployee(models.Model):
    _inherit = "hr.employee"

    def _churn_contract_ends(self):
        """Return {employee id: day} of those whose last contract ends within the next months.

        Read with the rights of these employees' environment.
        """
        versions = self.env["hr.version"]
        if not versions._has_field_access(versions._fields["contract_date_end"], "read"):
            return {}
        today = fields.Date.context_today(self)
        groups = versions._read_group(
            [("employee_id", "in", self.ids), ("contract_date_start", "!=", False)],
            ["employee_id"],
            ["__count", "contract_date_end:count", "contract_date_end:max"],
        )
        return {
            person.id: day
            for person, count, ended, day in groups
            if count == ended and today <= day <= today + timedelta(days=CONTRACT_DAYS)
        }
