"""The plan of successors for 10,000 accounts and 50 candidates, with a limit on accounts, then on money and deals too.

Without Odoo. Each kind runs in a process of its own, so that its peak memory is its own. Revenues are log-normal;
what a candidate would keep depends on how similar the candidate's industry and region are, as in the addon.
"""

import multiprocessing
import resource
import time

import numpy as np

from analytics.matching import match
from dev.bench import Figure

ACCOUNTS, CANDIDATES = 10_000, 50
ROOM = 1.02  # how much room all candidates have together, of what is needed


def run(_context):
    figures = []
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for name, limits in (("accounts", 1), ("accounts, revenue and deals", 3)):
            found = pool.apply(_measure, (limits,))
            figures += [
                Figure(f"plan, limits on {name}", found["seconds"], "s", 30),
                Figure(f"peak memory, limits on {name}", found["memory"], "MB", 800),
                Figure(f"proven gap, limits on {name}", 100 * found["gap"], "%", 0.1 if limits > 1 else 1e-6),
                Figure(f"better than greedy, limits on {name}", 100 * found["greedy"], "% of the kept revenue"),
                Figure(f"accounts without successor, limits on {name}", found["missing"], "", 0),
            ]
    return figures


def company(accounts=ACCOUNTS, candidates=CANDIDATES, seed=4):
    """Arrays of a made-up company: gain (accounts × candidates), revenue, deals."""
    random = np.random.default_rng(seed)
    revenue = np.round(np.exp(random.normal(9.5, 1.3, accounts)), 2)
    industry, region = random.integers(0, 12, accounts), random.integers(0, 8, accounts)
    served = random.dirichlet(np.full(12, 0.3), candidates), random.dirichlet(np.full(8, 0.4), candidates)
    fit = 0.6 * served[0][:, industry].T + 0.4 * served[1][:, region].T
    loss = 0.176 - (0.176 - 0.132) * fit - 0.02 * random.random((accounts, candidates))
    return revenue[:, None] * (1 - loss), revenue, random.poisson(1.5, accounts)


def _measure(limits):
    gain, revenue, deals = company()
    need = np.column_stack([np.ones(ACCOUNTS), revenue, deals])[:, :limits]
    share = np.random.default_rng(5).uniform(0.6, 1.4, CANDIDATES)
    room = np.outer(share / share.sum(), need.sum(axis=0)) * ROOM
    room[:, 0] = np.ceil(room[:, 0])
    started = time.perf_counter()
    plan = match(np.arange(ACCOUNTS), np.arange(CANDIDATES), gain, room, need)
    return {
        "seconds": time.perf_counter() - started,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "gap": plan.gap,
        "greedy": plan.better_than_greedy,
        "missing": ACCOUNTS - len(plan.successors),
    }
