"""Customers with figures set by hand, so that no model has to be trained."""

from datetime import timedelta

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
