"""A team leader decides about the members of own teams: what that allows, and what it does not."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user

from .common_case import CaseCase

LEADER = "sales_team.group_sale_salesman,churn_handover.group_churn_leader"


class LeaderCase(CaseCase):
    """Lea leads Olga and Ann with "Own Documents Only", and owns an account herself; Kim leads nobody of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lea = new_test_user(cls.env, login="leader", name="Lea Lead", groups=LEADER)
        cls.kim = new_test_user(cls.env, login="kim", name="Kim", groups=LEADER)
        cls.north.write({"user_id": cls.lea.id, "crm_team_member_ids": [Command.create({"user_id": cls.lea.id})]})
        cls.south.user_id = cls.kim
        cls.lane = cls.account("Lane", cls.lea)
        cls.intended = {"decision_text": "Because"}

    def led(self, answer="agree"):
        """A case that Lea opened about Olga's account."""
        case = self.open_case(user=self.lea)
        case.action_tell()
        case.with_user(self.old).action_agree()
        return case


class TestLeader(LeaderCase):
    def test_a_leader_opens_tells_and_keeps(self):
        case = self.led()
        self.assertEqual((case.manager_id, case.can_decide), (self.lea, True))
        self.decide(case, self.lea, decision="keep")
        self.assertRecordValues(case, [{"state": "closed", "decided_by_id": self.lea.id}])

    def test_a_leader_moves_with_compensation_and_credit(self):
        deal = self.lead(self.acme, expected_revenue=1000)
        case = self.led()
        self.decide(
            case,
            self.lea,
            **self.move(
                successor_id=self.ann.id,
                credit_ids=[Command.create({"lead_id": deal.id, "former_percent": 30})],
                **self.compensation(kind="help", note="Fair stand"),
            ),
        )
        self.assertRecordValues(case.handover_id, [{"kind": "reassignment", "state": "confirmed"}])
        case.compensation_ids.action_given()
        self.assertEqual(case.compensation_ids.state, "given")
        self.carry_out(case)
        deal.action_set_won()
        rows = self.env["churn.credit"].with_user(self.lea).search([("lead_id", "=", deal.id)])
        self.assertEqual(sorted(rows.mapped("percent")), [30, 70])

    def test_a_leader_shares_and_sets_probations(self):
        case = self.led()
        self.decide(case, self.lea, decision="share", colleague_id=self.ann.id)
        self.assertEqual(self.env["churn.team.member"].search([("account_id", "=", self.acme.id)]).user_id, self.ann)

    def test_other_teams_are_none_of_a_leaders_business(self):
        case = self.led()
        self.assertFalse(self.env["churn.case"].with_user(self.kim).search([]))
        for attempt in ("action_decide", "action_tell", "action_dismiss"):
            with self.assertRaises(AccessError):
                getattr(case.with_user(self.kim), attempt)()
        with self.assertRaises(AccessError):
            case.with_user(self.kim)._carry_out({"decision": "keep", "decision_text": "Fine"})
        with self.assertRaises(AccessError):
            self.open_case(self.bolt, user=self.kim)

    def test_nobody_decides_about_oneself(self):
        with self.assertRaisesRegex(UserError, "opened by somebody else"):
            self.open_case(self.lane, user=self.lea)
        case = self.open_case(self.lane)
        own = self.env["churn.case"].with_user(self.lea)
        self.assertFalse(own.search([("account_id", "=", self.lane.id)]))
        case.action_tell()
        mine = own.search([("account_id", "=", self.lane.id)])
        self.assertEqual((mine.is_mine, mine.can_decide), (True, False))
        mine.action_agree()
        for attempt in (
            lambda: mine.action_decide(),
            lambda: mine._carry_out({"decision": "keep", "decision_text": "Fine"}),
            lambda: mine.write({"reason_text": "Nonsense"}),
            lambda: self.env["churn.case.decide"]
            .with_user(self.lea)
            .create({"case_id": case.id, "decision": "keep", "decision_text": "Fine"})
            .action_carry_out(),
            lambda: mine.unlink(),
        ):
            with self.assertRaises(AccessError):
                attempt()
        self.assertEqual(case.state, "answered")

    def test_a_leader_does_not_give_the_account_to_oneself(self):
        case = self.led()
        for decision in (self.move(successor_id=self.lea.id), {"decision": "share", "colleague_id": self.lea.id}):
            with self.assertRaisesRegex(UserError, "A manager decides"), self.env.cr.savepoint():
                self.decide(case, self.lea, **decision)
        self.env.invalidate_all()
        self.decide(case, self.manager, **self.move(successor_id=self.lea.id))
        self.assertEqual(case.handover_id.line_ids.successor_id, self.lea)

    def test_a_leader_who_leads_the_team_no_more_decides_nothing(self):
        case = self.led()
        self.north.user_id = self.kim
        with self.assertRaises(AccessError):
            case.with_user(self.lea).action_decide()
        self.decide(case, self.kim, decision="keep")
        self.assertEqual(case.decided_by_id, self.kim)
