from datetime import timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user
from odoo.tools import mute_logger

from benchmarks.handover import clone

from .common_handover import REP, HandoverCase


class TestPlan(HandoverCase):
    def test_a_line_per_account_and_one_for_everything_else(self):
        child = self.env["res.partner"].create({"name": "Contact", "parent_id": self.acme.id, "user_id": self.old.id})
        handover = self.env["churn.handover"].with_user(self.manager)._plan(self.old, self.today)
        self.assertEqual(handover.line_ids.account_id, self.acme | self.bolt | self.core)
        self.assertNotIn(child, handover.line_ids.account_id)
        self.assertEqual(handover.line_ids.filtered("is_default"), handover.default_line_id)
        self.assertEqual(handover.state, "draft")
        self.assertEqual(set(handover.line_ids.mapped("state")), {"draft"})
        self.assertRegex(handover.name, "HO/")

    def test_a_contact_stands_for_its_account(self):
        child = self.env["res.partner"].create({"name": "Contact", "parent_id": self.acme.id})
        handover = self.env["churn.handover"]._plan(self.old, self.today, accounts=child)
        self.assertEqual(handover.line_ids.account_id, self.acme)

    def test_the_first_able_backup_is_proposed_else_the_team_leader(self):
        archived = new_test_user(self.env, login="archived", groups=REP)
        role = self.env.ref("churn_handover.role_service")
        for account, user, rank in (
            (self.acme, archived, 1),
            (self.acme, self.bob, 2),
            (self.acme, self.ann, 3),
            (self.bolt, self.old, 1),
        ):
            self.env["churn.team.member"].create(
                {
                    "account_id": account.id,
                    "user_id": user.id,
                    "role_id": role.id,
                    "is_backup": True,
                    "backup_rank": rank,
                    "date_from": self.today,
                }
            )
        archived.with_context(churn_archive_only=True).active = False
        handover = self.env["churn.handover"].with_user(self.manager)._plan(self.old, self.today)
        self.assertEqual(self.line(handover, self.acme).successor_id, self.bob)
        self.assertEqual(self.line(handover, self.bolt).successor_id, self.leader)
        self.assertEqual(handover.default_successor_id, self.leader)

    def test_a_backup_without_access_to_the_company_is_passed_over(self):
        second = self.env["res.company"].create({"name": "Second"})
        self.old.company_ids = [Command.link(second.id)]
        team = self.env["crm.team"].create({"name": "Second team", "company_id": second.id})
        self.lead(self.acme, company_id=second.id, team_id=team.id)
        self.env["churn.team.member"].create(
            {
                "account_id": self.acme.id,
                "user_id": self.bob.id,
                "role_id": self.env.ref("churn_handover.role_service").id,
                "is_backup": True,
            }
        )
        handover = self.env["churn.handover"].with_user(self.manager)._plan(self.old, self.today)
        self.assertFalse(self.line(handover, self.acme).successor_id)
        self.bob.company_ids = [Command.link(second.id)]
        handover = self.env["churn.handover"].with_user(self.manager)._plan(self.old, self.today)
        self.assertEqual(self.line(handover, self.acme).successor_id, self.bob)

    def test_nobody_is_proposed_without_backup_and_leader(self):
        self.north.user_id = False
        handover = self.env["churn.handover"].with_user(self.manager)._plan(self.old, self.today)
        self.assertFalse(handover.line_ids.successor_id)

    def test_the_default_successor_is_that_of_the_default_line(self):
        handover = self.env["churn.handover"]._plan(self.old, self.today, default_successor_id=self.bob.id)
        self.assertEqual(handover.default_line_id.successor_id, self.bob)
        handover.default_successor_id = self.ann
        self.assertEqual(handover.default_line_id.successor_id, self.ann)

    def test_planning_and_confirming_ask_nothing_per_account(self):
        """More accounts than the ORM reads at once: what is read one by one shows only then."""

        def leaver_with(login, count):
            leaver = new_test_user(self.env, login=login, groups=REP)
            first = self.account(login, owner=leaver)
            clone(self.env, first, count - 1, commercial_partner_id="id")
            self.env.invalidate_all()
            return leaver

        def cost(leaver):
            start = self.env.cr.sql_log_count
            handover = self.env["churn.handover"]._plan(
                leaver, self.today + timedelta(days=30), default_successor_id=self.ann.id
            )
            handover.line_ids.successor_id = self.ann
            handover._confirm()
            self.env.flush_all()
            self.assertEqual(handover.state, "confirmed")
            return self.env.cr.sql_log_count - start

        cost(leaver_with("warm", 3))
        few = cost(leaver_with("few", 3))
        self.assertLess(cost(leaver_with("many", 1100)), few + 110, "a query per account would be 1,100")


