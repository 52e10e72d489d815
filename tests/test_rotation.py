"""Rotation in Odoo: what the planner reads, what becomes of its proposals, and who may see why an account stays."""

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user
from odoo.tools import format_date

from .common_handover import MANAGER, HandoverCase

LEADER = "sales_team.group_sale_salesman,churn_handover.group_churn_leader"


class RotationCase(HandoverCase):
    """Three accounts that Olga has owned for three years; Ann and Bob may take them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = new_test_user(cls.env, login="boss", name="Boss", groups=MANAGER)
        cls.first = cls.today + relativedelta(day=1, months=2)
        cls.mine = cls.acme | cls.bolt | cls.core
        # sudo: the history is written by the engine only
        cls.env["churn.assignment"].sudo().search([("account_id", "in", cls.mine.ids)]).date_from = (
            cls.today - relativedelta(years=3)
        )
        cls.schedule = cls.make_schedule()

    @classmethod
    def make_schedule(cls, accounts=None, **values):
        return (
            cls.env["churn.rotation.schedule"]
            .with_user(cls.manager)
            .create(
                {
                    "name": "All",
                    "domain": str([("id", "in", (accounts or cls.mine).ids)]),
                    "first_date": cls.first,
                    "balance_percent": 300.0,
                    "user_ids": [Command.set((cls.old | cls.ann | cls.bob).ids)],
                    **values,
                }
            )
        )

    def lines(self, *accounts, state="proposed", kind="move"):
        accounts = self.env["res.partner"].union(*accounts) or self.mine
        return (
            self.env["churn.rotation.line"]
            .with_user(self.manager)
            .search([("account_id", "in", accounts.ids), ("state", "=", state), ("kind", "=", kind)])
        )

    def complain(self, account, **values):
        return self.env["churn.feedback"].create(
            {"kind": "complaint", "text": "Late again", "partner_id": account.id, **values}
        )

    def make_key(self, account):
        figures = self.env["churn.account"].search([("partner_id", "=", account.id)])
        values = {"partner_id": account.id, "company_id": self.env.company.id, "is_key_account": True}
        return figures.write({"is_key_account": True}) if figures else self.env["churn.account"].create(values)

    def stay(self, account, kind="stay", **values):
        return (
            self.env["churn.rotation.exception"]
            .with_user(self.manager)
            .create({"account_id": account.id, "kind": kind, "reason": "Jubilee", "date_to": "2999-01-01", **values})
        )


class TestPlan(RotationCase):
    def test_due_accounts_get_a_round_a_successor_and_reasons(self):
        self.schedule.action_plan()
        lines = self.lines()
        self.assertEqual(lines.account_id, self.mine)
        self.assertEqual(set(lines.mapped("date")), {self.first})
        self.assertTrue(lines.successor_id <= self.ann | self.bob)
        self.assertIn("With Olga since", lines[0].why_now)
        self.assertTrue(all(lines.mapped("why_successor")))
        self.assertEqual(lines[0].tenure_months, 37)

    def test_planning_again_changes_nothing(self):
        self.schedule.action_plan()
        before = {line.id: (line.round_id, line.successor_id) for line in self.lines()}
        self.assertEqual(self.schedule._replan(), 0)
        self.assertEqual({line.id: (line.round_id, line.successor_id) for line in self.lines()}, before)

    def test_whom_the_customer_knows_comes_first(self):
        for account in self.mine:
            self.env["churn.team.member"].create(
                {
                    "account_id": account.id,
                    "user_id": self.bob.id,
                    "role_id": self.env["churn.team.role"].search([], limit=1).id,
                }
            )
        self.schedule.action_plan()
        self.assertEqual(self.lines().successor_id, self.bob)
        self.assertIn("The customer knows this person", self.lines()[0].why_successor)

    def test_accounts_not_due_or_of_another_plan_are_left_alone(self):
        # sudo: the history is written by the engine only
        self.env["churn.assignment"].sudo().search([("account_id", "=", self.acme.id)]).date_from = self.today
        handover = self.plan(accounts=self.bolt)
        handover.action_confirm()
        self.schedule.action_plan()
        self.assertEqual(self.lines().account_id, self.core)

    def test_cap_spreads_accounts_over_rounds(self):
        self.schedule.cap_rep = 1
        self.schedule.action_plan()
        self.assertEqual(len(set(self.lines().mapped("date"))), 3)

    def test_a_key_account_moves_with_consent_only_and_gets_a_second_person(self):
        self.make_key(self.acme)
        self.schedule.action_plan()
        self.assertEqual(self.lines(self.acme, state="held").why_now, "Key account without consent")
        self.assertTrue(self.lines(self.acme, kind="join").successor_id)
        self.stay(self.acme, kind="consent")
        self.schedule.action_plan()
        self.assertTrue(self.lines(self.acme))
        self.assertFalse(self.lines(self.acme, kind="join"))

    def test_nobody_moves_while_negotiating(self):
        self.lead(self.acme, probability=80, date_deadline=self.first + relativedelta(days=3))
        self.quotation(self.bolt, state="sent", validity_date=self.first + relativedelta(days=3))
        self.schedule.action_plan()
        self.assertEqual(self.lines().filtered(lambda line: line.date == self.first).account_id, self.core)
        self.assertIn("Negotiation", self.lines(self.acme).why_now)

    def test_who_is_full_takes_nothing(self):
        self.env["churn.capacity"].create([{"user_id": user.id, "account_limit": 1} for user in self.ann | self.bob])
        self.schedule.action_plan()
        self.assertEqual(len(self.lines()), 2)
        self.assertEqual(self.lines(state="held").why_now, "Nobody can take it and keep the balance")

    def test_the_administrator_is_nobodys_successor(self):
        """Odoo puts the administrator into the first sales team; who serves nobody is proposed only with a capacity."""
        admin = self.env.ref("base.user_admin")
        self.south.crm_team_member_ids = [Command.create({"user_id": admin.id})]
        self.schedule.user_ids = False
        self.schedule.action_plan()
        self.assertTrue(self.lines().successor_id)
        takers = {rep.id for rep in self.schedule.sudo()._people([]) if rep.takes}
        self.assertNotIn(admin.id, takers)
        self.assertIn(self.bob.id, takers)
        self.env["churn.capacity"].create({"user_id": admin.id, "account_limit": 5})
        self.assertIn(admin.id, {rep.id for rep in self.schedule.sudo()._people([]) if rep.takes})
        self.schedule.user_ids = admin | self.ann
        self.assertEqual({rep.id for rep in self.schedule.sudo()._people([]) if rep.takes}, {admin.id, self.ann.id})

    def test_what_other_handovers_bring_takes_room(self):
        other = self.account("Other", self.old)
        self.env["churn.capacity"].create({"user_id": self.bob.id, "account_limit": 2})
        room = {rep.id: rep.room for rep in self.schedule.sudo()._people([])}
        self.plan(accounts=other, default=self.bob, kind="reassignment").action_confirm()
        self.assertEqual(room[self.bob.id], 2)
        self.assertEqual({rep.id: rep.room for rep in self.schedule.sudo()._people([])}[self.bob.id], 1)

    def test_short_intervals_move_an_account_again_after_its_last_move(self):
        """A plan moves an account once; what comes next is planned from the day it changed hands."""
        self.schedule.write({"interval_months": 6, "tenure_months": 6, "round_months": 1})
        self.schedule.action_plan()
        self.assertEqual(len(self.lines(self.acme)), 1)
        # sudo: the history is written by the engine only
        self.env["churn.assignment"].sudo().search([("account_id", "=", self.acme.id)]).date_from = self.first
        self.schedule.action_plan()
        self.assertEqual(self.lines(self.acme).date, self.first + relativedelta(months=6))

    def test_the_number_of_queries_does_not_grow_with_the_accounts(self):
        def queries(schedule):
            self.env.invalidate_all()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            schedule.sudo()._inputs()
            return self.env.cr.sql_log_count - before

        few = queries(self.schedule)
        more = self.env["res.partner"].create(
            [{"name": f"A{n}", "is_company": True, "user_id": self.old.id} for n in range(40)]
        )
        self.assertLessEqual(queries(self.make_schedule(more)), few)


class TestChanges(RotationCase):
    """What planning anew alters is listed on the schedule: before, after, why."""

    def changes(self, user=None):
        rows = self.env["churn.rotation.change"].with_user(user or self.manager).search([])
        return {row.account_id: (row.before, row.after, row.why) for row in rows}

    def test_the_first_plan_is_no_change(self):
        self.schedule.action_plan()
        self.assertFalse(self.changes())
        self.schedule.action_plan()
        self.assertFalse(self.changes())

    def test_a_complaint_alters_its_account_and_says_so(self):
        self.schedule.action_plan()
        before = self.lines(self.acme)
        place = f"{format_date(self.env, before.date)} to {before.successor_id.name}"
        self.complain(self.acme)
        self.schedule.action_plan()
        self.assertEqual(self.changes(), {self.acme: (place, "Not in a round", "Open complaint")})
        self.assertEqual(self.schedule.change_count, 1)
        self.assertEqual(self.schedule.action_view_changes()["domain"], [("schedule_id", "in", self.schedule.ids)])

    def test_what_restores_a_cap_is_listed_with_it(self):
        self.schedule.action_plan()
        self.schedule.cap_rep = 1
        self.schedule.action_plan()
        changes = self.changes()
        self.assertEqual(len(changes), 2)
        self.assertEqual({why for _before, _after, why in changes.values()}, {"Too many accounts in that round"})

    def test_room_and_a_solved_complaint_bring_an_account_back(self):
        feedback = self.complain(self.acme)
        self.schedule.action_plan()
        feedback.write({"done_text": "Called", "state": "solved"})
        self.schedule.action_plan()
        before, after, why = self.changes()[self.acme]
        self.assertEqual((before, why), ("Not in a round", "Nothing stands in its way any more"))
        self.assertIn(" to ", after)

    def test_a_new_owner_takes_the_account_out(self):
        self.schedule.action_plan()
        self.acme.user_id = self.ann
        self.schedule.action_plan()
        self.assertEqual(self.changes()[self.acme][2], "It has another owner by now")

    def test_old_changes_are_deleted(self):
        self.schedule.action_plan()
        self.complain(self.acme)
        with freeze_time(fields.Datetime.now() - relativedelta(months=13)):
            self.env["churn.rotation.change"].sudo().create(  # sudo: as the planner does
                {
                    "schedule_id": self.schedule.id,
                    "planned_on": fields.Datetime.now(),
                    "account_id": self.bolt.id,
                    "kind": "move",
                    "predecessor_id": self.old.id,
                    "because": "cap",
                }
            )
        self.schedule.action_plan()
        self.env["churn.rotation.change"]._gc_old()
        self.assertEqual(self.changes().keys(), {self.acme})

    def test_reps_and_other_companies_see_none(self):
        with self.assertRaises(AccessError):
            self.env["churn.rotation.change"].with_user(self.old).search([])
        with self.assertRaises(AccessError):
            self.env["churn.rotation.change"].with_user(self.manager).create({"because": "cap"})


class TestFreeze(RotationCase):
    def test_a_complaint_freezes_until_ninety_days_after_its_solution(self):
        feedback = self.complain(self.acme)
        self.schedule.action_plan()
        self.assertEqual(self.lines(self.acme, state="held").why_now, "Open complaint")
        feedback.write({"done_text": "Called", "state": "solved"})
        self.schedule.action_plan()
        line = self.lines(self.acme)
        self.assertGreater(line.date, self.today + relativedelta(days=90))
        self.assertIn("steady until", line.why_now)

    def test_a_confirmed_round_is_checked_against_what_happened_since(self):
        self.schedule.action_plan()
        self.complain(self.acme)
        with self.assertRaisesRegex(UserError, "Acme: Open complaint"):
            self.lines().round_id.action_confirm()

    def test_whom_it_is_about_reads_of_a_decision_only(self):
        """A complaint about the manager who plans: the account stays, and nothing says why."""
        self.complain(self.acme, about_user_id=self.manager.id)
        self.stay(self.bolt)
        self.schedule.action_plan()
        held = self.lines(self.acme, state="held")
        self.assertEqual(held.why_now, "Decision of the manager")
        self.assertEqual(held.facts, self.lines(self.bolt, state="held").facts)
        self.assertEqual(held.with_user(self.boss).why_now, "Open complaint")
        with self.assertRaisesRegex(UserError, "Core: Decision of the manager"):
            self.complain(self.core, about_user_id=self.manager.id)
            self.lines().round_id.action_confirm()

    def test_repeated_complaints_ask_for_a_longer_tenure(self):
        self.env["churn.assignment"].sudo().search([("account_id", "=", self.acme.id)]).date_from = (
            self.today - relativedelta(months=24)  # sudo: the history is written by the engine only
        )
        self.schedule.action_plan()
        self.assertTrue(self.lines(self.acme))
        for _time in range(3):
            feedback = self.complain(self.acme, received_date=fields.Datetime.now() - relativedelta(months=8))
            feedback.write({"done_text": "Called", "state": "solved"})
            feedback.solved_date = fields.Datetime.now() - relativedelta(months=7)
        self.schedule.action_plan()
        self.assertFalse(self.lines(self.acme))
        self.assertEqual(self.schedule.sudo()._inputs()[self.acme.id].tenure, 24)

    def test_an_exception_keeps_the_owner_and_says_why(self):
        self.stay(self.acme)
        self.schedule.action_plan()
        self.assertEqual(self.lines(self.acme, state="held").why_now, "Jubilee")


class TestManager(RotationCase):
    def setUp(self):
        super().setUp()
        self.schedule.action_plan()

    def test_confirming_makes_handovers_with_overlap(self):
        one = self.lines().round_id
        successors = {line.account_id: line.successor_id for line in self.lines()}
        one.with_user(self.manager).action_confirm()
        handover = one.handover_ids
        self.assertRecordValues(
            handover,
            [
                {
                    "kind": "rotation",
                    "state": "confirmed",
                    "predecessor_id": self.old.id,
                    "change_date": self.first,
                    "overlap_days": 21,
                }
            ],
        )
        self.assertEqual({line.account_id: line.successor_id for line in handover.line_ids}, successors)
        members = self.env["churn.team.member"].search([("account_id", "=", self.acme.id), ("origin", "=", "overlap")])
        self.assertEqual(members.user_id, self.old | successors[self.acme])
        self.assertEqual(min(members.mapped("date_from")), self.first - relativedelta(days=10))

    def test_a_confirmed_round_never_changes(self):
        one = self.lines().round_id
        one.with_user(self.manager).action_confirm()
        before = {line.id: (line.round_id, line.successor_id, line.state) for line in one.line_ids}
        self.complain(self.acme)
        self.schedule.action_plan()
        self.assertEqual({line.id: (line.round_id, line.successor_id, line.state) for line in one.line_ids}, before)
        self.assertFalse(self.lines() | self.lines(state="held"))
        with self.assertRaises(UserError):
            one.with_user(self.manager).action_confirm()
        with self.assertRaises(UserError):
            one.line_ids[0].with_user(self.manager).successor_id = self.bob

    def test_what_a_manager_placed_stays(self):
        line = self.lines(self.acme)
        other = self.ann if line.successor_id == self.bob else self.bob
        later = self.schedule.round_ids.sorted("date")[2]
        line.write({"successor_id": other.id, "round_id": later.id})
        self.assertEqual(self.schedule._replan(), 0)
        self.assertEqual((line.successor_id, line.round_id, line.is_placed), (other, later, True))
        self.assertEqual(line.why_successor, "Chosen by the manager")

    def test_a_manager_cannot_place_against_the_minimum_tenure(self):
        """Whatever the schedule says: two changes of owner are never closer than the minimum tenure."""
        line = self.lines(self.acme)
        # sudo: the history is written by the engine only
        self.env["churn.assignment"].sudo().search([("account_id", "=", self.acme.id)]).date_from = self.today
        with self.assertRaisesRegex(UserError, "Acme: The minimum tenure is not over"):
            line.round_id = self.schedule.round_ids.sorted("date")[1]

    def test_skipping_needs_a_reason_and_keeps_the_account_out_of_the_plan(self):
        line = self.lines(self.acme)
        skip = self.env["churn.rotation.skip"].with_user(self.manager).with_context(active_ids=line.ids)
        skip.create({"reason": "New buyer", "date_to": self.today + relativedelta(months=18)}).action_skip()
        self.assertEqual((line.state, line.skip_reason), ("skipped", "New buyer"))
        self.schedule.action_plan()
        self.assertFalse(self.lines(self.acme))
        self.assertEqual(self.lines(self.acme, state="held").why_now, "New buyer")

    def test_a_second_person_joins_the_team_of_a_key_account(self):
        self.make_key(self.acme)
        self.schedule.action_plan()
        joining = self.lines(self.acme, kind="join")
        joining.round_id.with_user(self.manager).action_confirm()
        member = self.env["churn.team.member"].search(
            [("account_id", "=", self.acme.id), ("role_id", "=", self.env.ref("churn_handover.role_second_face").id)]
        )
        self.assertEqual((member.user_id, member.date_from), (joining.successor_id, joining.date))

    def test_the_nightly_plan_takes_out_who_complained(self):
        self.complain(self.acme)
        with self.enter_registry_test_mode():
            self.env.ref("churn_handover.cron_rotation").method_direct_trigger()
        self.assertEqual(self.lines().account_id, self.bolt | self.core)

    def test_tenure_shows_who_changes_when(self):
        row = self.env["churn.tenure"].with_user(self.manager).search([("account_id", "=", self.acme.id)])
        self.assertEqual((row.user_id, row.months, row.years, row.next_date), (self.old, 36, "3", self.first))

    # Rights

    def test_a_rep_sees_nothing_of_the_plan(self):
        for model in ("schedule", "round", "line", "exception", "skip"):
            with self.assertRaises(AccessError):
                self.env[f"churn.rotation.{model}"].with_user(self.ann).search([])
        with self.assertRaises(AccessError):
            self.env["churn.tenure"].with_user(self.old).search([])

    def make_leader(self, team):
        leader = new_test_user(self.env, login="leader", name="Lea Lead", groups=LEADER)
        team.user_id = leader
        return leader

    def test_a_leader_confirms_skips_and_moves_for_the_own_team(self):
        """A round of two teams: each leader confirms the own part, and the round is confirmed when nothing waits."""
        self.bolt.user_id = self.bob
        # sudo: the history is written by the engine only
        self.env["churn.assignment"].sudo().search(
            [("account_id", "=", self.bolt.id), ("date_to", "=", False)]
        ).date_from = self.today - relativedelta(years=3)
        self.schedule.write({"user_ids": [Command.link(self.manager.id)]})
        self.schedule.action_plan()
        one = self.lines(self.acme).round_id
        self.assertEqual(self.lines(self.bolt).round_id, one)
        lea = self.make_leader(self.north)
        lines = self.env["churn.rotation.line"].with_user(lea)
        self.assertTrue(self.acme | self.core <= lines.search([]).account_id)
        self.assertFalse(self.lines(self.bolt).with_user(lea)._filtered_access("write"))
        skip = self.env["churn.rotation.skip"].with_user(lea).with_context(active_ids=self.lines(self.core).ids)
        skip.create({"reason": "New buyer"}).action_skip()
        self.lines(self.acme).with_user(lea).successor_id = self.ann
        self.assertEqual(one.with_user(lea).open_count, 1)
        one.with_user(lea).action_confirm()
        self.assertEqual(self.lines(self.acme, state="confirmed").successor_id, self.ann)
        self.assertEqual(one.handover_ids.line_ids.account_id, self.acme)
        self.assertEqual((one.state, self.lines(self.bolt).state), ("proposed", "proposed"))
        with self.assertRaisesRegex(UserError, "nothing to confirm"):
            one.with_user(lea).action_confirm()
        before = self.lines(self.acme, state="confirmed").successor_id
        self.schedule.action_plan()
        self.assertEqual(self.lines(self.acme, state="confirmed").successor_id, before)
        one.with_user(self.manager).action_confirm()
        self.assertEqual(one.state, "confirmed")

    def test_what_a_leader_may_not(self):
        lea = self.make_leader(self.south)  # Bob's team, not Olga's
        line = self.lines(self.acme)
        line.successor_id = self.bob
        self.assertEqual(line.with_user(lea).why_successor, "Chosen by the manager")
        for attempt in (
            lambda: line.with_user(lea).write({"successor_id": self.bob.id}),
            lambda: line.with_user(lea)._skip("No", self.today + relativedelta(days=9)),
            lambda: self.schedule.with_user(lea).action_plan(),
            lambda: self.schedule.with_user(lea).write({"cap_rep": 9}),
            lambda: self.env["churn.rotation.exception"]
            .with_user(lea)
            .create({"account_id": self.acme.id, "reason": "No", "date_to": "2999-01-01"}),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                attempt()
        with self.assertRaisesRegex(UserError, "nothing to confirm"):
            line.round_id.with_user(lea).action_confirm()

    def test_a_leader_decides_nothing_about_own_accounts_nor_for_other_teams(self):
        lea = self.make_leader(self.north)
        with self.assertRaisesRegex(UserError, "Bob is not in a team that you lead"):
            self.lines(self.acme).with_user(lea).successor_id = self.bob
        self.north.crm_team_member_ids = [Command.create({"user_id": lea.id})]
        self.core.user_id = lea
        # sudo: the history is written by the engine only
        self.env["churn.assignment"].sudo().search(
            [("account_id", "=", self.core.id), ("date_to", "=", False)]
        ).date_from = self.today - relativedelta(years=3)
        self.schedule.action_plan()
        own = self.lines(self.core)
        self.assertEqual(own.predecessor_id, lea)
        self.assertTrue(own.with_user(lea).why_now)
        self.assertFalse(own.with_user(lea).can_plan)
        with self.assertRaises(AccessError):
            own.with_user(lea)._skip("Mine", self.today + relativedelta(days=9))
        with self.assertRaises(AccessError):
            self.env["churn.rotation.exception"].with_user(lea).create(
                {"account_id": self.core.id, "reason": "Mine", "date_to": "2999-01-01"}
            )
        own.round_id.with_user(lea).action_confirm()
        self.assertEqual(own.state, "proposed")

    def test_another_company_sees_nothing(self):
        company = self.env["res.company"].create({"name": "Other"})
        other = new_test_user(
            self.env, login="other", groups=MANAGER, company_id=company.id, company_ids=[Command.set(company.ids)]
        )
        for model in ("schedule", "round", "line", "exception", "change"):
            self.assertFalse(self.env[f"churn.rotation.{model}"].with_user(other).search([]))

    def test_state_and_facts_are_not_written_by_hand(self):
        with self.assertRaises(UserError):
            self.lines(self.acme).state = "confirmed"
        with self.assertRaises(UserError):
            self.lines().round_id.state = "confirmed"
