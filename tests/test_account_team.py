"""Whether an account's team covers it, fits the customer's side of the table, and is mixed well."""

from datetime import date, timedelta

from odoo.tests import new_test_user
from odoo.tools import format_date

from .common_handover import MANAGER, REP
from .common_team import TeamCase


class TestCoverageOfTeams(TeamCase):
    def gap(self, account=None):
        return self.row(account or self.acme).coverage_gap

    def test_it_is_known_as_soon_as_the_team_changes(self):
        self.commit()
        self.assertEqual(self.gap(), "backup")
        member = self.serve(self.ann, is_backup=True)
        self.commit()
        self.assertEqual((self.gap(), self.row(self.acme).team_size), (False, 2))
        member.is_backup = False
        self.commit()
        self.assertEqual(self.gap(), "backup")
        member.is_backup = True
        member.date_to = self.today - timedelta(days=0)
        self.commit()
        self.assertEqual(self.gap(), "ending")
        member.unlink()
        self.commit()
        self.assertEqual(self.gap(), "backup")
        self.acme.user_id = False
        self.commit()
        self.assertEqual(self.gap(), "owner")

    def test_the_days_count(self):
        planned = self.serve(self.ann, is_backup=True, date_from=self.today + timedelta(days=60))
        self.commit()
        self.assertEqual(self.gap(), "backup", "somebody who comes in two months backs up nobody today")
        planned.date_from = self.today - timedelta(days=90)
        planned.date_to = self.today + timedelta(days=30)
        self.commit()
        self.assertEqual(self.gap(), "ending")
        planned.date_to = self.today + timedelta(days=31)
        self.commit()
        self.assertFalse(self.gap())
        self.serve(self.bob, is_backup=True, date_from=self.today + timedelta(days=20))
        planned.date_to = self.today + timedelta(days=10)
        self.commit()
        self.assertFalse(self.gap(), "the next one comes in time")

    def test_the_owner_is_no_backup_of_the_owner(self):
        self.serve(self.old, is_backup=True)
        self.commit()
        self.assertEqual((self.gap(), self.row(self.acme).team_size), ("backup", 1))

    def test_key_accounts_need_more(self):
        self.serve(self.ann, is_backup=True)
        self.row(self.acme).is_key_account = True
        self.commit()
        self.assertEqual(self.gap(), "size")
        self.serve(self.bob)
        self.commit()
        self.assertFalse(self.gap())
        self.serve(self.bob, self.bolt, is_backup=True)
        self.commit()
        self.assertFalse(self.gap(self.bolt))
        self.env.company.churn_team_size = 3
        self.assertEqual(self.gap(self.bolt), "size", "the setting counts at once")

    def test_a_handover_to_the_backup_opens_the_gap(self):
        """The successor was the backup: nobody stands in any more."""
        self.serve(self.bob, is_backup=True)
        self.commit()
        self.assertFalse(self.gap())
        self.run_plan(successors={self.acme: self.bob})
        self.commit()
        self.assertEqual((self.acme.user_id, self.gap()), (self.bob, "backup"))

    def test_archived_people_do_not_cover(self):
        self.serve(self.ann, is_backup=True)
        self.serve(self.dan, role_id=self.service.id)
        self.commit()
        self.assertFalse(self.gap())
        self.dan.with_context(churn_archive_only=True).active = False
        self.commit()
        self.assertEqual(self.gap(), "archived")
        self.assertIn("Dan no longer works here: find somebody else as After-Sales Service", self.advice(self.manager))
        self.acme.churn_member_ids.filtered("is_backup").stand_in_role_id = self.service
        self.assertIn("Ann stands in as After-Sales Service", self.advice(self.manager))

    def test_the_number_on_the_managers_page(self):
        self.serve(self.ann, is_backup=True)
        self.commit()
        card = self.env.ref("churn_handover.today_uncovered").with_user(self.manager)
        before = card.count
        self.row(self.core).write({"score_status": "lost"})
        self.row(self.bolt).write({"score_status": "scored"})
        card.invalidate_recordset()
        self.assertEqual(card.count, before - 1, "a customer who is gone needs no backup")
        uncovered = self.env["churn.account"].with_user(self.manager).search([("coverage_gap", "!=", False)])
        self.assertIn(self.row(self.bolt), uncovered)
        self.assertNotIn(self.row(self.acme), uncovered)

    def test_a_thousand_accounts_take_one_statement(self):
        accounts = self.env["res.partner"].create([{"name": str(at), "user_id": self.ann.id} for at in range(1000)])
        self.env["churn.account"].create(
            [{"partner_id": account.id, "company_id": self.env.company.id} for account in accounts]
        )
        self.env["churn.team.member"].create(
            [
                {"account_id": account.id, "user_id": self.bob.id, "role_id": self.role.id, "is_backup": True}
                for account in accounts
            ]
        )
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.env["churn.account"]._refresh_teams(self.env.company)
        figures = self.env["churn.account"].search([("partner_id", "in", accounts.ids)])
        self.assertEqual(set(figures.mapped("coverage_gap")), {False})

    def test_each_company_has_its_own_rules(self):
        other = self.env["res.company"].create({"name": "Other", "churn_team_size": 3})
        self.serve(self.ann, is_backup=True)
        there = self.env["churn.account"].create({"partner_id": self.acme.id, "company_id": other.id})
        self.commit()
        self.assertEqual((self.gap(), there.coverage_gap), (False, "size"))

    def test_the_night_does_all_of_it(self):
        self.env["res.company"].search([]).churn_teams_on = False
        self.past_meeting(self.buyer)
        with self.enter_registry_test_mode():
            self.env.ref("churn_handover.cron_teams").method_direct_trigger()
        self.assertEqual(self.env.company.churn_teams_on, self.today)
        self.assertEqual((self.row(self.acme).meeting_count, self.gap()), (1, "backup"))


