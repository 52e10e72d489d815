from contextlib import contextmanager

from freezegun import freeze_time

from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, new_test_user

REP = "sales_team.group_sale_salesman"


class AccountCase(TransactionCase):
    """Reps with "Own Documents Only", a leader, a manager, and one account that Ann owns since 10 January 2026."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True, no_reset_password=True))
        cls.ann, cls.bob, cls.cid = (new_test_user(cls.env, login=login, groups=REP) for login in ("ann", "bob", "cid"))
        cls.manager = new_test_user(cls.env, login="max", groups="sales_team.group_sale_manager")
        cls.role = cls.env.ref("churn_handover.role_inside_sales")
        cls.other_role = cls.env.ref("churn_handover.role_service")
        with freeze_time("2026-01-10"):
            cls.acme = cls.env["res.partner"].create({"name": "Acme", "is_company": True, "user_id": cls.ann.id})
            cls.buyer = cls.env["res.partner"].create({"name": "Buyer", "parent_id": cls.acme.id})

    @classmethod
    def member(cls, user, account=None, **values):
        return cls.env["churn.team.member"].create(
            {"account_id": (account or cls.acme).id, "user_id": user.id, "role_id": cls.role.id, **values}
        )

    @classmethod
    def order(cls, account, amount=100, user=None, **values):
        """A quotation with one line."""
        product = cls.env["product.product"].search([("default_code", "=", "churn")]) or cls.env[
            "product.product"
        ].create({"name": "Pump", "default_code": "churn", "taxes_id": False})
        return cls.env["sale.order"].create(
            {
                "partner_id": account.id,
                "order_line": [(0, 0, {"product_id": product.id, "price_unit": amount})],
                **({"user_id": user.id} if user else {}),
                **values,
            }
        )

    def history(self, account, kind="owner"):
        """:return: list of (user, from, to, start reason, end reason), oldest first"""
        rows = self.env["churn.assignment"].search(
            [("account_id", "=", account.id), ("kind", "=", kind)], order="date_from, id"
        )
        return [(row.user_id, row.date_from, row.date_to, row.start_reason, row.end_reason) for row in rows]

    @contextmanager
    def refused(self, message, error=ValidationError):
        """The block must fail with a message that matches; what it did is taken back."""
        with self.assertRaisesRegex(error, message), self.env.cr.savepoint():
            yield
        self.env.invalidate_all()