class TestBadInput(HandoverCase):
    """A clear message each, and nothing changed."""

    def refused(self, handover, message):
        before = self.dump()
        with self.assertRaisesRegex(UserError, message):
            handover.action_confirm()
        self.assertEqual(handover.state, "draft")
        self.assertEqual(set(handover.line_ids.mapped("state")) - {"draft"}, set())
        self.assertEqual(self.dump(), before)

    def test_the_leaver_cannot_succeed_themselves(self):
        self.refused(self.plan({self.acme: self.old}), "Olga cannot succeed")

    def test_an_archived_successor(self):
        handover = self.plan({self.acme: self.bob})
        self.bob.with_context(churn_archive_only=True).active = False
        self.refused(handover, "Bob is archived")

    def test_a_portal_user_as_successor(self):
        portal = new_test_user(self.env, login="portal", name="Pia", groups="base.group_portal")
        self.refused(self.plan({self.acme: portal}), "Pia is no internal user")

    def test_nobody_takes_an_account(self):
        handover = self.plan()
        (self.line(handover, self.acme) | handover.default_line_id).successor_id = False
        self.refused(handover, "Nobody takes over: Everything else, Acme")

    def test_a_date_in_the_past(self):
        self.refused(self.plan(date=self.today - timedelta(days=1)), "in the past")

    def test_an_account_of_another_open_handover(self):
        self.plan(accounts=self.acme, kind="rotation").action_confirm()
        self.refused(self.plan(accounts=self.acme | self.bolt), "another open handover: Acme")

    def test_a_user_with_nothing(self):
        nobody = new_test_user(self.env, login="nobody", name="Nora", groups=REP)
        self.env["digest.digest"].search([]).user_ids -= nobody
        handover = self.env["churn.handover"].with_user(self.manager)._plan(nobody, self.today)
        handover.default_successor_id = self.ann
        self.refused(handover, "Nora has no accounts and nothing open")

    def test_the_line_for_everything_else_stays(self):
        handover = self.plan()
        self.assertEqual(handover.default_line_id.display_name, "Everything else")
        with self.assertRaisesRegex(UserError, "Somebody must take everything else"):
            handover.default_line_id.unlink()
        self.assertTrue(handover.default_line_id)
        self.line(handover, self.acme).unlink()
        handover.unlink()

    def test_an_empty_plan(self):
        handover = self.plan(accounts=self.acme, kind="rotation")
        handover.line_ids.unlink()
        self.refused(handover, "The plan is empty")

    def test_many_accounts_are_not_all_listed(self):
        for number in range(15):
            self.account(f"Small {number}")
        handover = self.plan()
        handover.line_ids.successor_id = False
        self.refused(handover, "and 9 more")

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_an_account_in_two_open_plans(self):
        """What two managers who confirm at the same moment run into."""
        first, second = (self.plan(accounts=self.acme, kind="rotation") for _ in range(2))
        first.action_confirm()
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.env.cr.execute(
                "UPDATE churn_handover_line SET state = 'confirmed' WHERE handover_id = %s", [second.id]
            )


