from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import SQL

from .common_keep import KeepCase
from .common_score import NOON, TODAY


@freeze_time(NOON)
class TestSuggestion(KeepCase):
    """40 customers buy pumps; 30 of them seals as well."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time(NOON):
            cls.accounts = cls.make_customers(40)
            cls.pumps, cls.seals = cls.env["product.category"].create([{"name": "Pumps"}, {"name": "Seals"}])
            cls.pump, cls.seal = cls.env["product.product"].create(
                [
                    {"name": "Pump P1", "categ_id": cls.pumps.id, "type": "consu"},
                    {"name": "Seal S1", "categ_id": cls.seals.id, "type": "consu"},
                ]
            )
            for number, account in enumerate(cls.accounts):
                cls.sell(account, cls.pump, 100)
                if number < 30:
                    cls.sell(account, cls.seal, 50)
            cls.suggestions = cls.env["churn.suggestion"]
            cls.found = cls.suggestions._find(cls.company)

    @classmethod
    def sell(cls, account, product, amount, days=50):
        cls.add_orders([(account.partner_id, TODAY - timedelta(days=days), amount)])
        cls.env.cr.execute(
            SQL(
                """INSERT INTO sale_order_line (order_id, product_id, name, product_uom_qty, price_unit, price_subtotal,
                                                customer_lead, company_id, state)
                   SELECT max(id), %s, 'line', 1, %s, %s, 0, %s, 'sale' FROM sale_order""",
                product.id,
                amount,
                amount,
                cls.company.id,
            )
        )
        cls.env.invalidate_all()

    def suggestion(self, number=30, user=None):
        found = self.found.filtered(lambda one: one.account_id == self.accounts[number])
        return found.with_user(user or self.ann)

    def test_who_lacks_what_others_buy_gets_a_suggestion_with_evidence(self):
        self.assertEqual(self.found.account_id, self.accounts[30:])
        one = self.suggestion()
        self.assertEqual((one.category_id, one.because_id, one.support), (self.seals, self.pumps, 40))
        self.assertAlmostEqual(one.confidence, 0.75)
        self.assertIn("Of 40 customers who also buy Pumps, 75% buy Seals; of all customers 75%", one.evidence)
        self.assertAlmostEqual(one.expected, one.chance * one.amount, 2)

    def test_one_click_makes_an_opportunity_of_the_owner(self):
        one = self.suggestion()
        lead = self.env["crm.lead"].browse(one.action_accept()["res_id"])
        self.assertEqual((lead.user_id, lead.partner_id, lead.type), (self.ann, one.partner_id, "opportunity"))
        self.assertAlmostEqual(lead.expected_revenue, one.amount, 2)
        self.assertIn("Seal S1", lead.description)
        self.assertEqual((one.state, one.lead_id), ("accepted", lead))
        with self.assertRaisesRegex(UserError, "already"):
            one.action_accept()

    def test_a_manager_makes_it_for_the_owner(self):
        lead = self.env["crm.lead"].browse(self.suggestion(user=self.manager).action_accept()["res_id"])
        self.assertEqual(lead.user_id, self.ann)

    def test_a_refusal_needs_a_reason_and_is_remembered(self):
        one = self.suggestion()
        with self.assertRaisesRegex(UserError, "Choose why"):
            one.action_refuse()
        one.refusal = "no_need"
        one.action_refuse()
        before = self.suggestion(31).chance
        again = self.suggestions._find(self.company)
        self.assertNotIn(self.accounts[30], again.account_id)
        self.assertEqual(self.suggestions._answers(self.company), {self.seals.id: (0, 1)})
        self.assertLess(again[0].chance, before)

    def test_what_is_ordered_is_a_success_and_feeds_the_ranking(self):
        one = self.suggestion()
        with freeze_time("2026-03-20 12:00:00"):
            self.sell(self.accounts[30], self.seal, 70, days=-10)
            self.suggestions._find(self.company)
        self.assertEqual(one.state, "ordered")
        self.assertEqual(self.suggestions._answers(self.company), {self.seals.id: (1, 0)})

    def test_a_rep_sees_those_of_own_customers(self):
        self.accounts[30].partner_id.user_id = self.bob
        self.assertEqual(len(self.suggestions.with_user(self.ann).search([])), 9)
        self.assertEqual(self.suggestions.with_user(self.bob).search([]).account_id, self.accounts[30])
        with self.assertRaises(AccessError):
            self.suggestion().read(["chance"])

    def test_other_companies_are_apart(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "suggestion_stranger",
            groups="sales_team.group_sale_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        seen = self.suggestions.with_user(stranger).with_context(allowed_company_ids=other.ids)
        self.assertFalse(seen.search([]))
        self.assertFalse(self.suggestions._find(other))

    def test_breadth_and_switching_cost_are_explained(self):
        wide, narrow = self.accounts[0], self.accounts[30]
        self.assertEqual((wide.breadth, narrow.breadth, wide.breadth_usual), (2, 1, 2))
        self.assertEqual((wide.switching_index, narrow.switching_index), (30, 15))
        self.assertIn("30 of 60: buys from 2 product categories", wide.switching_text)
        new_test_user(self.env, "suggestion_portal", groups="base.group_portal", partner_id=wide.partner_id.id)
        wide.invalidate_recordset()
        self.assertEqual(wide.switching_index, 50)
        self.assertIn("works with the portal", wide.switching_text)

    def test_finding_costs_a_fixed_number_of_queries(self):
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(40):
            self.suggestions._find(self.company)
            self.env.flush_all()
