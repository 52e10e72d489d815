from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from .common_keep import LedCase
from .common_score import NOON, TODAY


@freeze_time(NOON)
class TestProgrammeLeader(LedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time(NOON):
            cls.hers = cls.make_customers(40, cls.ann)
            cls.strangers = cls.make_customers(10, cls.bob, prefix="Stranger")
            cls.own = cls.make_customers(1, cls.lea, prefix="Own")

    def run_by(self, user, accounts, **values):
        programmes = self.env["churn.programme"].with_user(user).with_company(self.company)
        programme = programmes._propose(accounts.with_env(programmes.env), **values)
        programme.action_start()
        return programme

    def test_a_leader_runs_a_programme_for_the_own_teams_customers(self):
        programme = self.run_by(self.lea, self.hers | self.own)
        self.assertEqual((programme.state, programme.user_id, programme.member_count), ("running", self.lea, 41))
        treated = programme.member_ids.filtered(lambda member: member.group == "treated")
        self.assertEqual(programme.task_count, len(treated))
        self.assertIn(len(treated), (32, 33), "four fifths of 41; the odd one is drawn")
        owners = self.env["mail.activity"].search([("churn_member_id.programme_id", "=", programme.id)]).user_id
        self.assertLessEqual(owners, self.ann | self.lea)
        self.assertTrue(programme.member_ids.mapped("group"))
        with freeze_time("2026-06-10 12:00:00"):
            self.judge(programme)
        self.assertIn("bought", programme.result_text)

    def test_customers_of_others_cannot_be_taken_in_by_any_way(self):
        members = self.env["churn.programme.member"].with_user(self.lea)
        with self.assertRaises(AccessError):
            self.run_by(self.lea, self.hers | self.strangers)
        programme = self.env["churn.programme"].with_user(self.lea)._propose(self.hers.with_user(self.lea))
        account = self.strangers[0]
        with self.assertRaises(AccessError):
            members.create({"programme_id": programme.id, "account_id": account.id})
        with self.assertRaises(AccessError):
            programme.write({"member_ids": [Command.create({"account_id": account.id})]})
        with self.assertRaises(UserError):
            programme.member_ids[0].write({"account_id": account.id})

    def test_also_an_account_the_leader_only_serves_is_another_teams(self):
        self.env["churn.team.member"].create(
            {
                "account_id": self.strangers[0].partner_id.id,
                "user_id": self.lea.id,
                "role_id": self.env.ref("churn_handover.role_inside_sales").id,
                "date_from": TODAY - timedelta(days=5),
            }
        )
        self.assertIn(self.strangers[0], self.env["churn.account"].with_user(self.lea).search([]))
        with self.assertRaisesRegex(UserError, "belong to other teams"):
            self.run_by(self.lea, self.hers | self.strangers[0])
        programme = self.run_by(self.lea, self.hers[:1], audience="band", band="high")
        self.assertEqual(programme.member_ids.account_id, self.hers | self.own)

    def test_a_band_or_segment_is_narrowed_to_the_own_teams(self):
        segment = self.env["churn.segment"].create({"name": "All", "company_id": self.company.id, "domain": "[]"})
        self.strangers[0].is_key_account = True
        programme = (
            self.env["churn.programme"]
            .browse(segment.with_user(self.lea).action_start_programme()["res_id"])
            .with_user(self.lea)
        )
        self.assertEqual(programme.member_count, 41)
        programme.measure_ids = self.env.ref("churn_handover.measure_call")
        programme.action_start()
        self.assertFalse(programme.member_ids.account_id & self.strangers)

    def test_a_customer_in_a_managers_programme_is_left_out_without_a_word_about_whose(self):
        self.programme(self.hers[:10]).action_start()
        programme = self.run_by(self.lea, self.hers)
        self.assertEqual(programme.member_ids.account_id, self.hers[10:])

    def test_programmes_of_others_are_out_of_sight(self):
        other = self.programme(self.hers | self.strangers)
        other.action_start()
        programmes = self.env["churn.programme"].with_user(self.lea)
        self.assertFalse(programmes.search([]))
        self.assertFalse(self.env["churn.programme.member"].with_user(self.lea).search([]))
        for attempt in (
            lambda: other.with_user(self.lea).read(["name"]),
            lambda: other.with_user(self.lea).write({"user_id": self.lea.id}),
            lambda: other.with_user(self.lea).action_stop(),
            lambda: other.member_ids[0].with_user(self.lea).read(["group"]),
            lambda: other.with_user(self.lea).unlink(),
        ):
            with self.assertRaises(AccessError):
                attempt()

    def test_a_leader_hands_a_programme_to_the_own_people_only(self):
        programme = self.run_by(self.lea, self.hers)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            programme.user_id = self.bob
        programme.invalidate_recordset()
        programme.user_id = self.ann
        self.assertEqual(self.env["churn.programme"].with_user(self.lea).search([]), programme)

    def test_a_leader_writes_no_result(self):
        programme = self.run_by(self.lea, self.hers)
        with self.assertRaises(AccessError):
            programme.kept_verdict = "more"
        with self.assertRaises(AccessError):
            programme.member_ids[0].group = "holdout"

    def test_the_rep_still_sees_neither_programme_nor_group(self):
        self.run_by(self.lea, self.hers)
        task = self.env["mail.activity"].with_user(self.ann).search([("user_id", "=", self.ann.id)], limit=1)
        with self.assertRaises(AccessError):
            task.read(["churn_member_id"])
        with self.assertRaises(AccessError):
            task.search([("churn_member_id.group", "=", "treated")])
        for model in ("churn.programme", "churn.programme.member"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.ann).search([])

    def test_a_leader_wins_back_and_sees_the_programmes_of_a_loss(self):
        loss = self.env["churn.loss"].with_user(self.lea).create({"account_id": self.hers[0].id})
        programme = self.env["churn.programme"].with_user(self.lea).browse(loss.action_win_back()["res_id"])
        programme.holdout_share = 0
        programme.action_start()
        self.assertEqual((programme.member_ids.loss_id, loss.programme_count), (loss, 1))