class TestLife(HandoverCase):
    """Confirm, postpone, change, cancel."""

    def test_confirming_twice_is_confirming_once(self):
        handover = self.plan()
        handover.action_confirm()
        members = handover.line_ids.account_id.churn_member_ids
        handover.action_confirm()
        self.assertEqual(handover.line_ids.account_id.churn_member_ids, members)

    def test_successors_are_on_the_team_until_the_last_day(self):
        last_day = self.today + timedelta(days=30)
        handover = self.plan({self.bolt: self.bob}, date=last_day, overlap_days=14)
        self.assertFalse(self.bolt.churn_member_ids)
        handover.action_confirm()
        member = self.bolt.churn_member_ids
        self.assertEqual((member.user_id, member.origin), (self.bob, "overlap"))
        self.assertEqual((member.date_from, member.date_to), (last_day - timedelta(days=14), last_day))

    def test_in_a_rotation_both_are_on_the_team_around_the_change(self):
        day = self.today + timedelta(days=30)
        handover = self.plan(accounts=self.acme, kind="rotation", date=day, overlap_days=20)
        handover.action_confirm()
        members = self.acme.churn_member_ids
        self.assertEqual(members.user_id, self.ann | self.old)
        self.assertEqual(set(members.mapped("date_from")), {day - timedelta(days=10)})
        self.assertEqual(set(members.mapped("date_to")), {day + timedelta(days=10)})

    def test_another_successor_until_the_day(self):
        handover = self.plan(date=self.today + timedelta(days=10))
        handover.action_confirm()
        self.line(handover, self.bolt).successor_id = self.bob
        self.assertEqual(self.bolt.churn_member_ids.user_id, self.bob)
        with self.assertRaisesRegex(UserError, "cannot succeed"):
            self.line(handover, self.bolt).successor_id = self.old
        with self.assertRaisesRegex(UserError, "nobody takes over"):
            self.line(handover, self.bolt).successor_id = False

    def test_postponing_takes_lines_and_overlap_along(self):
        handover = self.plan(date=self.today + timedelta(days=10))
        handover.action_confirm()
        later = self.today + timedelta(days=40)
        handover.change_date = later
        self.assertEqual(set(handover.line_ids.mapped("change_date")), {later})
        self.assertEqual(self.acme.churn_member_ids.date_to, later)
        with freeze_time(fields.Datetime.now() + timedelta(days=10)):
            handover.sudo()._run()
        self.assertEqual(self.acme.user_id, self.old)

    def test_a_confirmed_plan_is_not_postponed_into_the_past(self):
        handover = self.plan(date=self.today + timedelta(days=10))
        handover.action_confirm()
        with self.assertRaisesRegex(UserError, "in the past"):
            handover.change_date = self.today - timedelta(days=1)

    def test_cancelling_frees_the_accounts(self):
        handover = self.plan(date=self.today + timedelta(days=10))
        handover.action_confirm()
        handover.action_cancel()
        self.assertEqual(handover.state, "cancelled")
        self.assertFalse(self.acme.churn_member_ids)
        again = self.plan()
        again.action_confirm()
        self.assertEqual(again.state, "confirmed")

    def test_what_has_run_is_not_changed_any_more(self):
        handover = self.run_plan()
        with self.assertRaisesRegex(UserError, "moved or cancelled already"):
            self.line(handover, self.acme).successor_id = self.bob
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            handover.change_date = self.today + timedelta(days=3)
        with self.assertRaisesRegex(UserError, "nothing left to cancel"):
            handover.action_cancel()
        with self.assertRaises(UserError):
            handover.unlink()

    def test_running_twice_moves_once(self):
        handover = self.run_plan()
        changes = handover.change_count
        self.acme.user_id = self.bob
        handover.action_run_now()
        handover.sudo()._run()
        self.assertEqual(self.acme.user_id, self.bob)
        self.assertEqual(handover.change_count, changes)

    def test_drafts_can_be_deleted(self):
        handover = self.plan()
        lines = handover.line_ids
        handover.unlink()
        self.assertFalse(lines.exists())

    def test_a_refused_record_stops_its_line_only(self):
        """A validation of somebody's module refuses one opportunity: that account waits, the others move."""
        lead = self.lead(self.bolt)
        partner_model = type(self.env["crm.lead"])

        def refuse(records, vals):
            if "user_id" in vals and lead in records:
                raise UserError("This deal is frozen.")
            return origin(records, vals)

        origin = partner_model.write
        self.patch(partner_model, "write", refuse)
        handover = self.run_plan()
        self.assertEqual(self.line(handover, self.bolt).state, "stopped")
        self.assertEqual(self.line(handover, self.bolt).stop_reason, "This deal is frozen.")
        self.assertEqual(self.bolt.user_id, self.old)
        self.assertEqual((self.acme | self.core).user_id, self.ann)
        self.assertEqual(handover.stopped_count, 1)

    def test_a_stopped_line_runs_with_another_successor(self):
        handover = self.plan({self.bolt: self.bob})
        handover.action_confirm()
        self.bob.with_context(churn_archive_only=True).active = False
        handover.action_run_now()
        self.assertEqual(self.line(handover, self.bolt).state, "stopped")
        self.line(handover, self.bolt).successor_id = self.ann
        self.assertEqual(self.line(handover, self.bolt).state, "confirmed")
        with self.enter_registry_test_mode():
            self.env.ref("churn_handover.cron_handover").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.bolt.user_id, self.ann)
        self.assertEqual(handover.state, "done")

    def test_the_leaver_is_archived_after_the_transfer(self):
        handover = self.run_plan(archive_predecessor=True, user=self.env.user)
        self.assertEqual(handover.state, "done")
        self.assertFalse(self.old.active)
        self.assertFalse(self.env["churn.handover"].search([("emergency", "=", True)]))


