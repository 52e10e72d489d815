"""A manager starts a ready-made series, approves its step and sees the result; a customer answers an invitation."""

from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase

from .common_quality import QualityCase


class TestQualityTour(HttpCase, QualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["churn.account"].create({"partner_id": cls.acme.id, "company_id": cls.company.id})
        cls.env["churn.message"].search([("state", "in", ("draft", "ready"))]).state = "retired"

    def test_from_the_ready_made_series_to_its_result(self):
        ready_made = self.env.ref("churn_handover.series_work")
        ready_made.write(
            {
                "active": True,
                "holdout_percent": 0,
                "domain": repr([("id", "in", (self.acme | self.bolt).ids)]),
                "kind_ids": [(6, 0, self.hiring.ids)],
            }
        )
        self.start_tour("/odoo/churn-series", "churn_series", login=self.manager.login)
        self.assertEqual((ready_made.state, ready_made.user_id), ("running", self.manager))
        self.assertEqual(ready_made.step_ids.state, "launched")
        self.send(self.mailings(ready_made.step_ids))
        self.assertEqual(set(self.places(ready_made.step_ids).mapped("state")), {"sent"})
        self.start_tour("/odoo/churn-message-effect", "churn_series_results", login=self.manager.login)

    def test_from_the_session_to_the_answer(self):
        session = self.env["churn.training"].create(
            {
                "name": "Reading a pump curve",
                "start": fields.Datetime.now() + timedelta(days=10),
                "user_id": self.manager.id,
            }
        )
        self.start_tour("/odoo/churn-trainings", "churn_training", login=self.manager.login)
        row = session.invitation_ids.filtered(lambda row: row.partner_id == self.acme)
        self.assertEqual(row.state, "invited")
        path = "/churn/" + row._url("invitation", "come").split("/churn/")[1]
        self.start_tour(path, "churn_invitation_answer", login=None)
        self.assertEqual((row.answer, row.colleague), ("colleague", "Sue Smith"))
