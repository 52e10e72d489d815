"""Person dependence and the value at stake on real orders, checked by hand from the csv files.

Field Trip Store ordered first on 2018-08-29, Westside Plaza on 2019-07-17, each always from the same salesperson; the
last day of the data, 2020-05-31, is yesterday. So the relationships are 642 and 320 days old today.

    Field Trip Store: 3 of 4 contacts are the owner's, all with the same person
        50 × 3/4 + 4 × 642/182.625 − 2 × 642/182.625 − 5 (a colleague) + 10 (one person) = 49.5
    Westside Plaza: both contacts are the owner's, with two people
        50 + 4 × 320/182.625 − 2 × 320/182.625 = 53.5

Salesperson 282 owns 68 accounts; their revenue of 12 months is added up here from the csv file, 4,337,317 when the 12
months have 365 days. Of that 13.2 % and 17.6 % are at stake.
"""

import csv
from datetime import date, timedelta

from odoo import fields

from .common_company import AdventureWorksCase, shared_data

LAST_DAY = date(2020, 5, 31)


class TestDependenceAdventureWorks(AdventureWorksCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.churn_contact_level = 0
        cls.field_trip, cls.westside = (
            cls.env["res.partner"].search([("name", "=", name), ("is_company", "=", True)])
            for name in ("Field Trip Store", "Westside Plaza")
        )
        other = cls.person["281"]
        for day in (10, 20, 30):
            cls.meeting(cls.person["282"], cls.field_trip, day)
        cls.meeting(other, cls.field_trip, 40)
        buyer = cls.env["res.partner"].create({"name": "Buyer", "parent_id": cls.westside.id})
        cls.meeting(cls.person["287"], cls.westside, 10)
        cls.meeting(cls.person["287"], buyer, 20)
        today = fields.Date.context_today(cls.env.user)
        cls.env["churn.account"]._refresh(cls.env.company)
        for step in cls.env["churn.contact"]._pending_steps(today):
            cls.env["churn.contact"]._run_step(step, today)
        cls.env["churn.account"]._refresh_dependence(cls.env.company)

    @classmethod
    def meeting(cls, user, partner, days):
        start = fields.Datetime.now() - timedelta(days=days)
        cls.env["calendar.event"].with_context(no_mail_to_attendees=True).create(
            {
                "name": "Visit",
                "start": start,
                "stop": start + timedelta(hours=1),
                "user_id": user.id,
                "partner_ids": [(6, 0, (user.partner_id | partner).ids)],
            }
        )

    def revenue_by_hand(self, salesperson):
        """What the accounts ordered in 12 months whose last order is the salesperson's, from the file."""
        today = fields.Date.context_today(self.env.user)
        start = fields.Date.subtract(today, months=12) - (today - timedelta(days=1) - LAST_DAY)
        revenue, owner = {}, {}
        with shared_data("adventureworks", "order_lines.csv").open(encoding="utf-8") as lines:
            for line in csv.DictReader(lines):
                reseller, key = line["reseller_id"], (line["date"], line["order_id"])
                owner[reseller] = max(owner.get(reseller, ("", "", "")), (*key, line["salesperson_id"]))
                if line["date"] >= start.isoformat():
                    revenue[reseller] = revenue.get(reseller, 0) + float(line["amount"])
        return sum(amount for reseller, amount in revenue.items() if owner[reseller][2] == salesperson)

    def row(self, account):
        return self.env["churn.account"].search([("partner_id", "=", account.id)])

    def points(self, account):
        return {reason["code"]: reason["points"] for reason in self.row(account).dependence_reasons["reasons"]}

    def test_two_accounts_by_hand(self):
        self.assertEqual(
            self.points(self.field_trip),
            {"share": 38, "person": 14, "firm": -7, "colleagues": -5, "people": 10, "backup": 0},
        )
        row = self.row(self.field_trip)
        self.assertEqual((row.dependence, row.dependence_level), (50, "medium"))
        self.assertEqual(
            self.points(self.westside), {"share": 50, "person": 7, "firm": -4, "colleagues": 0, "backup": 0}
        )
        self.assertEqual(self.row(self.westside).dependence, 54)

    def test_what_salesperson_282_leaves_behind(self):
        rows = self.env["churn.whatif"]._snapshot(self.env.company)
        row = rows.filtered(lambda row: row.user_id == self.person["282"])
        self.assertEqual(row.accounts, 68)
        revenue = self.revenue_by_hand("282")
        self.assertAlmostEqual(row.revenue, revenue, delta=1)
        self.assertAlmostEqual(row.stake_low, 0.132 * revenue, delta=1)
        self.assertAlmostEqual(row.stake_high, 0.176 * revenue, delta=1)
        self.assertLess(row.saved, 0.4 * row.stake_high)
        self.assertEqual(row.dependence, 50, "only Field Trip Store can be told")

    def test_the_plan_for_282_keeps_every_limit(self):
        handover = self.env["churn.handover"]._plan(
            self.person["282"], fields.Date.context_today(self.env.user) + timedelta(days=30)
        )
        self.env.ref("churn_handover.capacity_default").account_limit = 50
        handover.action_propose_best()
        self.assertFalse(handover.match_warning)
        after = self.env["churn.load"]._of(handover.account_line_ids.successor_id, self.env.company)
        gained = handover.account_line_ids.grouped("successor_id")
        self.assertEqual(sum(len(lines) for lines in gained.values()), 68)
        for user, lines in gained.items():
            self.assertLessEqual(after[user.id].accounts + len(lines), 50, user.name)
