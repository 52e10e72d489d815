"""A plan that runs in the background: its page follows by itself."""

from odoo import fields
from odoo.tests import HttpCase

from .common_doors import LeaverCase


class TestHandoverReload(HttpCase, LeaverCase):
    def test_the_page_follows_what_is_done_elsewhere(self):
        plan = self.env["churn.handover"]._plan(self.leaver, fields.Date.today())
        plan.user_id = self.manager
        plan.line_ids.successor_id = self.backup
        plan.action_confirm()
        plan.state = "running"
        self.start_tour(f"/odoo/churn-handovers/{plan.id}", "churn_reload", login=self.manager.login)
        self.assertEqual((plan.state, self.account.user_id), ("done", self.backup))
