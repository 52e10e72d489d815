"""Leader visits: drawn, planned, recorded; what the calendar shows counts; missed ones come first."""

from datetime import datetime, time, timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user
from odoo.tools import format_date

from .common_handover import REP, HandoverCase


class VisitCase(HandoverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader.group_ids += cls.env.ref("churn_handover.group_churn_leader")
        cls.env["churn.account"].create(
            {"partner_id": cls.acme.id, "company_id": cls.env.company.id, "is_key_account": True}
        )
        cls.env["churn.account"].create({"partner_id": cls.bolt.id, "company_id": cls.env.company.id})
        cls.kim = cls.env["res.partner"].create({"name": "Kim", "parent_id": cls.acme.id, "email": "kim@acme.example"})
        cls.visits = cls.env["churn.visit"]

    def night(self):
        self.visits._cron_visits()
        self.env.invalidate_all()

    def visit(self, account=None, state=None):
        domain = [("account_id", "=", (account or self.acme).id)]
        return self.visits.search([*domain, ("state", "in", [state] if state else ["due", "planned"])])

    def met(self, host, guest=None, days=-10, **values):
        """A meeting of one of ours with the customer."""
        start = datetime.combine(self.today + timedelta(days=days), time(9))
        return self.env["calendar.event"].create(
            {
                "name": "Talk",
                "start": start,
                "stop": start + timedelta(hours=1),
                "user_id": host.id,
                "partner_ids": [(6, 0, (host.partner_id | (guest or self.kim)).ids)],
                **values,
            }
        )


class TestNight(VisitCase):
    def test_key_accounts_get_a_visit_and_others_do_not(self):
        self.night()
        self.assertEqual((self.visit().state, self.visit().leader_id), ("due", self.leader))
        self.assertLessEqual(self.visit().due_date, self.today + relativedelta(months=6))
        self.assertFalse(self.visit(self.bolt))
        before = self.visit().due_date
        self.night()
        self.assertEqual(self.visit().due_date, before, "drawn once")

    def test_who_goes_works_in_the_company(self):
        """A leader who may not open the company would never see the visit."""
        other = self.env["res.company"].create({"name": "Other"})
        boss = new_test_user(
            self.env,
            login="boss",
            groups="sales_team.group_sale_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.env["churn.account"].create({"partner_id": self.acme.id, "company_id": other.id, "is_key_account": True})
        self.night()
        leaders = {
            visit.company_id: visit.leader_id for visit in self.visits.search([("account_id", "=", self.acme.id)])
        }
        self.assertEqual(leaders, {self.env.company: self.leader, other: boss})

    def test_the_tier_says_who_is_visited_and_how_often(self):
        self.env.ref("churn_handover.tier_light").visit_months = 24
        self.env.ref("churn_handover.tier_key").visit_months = 0
        self.night()
        self.assertTrue(self.visit(self.bolt))
        self.assertFalse(self.visit())

    def test_who_is_no_key_account_any_more_is_dropped(self):
        self.night()
        self.acme.churn_account_ids.is_key_account = False
        self.night()
        self.assertFalse(self.visit())

    def test_the_owner_does_not_visit_own_accounts(self):
        self.acme.user_id = self.leader
        self.night()
        self.assertNotEqual(self.visit().leader_id, self.leader)
        self.assertTrue(self.visit().leader_id.has_group("churn_handover.group_churn_manager"))

    def test_somebody_else_goes_when_the_leader_has_left(self):
        self.night()
        self.north.user_id = self.manager
        self.leader.with_context(churn_archive_only=True).active = False
        self.night()
        self.assertEqual(self.visit().leader_id, self.manager)

    def test_a_meeting_in_the_calendar_counts(self):
        self.night()
        event = self.met(self.leader)
        self.night()
        held = self.visit(state="held")
        self.assertEqual((held.event_id, held.leader_id, held.from_calendar), (event, self.leader, True))
        self.assertEqual(held.held_on, self.today - timedelta(days=10))
        following = self.visit()
        self.assertGreaterEqual(following.due_date, held.held_on + timedelta(days=100))
        self.assertLessEqual(following.due_date, held.held_on + relativedelta(months=6))
        self.night()
        self.assertEqual(len(self.visit(state="held")), 1, "one meeting is one visit")

    def test_what_is_no_visit_by_a_leader(self):
        self.night()
        self.met(self.old)  # no leader
        self.met(self.leader, guest=self.bob.partner_id)  # nobody of the customer
        self.met(self.leader, days=3)  # still to come
        self.met(self.leader).active = False
        self.met(self.leader).attendee_ids.filtered(lambda one: one.partner_id == self.kim).state = "declined"
        self.met(self.leader, days=-400)  # longer ago than the interval
        self.night()
        self.assertFalse(self.visit(state="held"))

    def test_queries_do_not_depend_on_the_number_of_accounts(self):
        def key_accounts(count):
            accounts = self.env["res.partner"].create(
                [{"name": f"Key {count}-{n}", "is_company": True, "user_id": self.old.id} for n in range(count)]
            )
            company = self.env.company.id
            self.env["churn.account"].create(
                [{"partner_id": one.id, "company_id": company, "is_key_account": True} for one in accounts]
            )
            self.env.flush_all()
            self.env.invalidate_all()

        def night():
            self.visits._cron_visits()
            self.env.flush_all()

        night()
        key_accounts(2)
        before = self.env.cr.sql_log_count
        night()
        few = self.env.cr.sql_log_count - before
        key_accounts(80)
        with self.assertQueryCount(few):
            night()
        self.assertEqual(self.visits.search_count([("account_id.name", "like", "Key %")]), 82)


class TestPlanning(VisitCase):
    def setUp(self):
        super().setUp()
        self.night()

    def plan_visit(self, user=None, days=5, **values):
        visit = self.visit().with_user(user or self.leader)
        wizard = (
            self.env["churn.visit.plan"].with_user(user or self.leader).with_context(**visit.action_plan()["context"])
        )
        start = datetime.combine(self.today + timedelta(days=days), time(9))
        wizard.create({"start": start, **values}).action_plan()
        return visit.sudo()

    def record(self, visit, method="action_record", user=None, **values):
        wizard = self.env["churn.visit.record"].with_user(user or self.leader)
        wizard = wizard.with_context(**visit.with_user(user or self.leader).action_record()["context"])
        getattr(wizard.create(values), method)()

    def test_the_dialogs_know_which_visit_they_are_about(self):
        visit = self.visit().with_user(self.leader)
        context = visit.action_plan()["context"]
        plan = Form(self.env["churn.visit.plan"].with_user(self.leader).with_context(**context))
        self.assertEqual((plan.account_id, plan.due_date), (visit.account_id, visit.due_date))
        self.assertEqual((plan.leader_id, plan.contact_ids[:]), (visit.leader_id, self.kim))
        record = Form(self.env["churn.visit.record"].with_user(self.leader).with_context(**context))
        self.assertEqual((record.visit_id, record.leader_id), (visit, visit.leader_id))

    def test_planned_recorded_and_the_next_one_drawn(self):
        visit = self.plan_visit(with_owner=True)
        event = visit.event_id
        self.assertEqual((visit.state, event.user_id), ("planned", self.leader))
        self.assertEqual(event.partner_ids, self.leader.partner_id | self.kim | self.old.partner_id)
        with freeze_time(self.today + timedelta(days=6)):
            self.env.invalidate_all()
            self.assertTrue(visit.is_over)
            self.assertIn(visit, self.visits.search([("is_over", "=", True)]))
            self.night()
            self.assertEqual(visit.state, "planned", "what was planned as a visit waits for what its leader writes")
            self.record(visit, note="They want a price list")
        self.assertEqual((visit.state, visit.recorded_by_id), ("held", self.leader))
        self.assertEqual(visit.held_on, self.today + timedelta(days=5))
        note = str(self.acme.message_ids[0].body)
        self.assertIn("price list", note)
        self.assertIn(format_date(self.env, visit.held_on), note, "the day as people write it")
        self.assertEqual((self.visit().state, self.visit().leader_id), ("due", self.leader))
        self.assertGreater(self.visit().due_date, visit.held_on)

    def test_without_a_word_it_is_no_proof(self):
        with self.assertRaises(UserError):
            self.record(self.visit(), note=" ")
        with self.assertRaises(UserError):
            self.record(self.visit(), note="Fine", held_on=self.today + timedelta(days=1))
        with self.assertRaises(UserError):
            self.visit()._held(self.old, self.today, "The owner was there")
        self.assertEqual(self.visit().state, "due")

    def test_what_did_not_take_place_is_planned_anew(self):
        visit = self.plan_visit()
        event = visit.event_id
        self.record(visit, "action_not_held", note="They called it off")
        self.assertEqual((visit.state, visit.event_id), ("due", self.env["calendar.event"]))
        self.assertFalse(event.active)

    def test_a_meeting_called_off_in_the_calendar(self):
        visit = self.plan_visit()
        visit.event_id.active = False
        self.night()
        self.assertEqual(visit.state, "due")

    def test_another_time_replaces_the_first(self):
        first = self.plan_visit().event_id
        second = self.plan_visit(days=8).event_id
        self.assertFalse(first.active)
        self.assertTrue(second.active)

    def test_no_visit_in_the_past_is_planned(self):
        with self.assertRaises(UserError):
            self.plan_visit(days=-1)

    def test_missed_ones_come_first_and_are_told(self):
        visit = self.visit()
        other = self.env["churn.account"].create(
            {"partner_id": self.core.id, "company_id": self.env.company.id, "is_key_account": True}
        )
        self.night()
        visit.due_date = self.today - timedelta(days=1)
        self.assertTrue(visit.is_missed)
        self.assertEqual(self.visits.search([("is_missed", "=", True)]), visit)
        self.assertEqual(self.visits.search([("state", "=", "due")])[0], visit)
        card = self.env.ref("churn_handover.today_visit_missed").with_user(self.leader)
        self.assertEqual((card.count, card.examples), (1, "Acme"))
        self.assertTrue(other)
        self.env["churn.gate"]._cron_remind()
        digest = self.env["mail.message"].search(
            [("subject", "=", "Handovers: what needs you today"), ("partner_ids", "in", self.leader.partner_id.ids)]
        )
        self.assertIn("Leader visits that were missed", str(digest.body))

    def test_two_accounts_become_one(self):
        self.record(self.visit(), note="All well")
        self.env["base.partner.merge.automatic.wizard"]._merge([self.acme.id, self.core.id], self.core)
        self.assertEqual(self.visit(self.core, "held").note, "All well")
        self.night()
        self.assertEqual(len(self.visit(self.core)), 1)


class TestRights(VisitCase):
    def setUp(self):
        super().setUp()
        self.night()

    def test_the_owner_knows_of_planned_visits_only(self):
        own = self.visits.with_user(self.old)
        self.assertFalse(own.search([]))
        self.visit().write({"state": "planned"})
        self.assertTrue(own.search([]))
        for call in (own.search([]).action_plan, own.search([]).action_record):
            with self.assertRaises(AccessError):
                call()
        self.assertFalse(self.visits.with_user(self.bob).search([]))

    def test_nobody_claims_a_visit_by_rpc(self):
        for user in (self.leader, self.manager):
            visit = self.visit().with_user(user)
            for vals in ({"state": "held"}, {"held_on": self.today}, {"account_id": self.bolt.id}, {"event_id": 1}):
                with self.assertRaises(AccessError):
                    visit.write(vals)
            with self.assertRaises(AccessError):
                visit.unlink()
            with self.assertRaises(AccessError):
                self.visits.with_user(user).create(
                    {"account_id": self.bolt.id, "company_id": 1, "due_date": self.today, "since": self.today}
                )

    def test_only_a_manager_sets_another_day(self):
        with self.assertRaises(AccessError):
            self.visit().with_user(self.leader).due_date = self.today
        self.visit().with_user(self.manager).due_date = self.today
        self.assertEqual(self.visit().due_date, fields.Date.context_today(self.visit()))

    def test_a_leader_of_another_team(self):
        stranger = new_test_user(self.env, login="stranger", groups=f"{REP},churn_handover.group_churn_leader")
        self.assertFalse(self.visits.with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            self.visit().with_user(stranger)._held(stranger, self.today, "I was there")

    def test_another_company(self):
        second = self.env["res.company"].create({"name": "Second"})
        foreign = self.manager.copy({"login": "f", "company_ids": [(6, 0, second.ids)], "company_id": second.id})
        self.assertFalse(self.visits.with_user(foreign).search([]))
