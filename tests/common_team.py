"""A customer with people at the table, and ways to look at its team as the night does."""

from odoo.fields import Command
from odoo.tests import new_test_user

from .common_handover import REP
from .test_dependence import DependenceCase


class TeamCase(DependenceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dan = new_test_user(cls.env, login="dan", name="Dan", groups=REP)
        cls.service = cls.env.ref("churn_handover.role_service")
        cls.env["churn.account"].create(
            [{"partner_id": account.id, "company_id": cls.env.company.id} for account in (cls.acme, cls.bolt, cls.core)]
        )

    def setUp(self):
        super().setUp()
        self.commit()  # what was noted while the customers were made is no part of the test

    def serve(self, user, account=None, **values):
        return self.env["churn.team.member"].create(
            {"account_id": (account or self.acme).id, "user_id": user.id, "role_id": self.role.id, **values}
        )

    def commit(self):
        """What happens before the end of a transaction."""
        self.env.cr.precommit.run()
        self.env.invalidate_all()

    def night(self):
        self.env["churn.account"]._count_meetings()
        self.env["churn.account"]._refresh_teams(self.env.company)
        self.env.invalidate_all()

    def employ(self, users, department=None, manager=None, began=None):
        """Employees of these users; returns them."""
        employees = self.env["hr.employee"].create(
            [
                {
                    "name": user.name,
                    "user_id": user.id,
                    "department_id": department.id if department else False,
                    "parent_id": manager.id if manager else False,
                }
                for user in users
            ]
        )
        if began:
            employees.version_id.write({"contract_date_start": began})
        return employees

    def led(self, leader, members):
        return self.env["crm.team"].create(
            {
                "name": "Led",
                "user_id": leader.id,
                "crm_team_member_ids": [Command.create({"user_id": user.id}) for user in members],
            }
        )

    def advice(self, user, account=None):
        account = (account or self.acme).with_user(user)
        account.invalidate_recordset(["churn_team_advice"])
        return account.churn_team_advice or ""
