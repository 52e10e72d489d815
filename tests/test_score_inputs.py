from datetime import date, timedelta

import numpy as np
from freezegun import freeze_time

from odoo.addons.churn_handover.analytics.inputs import COLUMNS, OrderBook
from odoo.addons.churn_handover.models.score.score_book import day_number

from .common_score import NOON, TODAY, ScoreCase


@freeze_time(NOON)
class TestInputs(ScoreCase):
    """The SQL statement says what the numpy core says, and reads only what is an order of a customer."""

    def assert_same(self, rows, horizon=90, days=(TODAY, date(2025, 9, 1), date(2024, 7, 15))):
        """``rows``: (partner, date, amount in company currency) that must count."""
        self.model._prepare(self.company, TODAY)
        book = self.model._book()
        number = {row.partner_id.id: row.id for row in self.env["churn.account"].search([])}
        twin = OrderBook(
            [number[partner.id] for partner, __, __ in rows],
            [day_number(day) for __, day, __ in rows],
            [amount for __, __, amount in rows],
        )
        for day in days:
            t0 = day_number(day)
            found, wanted = book.snapshot(t0, horizon), twin.snapshot(t0, horizon)
            for name in COLUMNS:
                np.testing.assert_allclose(
                    getattr(found, name), getattr(wanted, name), rtol=1e-9, atol=1e-9, err_msg=name
                )
            self.assertEqual(book.start_before(t0), twin.start_before(t0))
            earlier = t0 - horizon
            accounts = wanted.account
            self.assertEqual(
                book.ordered(accounts, earlier, horizon).tolist(), twin.ordered(accounts, earlier, horizon).tolist()
            )

    def test_random_orders(self):
        partners = self.make_accounts(40)
        random = np.random.default_rng(7)
        rows = []
        for partner in partners:
            for __ in range(random.integers(0, 30)):
                day = TODAY - timedelta(days=int(random.integers(1, 900)))
                amount = random.choice(
                    [round(float(random.random() * 1000), 2), 0.0, -round(float(random.random() * 99), 2)]
                )
                rows.append((partner, day, float(amount)))
        rows += rows[:20]  # duplicates
        self.add_orders(rows)
        self.assert_same(rows)

    def test_only_confirmed_orders_of_this_company_before_today_count(self):
        partners = self.make_accounts(2)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        good = [(partners[0], TODAY - timedelta(days=days), 100.0) for days in (1, 40, 80, 300)]
        good += [(partners[1], TODAY - timedelta(days=10), 50.0)]
        self.add_orders(good)
        noise = [(partners[0], TODAY - timedelta(days=20), 70.0)]
        self.add_orders(noise, state="draft")
        self.add_orders(noise, state="sent")
        self.add_orders(noise, state="cancel")
        self.add_orders(noise, company=other)
        self.add_orders([(partners[0], TODAY, 70.0), (partners[0], date(2031, 1, 1), 70.0)])
        self.assert_same(good)

    def test_contacts_roll_up_to_the_account(self):
        company = self.make_accounts(1)
        contact = self.env["res.partner"].create({"name": "Buyer", "parent_id": company.id})
        days = [TODAY - timedelta(days=days) for days in (5, 30, 70)]
        self.add_orders([(company, days[0], 10.0), (contact, days[1], 20.0), (contact, days[2], 30.0)])
        self.assert_same([(company, day, amount) for day, amount in zip(days, (10.0, 20.0, 30.0), strict=True)])

    def test_currencies_are_converted_at_the_order_date(self):
        partner = self.make_accounts(1)
        euro = self.env.ref("base.EUR")
        days = [TODAY - timedelta(days=days) for days in (5, 30, 70)]
        self.add_orders([(partner, days[0], 100.0)])
        self.add_orders([(partner, days[1], 100.0)], currency=euro, rate=0.5)
        self.add_orders([(partner, days[2], 100.0)], currency=euro, rate=0.8)
        self.assert_same(list(zip([partner] * 3, days, (100.0, 200.0, 125.0), strict=True)))

    def test_a_rate_of_zero_counts_as_one(self):
        partner = self.make_accounts(1)
        day = TODAY - timedelta(days=5)
        self.add_orders([(partner, day, 100.0)], rate=0.0)
        self.assert_same([(partner, day, 100.0)])

    def test_the_day_is_the_company_s(self):
        """23:30 UTC is the next day in Shanghai, and there already today: not before the cut-off."""
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        partner = self.make_accounts(1)
        self.add_orders([(partner, "2026-02-10 23:30:00", 10.0), (partner, "2026-03-01 23:30:00", 10.0)])
        self.assert_same([(partner, date(2026, 2, 11), 10.0)])

    def test_our_own_companies_and_people_are_no_customers(self):
        partner = self.make_accounts(1)
        day = TODAY - timedelta(days=5)
        self.add_orders([(partner, day, 10.0), (self.company.partner_id, day, 10.0), (self.ann.partner_id, day, 10.0)])
        self.model._prepare(self.company, TODAY)
        scored = self.env["churn.account"].search([("score_model_id", "=", self.model.id)])
        self.assertEqual(scored.partner_id, partner)
        inputs = self.model._book().snapshot(day_number(TODAY), 90)
        self.assertEqual(inputs.account.tolist(), scored.ids)

    def test_an_amount_that_is_no_number_is_left_out(self):
        partner = self.make_accounts(1)
        day = TODAY - timedelta(days=5)
        self.add_orders([(partner, day, 10.0), (partner, day - timedelta(days=9), float("nan"))])
        self.assert_same([(partner, day, 10.0)])

    def test_one_statement_per_snapshot(self):
        self.rhythms(self.make_accounts(5))
        self.model._prepare(self.company, TODAY)
        book = self.model._book()
        with self.assertQueryCount(2):  # one of them sets the memory for the sort
            book.snapshot(day_number(TODAY), 90)
