"""The made-up company that speed is measured on."""

import numpy as np
import pytest

from benchmarks.synthetic_orders import END, SPAN, synthetic_orders


def test_size_range_and_kinds_of_rows():
    account, day, amount = synthetic_orders(200, 3_000, seed=1)
    assert len(account) == len(day) == len(amount) == 3_000
    assert END - SPAN <= day.min() < day.max() < END
    assert 0 < (amount < 0).mean() < 0.05
    assert set(account[amount > 0]) == set(range(1, 201))


def test_a_seed_gives_the_same_company_again():
    for first, second in zip(synthetic_orders(50, 300, 2), synthetic_orders(50, 300, 2), strict=True):
        np.testing.assert_array_equal(first, second)
    assert not np.array_equal(synthetic_orders(50, 300, 2)[2], synthetic_orders(50, 300, 3)[2])


def test_fewer_orders_than_accounts_are_refused():
    with pytest.raises(ValueError, match="every account"):
        synthetic_orders(10, 9)
