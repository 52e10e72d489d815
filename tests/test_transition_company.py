"""A second company: its tiers, steps, letters and meetings are its own, and nobody of the first sees them."""

from pytz import UTC

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user

from .common_handover import MANAGER
from .test_letter import LetterCase


class TestSecondCompany(LetterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.here = cls.env.company
        cls.there = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.foreign = new_test_user(
            cls.env,
            login="foreign",
            groups=MANAGER,
            company_id=cls.there.id,
            company_ids=[Command.set(cls.there.ids)],
        )
        cls.steps = cls.env["mail.activity.plan"].create(
            {
                "name": "Elsewhere's steps",
                "res_model": "churn.handover",
                "company_id": cls.there.id,
                "template_ids": [
                    Command.create({"churn_task": "Bow", "summary": "Bow", "responsible_type": "churn_successor"})
                ],
            }
        )
        cls.own_tier = cls.env["churn.handover.tier"].create(
            {
                "name": "Elsewhere's care",
                "company_id": cls.there.id,
                "for_key": True,
                "plan_id": cls.steps.id,
                "introduced": False,
            }
        )

    def test_a_company_sees_its_own_tiers_and_steps_and_shared_ones(self):
        for record in (self.own_tier, self.steps, self.steps.template_ids):
            model = record.with_user(self.manager)
            self.assertFalse(model.search([("id", "in", record.ids)]))
            with self.assertRaises(AccessError):
                model.read(["display_name"])
            self.assertEqual(model.with_user(self.foreign).search([("id", "in", record.ids)]), record)
        for user in (self.manager, self.foreign):
            self.key.with_user(user).read(["name"])
            self.key.plan_id.with_user(user).read(["name"])
            self.key.plan_id.template_ids.with_user(user).read(["churn_task"])

    def test_what_a_company_set_for_itself_comes_first(self):
        defaults = self.env["churn.handover.tier"]._defaults(self.here | self.there)
        self.assertEqual((defaults[self.here]["key"], defaults[self.there]["key"]), (self.key, self.own_tier))
        self.assertEqual(defaults[self.there]["c"], self.light, "what it did not set is that of all")

    def test_lines_start_with_the_tier_of_their_company(self):
        handover = self.plan()
        self.assertEqual(self.line(handover, self.acme).tier_id, self.key)
        (self.old | self.ann).company_ids |= self.there
        self.acme.company_id = self.there
        both = self.manager | self.old
        both.company_ids |= self.there
        handovers = self.env["churn.handover"].with_user(self.manager)
        handovers = handovers.with_context(allowed_company_ids=(self.here | self.there).ids)
        handover.unlink()
        second = handovers._plan(self.old, self.day)
        self.assertEqual(self.line(second, self.acme).tier_id, self.own_tier)

    def test_one_default_in_each_company_and_one_for_all(self):
        with self.assertRaises(ValidationError):
            self.own_tier.copy({"name": "Twice"})
        with self.assertRaises(ValidationError):
            self.own_tier.company_id = False
        with self.assertRaises(UserError):
            self.key.plan_id = self.steps

    def test_nothing_of_a_plan_is_seen_from_elsewhere(self):
        """Letters, gates, dossiers, meetings and steps; nor can the customer's page be opened from a screen."""
        handover, letters = self.told_plan()
        line = self.line(handover, self.acme)
        start = line._introduction_slots(self.acme)[0]
        self.env["churn.introduction"]._book(line, start.astimezone(UTC).replace(tzinfo=None))
        for records in (
            letters,
            letters.item_ids,
            handover.line_ids.gate_ids,
            handover.line_ids.dossier_ids,
            handover.line_ids.dossier_ids.answer_ids,
            handover.line_ids.dossier_ids.readiness_ids,
            handover.line_ids.introduction_ids,
            handover.line_ids.task_ids,
        ):
            with self.subTest(model=records._name):
                self.assertTrue(records)
                self.assertFalse(records.with_user(self.foreign).search([("id", "in", records.ids)]))
                with self.assertRaises(AccessError):
                    records.with_user(self.foreign).read(["display_name"])
        with self.assertRaises(AccessError):
            letters[0].with_user(self.foreign).action_open_page()
        with self.assertRaises(AccessError):
            line.with_user(self.foreign).action_words()

    def test_a_plan_shows_the_money_of_its_own_company(self):
        """Who works in both and has both chosen reads each plan in its own currency, whichever comes first."""
        currency = self.env["res.currency"].create({"name": "XTS", "symbol": "T"})
        self.there.currency_id = currency
        figures = {"partner_id": self.acme.id, "order_count_12m": 1}
        self.env["churn.account"].search([("partner_id", "=", self.acme.id)]).unlink()
        self.env["churn.account"].create(
            [
                {**figures, "company_id": self.here.id, "revenue_12m": 1000},
                {**figures, "company_id": self.there.id, "revenue_12m": 70, "full_band": "high"},
            ]
        )
        self.manager.company_ids |= self.there
        plan = self.plan()
        plan.company_ids = self.there
        both = (self.here | self.there).ids
        line = self.line(plan, self.acme).with_user(self.manager).with_context(allowed_company_ids=both)
        self.assertEqual((line.revenue_12m, line.currency_id, line.risk_band), (70, currency, "high"))
        self.assertEqual(line.handover_id.currency_id, currency)
        self.assertAlmostEqual(line.stake_high, 70 * 0.176)
        plan.company_ids = self.here | self.there
        self.env.invalidate_all()
        self.assertEqual((line.revenue_12m, line.currency_id), (1000, self.here.currency_id), "the current company's")
        self.assertEqual(line.with_context(allowed_company_ids=both[::-1]).revenue_12m, 70)

    def test_visits_follow_the_companys_own_tier(self):
        self.own_tier.visit_months = 2
        months = self.env["churn.visit"]._months()
        self.assertEqual((months[self.there.id]["key"], months[self.here.id]["key"]), (2, self.key.visit_months))
