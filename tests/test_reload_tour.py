"""A large plan is carried out in the background: who looks at it sees it move on."""

from odoo.tests import HttpCase

from .common_handover import HandoverCase


class TestReload(HandoverCase, HttpCase):
    def test_the_page_follows_a_plan_that_runs_in_the_background(self):
        handover = self.plan()
        handover.action_confirm()
        handover.sudo().state = "running"
        handovers, reads = type(handover), []
        read = handovers.web_read

        def carried_out_meanwhile(records, specification):
            """The first look finds the plan running; by the second it is carried out."""
            if records._name == "churn.handover" and records.ids == handover.ids:
                reads.append(1)
                if len(reads) == 2:
                    records.sudo().state = "done"
            return read(records, specification)

        self.patch(handovers, "web_read", carried_out_meanwhile)
        self.start_tour(f"/odoo/churn-handovers/{handover.id}", "churn_reload", login="max")
        self.assertGreaterEqual(len(reads), 2)
