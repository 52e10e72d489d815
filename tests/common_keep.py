"""Customers with figures set by hand, so that no model has to be trained."""

from datetime import timedelta

from odoo.fields import Command
from odoo.tests import new_test_user

# Loaded before a test freezes the clock: pandas, which scikit-learn loads when it is there, crashes with a false one.
from odoo.addons.churn_handover.analytics import basket, segments  # noqa: F401

from .common_score import TODAY, ScoreCase


class KeepCase(ScoreCase):
    """Tests run inside ``freeze_time(NOON)``."""

    @classmethod
    def make_customers(cls, count, owner=None, prefix="Customer", **figures):
        """Accounts that are scored, high risk, and bought last a month ago."""
        partners = cls.make_accounts(count, owner, prefix)
        values = {
            "company_id": cls.company.id,
            "score_model_id": cls.model.id,
            "score_status": "scored",
            "probability": 0.6,
            "expected_loss": 600.0,
            "revenue_12m": 1000.0,
            "value_tier": "b",
            "base_band": "high",
            "full_band": "high",
            "public_band": "high",
            "usual_gap": 30.0,
            "last_buying_day": TODAY - timedelta(days=30),
            **figures,
        }
        return cls.env["churn.account"].create([{**values, "partner_id": partner.id} for partner in partners])

    @classmethod
    def judge(cls, programme):
        """As the nightly job does it."""
        cls.env["churn.programme"].browse(programme.id)._judge()
        cls.env.invalidate_all()

    @classmethod
    def programme(cls, accounts, purpose="retain", **values):
        programmes = cls.env["churn.programme"].with_user(cls.manager).with_company(cls.company)
        return programmes._propose(accounts.with_env(programmes.env), purpose, **values)


class LedCase(KeepCase):
    """Lea leads the team of Ann; Bob is in no team of hers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lea = new_test_user(
            cls.env,
            login="keep_lea",
            name="Lea",
            groups="sales_team.group_sale_salesman,churn_handover.group_churn_leader",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.team = cls.env["crm.team"].create(
            {
                "name": "Lea's",
                "user_id": cls.lea.id,
                "company_id": cls.company.id,
                "member_ids": [Command.set(cls.ann.ids)],
            }
        )