class TestSizeAdvice(TeamCase):
    def size(self):
        self.night()
        row = self.row(self.acme)
        return row.size_advice, row.meeting_count, row.ours_at_table, row.theirs_at_table, row.people_met

    def guests(self, count):
        return self.env["res.partner"].create([{"name": f"G{at}", "parent_id": self.acme.id} for at in range(count)])

    def test_too_little_is_known(self):
        self.past_meeting(self.buyer, days=10)
        self.past_meeting(self.buyer, days=20)
        self.assertEqual(self.size()[:2], ("unknown", 2))
        self.assertIn("2 meetings with this customer are recorded", self.advice(self.manager))

    def test_it_fits(self):
        self.serve(self.ann, is_backup=True)
        for days in (10, 20, 30):
            self.past_meeting(self.buyer, self.boss, self.ann.partner_id, days=days)
        self.assertEqual(self.size(), ("fits", 3, 2, 2, 2))
        self.assertIn("The size fits: in 3 meetings 2.0 of us met 2.0 of them", self.advice(self.manager))

    def test_too_few_of_us(self):
        guests = self.guests(4)
        for days in (10, 20, 30):
            self.past_meeting(*guests, days=days)
        self.assertEqual(self.size(), ("few", 3, 1, 4, 4))
        self.assertIn("Too few of us", self.advice(self.old))

    def test_too_many_of_us_at_the_table(self):
        for days in (10, 20, 30):
            self.past_meeting(self.buyer, self.ann.partner_id, self.bob.partner_id, days=days)
        self.assertEqual(self.size(), ("many", 3, 3, 1, 1))
        self.assertIn("Too many of us", self.advice(self.old))

    def test_a_team_larger_than_the_customers_side(self):
        for user in (self.ann, self.bob, self.dan):
            self.serve(user)
        for days in (10, 20, 30):
            self.past_meeting(self.buyer, self.boss, self.ann.partner_id, days=days)
        self.assertEqual(self.size()[0], "many")

    def test_the_minimum_is_never_too_many(self):
        """One buyer alone: owner and backup are the two that the rules ask for."""
        self.serve(self.ann, is_backup=True)
        for days in (10, 20, 30):
            self.past_meeting(self.buyer, days=days)
        self.assertEqual(self.size()[0], "fits")

    def test_what_is_no_meeting_with_them(self):
        declined = self.past_meeting(self.buyer, days=10)
        declined.attendee_ids.filtered(lambda one: one.partner_id == self.buyer).state = "declined"
        self.past_meeting(self.ann.partner_id, days=20)
        self.past_meeting(self.buyer, days=400)
        self.meeting(self.buyer, days=5)
        self.assertEqual(self.size()[:2], ("unknown", 0))


