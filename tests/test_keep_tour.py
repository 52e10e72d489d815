"""From customers at risk to a running programme, and from a loss to its win-back, as a manager does it."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import HttpCase

from .common_keep import KeepCase


class TestKeepTour(HttpCase, KeepCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        today = fields.Date.today()
        with freeze_time(today - timedelta(days=700)):
            cls.gone = cls.make_customers(1, last_buying_day=today - timedelta(days=250))
            cls.gone.partner_id.name = "Gone Works"
        with freeze_time(today - timedelta(days=300)):
            cls.gone.partner_id.user_id = cls.bob
        cls.make_customers(40, last_buying_day=today - timedelta(days=30))
        cls.add_orders([(cls.gone.partner_id, today - timedelta(days=250), 5000.0)])

    def test_programme(self):
        self.start_tour("/odoo/customers-at-risk", "churn_programme", login=self.manager.login)
        programme = self.env["churn.programme"].search([("company_id", "=", self.company.id)])
        self.assertEqual((programme.state, programme.purpose), ("running", "retain"))
        self.assertIn(programme.task_count, (32, 33))  # of 41 a fifth is held out, the fraction of a customer by lot

    def test_win_back(self):
        self.env["churn.loss"]._find(self.company)
        self.start_tour("/odoo/lost-customers", "churn_win_back", login=self.manager.login)
        programme = self.env["churn.programme"].search([("company_id", "=", self.company.id)])
        self.assertEqual((programme.state, programme.purpose), ("running", "win_back"))

    def test_ten_clicks_are_too_many(self):
        """The tours above would fail at ten clicks: given ten, their counter refuses."""
        self.start_tour("/odoo/lost-customers", "churn_click_counter", login=self.manager.login)
