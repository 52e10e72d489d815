"""In the browser: an appeal that ends in keep, one that ends in a move with compensation, and a round of rotation."""

from odoo.tests import HttpCase

from .common_case import CaseCase
from .test_rotation import RotationCase


class TestCaseTour(CaseCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.case = cls.open_case(reason_text=False)

    def appealed(self):
        self.start_tour("/odoo/churn-cases", "churn_case_tell", login="max")
        self.start_tour("/odoo/churn-cases", "churn_case_appeal", login="old")
        self.assertRecordValues(
            self.case, [{"state": "answered", "answer": "appeal", "answer_text": "Three visits by May"}]
        )

    def test_an_appeal_that_ends_in_keep(self):
        self.appealed()
        self.start_tour("/odoo/churn-cases", "churn_case_keep", login="max")
        self.assertRecordValues(self.case, [{"state": "closed", "decision": "keep", "decided_by_id": self.manager.id}])
        self.assertEqual(self.acme.user_id, self.old)

    def test_an_appeal_that_ends_in_a_move_with_compensation(self):
        dyna = self.account("Dyna", self.ann)
        deal = self.lead(self.acme, expected_revenue=1000)
        self.appealed()
        self.start_tour("/odoo/churn-cases", "churn_case_move", login="max")
        self.assertRecordValues(self.case, [{"state": "closed", "decision": "move"}])
        self.assertRecordValues(self.case.compensation_ids, [{"account_id": dyna.id, "state": "promised"}])
        self.assertRecordValues(self.case.credit_ids, [{"lead_id": deal.id, "former_percent": 40}])
        self.start_tour("/odoo/churn-cases", "churn_case_moved", login="old")
        self.carry_out(self.case)
        self.assertEqual((self.acme.user_id, deal.user_id), (self.bob, self.bob))


class TestRotationTour(RotationCase, HttpCase):
    def test_a_manager_plans_skips_and_confirms(self):
        self.start_tour("/odoo/churn-rotation-schedules", "churn_rotation_round", login="max")
        lines = self.lines(state="confirmed")
        self.assertEqual(lines.account_id, self.acme | self.bolt)
        self.assertEqual(lines.round_id.handover_ids.mapped("kind"), ["rotation"])
        self.assertEqual(self.lines(self.core, state="skipped").skip_reason, "New buyer")
