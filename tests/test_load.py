"""Load and capacity per salesperson: the numbers of all doors come from one place."""

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from .common_handover import REP, HandoverCase


class TestLoad(HandoverCase):
    def load(self, *users, companies=None, **values):
        found = self.env["churn.load"]._of(self.env["res.users"].union(*users), companies or self.env.company, **values)
        return found[users[0].id] if len(users) == 1 else found

    def test_what_a_person_looks_after(self):
        self.lead(self.acme)
        self.lead(self.acme, type="lead")
        self.lead(self.bolt).action_set_won()
        self.lead(self.bolt, active=False)
        self.quotation(self.acme)
        order = self.quotation(self.bolt)
        order.action_confirm()
        self.todo(self.acme, date_deadline=fields.Date.add(self.today, days=-1))
        self.todo(self.acme, date_deadline=self.today)
        self.meeting(self.acme)
        self.meeting(self.acme, days=40)
        self.meeting(self.acme, days=-2)
        self.env["churn.account"]._refresh(self.env.company)
        load = self.load(self.old)
        self.assertEqual((load.accounts, load.deals, load.quotations), (3, 1, 1))
        self.assertEqual((load.overdue, load.meetings), (1, 1))
        self.assertEqual(load.revenue, order.amount_untaxed)
        self.assertEqual(self.load(self.bob).accounts, 0)

    def test_contacts_and_archived_accounts_do_not_count(self):
        self.env["res.partner"].create({"name": "Buyer", "parent_id": self.acme.id, "user_id": self.old.id})
        self.core.active = False
        self.assertEqual(self.load(self.old).accounts, 2)

    def test_the_own_limit_comes_before_the_common_one(self):
        self.env.ref("churn_handover.capacity_default").account_limit = 7
        self.env["churn.capacity"].create({"user_id": self.old.id, "account_limit": 2, "deal_limit": 5})
        found = self.load(self.old, self.ann)
        self.assertEqual((found[self.old.id].account_limit, found[self.old.id].deal_limit), (2, 5))
        self.assertEqual(found[self.old.id].free_accounts, 0)
        self.assertEqual((found[self.ann.id].account_limit, found[self.ann.id].deal_limit), (7, None))
        self.assertEqual(found[self.ann.id].free_accounts, 7)
        self.env.ref("churn_handover.capacity_default").unlink()
        self.assertIsNone(self.load(self.ann).free_accounts)

    def test_companies_are_counted_apart_and_money_in_one_currency(self):
        other = self.env["res.company"].create({"name": "Other", "currency_id": self.env.ref("base.CHF").id})
        self.env["res.currency.rate"].create(
            {"currency_id": other.currency_id.id, "company_id": self.env.company.id, "rate": 4, "name": "2020-01-01"}
        )
        self.env["res.currency.rate"].create(
            {"currency_id": self.env.company.currency_id.id, "company_id": other.id, "rate": 0.25, "name": "2020-01-01"}
        )
        self.acme.company_id = self.env.company
        self.bolt.company_id = other
        figures = self.env["churn.account"]
        figures.create({"partner_id": self.acme.id, "company_id": self.env.company.id, "revenue_12m": 100})
        figures.create({"partner_id": self.bolt.id, "company_id": other.id, "revenue_12m": 400})
        here, there = self.load(self.old), self.load(self.old, companies=other)
        self.assertEqual((here.accounts, there.accounts), (2, 2), "a shared account counts in both")
        self.assertEqual(here.revenue, 100)
        self.assertAlmostEqual(self.load(self.old, companies=other | self.env.company).revenue, 200)
        self.assertAlmostEqual(self.load(self.old, companies=other, currency=other.currency_id).revenue, 400)

    def test_many_users_cost_two_queries(self):
        users = self.old | self.ann | self.bob | self.leader
        self.env.flush_all()
        self.env.ref("churn_handover.capacity_default")
        self.load(*users)
        self.env.invalidate_all()
        with self.assertQueryCount(4):
            self.load(*users)

    def test_the_screen_is_for_those_who_plan(self):
        rows = self.env["churn.load"].with_user(self.manager).search([("user_id", "=", self.old.id)])
        self.assertEqual(rows.mapped("accounts"), [3])
        self.assertEqual(rows.account_limit, 150)
        self.assertAlmostEqual(rows.used, 3 / 150)
        self.leader.group_ids += self.env.ref("churn_handover.group_churn_leader")
        led = self.env["churn.load"].with_user(self.leader).search([])
        self.assertEqual(led.user_id, self.old | self.ann)
        with self.assertRaises(AccessError):
            self.env["churn.load"].with_user(self.ann).search([])
        with self.assertRaises(AccessError):
            self.env["churn.capacity"].with_user(self.leader).create({"user_id": self.ann.id})

    def test_a_manager_sees_the_companies_entered(self):
        other = self.env["res.company"].create({"name": "Other"})
        rep = new_test_user(self.env, login="both", groups=REP, company_ids=[(6, 0, (other | self.env.company).ids)])
        rows = self.env["churn.load"].with_user(self.manager).search([("user_id", "=", rep.id)])
        self.assertEqual(rows.company_id, self.env.company)
