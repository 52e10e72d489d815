"""The risk screens as people see them: a rep with "Own Documents Only", and a manager."""

from datetime import timedelta

from freezegun import freeze_time

from odoo.tests import HttpCase

from .common_score import NOON, TODAY, ScoreCase


class TestScoreTour(HttpCase, ScoreCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time(NOON):
            crowd = cls.make_accounts(60, cls.bob)
            cls.rhythms(crowd)
            silent, steady = cls.make_accounts(2)
            silent.name, steady.name = "Silent Works", "Steady Works"
            cls.add_orders([(silent, TODAY - timedelta(days=days), 500.0) for days in range(160, 360, 20)])
            cls.add_orders([(steady, TODAY - timedelta(days=days), 500.0) for days in range(5, 360, 20)])
            cls.company.write({"churn_high": 0.4, "churn_money_high": 10.0, "churn_money_critical": 20.0})
            cls.train()
            cls.score()
            cls.env["crm.lead"].create(
                [
                    {
                        "name": f"Deal with {partner.name}",
                        "type": "opportunity",
                        "partner_id": partner.id,
                        "user_id": user.id,
                    }
                    for partner in (silent, steady)
                    for user in (cls.ann, cls.manager)
                ]
            )

    def test_rep(self):
        self.start_tour("/odoo/customers-at-risk", "churn_score", login=self.ann.login)

    def test_manager(self):
        self.start_tour("/odoo/customers-at-risk", "churn_score", login=self.manager.login)

    def test_pipeline_of_a_rep(self):
        self.start_tour("/odoo/crm", "churn_score_pipeline", login=self.ann.login)

    def test_pipeline_of_a_manager(self):
        self.start_tour("/odoo/crm", "churn_score_pipeline", login=self.manager.login)

    def test_models_page(self):
        self.start_tour("/odoo/churn-models", "churn_score_models", login=self.manager.login)
