from datetime import date

from freezegun import freeze_time

from odoo.tests import TransactionCase, new_test_user


class AssignmentCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        rep = "sales_team.group_sale_salesman"
        cls.ann = new_test_user(cls.env, login="ann", groups=rep)
        cls.bob = new_test_user(cls.env, login="bob", groups=rep)
        cls.cid = new_test_user(cls.env, login="cid", groups=rep)
        cls.manager = new_test_user(cls.env, login="max", groups="sales_team.group_sale_manager")
        with freeze_time("2026-01-10"):
            cls.acme = cls.env["res.partner"].create(
                {"name": "Acme", "is_company": True, "user_id": cls.ann.id}
            )

    def history(self, account, kind="owner"):
        rows = self.env["churn.assignment"].search(
            [("account_id", "=", account.id), ("kind", "=", kind)], order="date_from, id"
        )
        return [(row.user_id, row.date_from, row.date_to, row.start_reason, row.end_reason) for row in rows]


class TestOwnerHistory(AssignmentCase):
    def test_creation_opens_a_row(self):
        self.assertEqual(self.history(self.acme), [(self.ann, date(2026, 1, 10), False, "created", False)])

    @freeze_time("2026-03-01")
    def test_write_closes_the_old_row_and_opens_a_new_one(self):
        self.acme.with_user(self.manager).user_id = self.bob
        self.assertEqual(
            self.history(self.acme),
            [
                (self.ann, date(2026, 1, 10), date(2026, 3, 1), "created", "manual"),
                (self.bob, date(2026, 3, 1), False, "manual", False),
            ],
        )
        self.assertEqual(self.acme.churn_assignment_ids.changed_by_id, self.manager | self.env.user)
