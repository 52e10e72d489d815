from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user

from .common_quality import QualityCase


class TestStandard(QualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.standard = cls.env.ref("churn_handover.standard_answer")
        cls.leader = new_test_user(cls.env, login="lea", groups="sales_team.group_sale_salesman_all_leads")
        cls.leader.group_ids |= cls.env.ref("churn_handover.group_churn_leader")
        cls.north = cls.env["crm.team"].create(
            {
                "name": "North",
                "user_id": cls.leader.id,
                "crm_team_member_ids": [Command.create({"user_id": cls.ann.id})],
            }
        )

    def check(self, user=None, by=None):
        checks = self.env["churn.standard.check"].with_user(by or self.manager)
        return checks.create({"standard_id": self.standard.id, "user_id": (user or self.ann).id})

    def test_the_points_are_in_the_language_of_who_ticks_them(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        point = self.env.ref("churn_handover.standard_answer_10")
        self.assertEqual(point, self.standard.point_ids[0])
        point.with_context(lang="zh_CN").name = "一个工作日内答复"
        self.manager.lang = "zh_CN"
        self.assertEqual(self.check().line_ids[0].name, "一个工作日内答复")

    def test_a_check_that_waits_is_not_part_of_the_mean(self):
        self.check()
        done = self.check()
        done.line_ids.result = "kept"
        done.action_done()
        rows = self.env["churn.standard.check"]._read_group(
            [("standard_id", "=", self.standard.id), ("user_id", "=", self.ann.id)], [], ["kept_share:avg"]
        )
        self.assertEqual(rows, [(100,)])

    def test_a_check_is_an_activity_with_the_list_to_tick(self):
        check = self.check()
        self.assertEqual(check.line_ids.mapped("name"), self.standard.point_ids.mapped("name"))
        self.assertEqual(check.activity_ids.user_id, self.manager)
        with self.assertRaises(UserError):
            check.action_done()
        check.line_ids[0].result = "kept"
        check.line_ids[1].result = "missed"
        check.action_done()
        self.assertEqual((check.kept_share, check.state, len(check.activity_ids)), (50, "done", 0))

    def test_the_list_stays_as_it_was_on_the_day(self):
        check = self.check()
        self.standard.point_ids[0].name = "Something else"
        self.assertNotIn("Something else", check.line_ids.mapped("name"))

    def test_a_rep_checks_the_own_work_after_a_meeting(self):
        action = self.standard.with_user(self.ann).action_check_myself()
        check = self.env["churn.standard.check"].with_user(self.ann).browse(action["res_id"])
        self.assertTrue(check.is_self_check)
        check.line_ids.result = "kept"
        check.action_done()
        self.assertEqual(check.kept_share, 100)

    def meeting(self, *people, days=-1):
        start = fields.Datetime.now() + timedelta(days=days)
        return self.env["calendar.event"].create(
            {
                "name": "Visit",
                "start": start,
                "stop": start + timedelta(hours=1),
                "user_id": self.ann.id,
                "partner_ids": [Command.set([person.id for person in people])],
            }
        )

    def test_a_check_is_one_click_from_the_meeting(self):
        meeting = self.meeting(self.ann.partner_id, self.acme).with_user(self.ann)
        self.assertTrue(meeting.churn_can_check)
        check = self.env["churn.standard.check"].browse(meeting.action_churn_check_myself()["res_id"])
        self.assertEqual((check.event_id, check.partner_id, check.user_id), (meeting, self.acme, self.ann))
        self.assertEqual(check.standard_id, self.env.ref("churn_handover.standard_meeting"))
        self.assertTrue(check.is_self_check)
        self.assertEqual(meeting.action_churn_check_myself()["res_id"], check.id, "one check per meeting")

    def test_nothing_to_check_before_a_meeting_without_a_customer_or_of_others(self):
        self.assertFalse(self.meeting(self.ann.partner_id, self.acme, days=1).with_user(self.ann).churn_can_check)
        self.assertFalse(self.meeting(self.ann.partner_id, self.bob.partner_id).with_user(self.ann).churn_can_check)
        self.assertFalse(self.meeting(self.ann.partner_id, self.acme).with_user(self.bob).churn_can_check)

    def test_the_activity_shows_the_list(self):
        note = self.check().activity_ids.note
        for point in self.standard.point_ids:
            self.assertIn(point.name, note)

    def test_whose_work_was_checked_does_not_change_the_result(self):
        check = self.check()
        check.line_ids.result = "missed"
        mine = check.with_user(self.ann)
        self.assertEqual(mine.line_ids.mapped("result"), check.line_ids.mapped("result"))
        for change in (
            lambda: mine.write({"note": "All fine"}),
            lambda: mine.write({"checker_id": self.ann.id}),
            lambda: mine.line_ids.write({"result": "kept"}),
            lambda: mine.line_ids.create({"check_id": mine.id, "name": "Nice", "result": "kept"}),
            mine.action_done,
        ):
            with self.assertRaises(AccessError):
                change()

    def test_nobody_says_that_somebody_else_checked(self):
        checks = self.env["churn.standard.check"].with_user(self.ann)
        check = checks.create({"standard_id": self.standard.id, "user_id": self.ann.id, "checker_id": self.manager.id})
        self.assertEqual(check.checker_id, self.ann)

    def test_a_rep_neither_checks_nor_sees_colleagues(self):
        with self.assertRaises(AccessError):
            self.check(self.bob, by=self.ann)
        of_bob = self.check(self.bob)
        self.assertFalse(self.env["churn.standard.check"].with_user(self.ann).search([("id", "=", of_bob.id)]))
        with self.assertRaises(AccessError):
            of_bob.line_ids.with_user(self.ann).read(["result"])
        with self.assertRaises(AccessError):
            self.standard.with_user(self.ann).name = "Mine"

    def test_a_leader_sees_the_own_team(self):
        of_ann, of_bob = self.check(self.ann), self.check(self.bob)
        seen = self.env["churn.standard.check"].with_user(self.leader).search([("id", "in", (of_ann | of_bob).ids)])
        self.assertEqual(seen, of_ann)

    def test_the_result_is_a_figure_per_team(self):
        check = self.check()
        check.line_ids.result = "kept"
        check.action_done()
        rows = self.env["churn.standard.check"]._read_group([("id", "=", check.id)], ["team_id"], ["kept_share:avg"])
        self.assertEqual(rows, [(self.north, 100)])

    def test_customers_read_the_common_standard(self):
        message = self.message(self.env.ref("churn_handover.kind_standard"), ready=False)
        message.action_take_facts()
        self.assertIn(self.standard.text, message.line_ids.mapped("text"))
        self.assertNotIn(self.standard.point_ids[0].name, message.line_ids.mapped("text"))
