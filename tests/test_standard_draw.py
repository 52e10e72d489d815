"""Spot checks by lot: a manager says how many, the lot says of whom and when."""

from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user
from odoo.tools import mute_logger

from .common_quality import REP, QualityCase

DAY = "2026-03-02 10:00:00"


class DrawCase(QualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.team.member"].search([]).active = False
        cls.standard = cls.env.ref("churn_handover.standard_meeting")
        cls.leader = new_test_user(cls.env, login="lea", name="Lea", groups="sales_team.group_sale_salesman_all_leads")
        cls.leader.group_ids |= cls.env.ref("churn_handover.group_churn_leader")
        cls.carl = new_test_user(cls.env, login="carl", name="Carl", groups=REP)
        cls.north = cls.make_team("North", cls.leader, cls.leader | cls.ann)
        cls.south = cls.make_team("South", cls.env["res.users"], cls.bob | cls.carl)

    @classmethod
    def make_team(cls, name, leader, members):
        rows = [Command.create({"user_id": user.id}) for user in members]
        return cls.env["crm.team"].create({"name": name, "user_id": leader.id, "crm_team_member_ids": rows})

    def draw(self, number=2, **values):
        draws = self.env["churn.standard.draw"].with_user(self.manager)
        made = draws.create({"standard_id": self.standard.id, "number": number, **values})
        made.action_draw()
        return made


@freeze_time(DAY)
class TestDraw(DrawCase):
    def test_as_many_as_asked_spread_over_the_teams_within_the_month(self):
        checks = self.draw().check_ids
        self.assertEqual(checks.team_id, self.north | self.south)
        self.assertTrue(all(date(2026, 3, 2) <= check.date <= date(2026, 3, 31) for check in checks))
        self.assertEqual(checks.standard_id, self.standard)
        self.assertTrue(all(check.line_ids for check in checks))

    def test_it_can_be_drawn_again_and_comes_out_the_same(self):
        made = self.draw(3)
        rows = [(check.team_id.id, check.user_id.id, check.date) for check in made.check_ids]
        self.carl.active = False
        with freeze_time("2026-03-20 10:00:00"):
            self.assertEqual(sorted(made._drawn()), sorted(rows), "whatever became of the people since")
        with self.assertRaisesRegex(UserError, "drawn already"):
            made.action_draw()

    def test_the_leader_of_the_team_looks_and_at_the_leader_whoever_asked(self):
        checkers = {check.user_id: check.checker_id for check in self.draw(9).check_ids}
        self.assertEqual(
            checkers,
            {self.leader: self.manager, self.ann: self.leader, self.bob: self.manager, self.carl: self.manager},
        )

    def test_the_check_is_an_activity_of_whoever_looks_on_the_day_drawn(self):
        check = self.draw(9).check_ids.filtered(lambda one: one.user_id == self.ann)
        self.assertEqual((check.activity_ids.user_id, check.activity_ids.date_deadline), (self.leader, check.date))
        self.assertEqual(check.activity_ids.summary, "Spot check of Ann: Meetings")

    def test_whoever_is_looked_at_learns_of_it_when_it_is_done(self):
        checks = self.draw(9).check_ids
        for user in (self.ann, self.leader):
            mine = checks.filtered(lambda one, user=user: one.user_id == user)
            seen = self.env["churn.standard.check"].with_user(user)
            self.assertFalse(seen.search([("id", "=", mine.id)]), user.name)
            self.assertFalse(self.env["churn.standard.check.line"].with_user(user).search([("check_id", "=", mine.id)]))
            mine.line_ids.result = "kept"
            mine.with_user(mine.checker_id).action_done()
            self.env.flush_all()
            self.assertEqual(seen.search([("id", "=", mine.id)]).kept_share, 100)

    def test_a_second_draw_of_the_month_takes_others(self):
        first, second = self.draw(3), self.draw(3)
        self.assertEqual(len(first.check_ids.user_id), 3)
        self.assertFalse(first.check_ids.user_id & second.check_ids.user_id)
        with self.assertRaisesRegex(UserError, "nobody to draw"):
            self.draw(1)
        with freeze_time("2026-04-01 10:00:00"):
            self.assertEqual(len(self.draw(9).check_ids), 4)

    def test_leavers_and_whoever_asks_are_not_drawn(self):
        self.person[self.ann].departure_date = date(2026, 5, 1)
        self.env["crm.team.member"].create({"user_id": self.manager.id, "crm_team_id": self.south.id})
        self.assertEqual(self.draw(9).check_ids.user_id, self.leader | self.bob | self.carl)

    def test_people_of_another_company_are_another_matter(self):
        other = self.env["res.company"].create({"name": "Other"})
        far = new_test_user(
            self.env, login="far", groups=REP, company_id=other.id, company_ids=[Command.set(other.ids)]
        )
        self.env["crm.team"].create(
            {"name": "Far", "company_id": other.id, "crm_team_member_ids": [Command.create({"user_id": far.id})]}
        )
        self.assertNotIn(far, self.draw(9).check_ids.user_id)

    def test_the_screen_says_who_can_be_drawn_and_the_result_per_team(self):
        draft = self.env["churn.standard.draw"].with_user(self.manager).create({"standard_id": self.standard.id})
        self.assertEqual(draft.people_text, "North 2, South 2")
        made = self.draw(9)
        for check in made.check_ids.filtered(lambda one: one.user_id != self.ann):
            check.line_ids.result = "kept"
            check.line_ids[0].result = "missed"
            check.action_done()
        self.assertEqual(
            made.result_text.split("\n"), ["North: too few checks to show", "South: 6 of 8 points"], "no single person"
        )
        self.assertEqual((made.check_count, made.done_count), (4, 3))

    def test_no_list_compares_people(self):
        checks = self.env["churn.standard.check"].with_user(self.manager)
        self.draw()
        self.assertTrue(checks.formatted_read_group([], ["team_id"], ["kept_share:avg"]))
        for person in ("user_id", "checker_id", "create_uid"):
            with self.assertRaisesRegex(UserError, "per team"):
                checks.formatted_read_group([], [person], ["kept_share:avg"])
        described = checks.fields_get(["user_id", "team_id"], ["groupable"])
        self.assertEqual((described["user_id"]["groupable"], described["team_id"]["groupable"]), (False, True))

    def test_only_managers_ask(self):
        for user in (self.ann, self.leader):
            with self.assertRaises(AccessError):
                self.env["churn.standard.draw"].with_user(user).create({"standard_id": self.standard.id})

    def test_the_lot_is_neither_chosen_nor_thrown_away(self):
        made = self.draw()
        for values in ({"seed": "mine"}, {"people": {}}, {"state": "draft"}):
            with self.assertRaises(AccessError):
                made.write(values)
        with self.assertRaises(AccessError):
            made.create({"standard_id": self.standard.id, "seed": "mine"})
        with self.assertRaises(UserError):
            made.unlink()

    def test_days_that_are_over_and_no_checks_at_all_are_refused(self):
        with self.assertRaisesRegex(UserError, "over"):
            self.draw(1, date_from=date(2026, 2, 1), date_to=date(2026, 2, 28))
        for wrong in ({"number": 0}, {"date_from": date(2026, 3, 9), "date_to": date(2026, 3, 2)}):
            with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.draw(**wrong)


class TestDrawTour(HttpCase, DrawCase):
    def test_from_the_number_to_the_checks(self):
        self.start_tour("/odoo/churn-spot-checks", "churn_spot_checks", login=self.manager.login)
        self.assertEqual(len(self.env["churn.standard.draw"].search([]).check_ids), 3)
