"""A manager looks at what would happen if Olga left, and starts her departure from the best plan found."""

from odoo.tests import HttpCase

from .test_handover_match import MatchCase


class TestWhatifTour(MatchCase, HttpCase):
    def test_from_the_figures_to_a_plan_with_one_fixed_line(self):
        self.env["churn.whatif"]._snapshot(self.env.company)
        self.start_tour("/odoo/churn-whatif", "churn_whatif", login="max")
        handover = self.env["churn.handover"].search([("predecessor_id", "=", self.old.id)])
        self.assertEqual(handover.state, "draft")
        line = self.line(handover, self.core)
        self.assertEqual((line.successor_id, line.successor_locked), (self.bob, True))
        self.assertEqual(line.fit_user_id, self.bob)
        self.assertEqual(self.line(handover, self.acme).successor_id, self.bob)
