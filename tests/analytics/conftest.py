"""The pure core is imported as `analytics`, as the command line does: without Odoo."""

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from threadpoolctl import threadpool_limits

# How long a busy machine takes says nothing about what is tested.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "churn_handover"))


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Many small computations: on a busy machine their threads would wait for each other."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def orders():
    """Flat arrays of 400 accounts and three years, credit notes among them."""
    from benchmarks.synthetic_orders import synthetic_orders

    return synthetic_orders(400, 4000, seed=3)


@pytest.fixture(scope="session")
def company(orders):
    """The same as an order book."""
    from analytics.inputs import OrderBook

    return OrderBook(*orders)
