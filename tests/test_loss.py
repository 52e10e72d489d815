from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from odoo.addons.churn_handover.models.keep import loss_nightly

from .common_keep import KeepCase
from .common_score import NOON, TODAY


@freeze_time(NOON)
class TestLoss(KeepCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2024-01-10"):
            cls.accounts = cls.make_customers(6)
        with freeze_time(NOON):
            cls.silent = cls.accounts[0]
            cls.silent.last_buying_day = TODAY - timedelta(days=200)
            cls.add_orders(
                [(cls.silent.partner_id, TODAY - timedelta(days=days), 100.0) for days in (200, 230, 260, 700)]
            )

    def find(self):
        for run in self.env["churn.keep.run"]._runs("loss"):
            run._complete()
        self.env.invalidate_all()
        return self.env["churn.loss"].search([("company_id", "=", self.company.id)])

    def loss(self, account, user=None, **values):
        return self.env["churn.loss"].with_user(user or self.manager).create({"account_id": account.id, **values})

    # Rule

    def test_silence_far_beyond_the_own_rhythm_is_a_loss(self):
        loss = self.find()
        self.assertEqual(loss.account_id, self.silent)
        self.assertEqual((loss.found_by, loss.state), ("rule", "lost"))
        self.assertEqual(loss.lost_on, TODAY - timedelta(days=20), "since then the 180 days are over")
        self.assertEqual(loss.last_order_on, TODAY - timedelta(days=200))
        self.assertEqual(loss.revenue, 300, "the 12 months up to the last order")
        self.assertFalse(loss.noticed_by_id)
        self.assertEqual(self.find(), loss, "found once")

    def test_who_orders_rarely_is_not_lost_after_the_same_time(self):
        self.silent.usual_gap = 60
        self.assertFalse(self.find())
        self.company.churn_loss_gaps = 3
        self.assertTrue(self.find())

    def test_it_is_lost_from_the_day_on_which_the_rule_says_so(self):
        self.silent.usual_gap, self.company.churn_loss_gaps = 47, 4.1
        self.assertEqual(self.find().lost_on, TODAY - timedelta(days=200 - 193), "192.7 days of silence")

    def test_nobody_is_lost_before_the_least_days(self):
        self.company.churn_loss_days = 201
        self.assertFalse(self.find())

    def test_other_companies_are_apart(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env["churn.account"].create(
            {
                "partner_id": self.accounts[1].partner_id.id,
                "company_id": other.id,
                "score_status": "scored",
                "usual_gap": 10,
                "last_buying_day": TODAY - timedelta(days=300),
            }
        )
        self.env["churn.keep.run"]._of("loss", self.company)._complete()
        self.assertFalse(self.env["churn.loss"].search([("company_id", "=", other.id)]))
        self.find()
        self.assertEqual(len(self.env["churn.loss"].search([("company_id", "=", other.id)])), 1)
        self.assertNotIn(other, self.env["churn.loss"].with_user(self.manager).search([]).company_id)

    # The nightly search

    def test_the_search_goes_in_steps_and_finds_the_same(self):
        for account in self.accounts:
            account.last_buying_day = TODAY - timedelta(days=200)
        run = self.env["churn.keep.run"]._of("loss", self.company)
        run.finished_on = False
        steps = 0
        with patch.object(loss_nightly, "STEP", 4):
            while (step := run._next_step("loss")) and step[1] == run:
                run._step()
                steps += 1
        losses = self.env["churn.loss"].search([("company_id", "=", self.company.id)])
        self.assertEqual(losses.account_id, self.accounts)
        self.assertEqual(losses.filtered("last_order_on"), losses, "also those of the first step have their facts")
        self.assertEqual(steps, 4, "twice four customers at most, twice four losses to value")
        self.assertEqual((run.running, run.finished_on), (False, TODAY))

    def test_the_cron_searches_once_a_night(self):
        cron, runs = self.env.ref("churn_handover.cron_loss"), self.env["churn.keep.run"]
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        loss = self.env["churn.loss"].search([("company_id", "=", self.company.id)])
        self.assertEqual(loss.account_id, self.silent)
        self.assertIsNone(runs._next_step("loss"), "all companies are done")
        self.accounts[1].last_buying_day = TODAY - timedelta(days=300)
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(len(self.env["churn.loss"].search([("company_id", "=", self.company.id)])), 2)
        runs._of("loss", self.company)._begin()
        runs._begin_anew("loss")
        self.assertEqual(runs._next_step("loss")[1].company_id, self.company, "what has begun goes on")
        self.assertEqual(len(runs._runs("loss").filtered("running")), 1)

    def test_a_search_of_many_losses_costs_a_fixed_number_of_queries(self):
        more = self.make_customers(60, last_buying_day=TODAY - timedelta(days=300))
        self.env["churn.loss"]._find(self.company)  # warm
        self.env["churn.loss"].search([("account_id", "in", more[:30].ids)]).unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(30):
            self.assertEqual(len(self.env["churn.loss"]._find(self.company)), 30)

    def test_without_the_shipped_reason_none_is_proposed(self):
        with freeze_time("2025-08-01"):
            self.silent.partner_id.user_id = self.bob
        self.env.ref("churn_handover.loss_reason_person_left").unlink()
        self.assertFalse(self.find().proposed_reason_id)

    # Days are the company's

    def far_away(self, zone):
        self.company.resource_calendar_id = self.env["resource.calendar"].create({"name": zone, "tz": zone})

    def test_the_last_order_of_an_evening_belongs_to_the_revenue_lost(self):
        self.far_away("America/Los_Angeles")
        account = self.accounts[1]
        account.last_buying_day = TODAY - timedelta(days=300)
        evening = f"{TODAY - timedelta(days=299)} 01:00:00"  # of the day before, in Los Angeles
        self.add_orders([(account.partner_id, evening, 70.0)])
        loss = self.find().filtered(lambda one: one.account_id == account)
        self.assertEqual((loss.last_order_on, loss.revenue), (TODAY - timedelta(days=300), 70))
        late = self.loss(self.accounts[2], lost_on=TODAY - timedelta(days=300))
        self.assertFalse(late.last_order_on)
        late.unlink()
        self.add_orders([(self.accounts[2].partner_id, evening, 70.0)])
        late = self.loss(self.accounts[2], lost_on=TODAY - timedelta(days=300))
        self.assertEqual((late.last_order_on, late.revenue), (TODAY - timedelta(days=300), 70))

    def test_an_order_after_the_loss_is_one_of_a_later_day_of_the_company(self):
        loss = self.loss(self.accounts[1], lost_on=TODAY - timedelta(days=10))
        day = TODAY - timedelta(days=10)
        self.far_away("America/Los_Angeles")
        self.add_orders([(self.accounts[1].partner_id, f"{day + timedelta(days=1)} 01:00:00", 50.0)])
        self.find()
        self.assertEqual(loss.state, "lost", "the evening of the day on which it was lost")
        self.far_away("Asia/Shanghai")
        self.add_orders([(self.accounts[1].partner_id, f"{day} 23:00:00", 60.0)])
        self.find()
        self.assertEqual((loss.state, loss.returned_on), ("won_back", day + timedelta(days=1)))

    # Person left

    def test_person_left_is_proposed_after_a_change_of_owner(self):
        with freeze_time("2025-08-01"):
            self.silent.partner_id.user_id = self.bob
        loss = self.find()
        self.assertEqual(loss.proposed_reason_id.code, "person_left")
        self.assertEqual((str(loss.owner_change_on), loss.former_owner), ("2025-08-01", "Ann"))
        self.assertEqual((loss.departure, loss.reason_id.id), ("here", False))
        loss.action_accept_reason()
        self.assertEqual(loss.reason_id.code, "person_left")

    def test_it_says_whether_the_former_owner_left_the_company(self):
        with freeze_time("2025-08-01"):
            self.silent.partner_id.user_id = self.bob
        self.ann.with_context(churn_archive_only=True).active = False
        self.assertEqual(self.find().departure, "left")

    def test_an_old_change_of_owner_is_no_reason(self):
        with freeze_time("2024-07-01"):  # more than 12 months before the last order
            self.silent.partner_id.user_id = self.bob
        loss = self.find()
        self.assertFalse(loss.proposed_reason_id)
        self.assertEqual(loss.departure, "none")

    def test_the_review_groups_by_reason_and_departure(self):
        with freeze_time("2025-08-01"):
            self.silent.partner_id.user_id = self.bob
        self.find()
        self.loss(self.accounts[1], reason_id=self.env.ref("churn_handover.loss_reason_price").id)
        rows = self.env["churn.loss"]._read_group(
            [("company_id", "=", self.company.id)], ["review_reason_id", "departure"], ["revenue:sum"]
        )
        self.assertEqual(
            {(reason.code, departure): revenue for reason, departure, revenue in rows},
            {("person_left", "here"): 300, ("price", "none"): 0},
        )

    # By hand

    def test_a_rep_enters_the_loss_of_an_own_customer(self):
        loss = self.loss(self.accounts[1], self.ann, evidence="Mail of 1 March", competitor="Globex")
        self.assertEqual((loss.noticed_by_id, loss.found_by), (self.ann, "hand"))
        self.assertEqual(self.env["churn.loss"].with_user(self.ann).search([]), loss)
        self.assertFalse(self.env["churn.loss"].with_user(self.bob).search([]))
        with self.assertRaises(AccessError):
            self.loss(self.accounts[2], self.bob)
        with self.assertRaises(AccessError):
            loss.with_user(self.ann).unlink()
        with self.assertRaises(AccessError):
            loss.with_user(self.ann).read(["programme_ids"])

    def test_a_loss_entered_late_has_the_orders_up_to_its_own_day(self):
        loss = self.loss(self.silent, lost_on=TODAY - timedelta(days=240))
        self.assertEqual((loss.last_order_on, loss.revenue), (TODAY - timedelta(days=260), 100))
        self.find()
        self.assertEqual((loss.state, loss.returned_on), ("won_back", TODAY - timedelta(days=230)))

    def test_the_list_to_work_through_begins_with_what_is_worth_most(self):
        arch = self.env.ref("churn_handover.loss_view_list").arch
        small, large, hopeless = (
            self.loss(account, reason_id=self.env.ref(f"churn_handover.loss_reason_{code}").id)
            for account, code in zip(self.accounts, ("price", "price", "closed"), strict=False)
        )
        for loss, revenue in ((small, 100), (large, 900), (hopeless, 5000)):
            loss.sudo().revenue = revenue  # sudo: a fact, which is the program's
        order = etree.fromstring(arch).get("default_order")
        self.assertEqual(
            self.env["churn.loss"].search([("company_id", "=", self.company.id)], order=order), large | small | hopeless
        )

    def test_the_empty_form_opens(self):
        form = Form(self.env["churn.loss"].with_user(self.manager))
        form.account_id = self.silent
        self.assertEqual(form.save().revenue, 300)

    def test_the_button_on_the_customer_leads_to_the_known_loss(self):
        account = self.accounts[1].with_user(self.ann)
        self.assertFalse(account.action_note_loss()["res_id"])
        loss = self.loss(self.accounts[1], self.ann)
        self.assertEqual(account.action_note_loss()["res_id"], loss.id)

    # Coming back

    def test_a_real_order_wins_the_customer_back(self):
        loss = self.find()
        self.add_orders([(self.silent.partner_id, "2026-03-20", 80.0)], state="draft")
        self.assertEqual(self.find().state, "lost")
        self.add_orders([(self.silent.partner_id, "2026-03-20", 80.0)])
        with freeze_time("2026-03-25 12:00:00"):
            self.find()
        self.assertEqual((loss.state, str(loss.returned_on), loss.revenue_back), ("won_back", "2026-03-20", 80))
        self.add_orders([(self.silent.partner_id, "2026-03-24", 20.0)])
        self.find()
        self.assertEqual(loss.revenue_back, 100)

    def test_who_is_lost_again_was_not_won_back_for_good(self):
        loss = self.find()
        self.add_orders([(self.silent.partner_id, "2026-03-20", 80.0)])
        with freeze_time("2026-03-25 12:00:00"):
            self.find()
        self.silent.last_buying_day = "2026-03-20"
        with freeze_time("2026-12-01 12:00:00"):
            again = self.find().filtered(lambda one: one.account_id == self.silent) - loss
        self.assertEqual((loss.state, again.state), ("relapsed", "lost"))
        self.assertEqual((loss.is_recurring, again.is_recurring, again.occurrence), (False, True, 2))

    # Value and win-back

    def test_the_expected_value_shows_its_inputs(self):
        loss = self.find()
        loss.reason_id = self.env.ref("churn_handover.loss_reason_service")
        self.env.ref("churn_handover.play_service").cost = 10
        self.assertEqual((loss.chance, loss.play_cost, loss.expected_value), (0.2, 10, 50))
        self.assertIn("20% chance (no own result for this reason yet", loss.value_text)
        self.assertIn("300.00", loss.value_text)
        loss.reason_id = self.env.ref("churn_handover.loss_reason_closed")
        self.assertEqual((loss.chance, loss.expected_value), (0, 0))

    def test_as_long_as_nobody_knows_why_the_play_is_to_ask(self):
        self.env.ref("churn_handover.play_unknown").cost = 25
        loss = self.find()
        self.assertEqual((loss.play_cost, loss.expected_value), (25, 0.2 * 300 - 25))
        programme = self.env["churn.programme"].browse(loss.with_user(self.manager).action_win_back()["res_id"])
        self.assertEqual(programme.planned_cost, 25)

    def test_who_is_asked_why_keeps_nobody_else_from_their_own_play(self):
        self.find()
        price = self.loss(self.accounts[1], reason_id=self.env.ref("churn_handover.loss_reason_price").id)
        both = self.env["churn.loss"].search([("company_id", "=", self.company.id)])
        programme = self.env["churn.programme"].browse(both.with_user(self.manager).action_win_back()["res_id"])
        texts = {member.loss_id: member.measure_text for member in programme.member_ids}
        self.assertEqual(texts, {both - price: "Win back: ask why", price: "Win back: a price that fits"})

    def test_own_results_change_the_chance(self):
        loss = self.find()
        price = self.env.ref("churn_handover.loss_reason_price")
        others = self.env["churn.loss"].union(
            *[self.loss(account, reason_id=price.id) for account in self.accounts[1:]]
        )
        programme = self.programme(others.account_id, "win_back", holdout_share=0)
        programme.action_start()
        self.add_orders([(other.partner_id, "2026-03-20", 80.0) for other in others[:3]])
        with freeze_time("2026-06-10 12:00:00"):
            self.judge(programme)
            self.find()
        self.assertEqual(programme.state, "done")
        loss.reason_id = price
        self.assertAlmostEqual(loss.chance, (3 + 0.2 * 10) / (5 + 10))
        self.assertIn("3 of 5 customers lost for this reason came back", loss.value_text)
        self.assertIn("Of 5 customers worked on, 3 placed an order within the window; 3 of them", programme.result_text)
        others[0].sudo().state = "relapsed"  # sudo: the program's, as the nightly search does it
        loss.invalidate_recordset()
        self.assertAlmostEqual(loss.chance, (2 + 0.2 * 10) / (5 + 10), msg="it counts as long as it lasts")
        self.assertIn("2 of them are still", programme.result_text)

    def test_the_list_is_put_in_order_by_new_results_overnight(self):
        loss = self.find()
        loss.reason_id = self.env.ref("churn_handover.loss_reason_price")
        self.env["churn.loss"].flush_model()
        before = loss.expected_value
        other = self.loss(self.accounts[1], reason_id=loss.reason_id.id)
        programme = self.programme(other.account_id, "win_back", holdout_share=0)
        programme.action_start()
        self.add_orders([(self.accounts[1].partner_id, "2026-03-20", 80.0)])
        with freeze_time("2026-06-10 12:00:00"):
            self.find()
            self.judge(programme)
            self.find()
        self.assertAlmostEqual(before, 0.2 * 300)
        self.assertAlmostEqual(loss.expected_value, (1 + 0.2 * 10) / 11 * 300, 2)

    def test_who_comes_back_after_the_window_was_not_won_back_by_the_programme(self):
        loss = self.find()
        loss.reason_id = self.env.ref("churn_handover.loss_reason_price")
        programme = self.programme(loss.account_id, "win_back", holdout_share=0)
        programme.action_start()
        with freeze_time("2026-06-10 12:00:00"):
            self.judge(programme)
        self.add_orders([(self.silent.partner_id, "2026-06-20", 80.0)])
        with freeze_time("2026-06-25 12:00:00"):
            self.find()
        self.assertEqual(loss.state, "won_back")
        self.assertEqual(self.env["churn.loss"]._chances()[loss.reason_id.id][:2], (1, 0))

    def test_facts_of_a_loss_cannot_be_written(self):
        loss = self.loss(self.accounts[1], self.ann)
        for values in ({"state": "won_back"}, {"revenue": 1e6}, {"returned_on": TODAY}, {"occurrence": 1}):
            with self.assertRaises(AccessError):
                loss.write(values)
        with self.assertRaisesRegex(UserError, "stays with its customer"):
            loss.account_id = self.accounts[2]
        loss.competitor = "Globex"

    def test_what_is_done_follows_the_reason(self):
        losses = self.env["churn.loss"]
        for account, code in zip(self.accounts, ("service", "price", "unknown"), strict=False):
            losses |= self.loss(account, reason_id=self.env.ref(f"churn_handover.loss_reason_{code}").id)
        action = losses.with_user(self.manager).action_win_back()
        programme = self.env["churn.programme"].browse(action["res_id"])
        self.assertEqual((programme.purpose, programme.member_ids.loss_id), ("win_back", losses))
        self.assertEqual(
            programme.member_ids.mapped("measure_text"),
            ["Win back: say sorry and put it right", "Win back: a price that fits", "Win back: ask why"],
        )
        programme.holdout_share = 0
        programme.action_start()
        summaries = {
            member.loss_id.reason_id.code: member.task_ids.mapped("summary") for member in programme.member_ids
        }
        self.assertEqual(
            summaries,
            {
                "service": ["Win back: say sorry and put it right"],
                "price": ["Win back: a price that fits"],
                "unknown": ["Win back: ask why"],
            },
        )
        self.assertEqual(losses[0].with_user(self.manager).programme_count, 1)

    def test_customers_that_cannot_come_back_are_left_alone(self):
        loss = self.loss(self.silent, reason_id=self.env.ref("churn_handover.loss_reason_closed").id)
        with self.assertRaisesRegex(UserError, "None of these"):
            loss.action_win_back()
        loss.action_give_up()
        self.assertEqual((loss.state, loss.expected_value), ("closed", 0))
        loss.action_reopen()
        self.assertEqual(loss.state, "lost")
