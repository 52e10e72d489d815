"""An absence as people see it: the leader plans it, the cover works on a quotation, the owner returns."""

from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase

from .common_doors import LeaverCase

TIMEOUT = 180  # seconds for a whole tour


class TestAbsenceTour(HttpCase, LeaverCase):
    def test_planned_covered_and_back(self):
        self.leader.group_ids += self.env.ref("churn_handover.group_churn_leader")
        quotation = self._quotation(user_id=self.leaver.id)
        self.start_tour("/odoo/churn-absences", "churn_absence_leader", login=self.leader.login, timeout=TIMEOUT)
        absence = self.env["churn.absence"].search([("user_id", "=", self.leaver.id)])
        self.assertEqual((absence.state, absence.cover_id), ("running", self.backup))
        self.start_tour("/odoo/churn-covered", "churn_absence_cover", login=self.backup.login, timeout=TIMEOUT)
        order = f"/odoo/action-sale.action_orders/{quotation.id}"
        self.start_tour(order, "churn_absence_quotation", login=self.backup.login, timeout=TIMEOUT)
        self.assertEqual((quotation.state, quotation.user_id), ("sale", self.leaver))
        yesterday = fields.Date.today() - timedelta(days=1)
        absence.line_ids.date_from = yesterday  # as if it had begun yesterday
        self.env.cr.execute("UPDATE churn_absence SET date_from = %s", [yesterday])
        absence.invalidate_recordset()
        self.start_tour("/odoo/churn-absences", "churn_absence_return", login=self.leaver.login, timeout=TIMEOUT)
        self.assertEqual(absence.state, "over")
        covers = self.account.churn_member_ids.filtered(lambda member: member.origin == "cover")
        self.assertEqual(covers.mapped("state"), ["ended"])
