from datetime import timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form
from odoo.tools import mute_logger

from .common_keep import KeepCase
from .common_score import NOON, TODAY

AFTER = "2026-06-10 12:00:00"  # the window of 90 days is over


@freeze_time(NOON)
class TestProgramme(KeepCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time(NOON):
            cls.accounts = cls.make_customers(50)

    def tasks(self, programme, user=None):
        return (
            self.env["mail.activity"]
            .with_context(active_test=False)
            .with_user(user or self.manager)
            .search([("res_model", "=", "res.partner"), ("res_id", "in", self.accounts.partner_id.ids)])
        )

    def buy(self, members, amount=100.0, day="2026-04-01"):
        self.add_orders([(member.partner_id, day, amount) for member in members])

    def test_one_that_cannot_be_judged_does_not_stop_the_others(self):
        programmes = self.programme(self.accounts[:20]) | self.programme(self.accounts[20:])
        for programme in programmes:
            programme.action_start()
        self.env.flush_all()
        self.env.cr.execute(
            "ALTER TABLE churn_programme ADD CONSTRAINT churn_test CHECK (id <> %s OR state <> 'done')",
            [self.env["churn.programme"].search([("id", "in", programmes.ids)])[0].id],
        )
        quiet = mute_logger("odoo.sql_db", "odoo.addons.churn_handover.models.common.steps")
        with freeze_time(AFTER), quiet, self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.env(cr=cr)["churn.programme"]._cron_judge()
        self.env.invalidate_all()
        self.assertEqual(sorted(programmes.mapped("state")), ["done", "running"])

    # Start

    def test_a_fifth_is_held_out_and_the_others_get_a_task(self):
        programme = self.programme(self.accounts)
        programme.action_start()
        groups = programme.member_ids.grouped("group")
        self.assertEqual((len(groups["treated"]), len(groups["holdout"])), (40, 10))
        tasks = self.tasks(programme)
        self.assertEqual(sorted(tasks.mapped("res_id")), sorted(groups["treated"].partner_id.ids))
        self.assertEqual(tasks.user_id, self.ann)
        self.assertEqual(set(tasks.mapped("date_deadline")), {TODAY + timedelta(days=7)})
        self.assertEqual((programme.task_count, programme.task_done_count), (40, 0))

    def test_the_owner_sees_the_task_but_neither_programme_nor_group(self):
        programme = self.programme(self.accounts)
        programme.action_start()
        task = self.tasks(programme, self.ann)[0]
        self.assertEqual(task.summary, "Call: how are we doing?")
        with self.assertRaises(AccessError):
            task.read(["churn_member_id"])
        for model in ("churn.programme", "churn.programme.member"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.ann).search([])

    def test_key_accounts_are_always_treated_and_not_drawn(self):
        self.accounts[:5].is_key_account = True
        programme = self.programme(self.accounts, holdout_share=0.5)
        programme.action_start()
        always = programme.member_ids.filtered("is_exception")
        self.assertEqual(always.account_id, self.accounts[:5])
        self.assertEqual(set(always.mapped("group")), {"exception"})
        self.assertIn(len(programme.member_ids.filtered(lambda member: member.group == "holdout")), (22, 23))
        with self.assertRaisesRegex(UserError, "before the draw"):
            (programme.member_ids - always)[0].is_exception = True

    def test_the_same_seed_draws_the_same(self):
        drawn = []
        for _ in range(2):
            programme = self.programme(self.accounts, seed="fixed")
            programme.action_start()
            drawn.append(programme.member_ids.filtered(lambda member: member.group == "holdout").account_id)
            programme.action_stop()
        self.assertEqual(*drawn)
        self.assertTrue(drawn[0])

    def test_the_holdout_is_drawn_in_each_value_tier(self):
        self.accounts[:10].value_tier = "a"
        programme = self.programme(self.accounts)
        programme.action_start()
        held = programme.member_ids.filtered(lambda member: member.group == "holdout")
        self.assertEqual((held.mapped("stratum").count("a"), held.mapped("stratum").count("b")), (2, 8))

    def test_a_customer_is_in_one_programme_of_a_purpose_at_a_time(self):
        self.programme(self.accounts[:30]).action_start()
        second = self.programme(self.accounts)
        second.action_start()
        self.assertEqual(second.member_ids.account_id, self.accounts[30:])
        self.assertIn("30 customers are left out", second.message_ids.mapped("body")[1])
        other = self.programme(self.accounts, "deepen", measure_ids=second.measure_ids.ids)
        other.action_start()
        self.assertEqual(other.member_count, 50)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            other.member_ids.sudo().running_purpose = "retain"  # sudo: past the lock, to reach the index
            self.env.flush_all()

    def test_the_band_is_frozen_at_the_start(self):
        programme = self.programme(self.accounts[:1], audience="band", band="high")
        self.assertEqual(programme.member_count, 50)
        programme.action_start()
        self.assertEqual(programme.member_ids.account_id, self.accounts)
        self.make_customers(3, prefix="Late")
        self.assertEqual(programme.member_count, 50)

    def test_the_budget_is_kept(self):
        measure = self.env.ref("churn_handover.measure_call")
        measure.cost = 10
        programme = self.programme(self.accounts, budget=399)
        self.assertEqual(programme.planned_cost, 400)
        with self.assertRaisesRegex(UserError, "the budget is"):
            programme.action_start()

    def test_without_measure_or_customer_nothing_starts(self):
        programme = self.programme(self.accounts)
        programme.measure_ids = False
        with self.assertRaisesRegex(UserError, "at least one measure"):
            programme.action_start()
        empty = self.programme(self.accounts[:1])
        empty.member_ids.unlink()
        with self.assertRaisesRegex(UserError, "no customer left"):
            empty.action_start()

    def test_what_was_drawn_stays(self):
        programme = self.programme(self.accounts)
        programme.action_start()
        for change in ({"holdout_share": 0.1}, {"date_end": TODAY + timedelta(days=5)}, {"seed": "other"}):
            with self.assertRaisesRegex(UserError, "fixed when a programme starts"):
                programme.write(change)
        with self.assertRaisesRegex(UserError, "has not started"):
            programme.member_ids[0].unlink()
        with self.assertRaisesRegex(UserError, "is kept"):
            programme.unlink()
        with self.assertRaisesRegex(UserError, "started already"):
            programme.action_start()

    def test_an_activity_plan_and_a_mailing(self):
        plan = self.env["mail.activity.plan"].create(
            {
                "name": "Two steps",
                "res_model": "res.partner",
                "template_ids": [
                    (0, 0, {"activity_type_id": self.env.ref("mail.mail_activity_data_call").id, "delay_count": days})
                    for days in (3, 20)
                ],
            }
        )
        measures = self.env["churn.measure"].create({"name": "Steps", "kind": "plan", "plan_id": plan.id})
        measures |= self.env.ref("churn_handover.measure_mailing")
        programme = self.programme(self.accounts, measure_ids=measures.ids)
        programme.action_start()
        treated = programme.member_ids.filtered(lambda member: member.group == "treated")
        self.assertEqual(len(self.tasks(programme)), 2 * len(treated))
        self.assertEqual(programme.mailing_state, "draft")

    def test_a_manager_makes_the_plan_and_a_step_is_who_it_names(self):
        """A sales manager has no other rights on activity plans than those of the addon and of the CRM."""
        call, meeting = (self.env.ref(f"mail.mail_activity_data_{kind}").id for kind in ("call", "meeting"))
        measures = self.env["churn.measure"].with_user(self.manager).with_company(self.company)
        form = Form(measures)
        form.name, form.kind = "Two steps", "plan"
        plan = (
            self.env["mail.activity.plan"]
            .with_user(self.manager)
            .create({"name": "Empty", "res_model": "res.partner", "company_id": False})
        )
        form.plan_id = plan
        with self.assertRaisesRegex(ValidationError, "has no steps"):
            form.save()
        plan.template_ids = [
            Command.create({"activity_type_id": call, "summary": "Ask", "delay_count": 3}),  # before, by default
            Command.create(
                {
                    "activity_type_id": meeting,
                    "summary": "Show",
                    "delay_count": 10,
                    "delay_from": "after_plan_date",
                    "responsible_type": "other",
                    "responsible_id": self.bob.id,
                }
            ),
        ]
        form.plan_id = plan
        programme = self.programme(self.accounts[:5], measure_ids=form.save().ids, holdout_share=0)
        programme.action_start()
        tasks = self.tasks(programme).grouped("summary")
        self.assertEqual({what: mine.user_id for what, mine in tasks.items()}, {"Ask": self.ann, "Show": self.bob})
        self.assertEqual(set(tasks["Ask"].mapped("date_deadline")), {TODAY}, "not before anybody knew of it")
        self.assertEqual(set(tasks["Show"].mapped("date_deadline")), {TODAY + timedelta(days=10)})
        with self.assertRaises(AccessError):
            plan.with_user(self.ann).name = "Mine"

    def test_who_is_archived_moved_or_lost_meanwhile_counts_in_the_group_drawn(self):
        programme = self.programme(self.accounts)
        programme.action_start()
        treated, holdout = (
            programme.member_ids.filtered(lambda member, group=group: member.group == group)
            for group in ("treated", "holdout")
        )
        self.buy(treated[:10] | holdout[:2])
        gone = treated[0] | holdout[0]
        gone.partner_id.active = False
        treated[1].account_id.sudo().score_status = "lost"
        self.env["churn.loss"].create({"account_id": treated[1].account_id.id})
        other = self.env["res.company"].create({"name": "Other"})
        treated[2].partner_id.company_id = other
        self.add_orders([(treated[20].partner_id, "2026-04-01", 100.0)], company=other)
        with freeze_time(AFTER):
            self.judge(programme)
        self.assertEqual((programme.treated_count, programme.holdout_count), (40, 10))
        self.assertAlmostEqual(programme.kept_treated, 10 / 40)
        self.assertAlmostEqual(programme.kept_holdout, 2 / 10)
        self.assertFalse(treated[20].kept, "an order in another company is none of this one")

    def test_a_task_of_nobody_is_for_who_is_responsible(self):
        self.accounts.partner_id.user_id = False
        programme = self.programme(self.accounts)
        programme.action_start()
        self.assertEqual(self.tasks(programme).user_id, self.manager)

    # Result

    def run_to_the_end(self, kept_treated, kept_holdout, **values):
        """A programme of 400 customers; the given shares of the groups bought."""
        accounts = self.make_customers(350, prefix="More") | self.accounts
        self.env.ref("churn_handover.measure_call").cost = 1
        programme = self.programme(accounts, **values)
        programme.action_start()
        for group, share in (("treated", kept_treated), ("holdout", kept_holdout)):
            mine = programme.member_ids.filtered(lambda member, group=group: member.group == group)
            self.buy(mine[: round(share * len(mine))])
        with freeze_time(AFTER):
            self.env["churn.programme"]._over()._judge()
        self.env.invalidate_all()
        return programme

    def test_an_effect_is_told_with_interval_and_cost(self):
        programme = self.run_to_the_end(0.8, 0.4)
        self.assertEqual((programme.state, programme.treated_count, programme.holdout_count), ("done", 320, 80))
        self.assertEqual((programme.kept_verdict, programme.revenue_verdict), ("more", "more"))
        self.assertAlmostEqual(programme.kept_effect, 0.4)
        self.assertLess(programme.kept_low, 0.4)
        self.assertGreater(programme.kept_low, 0)
        self.assertAlmostEqual(programme.revenue_effect, 40)
        self.assertAlmostEqual(programme.kept_cost, 320 / (40 * 320))
        self.assertIn("80% bought, of the holdout 40%: 40.0 points more, with 95 % certainty", programme.result_text)

    def test_no_effect_is_not_claimed(self):
        programme = self.run_to_the_end(0.5, 0.5)
        self.assertEqual(programme.kept_verdict, "too_few")
        self.assertIn("too few to tell", programme.result_text)
        self.assertEqual(programme.kept_cost, 0)

    def test_harm_is_told(self):
        self.assertIn("did harm", self.run_to_the_end(0.3, 0.7).result_text)

    def test_nothing_is_told_before_the_end(self):
        programme = self.programme(self.accounts)
        programme.action_start()
        self.buy(programme.member_ids.filtered(lambda member: member.group == "treated"))
        with freeze_time("2026-05-31 12:00:00"):  # the last day
            self.assertNotIn(programme, self.env["churn.programme"]._over())
            self.judge(programme)
        self.assertEqual((programme.state, programme.kept_verdict, programme.kept_treated), ("running", False, 0))
        self.assertIn("told once", programme.result_text)

    def test_everybody_counts_in_the_group_drawn_also_when_not_reached(self):
        programme = self.programme(self.accounts)
        programme.action_start()
        treated = programme.member_ids.filtered(lambda member: member.group == "treated")
        done = self.tasks(programme).filtered(lambda task: task.res_id in treated[:10].partner_id.ids)
        done.action_feedback()
        self.buy(treated[:10])
        with freeze_time(AFTER):
            self.judge(programme)
        self.assertAlmostEqual(programme.kept_treated, 0.25)
        self.assertAlmostEqual(programme.reached_share, 0.25)

    def test_a_stopped_programme_has_no_result_and_frees_its_customers(self):
        programme = self.programme(self.accounts)
        programme.action_start()
        programme.action_stop()
        self.assertFalse(self.tasks(programme))
        with freeze_time(AFTER):
            self.assertNotIn(programme, self.env["churn.programme"]._over())
        self.assertEqual((programme.state, programme.kept_verdict), ("cancelled", False))
        again = self.programme(self.accounts)
        again.action_start()
        self.assertEqual(again.member_count, 50)

    def test_orders_outside_the_window_and_cancelled_ones_do_not_count(self):
        programme = self.programme(self.accounts)
        programme.action_start()
        members = programme.member_ids
        self.buy(members[0], day="2026-06-01")
        self.buy(members[1], day="2026-03-01")
        self.add_orders([(members[2].partner_id, "2026-04-01", 100.0)], state="cancel")
        self.add_orders([(members[3].partner_id, "2026-05-31", 100.0)], rate=2.0)
        contact = self.env["res.partner"].create({"name": "Eve", "parent_id": members[4].partner_id.id})
        self.add_orders([(contact, "2026-03-02", 70.0)])
        with freeze_time(AFTER):
            self.judge(programme)
        self.assertEqual(members.filtered("kept"), members[3] | members[4])
        self.assertEqual(members[3:5].mapped("revenue"), [50, 70])

    def test_the_window_is_one_of_the_company_s_days(self):
        """The evening in Los Angeles is the next day in UTC, by which the nightly job lives."""
        self.company.resource_calendar_id = self.env["resource.calendar"].create(
            {"name": "West", "tz": "America/Los_Angeles"}
        )
        programme = self.programme(self.accounts)
        programme.action_start()
        last, before, after = programme.member_ids[:3]
        self.add_orders(
            [
                (last.partner_id, "2026-06-01 03:00:00", 100.0),  # 31 May, eight in the evening
                (before.partner_id, "2026-03-02 03:00:00", 100.0),  # 1 March, seven in the evening
                (after.partner_id, "2026-06-01 08:00:00", 100.0),
            ]
        )
        with freeze_time("2026-06-01 03:40:00"):
            self.assertNotIn(programme, self.env["churn.programme"]._over(), "customers can still order today")
            self.judge(programme)
        self.assertEqual(programme.state, "running")
        with freeze_time("2026-06-02 03:40:00"):
            self.env["churn.programme"]._over()._judge()
        self.env.invalidate_all()
        self.assertEqual((programme.state, str(programme.judged_on)), ("done", "2026-06-01"))
        self.assertEqual(programme.member_ids.filtered("kept"), last)

    def test_revenue_is_what_was_ordered_or_what_was_invoiced(self):
        ordered = self.programme(self.accounts[:25])
        invoiced = self.programme(self.accounts[25:], basis="invoice")
        for programme in (ordered, invoiced):
            programme.action_start()
            self.buy(programme.member_ids[0], 70.0)
            first, second, third = programme.member_ids[:3].partner_id
            self.add_invoices([(first, "2026-04-01", 50.0), (first, "2026-04-01", -10.0), (third, "2026-06-01", 20.0)])
            self.add_invoices([(second, "2026-04-01", 30.0)], state="draft")
            with freeze_time(AFTER):
                self.judge(programme)
        self.assertEqual(ordered.member_ids.filtered("kept").mapped("revenue"), [70])
        self.assertEqual(invoiced.member_ids.filtered("kept").mapped("revenue"), [40])
        self.assertEqual(sum(invoiced.member_ids.mapped("revenue")), 40)
        with self.assertRaisesRegex(UserError, "fixed when a programme starts"):
            self.programme_running().basis = "invoice"

    def programme_running(self):
        programme = self.programme(self.make_customers(3, prefix="Late"))
        programme.action_start()
        return programme

    def test_the_visit_of_a_leader_is_the_leader_s_task(self):
        lea = self.manager.copy({"login": "programme_lea", "name": "Lea"})
        self.env["crm.team"].create(
            {"name": "Ann's", "user_id": lea.id, "company_id": self.company.id, "member_ids": [(6, 0, self.ann.ids)]}
        )
        measures = self.env.ref("churn_handover.measure_leader_visit") | self.env.ref("churn_handover.measure_call")
        programme = self.programme(self.accounts[:5], measure_ids=measures.ids, holdout_share=0)
        programme.action_start()
        by_person = self.tasks(programme).grouped("user_id")
        self.assertEqual({person: len(tasks) for person, tasks in by_person.items()}, {lea: 5, self.ann: 5})
        self.assertEqual(set(by_person[lea].mapped("summary")), {"Visit of the leader"})

    def test_who_was_drawn_keeps_the_group(self):
        programme = self.programme(self.accounts)
        programme.action_start()
        before = {member.account_id: member.group for member in programme.member_ids}
        self.accounts[:20].write({"value_tier": "a", "is_key_account": True})
        self.accounts.partner_id.user_id = self.bob
        with freeze_time(AFTER):
            self.judge(programme)
        self.assertEqual({member.account_id: member.group for member in programme.member_ids}, before)
        self.assertEqual(set(programme.member_ids.mapped("stratum")), {"b"})

    def test_always_treated_are_reported_apart(self):
        self.accounts[:10].is_key_account = True
        programme = self.programme(self.accounts)
        programme.action_start()
        self.buy(programme.member_ids.filtered("is_exception"))
        with freeze_time(AFTER):
            self.judge(programme)
        self.assertEqual((programme.exception_count, programme.kept_exception, programme.kept_treated), (10, 1, 0))
        self.assertIn("10 customers were always treated; 100% of them bought", programme.result_text)

    # Screen and companies

    def test_the_form_counts_what_it_would_start(self):
        with Form(self.programme(self.accounts[:2])) as form:
            form.audience = "band"
            form.band = "high"
            self.assertEqual(form.member_count, 50)
            form.holdout_share = 0.1

    def test_who_would_be_left_out_or_held_out_in_vain_is_said_before_the_start(self):
        self.programme(self.accounts[:30]).action_start()
        programme = self.programme(self.accounts[20:])
        self.assertTrue(programme.is_vain)
        busy, vain = programme.draft_text.split("\n")
        self.assertIn("10 of these customers are in another running programme", busy)
        self.assertIn("30 customers drawn and 6 of them held out no result can be told", vain)
        programme.action_hold_nobody_out()
        self.assertFalse(programme.is_vain)
        self.assertEqual(programme.draft_text, busy)
        programme.action_start()
        self.assertFalse(programme.draft_text)
        self.assertEqual(set(programme.member_ids.mapped("group")), {"treated"})
        many = self.programme(self.make_customers(200, prefix="Many"))
        self.assertEqual((many.is_vain, many.draft_text), (False, ""))

    def test_another_company_s_programmes_are_out_of_sight(self):
        programme = self.programme(self.accounts)
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self.manager.copy({"login": "stranger", "company_id": other.id, "company_ids": [(6, 0, other.ids)]})
        seen = self.env["churn.programme"].with_user(stranger).with_context(allowed_company_ids=other.ids)
        self.assertFalse(seen.search([("id", "=", programme.id)]))
        with self.assertRaisesRegex(UserError, "one company"):
            self.env["churn.programme"]._propose(self.env["churn.account"])

    def test_start_from_the_list_of_customers_at_risk(self):
        accounts = self.accounts.with_user(self.manager)
        action = accounts[:20].action_start_programme()
        programme = self.env["churn.programme"].browse(action["res_id"])
        self.assertEqual((programme.purpose, programme.member_count, programme.state), ("retain", 20, "draft"))
        self.accounts[0].score_status = "lost"
        with self.assertRaisesRegex(UserError, "choose them apart"):
            accounts.action_start_programme()

    def test_starting_takes_few_queries_per_customer(self):
        programme = self.programme(self.accounts | self.make_customers(250, prefix="More"))
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(350):
            programme.action_start()
            self.env.flush_all()

    # What may not be written

    def test_results_and_groups_cannot_be_written_by_anybody(self):
        programme = self.programme(self.accounts)
        programme.action_start()
        for values in ({"state": "done"}, {"kept_verdict": "more"}, {"kept_effect": 0.5}, {"judged_on": TODAY}):
            with self.assertRaises(AccessError):
                programme.write(values)
        for values in ({"group": "treated"}, {"kept": True}, {"revenue": 1e6}, {"stratum": "a"}, {"loss_id": 1}):
            with self.assertRaises(AccessError):
                programme.member_ids.write(values)
        with self.assertRaises(AccessError):
            self.env["churn.programme"].with_user(self.manager).create({"name": "Wonder", "kept_verdict": "more"})

    def test_nobody_is_added_or_exchanged_after_the_draw(self):
        programme = self.programme(self.accounts[:40])
        programme.action_start()
        with self.assertRaisesRegex(UserError, "was not drawn"):
            programme.write({"member_ids": [(0, 0, {"account_id": self.accounts[45].id})]})
        with self.assertRaisesRegex(UserError, "add the other one"):
            programme.member_ids[0].account_id = self.accounts[45]

    def test_one_customer_is_called_by_name(self):
        self.assertEqual(self.programme(self.accounts[0]).name, "Retain: Customer 0")
        self.assertEqual(self.programme(self.accounts).name, "Retain: 50 customers")