class TestRights(HandoverCase):
    def test_a_rep_sees_what_concerns_them_and_changes_nothing(self):
        handover = self.plan({self.bolt: self.bob})
        for user in (self.old, self.ann, self.bob):
            self.assertFalse(self.env["churn.handover"].with_user(user).search([]), "drafts are the manager's")
        handover.action_confirm()
        self.assertEqual(self.env["churn.handover"].with_user(self.bob).search([]), handover)
        lines = self.env["churn.handover.line"].with_user(self.bob).search([])
        self.assertEqual(lines.account_id, self.bolt)
        for call in ("action_confirm", "action_run_now", "action_undo", "action_cancel"):
            with self.assertRaises(AccessError):
                getattr(handover.with_user(self.bob), call)()
        self.assertEqual(handover.state, "confirmed")

    def test_a_rep_opens_the_plan(self):
        """The screen asks for nothing that a rep may not read, before and after the transfer."""
        handover = self.plan({self.bolt: self.bob})
        for step in (handover.action_confirm, handover.action_run_now, handover.action_undo):
            step()
            for user in (self.old, self.bob):
                form = Form(handover.with_user(user))
                self.assertEqual(form.predecessor_id, self.old)
                self.assertNotIn("load_table", form._view["fields"], "the load of colleagues is the leader's")
                lines = self.env["churn.handover.line"].with_user(user).search([("handover_id", "=", handover.id)])
                self.assertTrue(
                    lines.read(["display_name", "revenue_12m", "is_key_account", "risk_band", "successor_id"])
                )

    def test_a_stranger_sees_nothing(self):
        stranger = new_test_user(self.env, login="stranger", groups=REP)
        self.plan().action_confirm()
        self.assertFalse(self.env["churn.handover"].with_user(stranger).search([]))
        self.assertFalse(self.env["churn.handover.line"].with_user(stranger).search([]))

    def leading(self):
        self.leader.group_ids = [Command.link(self.env.ref("churn_handover.group_churn_leader").id)]
        return self.leader

    def test_a_leader_plans_for_members_of_own_teams(self):
        handover = self.plan(user=self.leading())
        handover.action_run_now()
        self.assertEqual(self.acme.user_id, self.ann)
        self.assertEqual(handover.state, "done")
        handover.action_undo()
        self.assertEqual(self.acme.user_id, self.old)

    def test_a_leader_who_takes_over_sees_the_drafts_of_own_members(self):
        leader = self.leading()
        draft = self.plan({self.acme: leader})
        foreign = self.env["churn.handover"].with_user(self.manager)._plan(self.bob, self.today)
        foreign.line_ids.successor_id = leader
        seen = self.env["churn.handover"].with_user(leader).search([])
        self.assertEqual(seen, draft, "of others only what is confirmed")
        self.assertEqual(seen.line_ids, draft.line_ids)
        seen.line_ids.filtered("account_id").write({"successor_id": self.ann.id})
        self.assertEqual(self.line(draft, self.acme).successor_id, self.ann)

    def test_a_leader_does_not_plan_for_others(self):
        leader = self.leading()
        with self.assertRaises(AccessError):
            self.env["churn.handover"].with_user(leader)._plan(self.bob, self.today)
        other = self.account("Other", owner=self.bob)
        handover = self.plan(accounts=self.acme, kind="rotation", user=leader)
        handover.line_ids = [
            Command.create({"account_id": other.id, "predecessor_id": self.bob.id, "successor_id": self.ann.id})
        ]
        with self.assertRaisesRegex(AccessError, "Bob"):
            handover.action_confirm()
        self.assertEqual(other.user_id, self.bob)

    def test_state_is_not_written_from_outside(self):
        handover = self.plan()
        for record, vals in (
            (handover, {"state": "done"}),
            (handover, {"team_ids": [Command.clear()]}),
            (handover.line_ids[1], {"state": "done"}),
            (handover.line_ids[1], {"is_default": True}),
        ):
            with self.assertRaises(AccessError):
                record.write(vals)
        with self.assertRaises(AccessError):
            self.env["churn.handover"].with_user(self.manager).create(
                {"predecessor_id": self.old.id, "change_date": self.today, "state": "confirmed"}
            )

    def test_a_manager_plans_for_own_companies_only(self):
        second = self.env["res.company"].create({"name": "Second"})
        with self.assertRaises(AccessError):
            self.plan(company_ids=[Command.link(second.id)])

    def test_the_log_is_read_only(self):
        handover = self.run_plan()
        changes = self.env["churn.change"].with_user(self.manager).search([("handover_id", "=", handover.id)])
        self.assertEqual(len(changes), handover.change_count)
        self.assertTrue(changes)
        for call in (changes.unlink, lambda: changes.write({"state": "undone"})):
            with self.assertRaises(AccessError):
                call()


