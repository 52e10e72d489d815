"""Orders of a made-up company of any size, for measuring speed and for tests."""

import numpy as np

SPAN = 1095  # days of history
END = 20454  # the day after the last possible order: 2026-01-01
CREDIT_SHARE = 0.02  # of the rows
LIFE = 700.0  # mean days until a customer leaves


def synthetic_orders(n_accounts, n_orders, seed=0, *, end=END, span=SPAN):
    """Flat arrays ``account`` (1 … n_accounts), ``day`` and ``amount`` of exactly ``n_orders`` rows.

    Customers begin at any time in the ``span`` days before ``end``, leave after an exponential time, and
    buy at a rate of their own (gamma), amounts around a size of their own (log-normal); 2 % of the rows
    are credit notes. Every account has at least one order. The rows are shuffled.

    Raises ``ValueError`` with fewer orders than accounts.
    """
    if n_orders < n_accounts:
        raise ValueError("every account needs an order")
    random = np.random.default_rng(seed)
    start = random.uniform(0, span, n_accounts)
    active = np.minimum(random.exponential(LIFE, n_accounts), span - start)
    weight = random.gamma(0.7, 1.0, n_accounts) * active
    count = 1 + random.multinomial(n_orders - n_accounts, weight / weight.sum())
    account = np.repeat(np.arange(n_accounts), count)
    day = np.floor(start[account] + random.uniform(0, 1, n_orders) * active[account])
    size = np.exp(random.normal(5, 1.2, n_accounts))
    amount = np.round(size[account] * np.exp(random.normal(0, 0.5, n_orders)) + 0.01, 2)
    later = np.append(False, account[1:] == account[:-1])  # the first row of an account stays an order
    amount[later & (random.uniform(0, 1, n_orders) < CREDIT_SHARE)] *= -0.3
    shuffled = random.permutation(n_orders)
    return account[shuffled] + 1, day[shuffled].astype(np.int64) + end - span, amount[shuffled]
