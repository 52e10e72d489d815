"""What the screens show as results cannot be typed by RPC: each as the user who would have a reason to."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user

from .common_quality import QualityCase

REFUSED = "Only the program writes this"


class TestGuardedQuality(QualityCase):
    def test_a_message_is_made_ready_by_its_button_only(self):
        message = self.message(ready=False).with_user(self.manager)
        for values in ({"state": "ready"}, {"content_key": "new"}, {"fresh_until": "2099-01-01"}):
            with self.assertRaisesRegex(AccessError, REFUSED):
                message.write(values)
        message.action_ready()
        self.assertTrue(message.state == "ready" and message.content_key)
        message.action_edit_again()
        message.action_retire()
        self.assertEqual(message.state, "retired")
        for action in ("action_ready", "action_edit_again", "action_retire"):
            with self.assertRaises(AccessError):
                getattr(message.with_user(self.ann), action)()

    def test_a_series_is_started_and_paused_by_its_buttons_only(self):
        self.message()
        series = self.series().with_user(self.manager)
        with self.assertRaisesRegex(AccessError, REFUSED):
            series.state = "draft"
        series.action_pause()
        self.assertEqual(series.state, "paused")
        for action in ("action_start", "action_pause"):
            with self.assertRaises(AccessError):
                getattr(series.with_user(self.ann), action)()
        self.assertEqual(series.state, "paused")

    def test_a_step_is_approved_and_never_typed(self):
        self.message()
        step = self.series()._propose().with_user(self.manager)
        for values in (
            {"state": "approved"},
            {"launched_at": fields.Datetime.now()},
            {"auto_on": self.today()},
            {"waiting_count": 3},
            {"series_id": self.series(name="Other").id},
        ):
            with self.assertRaisesRegex(AccessError, REFUSED):
                step.write(values)
        step.action_approve()
        self.assertEqual(step.state, "launched")

    def test_answers_and_opinions_are_those_of_customers(self):
        session = (
            self.env["churn.training"]
            .with_user(self.manager)
            .create({"name": "Forklifts", "start": fields.Datetime.now() + timedelta(days=20)})
        )
        session.invitation_ids = [Command.create({"partner_id": self.acme.id})]
        row = session.invitation_ids
        for values in (
            {"answer": "come"},
            {"state": "invited"},
            {"mark_useful": "5", "opinion_at": fields.Datetime.now()},
            {"attended": True},
            {"not_delivered": True, "left_out": "cap"},
        ):
            with self.assertRaisesRegex(AccessError, REFUSED):
                row.write(values)
        with self.assertRaisesRegex(AccessError, REFUSED):
            session.invitation_ids = [Command.create({"partner_id": self.manager.partner_id.id, "answer": "come"})]
        with self.assertRaisesRegex(AccessError, REFUSED):
            session.state = "held"
        session.action_invite()
        self.assertEqual(row.state, "invited")
        session.action_cancel()
        self.assertEqual(session.state, "cancelled")
        with self.assertRaises(AccessError):
            session.with_user(self.ann).action_cancel()


class TestGuardedCheck(QualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.standard = cls.env.ref("churn_handover.standard_answer")
        cls.leader = new_test_user(cls.env, login="lea", groups="sales_team.group_sale_salesman_all_leads")
        cls.leader.group_ids |= cls.env.ref("churn_handover.group_churn_leader")
        cls.env["crm.team"].create(
            {
                "name": "North",
                "user_id": cls.leader.id,
                "crm_team_member_ids": [Command.create({"user_id": cls.ann.id})],
            }
        )

    def check(self, user, by, **context):
        checks = self.env["churn.standard.check"].with_user(by).with_context(**context)
        return checks.create({"standard_id": self.standard.id, "user_id": user.id})

    def test_the_result_of_a_check_is_ticked_and_never_typed(self):
        for by in (self.leader, self.manager):
            check = self.check(self.ann, by)
            for values in (
                {"kept_share": 100},
                {"state": "done"},
                {"checker_id": self.bob.id},
                {"is_self_check": True},
                {"team_id": False},
                {"event_id": False},
            ):
                with self.assertRaisesRegex(AccessError, REFUSED):
                    check.write(values)
            check.line_ids[0].result = "kept"
            check.action_done()
            self.assertEqual((check.kept_share, check.state, check.checker_id), (100, "done", by))

    def test_nor_by_a_default_that_comes_with_the_call(self):
        check = self.check(
            self.ann, self.leader, default_state="done", default_is_self_check=True, default_checker_id=self.bob.id
        )
        self.assertEqual((check.state, check.is_self_check, check.checker_id), ("open", False, self.leader))

    def test_a_check_stays_that_of_whoever_it_was_of(self):
        """Else a rep could write down a look at oneself and make it one at a colleague."""
        mine = self.check(self.ann, self.ann)
        other = self.env.ref("churn_handover.standard_meeting")
        for values in ({"user_id": self.bob.id}, {"standard_id": other.id}):
            with self.assertRaisesRegex(AccessError, "stays as it was written down"):
                mine.write(values)

    def test_the_points_are_those_of_the_standard(self):
        check = self.check(self.ann, self.leader)
        line = check.line_ids[0]
        with self.assertRaisesRegex(AccessError, REFUSED):
            line.name = "Smiles"
        with self.assertRaisesRegex(AccessError, REFUSED):
            line.check_id = self.check(self.ann, self.leader)
        for change in (
            lambda: line.create({"check_id": check.id, "name": "Smiles", "result": "kept"}),
            lambda: line.with_user(self.manager).unlink(),
        ):
            with self.assertRaises(AccessError):
                change()

    def test_a_check_that_is_done_is_reopened_before_it_changes(self):
        check = self.check(self.ann, self.leader)
        check.line_ids.result = "missed"
        check.action_done()
        for change in (
            lambda: check.line_ids.write({"result": "kept"}),
            lambda: check.write({"note": "Good"}),
            lambda: check.write({"line_ids": [Command.update(check.line_ids[0].id, {"result": "kept"})]}),
        ):
            with self.assertRaisesRegex(UserError, "Reopen it"):
                change()
        check.action_reopen()
        check.line_ids.result = "kept"
        check.action_done()
        self.assertEqual(check.kept_share, 100)

    def test_a_leader_checks_the_own_team_only(self):
        self.assertTrue(self.check(self.ann, self.leader))
        with self.assertRaisesRegex(AccessError, "that of your team"):
            self.check(self.bob, self.leader)
        self.assertTrue(self.check(self.bob, self.manager))

    def test_whose_work_it_is_neither_closes_nor_reopens_it(self):
        check = self.check(self.ann, self.leader)
        check.line_ids.result = "missed"
        with self.assertRaises(AccessError):
            check.with_user(self.ann).action_done()
        check.action_done()
        with self.assertRaises(AccessError):
            check.with_user(self.ann).action_reopen()
        self.assertEqual(check.state, "done")

    def test_what_was_drawn_is_not_thrown_away(self):
        draw = (
            self.env["churn.standard.draw"]
            .with_user(self.manager)
            .create({"standard_id": self.standard.id, "number": 1})
        )
        draw.action_draw()
        with self.assertRaisesRegex(UserError, "no lot"):
            draw.check_ids.unlink()
