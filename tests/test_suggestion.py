from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user
from odoo.tools import SQL

from odoo.addons.churn_handover.analytics import market
from odoo.addons.churn_handover.models.keep import suggestion, suggestion_run

from .common_keep import KeepCase
from .common_score import NOON, TODAY


@freeze_time(NOON)
class TestSuggestion(KeepCase):
    """40 customers buy pumps, 30 of them seals as well; 20 others buy valves only."""

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
            cls.valves = cls.env["product.category"].create({"name": "Valves"})
            valve = cls.env["product.product"].create({"name": "Valve V1", "categ_id": cls.valves.id, "type": "consu"})
            cls.others = cls.make_customers(20, prefix="Other")
            for account in cls.others:
                cls.sell(account, valve, 80)
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
        self.assertAlmostEqual(one.lift, 1.5)
        self.assertEqual(one.evidence, "Of 40 customers who also buy Pumps, 75% buy Seals; of all customers 50%.")
        self.assertAlmostEqual(one.expected, one.chance * one.amount, 2)

    def test_one_click_makes_an_opportunity_of_the_owner_with_a_quotation(self):
        one = self.suggestion()
        lead = self.env["crm.lead"].browse(one.action_accept()["res_id"])
        self.assertEqual((lead.user_id, lead.partner_id, lead.type), (self.ann, one.partner_id, "opportunity"))
        self.assertAlmostEqual(lead.expected_revenue, one.amount, 2)
        self.assertIn("75% buy Seals", lead.description)
        self.assertEqual((one.state, one.lead_id), ("accepted", lead))
        order = one.order_id
        self.assertEqual((order.state, order.user_id, order.opportunity_id), ("draft", self.ann, lead))
        self.assertEqual((order.order_line.product_id, order.order_line.product_uom_qty), (self.seal, 1))
        self.assertEqual(lead.quotation_count, 1)
        with self.assertRaisesRegex(UserError, "already"):
            one.action_accept()

    def test_the_chance_is_that_of_the_opportunity(self):
        one = self.suggestion()
        one.sudo().chance = 0.273  # sudo: the program's
        one.with_user(self.ann).action_accept()
        self.assertAlmostEqual(one.lead_id.probability, 27.3)

    def test_without_a_product_to_sell_there_is_still_the_opportunity(self):
        self.seal.sale_ok = False
        one = self.suggestion()
        self.assertTrue(one.action_accept()["res_id"])
        self.assertFalse(one.order_id)

    def test_what_the_customer_bought_itself_comes_first_in_the_quotation(self):
        special = self.env["product.product"].create({"name": "Seal S2", "categ_id": self.seals.id, "type": "consu"})
        self.sell(self.accounts[30], special, 10, days=500)
        self.suggestions._find(self.company)
        one = self.suggestions.search([("account_id", "=", self.accounts[30].id), ("category_id", "=", self.seals.id)])
        self.assertTrue(one.lapsed)
        self.assertIn("bought it earlier", one.evidence)
        one.with_user(self.ann).action_accept()
        self.assertEqual(one.order_id.order_line.product_id, special | self.seal)

    def test_a_manager_makes_it_for_the_owner(self):
        lead = self.env["crm.lead"].browse(self.suggestion(user=self.manager).action_accept()["res_id"])
        self.assertEqual(lead.user_id, self.ann)

    def refuse(self, one, refusal, user=None):
        context = one.action_refuse()["context"]
        dialog = self.env["churn.suggestion.refusal"].with_user(user or self.ann).with_context(**context)
        dialog.create({"refusal": refusal, "note": "They told me"}).action_refuse()
        self.env.invalidate_all()

    def test_a_refusal_has_a_reason_and_is_remembered(self):
        one = self.suggestion()
        self.refuse(one, "no_need")
        self.assertEqual((one.state, one.refusal, one.refusal_note), ("refused", "no_need", "They told me"))
        before = self.suggestion(31).chance
        again = self.suggestions._find(self.company)
        self.assertNotIn(self.accounts[30], again.account_id)
        self.assertEqual(self.suggestions._answers(self.company), {self.seals.id: (0, 1)})
        self.assertLess(self.suggestion(31).chance, before)
        with self.assertRaisesRegex(UserError, "already"):
            self.refuse(one, "price")

    def test_not_now_is_asked_again_after_a_quarter_and_is_no_vote_against_the_category(self):
        one = self.suggestion()
        self.refuse(one, "not_now")
        self.assertEqual(self.suggestions._answers(self.company), {})
        self.assertNotIn(self.accounts[30], self.suggestions._find(self.company).account_id)
        with freeze_time("2026-06-10 12:00:00"):
            self.assertIn(self.accounts[30], self.suggestions._find(self.company).account_id)

    def test_a_lost_opportunity_counts_against_the_category_and_work_in_progress_half_for_it(self):
        one = self.suggestion()
        lead = self.env["crm.lead"].browse(one.action_accept()["res_id"])
        self.assertEqual(self.suggestions._answers(self.company), {self.seals.id: (0.5, 0)})
        lead.action_set_lost()
        self.suggestions._find(self.company)
        self.assertEqual(one.state, "failed")
        self.assertEqual(self.suggestions._answers(self.company), {self.seals.id: (0, 1)})

    def test_an_open_suggestion_stays_the_same_row(self):
        one = self.suggestion()
        with freeze_time("2026-03-09 12:00:00"):
            again = self.suggestions._find(self.company)
        self.assertIn(one, again)
        self.assertEqual(one.found_on, TODAY)

    def test_what_is_no_longer_found_goes(self):
        one = self.suggestion(user=self.env.user)
        for account in self.others:
            self.sell(account, self.seal, 20)
        self.suggestions._find(self.company)  # now 83 % of all buy seals, 75 % of those with pumps
        self.assertFalse(one.exists())

    def test_nobody_writes_what_the_program_found(self):
        one = self.suggestion()
        for user in (self.ann, self.manager):
            for values in ({"chance": 0.99}, {"state": "ordered"}, {"refusal": "price"}, {"evidence": "Trust me"}):
                with self.assertRaises(AccessError):
                    one.with_user(user).write(values)
            with self.assertRaises(AccessError):
                one.with_user(user).unlink()
        with self.assertRaises(AccessError):
            self.refuse(one, "price", user=self.bob)

    # The search in steps

    def test_the_cron_goes_range_by_range_and_finds_the_same(self):
        whole = {(one.account_id, one.category_id, round(one.chance, 6)) for one in self.found}
        self.found.unlink()
        run = self.env["churn.keep.run"].search([("company_id", "=", self.company.id), ("kind", "=", "suggestion")])
        run.finished_on = TODAY - timedelta(days=7)
        cursors = []
        with patch.object(suggestion_run, "RANGE", 25):
            while (step := run._next_step("suggestion")) and step[1] == run:
                run._step()
                cursors.append(run.cursor)
        self.assertEqual(len(cursors), 4, "what all say, and three ranges of 60 customers")
        self.assertEqual(sorted(cursors), cursors)
        self.assertEqual((run.running, run.market, run.finished_on), (False, False, TODAY))
        again = self.suggestions.search([("company_id", "=", self.company.id)])
        self.assertEqual({(one.account_id, one.category_id, round(one.chance, 6)) for one in again}, whole)

    def test_a_search_is_made_once_a_week_by_the_cron(self):
        run = self.env["churn.keep.run"]
        with self.enter_registry_test_mode():
            self.env.ref("churn_handover.cron_suggestion").method_direct_trigger()
        self.env.invalidate_all()
        self.assertIsNone(run._next_step("suggestion"))
        with freeze_time("2026-03-09 12:00:00"):
            self.assertEqual(run._next_step("suggestion")[0], "_step")

    def test_a_search_that_fails_keeps_no_other_company_waiting(self):
        run = self.env["churn.keep.run"]._of("suggestion", self.company)
        run.finished_on = False
        run._begin()
        run._give_up("_step")
        self.assertFalse(run.running)
        self.assertNotEqual((run._next_step("suggestion") or (0, 0))[1], run)

    def test_evidence_on_the_screen_begins_where_it_begins_in_the_search(self):
        self.assertEqual(suggestion.LEAST_LIFT, market.LEAST_LIFT)

    def test_what_is_ordered_is_a_success_and_feeds_the_ranking(self):
        one = self.suggestion()
        with freeze_time("2026-03-20 12:00:00"):
            self.sell(self.accounts[30], self.seal, 70, days=-10)
            self.suggestions._find(self.company)
        self.assertEqual(one.state, "ordered")
        self.assertEqual(self.suggestions._answers(self.company), {self.seals.id: (1, 0)})

    def test_what_was_ordered_earlier_on_the_day_of_the_search_is_no_success(self):
        """Two in the morning of 3 March in Shanghai is still the day of the search in UTC, and the other way round."""
        one = self.suggestion()
        self.company.resource_calendar_id = self.env["resource.calendar"].create({"name": "E", "tz": "Asia/Shanghai"})
        self.sell(self.accounts[30], self.seal, 70)
        order = self.env["sale.order"].search([], order="id desc", limit=1)
        order.date_order = "2026-03-02 18:00:00"
        self.suggestions._mark_ordered(self.company)
        self.assertEqual(one.state, "ordered")
        one.sudo().state = "open"  # sudo: as the search had left it
        self.company.resource_calendar_id.tz = "America/Los_Angeles"
        order.date_order = "2026-03-03 02:00:00"
        self.suggestions._mark_ordered(self.company)
        self.assertEqual(one.state, "open")

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
        self.assertEqual((wide.breadth, narrow.breadth, wide.breadth_usual), (2, 1, 1.5))
        self.assertEqual((wide.switching_index, narrow.switching_index), (40, 20))
        self.assertIn("40 of 60: buys from 2 product categories", wide.switching_text)
        self.assertIn("half of 60 similar customers (same value tier) from more than 1.5", wide.switching_text)
        wide.sudo().breadth_like = False
        self.assertIn("40 of 60: buys from 2 product categories, half of the customers from", wide.switching_text)
        new_test_user(self.env, "suggestion_portal", groups="base.group_portal", partner_id=wide.partner_id.id)
        wide.invalidate_recordset()
        self.assertEqual(wide.switching_index, 50)
        self.assertIn("10 of 20, integration: a portal login", wide.switching_text)
        self.assertIn("0 of 20, contract terms: none of prices of their own, a recurring invoice", wide.switching_text)

    def test_breadth_is_compared_with_similar_customers(self):
        food = self.env["res.partner.industry"].create({"name": "Food"})
        (self.accounts[:9] | self.accounts[30]).partner_id.industry_id = food
        self.others[:3].value_tier = "c"
        self.suggestions._find(self.company)
        usual = {
            account: (account.breadth_like, account.breadth_peers, account.breadth_usual)
            for account in (self.accounts[0], self.accounts[30], self.accounts[20], self.others[0])
        }
        self.assertEqual(
            list(usual.values()),
            [("industry", 10, 2.0), ("industry", 10, 2.0), ("tier", 57, 2.0), ("all", 60, 1.5)],
        )

    def test_what_binds_a_customer_is_data(self):
        wide, narrow = self.accounts[0], self.accounts[1]
        wide.partner_id.specific_property_product_pricelist = self.env["product.pricelist"].create({"name": "Own"})
        self.env["churn.switching"].create(
            {"name": "a comment", "part": "terms", "points": 15, "domain": "[('comment', '!=', False)]"}
        )
        wide.partner_id.comment = "Framework agreement to 2030"
        wide.invalidate_recordset()
        self.assertEqual((wide.switching_index, narrow.switching_index), (60, 40), "a part counts 20 at most")
        self.assertIn("20 of 20, contract terms: prices of their own, a comment", wide.switching_text)

    def test_fields_of_apps_that_are_not_installed_count_nothing(self):
        row = self.env["churn.switching"].create(
            {"name": "x", "res_model": "no.such.model", "partner_field": "partner_id", "domain": "[]"}
        )
        self.assertFalse(row.is_usable)
        row.write({"res_model": "sale.order", "domain": "[('no_such_field', '=', 1)]"})
        self.assertFalse(row.is_usable)
        self.accounts[0].invalidate_recordset()
        self.assertNotIn(" x", self.accounts[0].switching_text)
        with self.assertRaisesRegex(ValidationError, "cannot be read"):
            row.domain = "[("

    def test_only_administrators_say_what_binds(self):
        with self.assertRaises(AccessError):
            self.env["churn.switching"].with_user(self.manager).create({"name": "x"})
        self.assertTrue(self.accounts[0].with_user(self.ann).switching_text)

    def test_finding_costs_a_fixed_number_of_queries(self):
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(40):
            self.suggestions._find(self.company)
            self.env.flush_all()
