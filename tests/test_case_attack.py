"""What somebody could learn from a case or from the rotation plan about what they must not know.

Three secrets: what a manager is about to decide, a complaint about the person, and the reason of a private exception.
As in ``test_feedback_attack`` every way is tried by whom it is hidden from and by somebody who may know: the first must
get the same with and without the secret, the other must not.
"""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import new_test_user

from .common_case import CaseCase
from .test_case_leader import LeaderCase
from .test_rotation import RotationCase

SECRET = "xyzzy"


class TestDraftDecision(LeaderCase):
    """From the day of being told the salesperson reads the case by RPC, but nothing of what is being considered."""

    def read_all(self, case):
        """Everything the salesperson gets of the case, and of what could lead to its draft."""
        self.env.invalidate_all()
        env = self.env(user=self.old, su=False)
        mine = env["churn.case"].browse(case.id)
        seen = [mine.read(), mine.export_data(["decision", "decision_text", "successor_id/name"])["datas"]]
        for name in ("decision", "decision_text", "successor_id", "target_amount", "compensation_ids", "credit_ids"):
            seen.append(env["churn.case"].search_count([(name, "!=", False)]))
        seen.append(env["churn.case"].formatted_read_group([], ["decision"], ["__count"]))
        for model in ("churn.case.compensation", "churn.case.credit"):
            seen.append(env[model].search_read([]))
        seen.append(env["mail.message"].search_read([("body", "ilike", SECRET)], ["body"]))
        for model in ("churn.case.decide", "churn.case.decide.compensation", "churn.case.decide.credit"):
            for method, args in (("search_read", [[]]), ("web_search_read", [[], {"id": {}}])):
                try:
                    seen.append(call_kw(env[model], method, args, {}))
                except AccessError as error:
                    seen.append(type(error).__name__)
        return repr(seen)

    def test_the_salesperson_cannot_read_what_is_being_considered(self):
        self.old.group_ids |= self.env.ref("base.group_allow_export")
        deal = self.lead(self.acme)
        for decider in (self.manager, self.lea):
            self.env["churn.case"].search([]).unlink()
            case = self.open_case(user=decider)
            case.action_tell()
            before = self.read_all(case)
            self.env["churn.case.decide"].with_user(decider).create(
                {
                    "case_id": case.id,
                    "decision": "move",
                    "decision_text": SECRET,
                    "successor_id": self.bob.id,
                    "target_amount": 7,
                    "compensation_ids": [Command.create({"kind": "help", "note": SECRET})],
                    "credit_ids": [Command.create({"lead_id": deal.id, "former_percent": 11})],
                }
            )
            self.assertEqual(self.read_all(case), before)

    def test_nothing_can_be_noted_on_the_case_before_it_is_decided(self):
        """Old habits and other clients: what is written by RPC is refused, so that no draft lies where it is read."""
        case = self.open_case()
        case.action_tell()
        for values in (
            {"decision": "move"},
            {"decision_text": SECRET},
            {"successor_id": self.bob.id},
            {"return_condition": SECRET},
            {"return_kind": "revenue"},
            {"return_met": True},
            {"referral_percent": 10},
            {"target_amount": 5},
        ):
            with self.assertRaises(AccessError):
                case.write(values)
            with self.assertRaises(AccessError):
                self.open_case(self.bolt, **values)
        with self.assertRaises(AccessError):
            self.env["churn.case.credit"].with_user(self.manager).create(
                {"case_id": case.id, "lead_id": self.lead(self.acme).id}
            )

    def test_a_colleague_cannot_carry_out_or_read_the_dialog_of_another(self):
        case = self.led()
        dialog = (
            self.env["churn.case.decide"]
            .with_user(self.lea)
            .create({"case_id": case.id, "decision": "keep", "decision_text": SECRET})
        )
        for user in (self.old, self.ann, self.kim, self.manager):
            with self.assertRaises(AccessError):
                dialog.with_user(user).read(["decision_text"])
            with self.assertRaises(AccessError):
                dialog.with_user(user).action_carry_out()


