"""Revenue before and after a change, against accounts that kept their owner: figures worked out by hand."""

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user

from .common_handover import REP, HandoverCase


class ResultCase(HandoverCase):
    """Acme, Bolt and Core changed hands 13 months ago; twelve accounts of Bob kept their owner."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.day = cls.today - relativedelta(months=13)
        categories = cls.env["product.category"].create([{"name": "Pumps"}, {"name": "Valves"}])
        cls.pump, cls.valve = cls.env["product.product"].create(
            [{"name": category.name, "type": "service", "categ_id": category.id} for category in categories]
        )
        cls.others = cls.env["res.partner"].create(
            [{"name": f"Other {n}", "is_company": True, "user_id": cls.bob.id} for n in range(12)]
        )
        cls.since(cls.others, cls.today - relativedelta(years=4))
        cls.sold = cls.env["sale.order"]
        for account in cls.others:
            cls.order(account, -6, 1000)
            cls.order(account, 3, 1000)
            cls.order(account, 4, 200, cls.valve)

    @classmethod
    def since(cls, accounts, day):
        """Let the owners of accounts have been so since a day."""
        rows = cls.env["churn.assignment"].search([("account_id", "in", accounts.ids), ("kind", "=", "owner")])
        rows.date_from = day

    @classmethod
    def order(cls, account, months, amount, product=None, **values):
        """A confirmed order so many months from the change date."""
        order = cls.env["sale.order"].create(
            {
                "partner_id": account.id,
                "user_id": cls.bob.id,
                "order_line": [Command.create({"product_id": (product or cls.pump).id, "price_unit": amount})],
                **values,
            }
        )
        order.order_line.tax_ids = False
        moment = fields.Datetime.to_datetime(cls.day + relativedelta(months=months, days=3))
        order.write({"state": "sale", "date_order": moment})
        return order

    def moved(self, accounts=None, day=None, successor_type="backup", **values):
        """Lines that changed hands on the day."""
        handover = self.env["churn.handover"].create(
            {"predecessor_id": self.old.id, "change_date": day or self.day, **values}
        )
        self.env["churn.handover.line"].create(
            [
                {
                    "handover_id": handover.id,
                    "account_id": account.id,
                    "successor_id": self.ann.id,
                    "state": "done",
                    "successor_type": successor_type,
                }
                for account in accounts or self.acme
            ]
        )
        return handover

    def refresh(self):
        with self.enter_registry_test_mode():
            self.env.ref("churn_handover.cron_result").method_direct_trigger()
        self.env.invalidate_all()

    def result(self, handover):
        return self.env["churn.result"].search([("handover_id", "=", handover.id)])


class TestFigures(ResultCase):
    def test_by_hand(self):
        self.order(self.acme, -20, 50, self.valve)  # two years back: valves are known
        self.order(self.acme, -4, 500)
        self.order(self.acme, 2, 300)
        self.order(self.acme, 5, 100, self.valve)
        handover = self.moved()
        self.refresh()
        result = self.result(handover)
        self.assertEqual((result.state, result.months, result.control_count), ("judged", 12, 12))
        self.assertEqual((result.revenue_before, result.base, result.revenue_after), (500, 500, 400))
        # the others went from 1,000 to 1,200, of which 200 in a category new to them
        self.assertEqual((result.expected, result.difference), (600, -200))
        self.assertEqual((result.repeat_after, result.new_after), (400, 0))
        self.assertEqual((result.repeat_expected, result.new_expected), (500, 100))
        self.assertAlmostEqual(result.stake_low, 66)
        self.assertAlmostEqual(result.stake_high, 88)
        self.assertAlmostEqual(result.control_ratio, 1.2)
        self.assertAlmostEqual(result.control_variance, 0)
        self.assertEqual((result.usual_low, result.usual_high), (600, 600))
        self.assertEqual(result.successor_type, "backup")
        self.assertIn("600", result.summary)

    def test_products_of_a_new_category_are_told_apart(self):
        self.order(self.acme, -4, 500)
        self.order(self.acme, 5, 100, self.valve)
        handover = self.moved()
        self.refresh()
        self.assertEqual((self.result(handover).repeat_after, self.result(handover).new_after), (0, 100))

    def test_the_variance_is_that_of_a_ratio(self):
        self.order(self.acme, -4, 500)
        for account in self.others[:6]:
            self.order(account, 6, 600)
        handover = self.moved()
        self.refresh()
        result = self.result(handover)
        # after: six with 1,800, six with 1,200, before 1,000 each: ratio 1.5, residuals of 300
        self.assertAlmostEqual(result.control_ratio, 1.5)
        self.assertAlmostEqual(result.control_variance, 12 * 300**2 / 12_000**2 * 12 / 11)
        self.assertEqual((result.usual_low, result.usual_high), (600, 900))

    def test_quotations_cancelled_orders_and_other_months_do_not_count(self):
        self.order(self.acme, -4, 500)
        self.order(self.acme, 2, 300).state = "cancel"
        self.order(self.acme, 2, 300).state = "draft"
        self.order(self.acme, 12, 700)
        self.order(self.acme, -13, 900)
        handover = self.moved()
        self.refresh()
        self.assertEqual((self.result(handover).base, self.result(handover).revenue_after), (500, 0))

    def test_orders_of_contacts_count_for_the_account(self):
        contact = self.env["res.partner"].create({"name": "Kim", "parent_id": self.acme.id})
        self.order(contact, -4, 500)
        handover = self.moved()
        self.refresh()
        self.assertEqual(self.result(handover).base, 500)

    def test_who_changed_owner_in_these_months_is_not_compared_with(self):
        self.order(self.acme, -4, 500)
        self.since(self.others[:2], self.day - relativedelta(months=11))
        handover = self.moved()
        self.refresh()
        self.assertEqual(self.result(handover).control_count, 10)

    def test_with_fewer_than_ten_others_nothing_is_expected(self):
        self.order(self.acme, -4, 500)
        self.since(self.others[:3], self.day - relativedelta(months=11))
        handover = self.moved()
        self.refresh()
        result = self.result(handover)
        self.assertEqual((result.state, result.expected), ("alone", 0))
        self.assertIn("Too few accounts", result.summary)

    def test_too_early_shows_the_same_months_of_the_year_before(self):
        day = self.day + relativedelta(months=8)  # five months ago
        self.order(self.acme, -2, 900)  # in the third month of the year before
        self.order(self.acme, 3, 500)  # in its eighth
        self.order(self.acme, 9, 200)
        handover = self.moved(day=day)
        self.refresh()
        result = self.result(handover)
        self.assertEqual((result.state, result.months), ("early", 5))
        self.assertEqual((result.revenue_before, result.base, result.revenue_after), (1400, 900, 200))
        self.assertIn("5 of 12 months", result.summary)

    def test_without_revenue_before_there_is_nothing_to_compare(self):
        self.order(self.acme, 2, 300)
        handover = self.moved()
        self.refresh()
        self.assertEqual(self.result(handover).state, "no_base")
        self.assertIn("No orders in the year before", self.result(handover).summary)

    def test_each_company_has_its_own(self):
        second = self.env["res.company"].create({"name": "Second"})
        self.order(self.acme, -4, 500)
        self.order(self.acme, -4, 70, company_id=second.id)
        handover = self.moved(company_ids=[Command.set((self.env.company | second).ids)])
        self.refresh()
        self.assertEqual(
            {result.company_id: result.base for result in self.result(handover)}, {self.env.company: 500, second: 70}
        )
        only = self.moved(accounts=self.acme, company_ids=[Command.set(self.env.company.ids)])
        self.refresh()
        self.assertEqual(self.result(only).company_id, self.env.company)

    def test_it_is_looked_at_once_a_month_for_a_year(self):
        handover = self.moved()
        self.assertIn((self.day, 12, handover.line_ids.ids), self.env["churn.result"]._due())
        self.refresh()
        self.assertFalse([row for row in self.env["churn.result"]._due() if row[0] == self.day])
        line = handover.line_ids
        line.result_months = 11
        self.assertTrue([row for row in self.env["churn.result"]._due() if row[0] == self.day])

    def test_many_lines_cost_as_many_queries_as_one(self):
        accounts = self.env["res.partner"].create([{"name": f"A{n}", "is_company": True} for n in range(200)])
        for account in accounts[:5]:
            self.order(account, -4, 500)

        def queries(part):
            handover = self.moved(accounts=part)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.env["churn.result"]._refresh(self.day, 12, handover.line_ids.ids)
            return self.env.cr.sql_log_count - before

        queries(accounts[:1])
        self.assertLessEqual(queries(accounts), queries(accounts[:1]))


class TestTogether(ResultCase):
    def test_too_few_is_said(self):
        self.order(self.acme, -4, 500)
        self.order(self.bolt, -4, 500)
        handover = self.moved(accounts=self.acme | self.bolt)
        self.moved(accounts=self.core, day=self.today - relativedelta(months=3), successor_type="new")
        self.order(self.core, 8, 100)
        self.refresh()
        self.assertIn("Too few to tell", handover.result_text)
        groups = self.env["churn.result.group"].search([("company_id", "=", self.env.company.id)])
        every = groups.filtered(lambda group: group.dimension == "1_all")
        self.assertEqual((every.accounts, every.judged, every.early, every.verdict), (3, 2, 1, "too_few"))
        self.assertFalse(every.has_share)
        self.assertEqual((every.revenue_after, every.expected), (0, 1200))
        by_successor = groups.filtered(lambda group: group.dimension == "2_successor")
        self.assertEqual({group.successor_type: group.accounts for group in by_successor}, {"backup": 2, "new": 1})
        self.assertIn("too early", by_successor.filtered(lambda group: group.successor_type == "new").summary)
        self.assertEqual(
            self.env["churn.result"].search(every.action_results()["domain"]), self.env["churn.result"].search([])
        )

    def test_forty_that_lost_half_are_found(self):
        accounts = self.env["res.partner"].create([{"name": f"A{n}", "is_company": True} for n in range(40)])
        handover = self.moved(accounts=accounts)
        self.env["churn.result"].create(
            [
                {
                    "line_id": line.id,
                    "handover_id": handover.id,
                    "company_id": self.env.company.id,
                    "account_id": line.account_id.id,
                    "change_date": self.day,
                    "state": "judged",
                    "months": 12,
                    "base": 100 + number,
                    "revenue_after": 50 + number % 3,
                    "expected": 100 + number,
                    "repeat_after": 40,
                    "repeat_expected": 90,
                    "new_after": 10,
                    "new_expected": 5,
                    "control_ratio": 1,
                }
                for number, line in enumerate(handover.line_ids)
            ]
        )
        comparison, repeat, new = self.result(handover)._compare()
        self.assertEqual(comparison.verdict, "less")
        self.assertAlmostEqual(repeat, 40 / 90 - 1)
        self.assertAlmostEqual(new, 1.0)
        self.assertIn("less than comparable ones", handover.result_text)

    def test_an_undone_handover_has_no_result(self):
        self.order(self.acme, -4, 500)
        handover = self.moved()
        self.refresh()
        self.assertTrue(self.result(handover))
        handover.line_ids.state = "undone"
        self.refresh()
        self.assertFalse(self.result(handover))


class TestSuccessorType(ResultCase):
    def kind(self, account=None, **values):
        handover = self.run_plan(**values)
        return self.line(handover, account or self.acme).successor_type

    def old_hand(self, user):
        """Somebody who has been here for long: owned an account three years ago."""
        account = self.account("Old", owner=user)
        self.since(account, self.today - relativedelta(years=3))

    def test_a_backup(self):
        self.env["churn.team.member"].create(
            {
                "account_id": self.acme.id,
                "user_id": self.ann.id,
                "role_id": self.env.ref("churn_handover.role_service").id,
                "is_backup": True,
                "date_from": self.today,
            }
        )
        self.assertEqual(self.kind(), "backup")

    def test_here_for_less_than_a_year(self):
        self.assertEqual(self.kind(), "new")

    def test_another_colleague(self):
        self.old_hand(self.ann)
        self.assertEqual(self.kind(), "other")

    def test_similar_customers(self):
        self.old_hand(self.ann)
        industry = self.env["res.partner.industry"].create({"name": "Ships"})
        country = self.env.ref("base.no")
        same = {"industry_id": industry.id, "country_id": country.id}
        self.acme.write(same)
        for number in range(5):
            served = self.account(f"Ship {number}", owner=self.ann, **same)
            self.order(served, 12, 100)
        self.env["churn.account"]._refresh(self.env.company)
        self.assertEqual(self.kind(), "similar")

    def test_a_failure_keeps_no_account_from_being_taken_over(self):
        line = type(self.env["churn.handover.line"])
        self.patch(line, "_fits", lambda lines: 1 / 0)
        with self.assertLogs("odoo.addons.churn_handover.models.followup.handover_line_result", "ERROR"):
            handover = self.run_plan()
        self.assertEqual(self.acme.user_id, self.ann)
        self.assertFalse(self.line(handover, self.acme).successor_type)


class TestRights(ResultCase):
    def test_reps_see_no_results_but_what_is_at_stake_with_their_revenue(self):
        self.order(self.acme, -4, 500)
        handover = self.moved()
        self.refresh()
        for user in (self.ann, self.old):
            with self.assertRaises(AccessError):
                self.result(handover).with_user(user).read(["difference"])
            self.assertFalse(handover.line_ids.with_user(user).result_text)

    def test_a_leader_sees_those_of_own_members(self):
        self.leader.group_ids += self.env.ref("churn_handover.group_churn_leader")
        stranger = new_test_user(self.env, login="stranger", groups=f"{REP},churn_handover.group_churn_leader")
        self.order(self.acme, -4, 500)
        handover = self.moved()
        self.refresh()
        results = self.env["churn.result"]
        own = [("handover_id", "=", handover.id)]
        self.assertTrue(results.with_user(self.leader).search(own))
        self.assertFalse(results.with_user(stranger).search(own))
        with self.assertRaises(AccessError):
            results.with_user(self.leader).search(own).write({"difference": 0})
        with self.assertRaises(AccessError):
            self.env["churn.result.group"].with_user(self.leader).search([])

    def test_another_company_sees_none(self):
        second = self.env["res.company"].create({"name": "Second"})
        foreign = self.manager.copy({"login": "f", "company_ids": [(6, 0, second.ids)], "company_id": second.id})
        self.order(self.acme, -4, 500)
        handover = self.moved()
        self.refresh()
        self.assertTrue(self.result(handover).with_user(self.manager).summary)
        self.assertFalse(self.env["churn.result"].with_user(foreign).search([("handover_id", "=", handover.id)]))

    def test_stake_before_the_change(self):
        self.env["churn.account"].create(
            {"partner_id": self.acme.id, "company_id": self.env.company.id, "revenue_12m": 1000}
        )
        handover = self.plan(accounts=self.acme)
        line = self.line(handover, self.acme).with_user(self.manager)
        self.assertAlmostEqual(line.stake_low, 132)
        self.assertAlmostEqual(line.stake_high, 176)
        self.assertAlmostEqual(handover.stake_high, 176)
