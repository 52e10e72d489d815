from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user
from odoo.tools import mute_logger

from .common_account import REP, AccountCase

TODAY = date(2026, 3, 1)


@freeze_time(TODAY)
class TestTeamMember(AccountCase):
    def test_role_decides_what_the_customer_sees_unless_the_row_says_otherwise(self):
        self.role.customer_visible = False
        self.assertFalse(self.member(self.bob).customer_visible)
        self.assertTrue(self.member(self.cid, customer_visible=True).customer_visible)

    def test_team_is_composed_on_the_contact(self):
        with Form(self.acme.with_user(self.manager)) as form, form.churn_member_ids.new() as line:
            line.user_id = self.bob
            line.role_id = self.role
            line.is_backup = True
        self.assertEqual(self.acme.churn_member_ids.user_id, self.bob)
        self.assertEqual(self.acme.churn_member_ids.date_from, TODAY)

    def test_changing_the_owner_never_touches_the_team(self):
        member = self.member(self.bob, is_backup=True)
        before = member.read()
        self.acme.user_id = self.cid
        self.acme.user_id = self.bob
        self.assertEqual(
            member.read(["user_id", "date_from", "date_to", "is_backup"])[0].items() - before[0].items(), set()
        )
        self.assertEqual(self.acme.churn_member_ids, member)

    def test_end_before_begin(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.member(self.bob, date_from="2026-03-02", date_to="2026-03-01")

    def test_archived_user_cannot_join(self):
        self.bob.active = False
        with self.refused("archived"):
            self.member(self.bob)

    def test_archiving_a_member_changes_no_row(self):
        member = self.member(self.bob)
        self.bob.active = False
        member.date_to = "2026-03-31"
        self.assertEqual(member.state, "active")

    def test_user_must_work_in_the_accounts_company(self):
        second = self.env["res.company"].create({"name": "Second"})
        account = self.env["res.partner"].create({"name": "There", "company_id": second.id})
        with self.refused("Second"):
            self.member(self.bob, account)
        self.bob.company_ids |= second
        self.member(self.bob, account)

    def test_one_row_per_user_account_role_and_day(self):
        self.member(self.bob, date_from="2026-01-01", date_to="2026-03-31")
        with self.refused("2026-01-01"):
            self.member(self.bob, date_from="2026-03-31")
        self.member(self.bob, date_from="2026-04-01")
        self.member(self.bob, date_from="2026-01-01", role_id=self.other_role.id)
        self.member(self.cid, date_from="2026-01-01")
        self.member(self.bob, date_from="2026-01-01", origin="cover")

    def test_a_contact_has_no_team_of_its_own(self):
        with self.refused("Acme"):
            self.member(self.bob, self.buyer)

    def test_state_and_its_search(self):
        rows = {
            "planned": self.member(self.bob, date_from="2026-03-02"),
            "active": self.member(self.cid, date_from="2026-03-01", date_to="2026-03-01"),
            "ended": self.member(self.ann, date_from="2026-02-01", date_to="2026-02-28"),
        }
        everything = self.env["churn.team.member"].browse(row.id for row in rows.values())
        for state, row in rows.items():
            self.assertEqual(row.state, state)
            self.assertEqual(everything.search([("state", "=", state), ("id", "in", everything.ids)]), row)
        self.assertEqual(
            everything.search([("state", "!=", "active"), ("id", "in", everything.ids)]),
            (everything - rows["active"]).sorted(lambda row: (not row.is_backup, row.date_from)),
        )


@freeze_time(TODAY)
class TestMemberHistory(AccountCase):
    def team(self):
        return self.history(self.acme, "team")

    def test_row_mirrors_the_member(self):
        member = self.member(self.bob)
        self.assertEqual(self.team(), [(self.bob, TODAY, False, "manual", False)])
        member.date_to = "2026-03-31"
        self.assertEqual(self.team(), [(self.bob, TODAY, date(2026, 3, 31), "manual", "manual")])
        member.date_to = False
        self.assertEqual(self.team(), [(self.bob, TODAY, False, "manual", False)])
        self.assertEqual(self.acme.churn_assignment_ids.filtered("role_id").role_id, self.role)

    def test_removed_member_stays_in_the_history(self):
        self.member(self.bob, date_from="2026-01-01").unlink()
        self.assertEqual(self.team(), [(self.bob, date(2026, 1, 1), TODAY, "manual", "manual")])

    def test_member_who_ended_before_keeps_the_end(self):
        self.member(self.bob, date_from="2026-01-01", date_to="2026-01-31").unlink()
        self.assertEqual(self.team()[0][1:3], (date(2026, 1, 1), date(2026, 1, 31)))

    def test_member_who_never_began_leaves_no_trace(self):
        self.member(self.bob, date_from="2026-04-01").unlink()
        self.assertEqual(self.team(), [])

    def test_somebody_else_in_the_same_row_starts_today(self):
        member = self.member(self.bob, date_from="2026-01-01")
        member.user_id = self.cid
        self.assertEqual(
            self.team(),
            [(self.bob, date(2026, 1, 1), TODAY, "manual", "manual"), (self.cid, TODAY, False, "manual", False)],
        )
        self.assertEqual(member.date_from, TODAY)

    def test_overlap_is_a_handover(self):
        self.member(self.bob, origin="overlap", date_to="2026-03-31")
        self.assertEqual(self.team(), [(self.bob, TODAY, date(2026, 3, 31), "handover", "handover")])

    def test_a_thousand_members_take_four_queries(self):
        accounts = self.env["res.partner"].create([{"name": str(n)} for n in range(1000)])
        members = self.env["churn.team.member"].create(
            [{"account_id": a.id, "user_id": self.bob.id, "role_id": self.role.id} for a in accounts]
        )
        self.env.flush_all()
        with self.assertQueryCount(4):
            self.env["churn.assignment"]._record_members(members.ids, "manual")


@freeze_time(TODAY)
class TestBackups(AccountCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.member(cls.bob, is_backup=True, backup_rank=2)
        cls.member(cls.cid, is_backup=True, backup_rank=1)
        cls.member(cls.manager)

    def backups(self, day=None):
        return self.env["churn.team.member"]._backups([self.acme.id], day)[self.acme.id]

    def test_by_rank(self):
        self.assertEqual(self.backups(), [self.cid.id, self.bob.id])

    def test_only_active_users(self):
        self.cid.active = False
        self.assertEqual(self.backups(), [self.bob.id])

    def test_only_on_their_days(self):
        self.acme.churn_member_ids.filtered(lambda member: member.user_id == self.cid).date_to = "2026-03-31"
        self.assertEqual(self.backups(date(2026, 3, 31)), [self.cid.id, self.bob.id])
        self.assertEqual(self.backups(date(2026, 4, 1)), [self.bob.id])
        self.assertEqual(self.backups(date(2026, 2, 28)), [])

    def test_one_query_for_any_number(self):
        accounts = self.env["res.partner"].create([{"name": str(n)} for n in range(100)])
        self.backups()
        with self.assertQueryCount(1):
            backups = self.env["churn.team.member"]._backups((accounts | self.acme).ids)
        self.assertEqual(len(backups), 101)
        self.assertEqual(backups[accounts[0].id], [])

    def test_active_owner(self):
        both = self.buyer | self.acme
        self.assertEqual(both._churn_active_owner(), {self.acme.id: self.ann.id})
        self.ann.active = False
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.assertEqual(both._churn_active_owner(), {self.acme.id: self.cid.id})
        (self.bob | self.cid).active = False
        self.assertEqual(both._churn_active_owner(), {self.acme.id: False})
        self.assertEqual(self.env["res.partner"]._churn_active_owner(), {})


class TestTeamRights(AccountCase):
    """Who may compose teams: a manager all, a leader those of the led members' accounts, a rep none; all may read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader = new_test_user(cls.env, login="lea", groups=f"{REP},churn_handover.group_churn_leader")
        cls.env["crm.team"].create({"name": "Led", "user_id": cls.leader.id, "member_ids": [(6, 0, cls.ann.ids)]})
        cls.foreign = cls.env["res.partner"].create({"name": "Foreign", "user_id": cls.cid.id})
        cls.free = cls.env["res.partner"].create({"name": "Free"})

    def may(self, user, account):
        values = {"account_id": account.id, "user_id": self.bob.id, "role_id": self.other_role.id}
        try:
            with self.env.cr.savepoint():
                member = self.env["churn.team.member"].with_user(user).create(values)
                member.is_backup = True
                member.unlink()
        except AccessError:
            return False
        return True

    def test_rep(self):
        member = self.member(self.bob)
        self.assertTrue(member.with_user(self.ann).read(["user_id"]))
        self.assertFalse(self.may(self.ann, self.acme))
        with self.assertRaises(AccessError):
            member.with_user(self.ann).is_backup = True
        with self.assertRaises(AccessError):
            member.with_user(self.ann).unlink()

    def test_leader(self):
        self.assertTrue(self.may(self.leader, self.acme))
        self.assertTrue(self.may(self.leader, self.free))
        self.assertFalse(self.may(self.leader, self.foreign))

    def test_leader_of_nobody(self):
        self.env["crm.team"].search([("user_id", "=", self.leader.id)]).user_id = self.manager
        self.assertFalse(self.may(self.leader, self.acme))

    def test_leading_a_team_is_not_enough_without_the_group(self):
        self.leader.group_ids -= self.env.ref("churn_handover.group_churn_leader")
        self.assertFalse(self.may(self.leader, self.acme))

    def test_manager(self):
        self.assertTrue(self.may(self.manager, self.acme))
        self.assertTrue(self.may(self.manager, self.foreign))

    def test_roles_belong_to_the_manager(self):
        roles = self.env["churn.team.role"]
        self.assertTrue(roles.with_user(self.manager).create({"name": "Trainer"}).unlink())
        for user in (self.ann, self.leader):
            self.assertTrue(roles.with_user(user).search([]))
            with self.assertRaises(AccessError):
                roles.with_user(user).create({"name": "Trainer"})

    def test_second_company(self):
        """Teams and history of another company's accounts are not seen."""
        second = self.env["res.company"].create({"name": "Second"})
        there = self.env["res.partner"].create({"name": "There", "company_id": second.id, "user_id": self.ann.id})
        (self.bob | self.ann).company_ids |= second
        self.env["churn.team.member"].create({"account_id": there.id, "user_id": self.bob.id, "role_id": self.role.id})
        for model in ("churn.team.member", "churn.assignment"):
            rows = self.env[model].search([("account_id", "=", there.id)])
            self.assertTrue(rows)
            self.assertFalse(self.env[model].with_user(self.manager).search([("account_id", "=", there.id)]))
            self.assertEqual(self.env[model].with_user(self.ann).search([("account_id", "=", there.id)]), rows)

    def test_sales_groups_imply_ours(self):
        self.assertTrue(self.ann.has_group("churn_handover.group_churn_user"))
        self.assertFalse(self.ann.has_group("churn_handover.group_churn_leader"))
        self.assertTrue(self.manager.has_group("churn_handover.group_churn_manager"))
        self.assertTrue(self.manager.has_group("churn_handover.group_churn_leader"))
        clerk = new_test_user(self.env, login="clerk", groups="base.group_user")
        self.assertFalse(clerk.has_group("churn_handover.group_churn_user"))
        for model in ("churn.team.member", "churn.assignment", "churn.account", "churn.team.role"):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(clerk).search([])