class TestComplaintBehindACase(CaseCase):
    def test_whom_it_is_about_finds_a_case_like_any_other(self):
        """The same case, opened by hand, with and without a complaint behind it; Boss may know of it, Olga may not."""
        case = self.open_case(user=self.boss)
        case.action_tell()

        def look(user):
            self.env.invalidate_all()
            mine = case.with_user(user)
            return repr([mine.read(), mine.message_ids.read(["body", "subject"]), mine.evidence_text])

        before = {user: look(user) for user in (self.old, self.boss)}
        self.env["churn.feedback"].create(
            {"kind": "complaint", "text": SECRET, "partner_id": self.acme.id, "about_user_id": self.old.id}
        )
        self.assertEqual(look(self.old), before[self.old])
        self.assertNotEqual(look(self.boss), before[self.boss])


class TestRotationTellsNothing(RotationCase):
    """Lea leads the team and is complained about on Acme; Boss may know. And an exception Boss keeps to himself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lea = new_test_user(
            cls.env,
            login="leader",
            name="Lea Lead",
            groups="sales_team.group_sale_salesman,churn_handover.group_churn_leader",
        )
        cls.north.user_id = cls.lea

    def look(self, user):
        """Everything that the plan says of Acme: line, change, exceptions, what a refused round says."""
        self.env.invalidate_all()
        env = self.env(user=user, su=False)
        account = [("account_id", "=", self.acme.id)]
        lines = env["churn.rotation.line"].search([*account, ("kind", "=", "move")])
        names = ["state", "why_now", "why_successor", "skip_reason", "facts", "date"]
        seen = [
            lines.read(names),
            env["churn.rotation.change"].search_read(account, ["before", "after", "why", "because"]),
            env["churn.rotation.exception"].search_read(account, ["reason", "kind"]),
            env["churn.tenure"].search_read(account, ["next_date"]),
        ]
        return [[{key: value for key, value in row.items() if key != "id"} for row in rows] for rows in seen]

    def outcomes(self, secret):
        """What Lea and Boss see of Acme when the plan was made, something happened, and it was planned anew."""
        self.schedule.action_plan()
        savepoint = self.env.cr.savepoint()
        secret()
        self.schedule.sudo()._replan()  # sudo: the nightly plan
        seen = self.look(self.lea), self.look(self.boss)
        savepoint.close(rollback=True)
        self.env.invalidate_all()
        return seen

    def keep_to_oneself(self):
        self.env["churn.rotation.exception"].with_user(self.boss).create(
            {"account_id": self.acme.id, "reason": SECRET, "date_to": "2999-01-01", "is_private": True}
        )

    def complained(self):
        self.complain(self.acme, about_user_id=self.lea.id)

    def test_a_complaint_about_the_leader_looks_like_a_private_exception(self):
        of_complaint, of_exception = self.outcomes(self.complained), self.outcomes(self.keep_to_oneself)
        self.assertEqual(of_complaint[0], of_exception[0])
        self.assertIn("Decision of the manager", repr(of_complaint[0]))
        self.assertNotEqual(of_complaint[1], of_exception[1])
        self.assertIn("Open complaint", repr(of_complaint[1]))
        self.assertIn(SECRET, repr(of_exception[1]))
        self.assertNotIn(SECRET, repr(of_exception[0]))

    def test_the_same_for_a_manager_complained_about(self):
        self.lea = self.manager
        self.test_a_complaint_about_the_leader_looks_like_a_private_exception()

    def test_who_decided_is_not_for_others_to_write(self):
        self.keep_to_oneself()
        exception = self.env["churn.rotation.exception"].search([("reason", "=", SECRET)])
        self.assertEqual(exception.user_id, self.boss)
        for attempt in (
            lambda: exception.with_user(self.manager).read(["reason"]),
            lambda: exception.with_user(self.manager).write({"user_id": self.manager.id}),
            lambda: exception.with_user(self.lea).write({"is_private": False}),
        ):
            with self.assertRaises(AccessError):
                attempt()
        forged = (
            self.env["churn.rotation.exception"]
            .with_user(self.manager)
            .create(
                {
                    "account_id": self.bolt.id,
                    "reason": "Jubilee",
                    "date_to": fields.Date.today() + timedelta(days=9),
                    "user_id": self.boss.id,
                }
            )
        )
        self.assertEqual(forged.user_id, self.manager)

    def test_skipping_can_keep_its_reason_private(self):
        self.schedule.action_plan()
        line = self.lines(self.acme)
        skip = self.env["churn.rotation.skip"].with_user(self.boss).with_context(active_ids=line.ids)
        skip.create({"reason": SECRET, "is_private": True}).action_skip()
        self.schedule.action_plan()
        self.assertNotIn(SECRET, repr(self.look(self.manager)))
        self.assertIn(SECRET, repr(self.look(self.boss)))
