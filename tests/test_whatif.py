"""If this rep left tomorrow: figures per person, for several together, for the company, week by week."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError

from .common_handover import HandoverCase


class TestWhatif(HandoverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Whatif Ltd"})
        people = cls.old | cls.ann | cls.bob | cls.manager
        people.write({"company_ids": [(4, cls.company.id)]})
        cls.north.company_id = cls.south.company_id = False
        cls.env["crm.team.member"].search([("user_id", "not in", people.ids)]).unlink()
        (cls.acme | cls.bolt | cls.core).company_id = cls.company
        cls.bobs = cls.account("Bobs", owner=cls.bob, company_id=cls.company.id)
        cls.figures(cls.acme, 1000, dependence=90, backup_contacts=0)
        cls.figures(cls.bolt, 3000, dependence=50, backup_contacts=4)
        cls.figures(cls.bobs, 500)

    @classmethod
    def figures(cls, account, revenue, **values):
        cls.env["churn.account"].create(
            {
                "partner_id": account.id,
                "company_id": cls.company.id,
                "revenue_12m": revenue,
                "order_count_12m": 2,
                "dependence_status": "told" if "dependence" in values else "cannot_tell",
                **values,
            }
        )

    def rows(self, **values):
        rows = self.env["churn.whatif"]._snapshot(self.company)
        return {row.title: row for row in rows}

    def test_what_one_person_leaves_behind(self):
        row = self.rows()["Olga"]
        self.assertEqual((row.accounts, row.revenue, row.covered), (3, 4000, 3000))
        self.assertAlmostEqual(row.covered_share, 0.75)
        self.assertEqual(row.dependence, 60, "90 and 50, weighted by 1000 and 3000")
        self.assertEqual(row.cannot_tell, 1)
        self.assertAlmostEqual(row.stake_low, 528)
        self.assertAlmostEqual(row.stake_high, 704)
        self.assertEqual(row.unplaced, 0)
        self.assertTrue(0 <= row.saved <= row.stake_high * 0.4)

    def test_the_company_is_the_sum(self):
        rows = self.rows()
        self.assertEqual(rows["Whatif Ltd"].revenue, rows["Olga"].revenue + rows["Bob"].revenue)
        self.assertEqual(rows["Whatif Ltd"].accounts, 4)
        self.assertEqual(set(rows), {"Whatif Ltd", "Olga", "Bob"})

    def test_what_nobody_can_take_is_told(self):
        self.env["churn.capacity"].create([{"user_id": user.id, "account_limit": 2} for user in (self.ann, self.bob)])
        self.assertEqual(self.rows()["Olga"].unplaced, 0, "Ann takes two, Bob one")
        self.env["churn.capacity"].search([("user_id", "=", self.ann.id)]).account_limit = 1
        row = self.rows()["Olga"]
        self.assertEqual((row.unplaced, row.unplaced_revenue), (1, 0), "the one without revenue is left over")

    def test_several_together_cannot_take_from_each_other(self):
        rows = self.rows()
        self.env["churn.capacity"].create({"user_id": self.ann.id, "account_limit": 2})
        both = rows["Olga"] | rows["Bob"]
        action = both.with_user(self.manager).with_company(self.company).action_together()
        row = self.env["churn.whatif"].browse(action["res_id"])
        self.assertEqual((row.title, row.kind, row.accounts), ("Bob, Olga", "selection", 4))
        self.assertEqual((row.unplaced, row.unplaced_revenue), (2, 500))
        with self.assertRaisesRegex(UserError, "of one company"):
            rows["Whatif Ltd"].with_user(self.manager).with_company(self.company).action_together()

    def test_a_week_has_one_row_and_the_latest_is_marked(self):
        with freeze_time("2027-03-03 10:00:00"):
            self.rows()
            self.rows()
        with freeze_time("2027-03-10 10:00:00"):
            self.rows()
        rows = self.env["churn.whatif"].search([("company_id", "=", self.company.id), ("kind", "=", "company")])
        self.assertEqual([str(row.date) for row in rows], ["2027-03-10", "2027-03-03"])
        self.assertEqual(rows.mapped("is_latest"), [True, False])

    def test_the_cron_takes_every_company_once_a_week(self):
        with self.enter_registry_test_mode():
            self.env.ref("churn_handover.cron_whatif").method_direct_trigger()
        before = self.env["churn.whatif"].search([("company_id", "=", self.company.id)])
        self.assertEqual(set(before.mapped("title")), {"Whatif Ltd", "Olga", "Bob"})
        with self.enter_registry_test_mode():
            self.env.ref("churn_handover.cron_whatif").method_direct_trigger()
        self.assertEqual(self.env["churn.whatif"].search([("company_id", "=", self.company.id)]), before)

    def test_managers_only_and_own_companies(self):
        rows = self.rows()
        for user in (self.old, self.leader):
            with self.assertRaises(AccessError):
                self.env["churn.whatif"].with_user(user).search([])
        here = self.env["churn.whatif"].with_user(self.manager)
        elsewhere = here.with_context(allowed_company_ids=self.env.company.ids)
        self.assertFalse(elsewhere.search([("company_id", "=", self.company.id)]))
        there = here.with_context(allowed_company_ids=self.company.ids)
        self.assertEqual(len(there.search([("company_id", "=", self.company.id)])), 3)
        action = rows["Olga"].action_open_accounts()
        found = self.env["churn.account"].search(action["domain"])
        self.assertEqual(found.partner_id, self.acme | self.bolt)
