"""If this rep left tomorrow: figures per person, for several together, for the company, week by week."""

import io
from unittest.mock import patch

import openpyxl
from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, tagged

from odoo.addons.churn_handover.models.dependence import whatif_run

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

    def test_the_best_plan_says_who_takes_what_and_what_is_in_the_way(self):
        row = self.rows()["Olga"]
        self.assertEqual(sum(row.taker_ids.mapped("accounts")), 3)
        self.assertAlmostEqual(sum(row.taker_ids.mapped("saved")), row.saved, places=2)
        self.assertFalse(row.shortage_text)
        self.env["churn.capacity"].create([{"user_id": user.id, "account_limit": 1} for user in (self.ann, self.bob)])
        row.with_user(self.manager).with_company(self.company).action_refresh()
        self.assertEqual((row.unplaced, sum(row.taker_ids.mapped("accounts"))), (2, 1))
        self.assertIn("no room for 2 accounts", row.shortage_text)
        total = self.env["churn.whatif"].search([("company_id", "=", self.company.id), ("kind", "=", "company")])
        self.assertEqual(total.unplaced, 2, "the company follows")
        action = row.action_open_unplaced()
        self.assertEqual(len(self.env["res.partner"].search(action["domain"])), 2)
        self.assertEqual(set(total.unplaced_accounts), set(row.unplaced_accounts))

    def test_accounts_without_a_backup_who_knows_them_are_one_click_away(self):
        rows = self.rows()
        row = rows["Olga"].with_user(self.manager).with_company(self.company)
        self.assertEqual(row.uncovered, 2)
        action = row.action_open_uncovered()
        self.assertEqual(self.env["res.partner"].search(action["domain"]), self.acme | self.core)
        everybody = rows["Whatif Ltd"].with_user(self.manager).with_company(self.company)
        found = self.env["res.partner"].search(everybody.action_open_uncovered()["domain"])
        self.assertEqual(found, self.acme | self.core | self.bobs)
        self.assertEqual(everybody.uncovered, 3)

    def test_who_is_leaving_already_takes_over_from_nobody(self):
        leaving = (
            self.env["churn.handover"].with_user(self.manager)._plan(self.bob, self.today, company_ids=self.company)
        )
        leaving.line_ids.successor_id = self.ann
        leaving.action_confirm()
        self.assertEqual(self.rows()["Olga"].taker_ids.user_id, self.ann)

    def test_a_departure_starts_with_the_best_plan(self):
        self.leader.company_ids += self.company
        row = (
            self.rows()["Olga"]
            .with_user(self.manager)
            .with_context(allowed_company_ids=(self.company | self.env.company).ids)
        )
        action = row.action_plan_departure()
        with Form(self.env["churn.departure"].with_user(self.manager).with_context(**action["context"])) as form:
            self.assertEqual(form.predecessor_id, self.old)
            self.assertTrue(form.propose_best)
        plan = self.env["churn.handover"].browse(form.record.action_plan()["res_id"])
        self.assertTrue(plan.match_text)
        self.assertTrue(all(plan.account_line_ids.mapped("fit_known")))

    def test_without_the_box_the_first_backup_is_proposed(self):
        self.leader.company_ids += self.company
        door = self.env["churn.departure"].with_user(self.manager).create({"predecessor_id": self.old.id})
        plan = self.env["churn.handover"].browse(door.action_plan()["res_id"])
        self.assertFalse(plan.match_text)

    def test_who_leaves_together_can_be_chosen_by_name(self):
        self.rows()
        wizards = self.env["churn.whatif.together"].with_user(self.manager).with_company(self.company)
        wizard = wizards.create({"user_ids": [Command.set((self.old | self.bob).ids)]})
        self.assertEqual(wizard.owner_ids, self.old | self.bob)
        row = self.env["churn.whatif"].browse(wizard.action_simulate()["res_id"])
        self.assertEqual((row.kind, row.accounts), ("selection", 4))
        action = self.env["churn.whatif"].with_user(self.manager).action_together()
        self.assertEqual(action["res_model"], "churn.whatif.together")
        foreign = self.env["res.company"].create({"name": "Foreign"})
        with self.assertRaises(AccessError):
            self.env["churn.whatif"].with_user(self.manager)._together(self.old, foreign)

    def test_figures_of_former_weeks_stay(self):
        with freeze_time("2027-03-03 10:00:00"):
            old = self.rows()["Olga"]
        with freeze_time("2027-03-10 10:00:00"):
            self.rows()
        self.assertFalse(old.taker_ids, "the plan of a former week is not kept")
        with self.assertRaisesRegex(UserError, "former weeks"):
            old.action_refresh()
        trend = self.env["churn.whatif"].search(old.action_open_trend()["domain"])
        self.assertEqual(len(trend), 2)

    def test_the_job_goes_on_where_it_stopped(self):
        whatif = self.env["churn.whatif"]
        whatif._take(self.company, self.old)
        self.assertEqual([users.ids for users in whatif._steps(self.company)], [self.bob.ids])
        self.assertFalse(whatif.search([("company_id", "=", self.company.id), ("is_latest", "=", True)]))
        with patch.object(whatif_run, "PAIRS_PER_STEP", 1):
            whatif._snapshot(self.company)
        rows = whatif.search([("company_id", "=", self.company.id)])
        self.assertEqual(set(rows.mapped("title")), {"Whatif Ltd", "Olga", "Bob"})
        self.assertTrue(all(rows.mapped("is_latest")))

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
        found = self.env["res.partner"].search(action["domain"])
        self.assertEqual(found, self.acme | self.bolt | self.core, "as many as the button says")


@tagged("post_install", "-at_install")
class TestWhatifDownload(HandoverCase, HttpCase):
    def test_a_manager_downloads_what_is_seen_and_a_rep_nothing(self):
        self.env["churn.whatif"]._snapshot(self.env.company)
        row = self.env["churn.whatif"].search([("user_id", "=", self.old.id), ("is_latest", "=", True)])
        row.title = "=1+1"
        self.authenticate("max", "max")
        action = row.with_user(self.manager).action_export()
        found = openpyxl.load_workbook(io.BytesIO(self.url_open(action["url"]).content))
        figures, takers = found.worksheets
        self.assertEqual([cell.value for cell in figures["A"]], ["Who Leaves", "=1+1"])
        self.assertEqual(figures["A2"].data_type, "s", "a name is no formula")
        self.assertEqual(sum(cell.value for cell in takers["C"][1:]), row.accounts - row.unplaced)
        everything = openpyxl.load_workbook(io.BytesIO(self.url_open("/churn_handover/whatif.xlsx").content))
        self.assertEqual(
            everything.worksheets[0].max_row - 1, self.env["churn.whatif"].search_count([("is_latest", "=", True)])
        )
        self.authenticate("ann", "ann")
        self.assertEqual(self.url_open(action["url"]).status_code, 403)