class TestReach(TeamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sales, cls.lab = cls.env["hr.department"].create([{"name": "Sales"}, {"name": "Lab"}])

    def reach(self):
        self.night()
        return self.row(self.acme).team_reach

    def test_departments_levels_both_neither(self):
        self.assertFalse(self.reach(), "a lone owner is no team")
        self.serve(self.ann, is_backup=True)
        self.assertEqual(self.reach(), "unknown")
        self.employ(self.old | self.ann, self.sales)
        self.assertEqual(self.reach(), "neither")
        self.assertIn("one department and one level", self.advice(self.manager))
        self.employ(self.dan, self.lab)
        self.serve(self.dan, role_id=self.service.id)
        self.assertEqual(self.reach(), "departments")
        self.serve(self.leader)
        self.assertEqual(self.reach(), "both", "Lea leads the sales team North")
        self.acme.churn_member_ids.filtered(lambda member: member.user_id == self.dan).unlink()
        self.assertEqual(self.reach(), "levels")

    def test_a_manager_of_people_is_a_level(self):
        boss, _mate = self.employ(self.dan, self.sales), self.employ(self.old, self.sales)
        self.serve(self.dan)
        self.assertEqual(self.reach(), "neither")
        self.env["hr.employee"].create({"name": "Junior", "parent_id": boss.id})
        self.assertEqual(self.reach(), "levels")


class TestSharedRisk(TeamCase):
    """Owner and first backup who could leave together; a warning for managers and the owner's leader only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss_of_all = cls.env["hr.employee"].create({"name": "Boss of All"})

    def shared(self):
        self.night()
        return self.row(self.acme).sudo().shared_risk

    def test_same_manager_and_hired_together(self):
        first, _second = self.serve(self.ann, is_backup=True), self.serve(self.bob, is_backup=True, backup_rank=2)
        self.employ(self.old | self.bob, manager=self.boss_of_all, began=date(2024, 3, 4))
        ann = self.employ(self.ann, began=date(2024, 3, 25))
        self.assertEqual(self.shared(), "hired", "the same month")
        ann.parent_id = self.boss_of_all
        self.assertEqual(self.shared(), "both")
        ann.version_id.contract_date_start = date(2024, 4, 1)
        self.assertEqual(self.shared(), "manager")
        ann.parent_id = False
        self.assertFalse(self.shared())
        first.backup_rank = 3
        self.assertEqual(self.shared(), "both", "now Bob is asked first")

    def test_who_is_told(self):
        self.serve(self.ann, is_backup=True)
        self.employ(self.old | self.ann, manager=self.boss_of_all)
        self.night()
        self.leader.group_ids += self.env.ref("churn_handover.group_churn_leader")
        stranger = new_test_user(self.env, login="sue", groups=f"{REP},churn_handover.group_churn_leader")
        self.assertIn("Olga and the backup Ann have the same manager", self.advice(self.manager))
        self.assertIn("the same manager", self.advice(self.leader))
        self.assertNotIn("the same manager", self.advice(self.old))
        self.assertFalse(self.advice(stranger), "leads others and does not serve the customer")
        self.assertFalse(self.advice(self.dan))
        self.assertIn("Covered", self.advice(self.ann), "who serves the customer is advised")
        names = self.env["churn.account"].with_user(self.old).fields_get()
        self.assertNotIn("shared_risk", names)

    def test_planned_departures_are_told_to_who_may_know(self):
        self.serve(self.ann, is_backup=True)
        self.env["churn.handover"].with_user(self.manager)._plan(self.old, self.today + timedelta(days=40))
        self.assertNotIn("Both leave", self.advice(self.manager), "one alone")
        self.assertFalse(self.leaving(self.manager))
        self.env["churn.handover"].with_user(self.manager)._plan(self.ann, self.today + timedelta(days=50))
        self.assertIn("Both leave: Olga on", self.advice(self.manager))
        self.assertEqual(self.leaving(self.manager), self.row(self.acme))
        self.assertNotIn("Both leave", self.advice(self.ann))
        self.assertNotIn("Both leave", self.advice(self.old))
        leader = self.leader
        leader.group_ids += self.env.ref("churn_handover.group_churn_leader")
        self.env["churn.handover"].search([]).team_ids = False
        self.assertNotIn("Both leave", self.advice(leader), "plans that the leader may not see stay unknown")
        self.assertFalse(self.leaving(leader))

    def leaving(self, user):
        """The accounts that the filter and the card on the page Today find for this user."""
        self.env.invalidate_all()
        accounts = self.env["churn.account"].with_user(user)
        found = accounts.search([("leaves_together", "=", True)])
        rest = accounts.search([("leaves_together", "=", False)])
        self.assertEqual(found | rest, accounts.search([]))
        self.assertEqual((found | rest).filtered("leaves_together"), found)
        card = self.env.ref("churn_handover.today_leaving_together").with_user(user)
        card.invalidate_recordset()
        self.assertEqual(card.count, len(found))
        return found

    def may(self, user, group):
        """The same person with one more group; told apart by login."""
        return new_test_user(
            self.env, login=f"{user.login}.{group}", groups=f"{MANAGER},churn_handover.group_churn_manager,{group}"
        )

    def test_dates_of_hr_are_told_to_hr_only(self):
        self.serve(self.ann, is_backup=True)
        owner, backup = self.employ(self.old), self.employ(self.ann)
        officer = self.may(self.manager, "hr.group_hr_user")
        before = {user: self.advice(user) for user in (self.manager, self.old, self.ann)}
        self.assertIn("Whether HR knows of departures is told to HR only", before[self.manager])
        self.assertNotIn("Whether HR knows", self.advice(officer))
        owner.departure_date = self.today + timedelta(days=30)
        self.assertNotIn("Both leave", self.advice(officer), "one alone")
        backup.departure_date = self.today + timedelta(days=70)
        said = self.advice(officer)
        for day in (owner.departure_date, backup.departure_date):
            self.assertIn(format_date(self.env, day), said)
        self.assertEqual(self.leaving(officer), self.row(self.acme))
        for user, advice in before.items():
            self.assertEqual(self.advice(user), advice, "whoever may not know reads the same as before")
        self.assertFalse(self.leaving(self.manager))

    def test_a_plan_and_a_date_of_hr_come_together(self):
        self.serve(self.ann, is_backup=True)
        self.employ(self.ann).departure_date = self.today + timedelta(days=30)
        self.env["churn.handover"].with_user(self.manager)._plan(self.old, self.today + timedelta(days=40))
        self.assertIn("Both leave", self.advice(self.may(self.manager, "hr.group_hr_user")))
        self.assertNotIn("Both leave", self.advice(self.manager), "Ann's date is known to HR only")

    def test_the_end_of_a_contract_counts_for_who_may_read_contracts(self):
        self.serve(self.ann, is_backup=True)
        owner, backup = self.employ(self.old, began=date(2024, 1, 1)), self.employ(self.ann, began=date(2024, 2, 1))
        admin, officer = self.may(self.manager, "hr.group_hr_manager"), self.may(self.manager, "hr.group_hr_user")
        self.assertNotIn("Both leave", self.advice(admin), "contracts without an end")
        owner.departure_date = self.today + timedelta(days=30)
        backup.version_id.contract_date_end = self.today + timedelta(days=181)
        self.assertNotIn("Both leave", self.advice(admin), "too far ahead to mean anything")
        backup.version_id.contract_date_end = self.today + timedelta(days=180)
        self.assertIn("Both leave", self.advice(admin))
        self.assertNotIn("Both leave", self.advice(officer), "officers do not read contracts")
        backup.create_version(
            {
                "date_version": self.today + timedelta(days=181),
                "contract_date_start": self.today + timedelta(days=181),
                "contract_date_end": False,
            }
        )
        self.assertNotIn("Both leave", self.advice(admin), "renewed")

    def test_who_stays_as_another_employee_does_not_leave(self):
        self.serve(self.ann, is_backup=True)
        self.employ(self.old | self.ann).departure_date = self.today + timedelta(days=30)
        officer = self.may(self.manager, "hr.group_hr_user")
        self.assertIn("Both leave", self.advice(officer))
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.ann.company_ids += other
        self.env["hr.employee"].create({"name": "Ann", "user_id": self.ann.id, "company_id": other.id})
        self.assertNotIn("Both leave", self.advice(officer), "also where the officer does not see that employee")

    def test_another_company_sees_nothing(self):
        self.serve(self.ann, is_backup=True)
        self.acme.company_id = self.env.company
        self.commit()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env, login="eve", groups=MANAGER, company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        found = self.env["churn.account"].with_user(stranger).search([("partner_id", "=", self.acme.id)])
        self.assertFalse(found)