class TestEmergency(HandoverCase):
    def emergency(self, user=None):
        """Somebody was archived without a plan."""
        user = user or self.old
        user.with_context(churn_archive_only=True).active = False
        return self.env["churn.handover"]._emergency(user)

    def cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("churn_handover.cron_handover").method_direct_trigger()
        self.env.invalidate_all()

    def backup(self, account, user):
        self.env["churn.team.member"].create(
            {
                "account_id": account.id,
                "user_id": user.id,
                "role_id": self.env.ref("churn_handover.role_service").id,
                "is_backup": True,
                "date_from": self.today,
            }
        )

    def test_backups_take_over_else_the_leader(self):
        self.leader.group_ids |= self.env.ref("churn_handover.group_churn_leader")
        self.backup(self.acme, self.bob)
        handover = self.emergency()
        self.assertTrue(handover.emergency)
        self.assertEqual(handover.change_date, self.today)
        self.assertEqual(handover.user_id, self.leader)
        self.cron()
        self.assertEqual(self.acme.user_id, self.bob)
        self.assertEqual(self.bolt.user_id, self.leader)
        self.assertEqual(handover.state, "done")

    def test_without_anybody_the_manager_gets_a_list(self):
        self.north.user_id = False
        self.backup(self.acme, self.bob)
        handover = self.emergency()
        self.cron()
        self.assertEqual(self.acme.user_id, self.bob)
        self.assertEqual(self.bolt.user_id, self.old)
        self.assertEqual(handover.stopped_count, 3)
        self.assertTrue(handover.user_id.has_group("churn_handover.group_churn_manager"))
        self.assertIn("Choose a successor", handover.activity_ids.note)

    def test_the_team_of_an_archived_membership_still_tells_the_leader(self):
        self.old.with_context(churn_archive_only=True).action_archive()
        self.assertFalse(self.old.sale_team_id)
        self.env["churn.handover"]._emergency(self.old)
        self.cron()
        self.assertEqual(self.acme.user_id, self.leader)

    def test_an_existing_plan_is_brought_forward(self):
        handover = self.plan({self.bolt: self.bob}, date=self.today + timedelta(days=20))
        handover.action_confirm()
        self.assertFalse(self.emergency())
        self.cron()
        self.assertEqual(self.bolt.user_id, self.bob)
        self.assertEqual(self.acme.user_id, self.ann)

    def test_a_successor_who_is_archived_stops_the_lines_and_the_manager_is_told(self):
        handover = self.plan({self.bolt: self.bob}, date=self.today + timedelta(days=20))
        handover.action_confirm()
        self.emergency(self.bob)
        self.assertEqual(self.line(handover, self.bolt).state, "stopped")
        self.assertEqual(self.line(handover, self.acme).state, "confirmed")
        self.assertEqual(handover.activity_ids.user_id, self.manager)
        self.assertIn("Bob is archived", handover.activity_ids.note)

    def test_a_plan_brought_forward_ends_its_overlap_today(self):
        handover = self.plan({self.bolt: self.bob}, date=self.today + timedelta(days=20))
        handover.action_confirm()
        self.emergency()
        self.assertEqual(handover.change_date, self.today)
        self.assertEqual(set(handover.line_ids.account_id.churn_member_ids.mapped("date_to")), {self.today})

    def test_a_stopped_line_takes_its_successor_off_the_team(self):
        handover = self.plan({self.bolt: self.bob}, date=self.today + timedelta(days=5))
        handover.action_confirm()
        self.assertEqual(self.bolt.churn_member_ids.user_id, self.bob)
        self.emergency(self.bob)
        self.assertFalse(self.bolt.churn_member_ids)
        self.line(handover, self.bolt).successor_id = self.ann
        self.assertEqual(self.bolt.churn_member_ids.user_id, self.ann)

    def test_many_users_are_looked_up_together(self):
        """Archiving a department: whoever holds nothing costs no query."""
        self.env["digest.digest"].search([]).user_ids = False

        def cost(prefix, count):
            users = self.env["res.users"].union(
                *(new_test_user(self.env, login=f"{prefix}{n}", groups=REP) for n in range(count))
            )
            users.with_context(churn_archive_only=True).active = False
            self.env["digest.digest"].search([]).user_ids -= users
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertFalse(self.env["churn.handover"]._emergency(users))
            return self.env.cr.sql_log_count - before

        cost("warm", 1)
        self.assertLess(cost("many", 25), cost("few", 2) + 10)

    def test_two_leavers_at_once(self):
        other = self.account("Other", owner=self.bob)
        plans = self.emergency(self.old | self.bob)
        self.assertEqual(plans.predecessor_id, self.old | self.bob)
        self.assertEqual({plan.predecessor_id: plan.line_ids.account_id for plan in plans}[self.bob], other)
        self.assertEqual(set(plans.mapped("elsewhere_count")), {0})

    def test_nothing_open_makes_no_plan(self):
        nobody = new_test_user(self.env, login="nobody", groups=REP)
        self.env["digest.digest"].search([]).user_ids -= nobody
        self.assertFalse(self.emergency(nobody))
