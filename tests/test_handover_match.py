"""Proposing the best successors of a plan: similar customers first, capacity kept, the manager's choices respected."""

from datetime import timedelta

from lxml import etree
from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger

from .common_handover import HandoverCase


class MatchCase(HandoverCase):
    """Ann serves steel, Bob retail; of the leaver's accounts two are retailers and one makes steel."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.retail, cls.steel = cls.env["res.partner.industry"].create([{"name": "Retail"}, {"name": "Steel"}])
        cls.acme.industry_id = cls.bolt.industry_id = cls.retail
        cls.core.industry_id = cls.steel
        # nobody else may be proposed
        cls.env["crm.team.member"].search([("user_id", "not in", (cls.old | cls.ann | cls.bob).ids)]).unlink()
        # Ann serves steel, Bob retail
        for number in range(3):
            cls.served(f"Steel {number}", cls.ann, cls.steel)
            cls.served(f"Shop {number}", cls.bob, cls.retail)
        for account in (cls.acme, cls.bolt, cls.core):
            cls.bought(account, 1000)

    @classmethod
    def served(cls, name, owner, industry):
        account = cls.account(name, owner=owner, industry_id=industry.id)
        cls.bought(account, 1000)
        return account

    @classmethod
    def bought(cls, account, revenue):
        cls.env["churn.account"].create(
            {
                "partner_id": account.id,
                "company_id": cls.env.company.id,
                "revenue_12m": revenue,
                "order_count_12m": 4,
                "last_order_date": cls.today,
            }
        )


class TestHandoverMatch(MatchCase):
    def proposed(self, handover=None, **values):
        handover = handover or self.plan(**values)
        handover.line_ids.successor_id = False
        handover.action_propose_best()
        return handover

    def successors(self, handover):
        return {line.account_id.name: line.successor_id for line in handover.account_line_ids}

    def limit(self, user, **limits):
        self.env["churn.capacity"].create({"user_id": user.id, **limits})

    def test_the_administrator_takes_over_only_when_looking_after_customers(self):
        """Odoo puts the administrator into the first sales team by itself."""
        admin = self.env.ref("base.user_admin")
        self.south.crm_team_member_ids = [Command.create({"user_id": admin.id})]
        fit = self.env["churn.fit"]
        self.assertEqual(fit._candidates(self.env.company) & (admin | self.ann), self.ann)
        self.served("Server room", admin, self.steel)
        self.assertEqual(fit._candidates(self.env.company) & (admin | self.ann), admin | self.ann)

    def test_who_serves_similar_customers_takes_over(self):
        handover = self.proposed()
        self.assertEqual(self.successors(handover), {"Acme": self.bob, "Bolt": self.bob, "Core": self.ann})
        line = self.line(handover, self.core)
        self.assertIn("same industry: 3", line.fit_text)
        self.assertTrue(0 < line.fit <= 1)
        self.assertIn("3,000", handover.match_text.replace("\xa0", " "))
        self.assertFalse(handover.match_warning)

    def test_nobody_gets_more_than_fits_and_the_rest_goes_to_the_next_best(self):
        self.limit(self.bob, account_limit=4)
        handover = self.proposed()
        found = list(self.successors(handover).values())
        self.assertEqual((found.count(self.bob), found.count(self.ann)), (1, 2))
        self.assertEqual(self.successors(handover)["Core"], self.ann)

    def test_a_fixed_choice_stays_and_is_planned_around(self):
        self.limit(self.bob, account_limit=4)
        handover = self.plan()
        line = self.line(handover, self.bolt)
        line.write({"successor_id": self.ann.id, "successor_locked": True})
        handover.action_propose_best()
        self.assertEqual(self.successors(handover), {"Acme": self.bob, "Bolt": self.ann, "Core": self.ann})
        line.action_fix()
        self.assertFalse(line.successor_locked)

    def test_who_is_chosen_by_hand_is_fixed_and_has_no_reasons_of_another(self):
        handover = self.proposed()
        with Form(handover.with_user(self.manager)) as form, form.account_line_ids.edit(0) as row:
            row.successor_id = self.leader
        line = handover.account_line_ids[0]
        self.assertTrue(line.successor_locked)
        self.assertEqual(line.successor_id, self.leader)
        self.assertFalse(line.fit_text)

    def test_what_does_not_fit_says_which_limit_and_by_how_much(self):
        self.limit(self.bob, account_limit=4)
        self.limit(self.ann, account_limit=4)
        handover = self.proposed()
        self.assertIn("no room for 1 accounts", handover.match_warning)
        self.assertEqual(len([user for user in self.successors(handover).values() if not user]), 1)
        self.env["churn.capacity"].search([("user_id", "=", self.bob.id)]).account_limit = 50
        handover.action_propose_best()
        self.assertFalse(handover.match_warning)

    def test_limits_on_deals_and_revenue_hold_too(self):
        self.lead(self.acme)
        self.lead(self.bolt)
        self.limit(self.bob, deal_limit=1)
        handover = self.proposed()
        found = self.successors(handover)
        self.assertEqual([found["Acme"], found["Bolt"]].count(self.bob), 1)
        self.env["churn.capacity"].search([("user_id", "=", self.bob.id)]).write(
            {"deal_limit": 0, "revenue_limit": 4500}
        )
        handover.action_propose_best()
        self.assertEqual(list(self.successors(handover).values()).count(self.bob), 1)
        self.limit(self.ann, revenue_limit=3000)
        handover.action_propose_best()
        self.assertIn("limit on revenue is exceeded", handover.match_warning)

    def test_who_leaves_or_has_no_access_is_not_proposed(self):
        leaving = self.env["churn.handover"].with_user(self.manager)._plan(self.bob, self.today + timedelta(days=30))
        leaving.line_ids.successor_id = self.ann
        leaving.action_confirm()
        handover = self.proposed()
        self.assertNotIn(self.bob, self.successors(handover).values())

    def test_a_backup_with_contact_beats_a_stranger(self):
        self.env["churn.team.member"].create(
            {
                "account_id": self.acme.id,
                "user_id": self.ann.id,
                "role_id": self.env.ref("churn_handover.role_inside_sales").id,
                "is_backup": True,
            }
        )
        for day in range(12):
            self.meeting(self.acme, self.ann.partner_id, days=-1 - day)
        self.env["churn.contact"]._run_step("meetings", self.today)
        weights = self.env["churn.fit.weight"]
        weights.search([("code", "=", "industry")]).weight = 1
        handover = self.proposed()
        self.assertEqual(self.successors(handover)["Acme"], self.ann)
        self.assertIn("Is the backup of this customer", self.line(handover, self.acme).fit_text)
        self.assertIn("contact with this customer in the last 12 months: 12", self.line(handover, self.acme).fit_text)

    def test_fixed_choices_over_a_limit_name_the_person_and_by_how_much(self):
        self.lead(self.acme)
        self.lead(self.bolt)
        self.limit(self.ann, deal_limit=1, revenue_limit=3500)
        handover = self.plan()
        for account in (self.acme, self.bolt):
            self.line(handover, account).write({"successor_id": self.ann.id, "successor_locked": True})
        handover.action_propose_best()
        warning = handover.match_warning.replace("\xa0", " ")
        self.assertIn("Ann would have 1 open deals more than the limit allows", warning)
        self.assertRegex(warning, r"Ann would look after .*1,500.* more revenue than the limit allows")
        self.assertEqual(self.successors(handover)["Acme"], self.ann, "the manager's choice stays")

    def test_who_serves_customers_for_a_year_is_not_new(self):
        fits = self.env["churn.fit"]
        self.assertLess(fits._months([self.leader.id])[0], 1)
        self.env["churn.team.member"].create(
            {
                "account_id": self.acme.id,
                "user_id": self.leader.id,
                "role_id": self.env.ref("churn_handover.role_inside_sales").id,
                "date_from": self.today - timedelta(days=365),
            }
        )
        self.env.flush_all()
        self.assertAlmostEqual(fits._months([self.leader.id])[0], 12, places=1)

    def test_the_two_strongest_reasons_stand_in_the_list(self):
        line = self.line(self.proposed(), self.core)
        self.assertEqual(line.fit_short, "; ".join(line.fit_text.split("; ")[:2]))
        self.assertGreater(len(line.fit_text), len(line.fit_short))
        self.line(line.handover_id, self.core).successor_id = self.leader
        self.assertFalse(line.fit_short, "reasons for somebody else are none")

    def test_the_button_is_in_the_head_of_a_draft(self):
        view = self.env["churn.handover"].with_user(self.manager).get_view(view_type="form")
        buttons = etree.fromstring(view["arch"]).xpath("//header/button[@name='action_propose_best']")
        self.assertEqual(len(buttons), 1)
        self.assertEqual(buttons[0].get("invisible"), "state != 'draft' or not line_count")

    def test_past_performance_cannot_get_a_weight(self):
        weight = self.env.ref("churn_handover.fit_weight_performance")
        self.assertEqual(weight.weight, 0)
        self.assertIn("Shi", weight.note)
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            weight.weight = 1
            self.env.flush_all()

    def test_the_plan_does_not_depend_on_the_order_of_the_lines(self):
        first = self.successors(self.proposed())
        again = self.plan()
        again.account_line_ids.unlink()
        again._add_accounts(self.core | self.bolt | self.acme)
        self.assertEqual(self.successors(self.proposed(again)), first)

    def test_only_those_who_plan_may_propose_and_only_for_a_draft(self):
        handover = self.proposed()
        with self.assertRaises(AccessError):
            handover.with_user(self.ann).action_propose_best()
        handover.default_successor_id = self.ann
        handover.action_confirm()
        with self.assertRaisesRegex(UserError, "confirmed already"):
            handover.action_propose_best()

    def test_many_lines_cost_no_more_queries(self):
        handover = self.proposed()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(104):
            handover.action_propose_best()
            self.env.flush_all()
        few = self.queries(handover)
        for number in range(30):
            self.account(f"More {number}", industry_id=self.retail.id)
        handover._add_accounts(handover._owned_accounts())
        self.proposed(handover)
        self.assertLess(self.queries(handover) - few, 10)

    def queries(self, handover):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        handover.action_propose_best()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before
