import ast
from datetime import date, timedelta
from unittest.mock import patch

import numpy as np
from freezegun import freeze_time

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user

from odoo.addons.churn_handover.analytics import segments
from odoo.addons.churn_handover.models.keep import segment_run

from .common_keep import KeepCase
from .common_score import NOON, TODAY


@freeze_time(NOON)
class TestSegment(KeepCase):
    """300 customers, of whom those with rare orders stopped half a year ago."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time(NOON):
            cls.accounts = cls.make_customers(300)
            rows = []
            for number, account in enumerate(cls.accounts):
                gone = number % 3 == 0
                first, gap = (600, 45) if gone else (700, 25)
                for days in range(first - number % 10, 110 if gone else 0, -gap):
                    rows.append((account.partner_id, TODAY - timedelta(days=days), 100.0))
            cls.rows = rows
            cls.add_orders(rows)
            # else PostgreSQL plans for the empty tables that earlier tests have left, and a search takes minutes
            cls.env.cr.execute("ANALYZE sale_order, res_partner, churn_account")
            cls.segments = cls.env["churn.segment"]
            cls.found = cls.segments._find(cls.model)

    def test_every_customer_is_in_one_segment(self):
        self.assertGreater(len(self.found), 1)
        self.assertEqual(sum(self.found.mapped("account_count")), 300)
        self.assertEqual(self.accounts.segment_id, self.found.filtered("account_count"))
        self.assertEqual(sum(self.found.mapped("revenue")), 300_000)
        self.assertEqual(sum(self.found.mapped("money_at_risk")), 180_000)

    def test_the_riskiest_comes_first_and_says_who_it_is(self):
        worst = self.segments.search([("company_id", "=", self.company.id)])[0]
        self.assertGreater(worst.churn_rate, 0.8)
        self.assertTrue(worst.rate_low < worst.churn_rate <= worst.rate_high)
        self.assertRegex(worst.rule_text, "more than|up to")
        self.assertEqual(worst.name, " · ".join(worst.rule_text.split("\n")))
        self.assertTrue(worst.measure_ids)

    def test_a_segment_keeps_its_identity_and_the_name_people_gave_it(self):
        self.found[0].name = "The silent ones"
        rate = self.found[0].churn_rate
        with freeze_time("2026-04-02 12:00:00"):
            again = self.segments._find(self.model)
        self.assertEqual(again, self.found)
        self.assertEqual((again[0].name, again[0].rate_before), ("The silent ones", rate))
        self.assertEqual(self.own_months(again[0]), ["2026-03-01", "2026-04-01"])

    def own_months(self, segment):
        """Months of which a search of that month has told the figures."""
        return [row["month"] for row in segment.month_figures if not row.get("past")]

    def test_a_new_segment_knows_how_it_fared_in_the_months_before(self):
        for segment in self.found:
            rows = segment.month_figures
            self.assertEqual(
                [row["month"] for row in rows],
                [f"2025-{month}-01" for month in range(10, 13)] + [f"2026-0{month}-01" for month in range(1, 4)],
            )
            self.assertEqual([row.get("past", False) for row in rows], [True] * 5 + [False])
        for column in zip(*self.found.mapped("month_figures"), strict=True):
            self.assertEqual(sum(row["count"] for row in column), 300)

    def test_the_past_of_a_segment_is_told_by_the_orders_of_that_time(self):
        everybody = self.found[0]
        everybody.write({"rule": [["orders", None, 1e9]], "month_figures": everybody.month_figures[-1:]})
        run = self.env["churn.keep.run"].search([("company_id", "=", self.company.id), ("kind", "=", "segment")])
        book = segment_run.SegmentBook(self.env, self.company.id, self.model.id, "sale", "UTC", TODAY)
        self.segments._look_back(run, book, 1, 90)
        until = date(2026, 2, 2)
        bought = {partner for partner, day, __ in self.rows if until - timedelta(days=90) <= day < until}
        row = everybody.month_figures[0]
        self.assertEqual((row["month"], row["count"]), ("2026-02-01", 300))
        self.assertTrue(0 < len(bought) < 300)
        self.assertAlmostEqual(row["rate"], 1 - len(bought) / 300)

    def test_a_large_company_has_no_figures_of_the_months_before(self):
        for segment in self.found:
            segment.month_figures = segment.month_figures[-1:]
        with patch.object(segment_run, "PAST_CUSTOMERS", 299):
            self.segments._find(self.model)
        self.assertEqual(set(self.found.mapped("months")), {1})

    def test_a_month_with_a_handful_of_customers_has_no_rate(self):
        segment = self.found[0]
        segment.month_figures = segment.month_figures[-1:]
        columns = {name: np.zeros(14) for name in segments.CUTS}
        everybody = {"rule": [["orders", None, 1]]}
        segment.write(everybody)
        segment._note_past_month(date(2026, 1, 1), columns, np.zeros(14, dtype=bool), columns)
        self.assertEqual(len(segment.month_figures), 1)

    def test_a_found_segment_is_called_by_its_rule_in_the_reader_s_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        first, second = self.found[:2]
        second.name = "The silent ones"
        chinese = self.found.with_context(lang="zh_CN")
        self.assertTrue(first.name.isascii())
        self.assertEqual(first.name, " · ".join(first.rule_text.split("\n")))
        self.assertFalse(chinese[0].name.isascii())
        self.assertEqual(chinese[0].display_name, chinese[0].name)
        self.assertEqual(chinese[1].name, "The silent ones", "what people call it stays")
        self.assertEqual(chinese.search([("name", "ilike", chinese[0].name[:4])]), chinese[0])
        self.assertEqual(dict(chinese.name_search(chinese[0].name)), {first.id: chinese[0].name})

    def test_the_name_of_a_segment_can_be_given_and_taken_back(self):
        segment = self.found[0].with_user(self.manager)
        by_rule = segment.name
        segment.name = by_rule
        self.assertFalse(segment.own_name, "nobody has called it anything else")
        segment.name = "Angry"
        self.assertEqual((segment.name, segment.own_name), ("Angry", "Angry"))
        segment.name = ""
        self.assertEqual(segment.name, by_rule)
        with self.assertRaisesRegex(ValidationError, "name"):
            self.segments.create({"domain": "[]"})

    def test_a_measure_is_suggested_for_what_the_rule_asks(self):
        def suggested(*rule):
            learned = segments.Segment(tuple(segments.Condition(*part) for part in rule), 1, 0, 0, 0, 0)
            return self.segments.browse().new(self.segments._new_values(self.company, learned)).measure_ids._origin

        for rule, measure in (
            ([("owner_days", None, 365)], "measure_leader_visit"),
            ([("owner_days", 365, None), ("breadth", None, 1)], "measure_offer"),
            ([("owner_days", 365, None), ("breadth", 1, None)], "measure_call"),
            ([("trend", None, 0.5)], "measure_visit"),
            ([("silence", 2, None)], "measure_call"),
        ):
            self.assertEqual(suggested(*rule), self.env.ref(f"churn_handover.{measure}"), rule)

    def test_what_sets_a_segment_apart_is_told_in_words(self):
        text = "\n".join(self.found.mapped("difference_text"))
        self.assertRegex(text, r": .+ on average, the others .+")
        self.assertFalse(segment_run._is_telling("irregularity", 0.17, 0.16, 0.9), "nobody would see it")
        self.assertFalse(segment_run._is_telling("breadth", 2.0, 1.0, 0.1), "chance would make it")
        self.assertTrue(segment_run._is_telling("breadth", 2.0, 1.0, 0.9))
        for segment in self.found:
            used = {part[0] for part in segment.rule}
            self.assertFalse(used & {row[0] for row in segment.differences}, "what the rule says is said already")

    def test_money_at_risk_by_segment_and_tier(self):
        self.accounts[:30].value_tier = "a"
        action = self.env["ir.actions.act_window"]._for_xml_id("churn_handover.money_at_risk_action")
        domain = [*ast.literal_eval(action["domain"]), ("company_id", "=", self.company.id)]
        rows = (
            self.env["churn.account"]
            .with_user(self.manager)
            ._read_group(domain, ["segment_id", "value_tier"], ["expected_loss:sum"])
        )
        self.assertEqual({segment for segment, __, ___ in rows}, set(self.found))
        self.assertEqual(sum(loss for __, tier, loss in rows if tier == "a"), 30 * 600)
        self.assertEqual(sum(loss for __, ___, loss in rows), 180_000)

    def test_the_trend_looks_at_half_a_year_and_is_told_in_words(self):
        segment = self.found[0]
        segment.month_figures = segment.month_figures[-1:]
        self.assertEqual((segment.months, segment.trend, segment.trend_text), (1, "flat", False))
        rates = [0.9, 0.10, 0.11, 0.12, 0.13, 0.14]
        rows = [
            {"month": f"2025-{9 + n:02}-01", "rate": rate, "count": 50 + n, "money": 0} for n, rate in enumerate(rates)
        ]
        segment.month_figures = [*rows[:4], {**rows[4], "month": "2026-01-01"}, {**rows[5], "month": "2026-02-01"}]
        self.assertEqual(segment.trend, "down", "six months")
        segment._note_month()
        self.assertEqual((segment.months, len(segment.history)), (7, 7))
        segment.month_figures = [*segment.month_figures[1:6], {**segment.month_figures[6], "rate": 0.15, "count": 60}]
        self.assertEqual(segment.trend, "up", "five points in six months, never three at once")
        self.assertEqual(segment.trend_text, "Churn rate from 10% in October 2025 to 15% now; customers from 51 to 60")
        self.env["res.lang"]._activate_lang("zh_CN")
        chinese = segment.with_context(lang="zh_CN")
        self.assertEqual(chinese.history[-1]["label"], "2026年3月", "the year comes first")

    def test_each_month_is_noted_once_and_kept(self):
        with freeze_time("2026-03-20 12:00:00"):
            self.segments._find(self.model)
        self.assertEqual([self.own_months(segment) for segment in self.found], [["2026-03-01"]] * len(self.found))
        with freeze_time("2026-04-02 12:00:00"):
            self.segments._find(self.model)
        self.assertEqual(self.own_months(self.found[0]), ["2026-03-01", "2026-04-01"])

    def test_the_cron_goes_in_steps_once_a_month(self):
        run = self.env["churn.keep.run"].search([("company_id", "=", self.company.id), ("kind", "=", "segment")])
        self.assertEqual((run.finished_on, run.running), (TODAY, False))
        with freeze_time("2026-04-02 12:00:00"):
            self.model.trained_on = False
            self.assertFalse(run._is_due(), "without a model there is nothing to learn")
            self.model.trained_on = TODAY
            self.assertTrue(run._is_due())
            run._step()
            self.assertEqual((run.running, run.cursor), (True, 1))
            run._step()
            self.assertFalse(run._is_due())
        self.assertEqual(set(self.found.mapped("updated_on")), {date(2026, 4, 2)})

    def test_a_manager_searches_again_at_once(self):
        self.model.trained_on = TODAY
        action = self.segments.with_user(self.manager).action_find_again()
        self.assertEqual(action["tag"], "soft_reload", "the list shows what was found")
        self.assertEqual(self.segments._found(self.company), self.found)

    def test_nobody_writes_the_figures(self):
        for values in ({"churn_rate": 0.01}, {"money_at_risk": 0}, {"rule": []}):
            with self.assertRaises(AccessError):
                self.found[0].with_user(self.manager).write(values)
        self.found[0].with_user(self.manager).name = "Named"

    def give_addresses(self):
        for number, account in enumerate(self.accounts):
            account.partner_id.email = f"c{number}@example.com"

    def test_a_mailing_leaves_alone_whom_a_programme_holds_out(self):
        self.give_addresses()
        programme = self.programme(self.found[0]._accounts(), holdout_share=0.5)
        programme.action_start()
        held_out = programme.member_ids.filtered(lambda member: member.group == "holdout").partner_id
        domain = ast.literal_eval(
            self.found[0].with_user(self.manager).action_mailing()["context"]["default_mailing_domain"]
        )
        mailed = self.env["res.partner"].search(domain)
        self.assertTrue(held_out and mailed)
        self.assertFalse(held_out & mailed)

    def test_a_mailing_reaches_a_person_where_the_customer_has_no_address(self):
        segment = self.found[0]
        first, second, third = segment._accounts()[:3].partner_id
        segment._accounts().partner_id.email = False
        person = self.env["res.partner"].create({"name": "Pat", "parent_id": first.id, "email": "pat@example.com"})
        second.email = "second@example.com"
        self.env["res.partner"].create({"name": "Sam", "parent_id": second.id, "email": "sam@example.com"})
        domain = segment.with_user(self.manager).action_mailing()["context"]["default_mailing_domain"]
        self.assertEqual(self.env["res.partner"].search(ast.literal_eval(domain)), person + second)
        self.assertTrue(third)

    def test_a_leader_s_mailing_goes_to_the_led_teams_customers(self):
        leader = new_test_user(
            self.env,
            login="seg_leader",
            groups="sales_team.group_sale_salesman_all_leads,churn_handover.group_churn_leader,"
            "mass_mailing.group_mass_mailing_user",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        led = self.found[0]._accounts()[0].partner_id
        self.found[0]._accounts().partner_id.email = "somebody@example.com"
        led.user_id = leader
        domain = self.found[0].with_user(leader).action_mailing()["context"]["default_mailing_domain"]
        self.assertEqual(self.env["res.partner"].search(ast.literal_eval(domain)), led)

    def test_the_company_is_done_once_a_month(self):
        self.model.trained_on = TODAY
        self.found.updated_on = "2026-02-10"
        self.assertEqual(self.segments._find(self.model), self.found)
        self.assertEqual(set(self.found.mapped("updated_on")), {TODAY})

    def test_by_hand(self):
        self.accounts[:20].value_tier = "a"
        segment = self.segments.with_user(self.manager).create(
            {"name": "Large", "domain": "[('value_tier', '=', 'a')]"}
        )
        self.assertEqual((segment.account_count, segment.revenue), (20, 20_000))
        self.assertAlmostEqual(segment.churn_rate, 0.6)
        self.assertEqual(segment._accounts(), self.accounts[:20])
        segment.domain = "[('value_tier', '=', 'b')]"
        self.assertEqual(segment.account_count, 280)
        for domain in ("[('nothing', '=', 1)]", "[('value_tier'"):
            with self.assertRaisesRegex(ValidationError, "cannot be read"), self.env.cr.savepoint():
                segment.domain = domain

    def test_one_click_to_the_list_and_to_a_programme(self):
        self.give_addresses()
        segment = self.found[0].with_user(self.manager)
        action = segment.action_open_accounts()
        self.assertEqual(action["display_name"], segment.name, "the list says whose customers it shows")
        self.assertEqual(self.env["churn.account"].search(action["domain"]), segment._accounts())
        programme = self.env["churn.programme"].browse(segment.action_start_programme()["res_id"])
        self.assertEqual((programme.segment_id, programme.measure_ids), (segment, segment.measure_ids))
        self.assertEqual(programme.member_count, segment.account_count)
        domain = ast.literal_eval(segment.action_mailing()["context"]["default_mailing_domain"])
        self.assertEqual(
            self.env["res.partner"].search(domain).sorted("id"), segment._accounts().partner_id.sorted("id")
        )
        programme.action_start()
        self.assertEqual(programme.member_ids.account_id, segment._accounts())

    def test_reps_read_and_managers_define(self):
        self.assertIn(self.found[0], self.segments.with_user(self.ann).search([]))
        with self.assertRaises(AccessError):
            self.found[0].with_user(self.ann).name = "Mine"
        with self.assertRaises(AccessError):
            self.segments.with_user(self.ann).create({"name": "Mine"})

    def test_another_company_s_segments_are_out_of_sight(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self.manager.copy({"login": "seg_x", "company_id": other.id, "company_ids": [(6, 0, other.ids)]})
        seen = self.segments.with_user(stranger).with_context(allowed_company_ids=other.ids)
        self.assertFalse(seen.search([("id", "in", self.found.ids)]))
        self.assertIn("nobody to learn from", seen.action_find_again()["params"]["message"])
        self.assertFalse(self.segments._found(other))

    def test_the_list_of_customers_costs_a_fixed_number_of_queries(self):
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(100):  # today, and five months back
            self.segments._find(self.model)
            self.env.flush_all()

    # Strategies

    def strategy(self, **values):
        return self.env["churn.strategy"].with_user(self.manager).create({"company_id": self.company.id, **values})

    def test_two_strategies_side_by_side(self):
        self.accounts[:30].write({"value_tier": "a", "expected_loss": 10_000})
        strategy = self.strategy(budget=10_000, cost_each=100, cost_top=500)
        self.assertEqual((strategy.wide_count, strategy.wide_cost), (100, 10_000))
        self.assertEqual((strategy.top_count, strategy.top_cost), (20, 10_000))
        self.assertEqual(strategy.top_risk, 200_000)
        self.assertAlmostEqual(strategy.top_net, 0.06 * 200_000 - 10_000)
        self.assertIn("12,000.00 ($ 4,000.00 to $ 24,000.00)", strategy.top_text.replace("\xa0", " "))
        self.assertIn("matters most is the share saved", strategy.verdict)
        self.assertEqual(strategy.top_hangs.split("\n")[0][:15], "The share saved")

    def test_every_segment_gets_its_part_of_the_budget(self):
        strategy = self.strategy(budget=3_000, cost_each=100, cost_top=500)
        self.found.account_ids[0].segment_id.account_ids[:5].expected_loss = 700
        by_segment = {
            segment: sum(segment.account_ids.mapped("expected_loss")) for segment in self.found if segment.account_ids
        }
        losses = strategy._losses()["wide"]
        self.assertEqual(len(losses), 30)
        self.assertGreater(len(by_segment), 1)
        self.assertLess(losses.count(600), 30)
        self.assertEqual(losses.count(700), 5)

    def test_costs_come_from_the_measures_once_they_are_entered(self):
        self.assertEqual((self.strategy(budget=1).cost_each, self.strategy(budget=1).cost_top), (100, 500))
        self.env.ref("churn_handover.measure_call").cost = 40
        self.env.ref("churn_handover.measure_visit").cost = 60
        self.env.ref("churn_handover.measure_leader_visit").cost = 900
        self.assertEqual((self.strategy(budget=1).cost_each, self.strategy(budget=1).cost_top), (50, 900))

    def test_each_company_has_its_own_costs(self):
        """Forty dollars of one company are not forty yen of the other."""
        other = self.env["res.company"].create({"name": "Other", "currency_id": self.env.ref("base.JPY").id})
        self.env.user.company_ids |= other
        call = self.env.ref("churn_handover.measure_call")
        call.cost = 40
        theirs = call.with_company(other)
        self.assertEqual((theirs.cost, theirs.currency_id), (0, other.currency_id), "not entered there")
        theirs.cost = 6000
        self.assertEqual((call.cost, call._cost_in(self.company), call._cost_in(other)), (40, 40, 6000))
        programme = self.programme(self.accounts[:2], measure_ids=call.ids, holdout_share=0)
        self.manager.company_ids |= other
        self.assertEqual(programme.with_company(other).planned_cost, 80, "wherever the reader works")
        strategies = self.env["churn.strategy"].with_context(allowed_company_ids=other.ids)
        self.assertEqual(strategies.create({"budget": 1}).cost_each, 6000)

    def test_the_cost_matters_most_when_little_can_be_saved(self):
        strategy = self.strategy(budget=10_000, saved_low=0, saved_likely=0.001, saved_high=0.002)
        self.assertIn("neither pays back", strategy.verdict)
        self.assertIn("matters most is the cost per customer", strategy.verdict)

    def test_without_money_at_risk_there_is_nothing_to_compare(self):
        strategy = self.env["churn.strategy"].with_user(self.manager).create({"budget": 0})
        self.assertIn("nothing to compare", strategy.verdict)

    def test_strategies_are_the_managers(self):
        with self.assertRaises(AccessError):
            self.env["churn.strategy"].with_user(self.ann).create({"budget": 1})
