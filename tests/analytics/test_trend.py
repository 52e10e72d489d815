"""Demand that falls is found, and bad months, seasons and slumps of the market are not."""

import numpy as np
import pytest

from analytics.trend import against_segment, falling_demand, p_falling, quarters, shuffled

MONTHS = 36


def company(accounts=300, seed=1, falling=0, last=0.3):
    """Noisy monthly revenue and orders with a season; the first ``falling`` accounts fade to ``last`` of it."""
    random = np.random.default_rng(seed)
    season = 1 + 0.5 * np.sin(np.arange(MONTHS) * 2 * np.pi / 12)
    rate = random.gamma(4, 2, (accounts, 1)) * season
    rate[:falling] *= np.linspace(1, last, MONTHS)
    orders = random.poisson(rate)
    return orders * random.lognormal(7, 0.3, orders.shape), orders


def test_falling_demand_is_found_and_steady_demand_is_not():
    found = falling_demand(*company(falling=40, last=0.1))
    assert found.falling[:40].mean() > 0.6
    assert found.falling[40:].mean() < 0.01
    assert np.all(found.revenue_change[found.falling] < -0.25)


@pytest.mark.parametrize("seed", range(5))
def test_no_case_on_shuffled_histories(seed):
    """Order in time is all that the test looks for: without it there are hardly any cases, whoever fades."""
    random = np.random.default_rng(seed)
    revenue, orders = company(seed=seed, falling=100)
    state = random.bit_generator.state
    revenue = shuffled(revenue, random)
    random.bit_generator.state = state
    orders = shuffled(orders, random)
    assert falling_demand(revenue, orders).falling.sum() <= 3


def test_a_bad_quarter_is_no_trend():
    revenue, orders = company()
    revenue[:30, -3:], orders[:30, -3:] = 0, 0
    assert falling_demand(revenue, orders).falling[:30].sum() == 0


def test_who_stopped_buying_a_year_ago_is_lost_not_falling():
    revenue, orders = company(falling=40)
    revenue[:40, -12:], orders[:40, -12:] = 0, 0
    assert falling_demand(revenue, orders).falling[:40].sum() == 0


def test_a_slump_of_the_market_is_nobodys_case():
    revenue, orders = company()
    slump = np.linspace(1, 0.3, MONTHS)
    assert falling_demand(revenue * slump, orders).falling.sum() == 0


def test_each_segment_has_its_own_season():
    """Two segments buy in opposite halves of the year, and one of them fades as a whole."""
    revenue, orders = company(200)
    fading = np.where(np.arange(200)[:, None] < 100, np.linspace(1, 0.3, MONTHS), 1.0)
    fewer = np.minimum(orders, np.maximum(orders * fading, 1))
    together = falling_demand(revenue * fading, fewer)
    apart = falling_demand(revenue * fading, fewer, np.arange(200) // 100)
    assert together.falling.sum() > 20
    assert apart.falling.sum() == 0


def test_orders_that_grow_speak_against_a_case():
    revenue, orders = company(falling=40)
    orders[:40, -12:] += 9
    assert falling_demand(revenue, orders).falling[:40].sum() == 0


def test_a_loss_that_is_not_worth_a_talk_is_no_case():
    """Small accounts fade as clearly as large ones; the floor is the company's, else a tenth of the average year."""
    revenue, orders = company(falling=40, last=0.1)
    revenue = np.where(np.arange(300)[:, None] < 20, revenue / 100, revenue)
    usual = falling_demand(revenue, orders)
    assert usual.falling[:20].sum() == 0
    assert usual.falling[20:40].mean() > 0.6
    assert np.all(usual.loss[usual.falling] >= 0.1 * quarters(revenue)[:, -8:-4].sum(axis=1).mean())
    everything = falling_demand(revenue, orders, least_loss=0)
    assert everything.falling[:20].mean() > 0.6
    assert falling_demand(revenue, orders, least_loss=10**9).falling.sum() == 0


def test_who_buys_more_than_last_year_is_no_case_though_others_grow_faster():
    revenue, orders = company(falling=40, last=0.1)
    growth = np.linspace(1, 12, MONTHS)
    busier = np.where(np.arange(300)[:, None] < 40, np.maximum(orders, 1), orders)
    found = falling_demand(revenue * growth**1.5, busier, least_loss=0)
    assert found.falling.any()
    last_year = quarters(revenue * growth**1.5)[:, -8:-4].sum(axis=1)
    assert np.all(found.loss[found.falling] >= 0.25 * last_year[found.falling])
    rising = found.revenue_change[:40][found.loss[:40] == 0]
    assert np.any(rising <= -0.25), "some fall behind the others only"


def test_too_little_is_known():
    assert not len(falling_demand(np.zeros((0, 36)), np.zeros((0, 36))))
    short = falling_demand(np.ones((5, 20)), np.ones((5, 20)))
    assert not short.falling.any()
    rare = np.zeros((30, MONTHS))
    rare[:, [2, 8, 14]] = 100
    assert np.all(falling_demand(rare, rare > 0).p == 1)


def test_the_test_statistic_is_kendalls():
    """Against the reference: twelve falling values, and values with ties."""
    falling = np.arange(12, 0, -1.0)[None, :]
    assert p_falling(falling)[0] == pytest.approx(4.2e-6, rel=0.05)  # z = (-66 + 1) / sqrt(212.67)
    ties = np.array([[3.0, 3, 3, 2, 2, 2, 1, 1, 1]])
    variance = (9 * 8 * 23 - 3 * 3 * 2 * 11) / 18
    from scipy.stats import norm

    assert p_falling(ties)[0] == pytest.approx(norm.cdf((-27 + 1) / np.sqrt(variance)))
    assert p_falling(np.ones((1, 12)))[0] == 1


def test_quarters_count_back_from_the_last_month():
    assert quarters(np.arange(8)[None, :]).tolist() == [[2 + 3 + 4, 5 + 6 + 7]]
    assert quarters(np.array([[-5.0, 1, 1]])).tolist() == [[2]]


def test_an_account_is_compared_with_the_others_only():
    values = np.ones((30, 4))
    values[0] = [100, 100, 1, 1]
    relative = against_segment(values, np.zeros(30))
    assert relative[0, 0] / relative[0, 3] == 100
