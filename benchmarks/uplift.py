"""Whether the effect of a programme is told truly: simulated companies in which the truth is known.

Every run draws a new company (value tiers that differ in loyalty and size), its holdout as a programme does, who
of the treated was reached, and the outcomes. Truth is the difference by group drawn (intention to treat).
"""

import numpy as np

from analytics import uplift
from dev.bench import Figure

RUNS = 2000
SIZES = (200, 500, 2_000, 5_000, 20_000)
# Effect among those reached: on the chance to stay, and on revenue as a share.
EFFECTS = {"none": (0.0, 0.0), "small": (0.03, 0.05), "large": (0.12, 0.25)}
# Of the treated, who was reached; of the holdout, who was treated all the same.
COMPLIANCE = {"all reached": (1.0, 0.0), "60 % reached, 5 % of the holdout too": (0.6, 0.05)}
TIERS = ("a", "b", "c")
TIER_SHARE = (0.15, 0.25, 0.60)
TIER_STAYS = (0.85, 0.75, 0.60)  # an effect of 0.12 on top stays below 1
TIER_LOG_REVENUE = (10.0, 8.5, 7.0)  # of 12 months, in log money
LOG_SPREAD = 0.7  # of accounts within a tier
LOG_YEAR = 0.5  # of one account from year to year
PEEKS = 10


def run(_context):
    """Coverage of the intervals and false claims per number of accounts, over all effects and both compliances."""
    figures = []
    for size in SIZES:
        found = [
            _scenario(size, effect, reached, seed)
            for seed, (effect, reached) in enumerate((e, r) for e in EFFECTS.values() for r in COMPLIANCE.values())
        ]
        figures += _figures(size, found)
    return [*figures, *_share_figures(), *_peeking_figures()]


def _figures(size, found):
    figures = []
    for key, title in (("kept", "kept customers"), ("revenue", "revenue")):
        covered = np.array([scenario[key]["covered"] for scenario in found])
        claims = np.array([scenario[key]["claimed"] for scenario in found])
        none, large = claims[: len(COMPLIANCE)], claims[-len(COMPLIANCE) :]
        figures.append(
            Figure(
                f"coverage, {title}, lowest scenario, n {size}",
                covered.min(),
                "",
                0.93,
                "more",
                baseline=", ".join(f"{share:.3f}" for share in covered),
            )
        )
        if size >= 2000:
            figures.append(Figure(f"coverage, {title}, highest scenario, n {size}", covered.max(), "", 0.97))
        most = 0.05 + 2 * np.sqrt(0.05 * 0.95 / RUNS)
        figures.append(Figure(f"false claims, {title}, n {size}", none.max(), "", round(float(most), 4)))
        figures.append(Figure(f"large effect found, {title}, n {size}", large.max(), "", baseline="all reached"))
    return figures


def _scenario(size, effect, reached, seed):
    """Share of runs in which the interval covers the truth, and in which an effect was claimed."""
    random = np.random.default_rng(seed * 1_000_003 + size)
    tally = {"kept": {"covered": 0, "claimed": 0}, "revenue": {"covered": 0, "claimed": 0}}
    more_kept, more_revenue = effect
    share_reached = reached[0] - reached[1]
    for number in range(RUNS):
        company = _company(random, size)
        holdout = uplift.draw(company["ids"], company["tier"], 0.2, seed=number, drawn={})
        kept, revenue = _outcome(random, company, holdout, effect, reached)
        truth = {"kept": more_kept * share_reached, "revenue": _true_revenue() * more_revenue * share_reached}
        said = {
            "kept": uplift.proportion_effect(kept, holdout, company["tier"]),
            "revenue": uplift.mean_effect(revenue, holdout, company["tier"], before=company["before"]),
        }
        for key, one in said.items():
            tally[key]["covered"] += one.low <= truth[key] <= one.high
            tally[key]["claimed"] += one.verdict in (uplift.MORE, uplift.LESS)
    return {key: {name: number / RUNS for name, number in counts.items()} for key, counts in tally.items()}


def _company(random, size):
    number = random.choice(3, size, p=TIER_SHARE)
    level = np.array(TIER_LOG_REVENUE)[number] + random.normal(0, LOG_SPREAD, size)
    return {
        "ids": np.arange(size),
        "number": number,
        "tier": number,
        "level": level,
        "before": np.exp(level + random.normal(0, LOG_YEAR, size)),
    }


def _outcome(random, company, holdout, effect, reached):
    """Whether each account stayed, and its revenue, with the effect on those who were reached."""
    size = len(holdout)
    treated = random.random(size) < np.where(holdout, reached[1], reached[0])
    stays = np.array(TIER_STAYS)[company["number"]] + effect[0] * treated
    kept = random.random(size) < stays
    revenue = np.exp(company["level"] + random.normal(0, LOG_YEAR, size)) * (1 + effect[1] * treated)
    bought = random.random(size) < np.array(TIER_STAYS)[company["number"]]  # the rest bought nothing
    return kept, revenue * bought


def _true_revenue():
    """Expected revenue of an account that nobody was sent to."""
    logs, shares, stays = map(np.array, (TIER_LOG_REVENUE, TIER_SHARE, TIER_STAYS))
    return float((shares * stays * np.exp(logs + (LOG_SPREAD**2 + LOG_YEAR**2) / 2)).sum())


def _share_figures():
    """The share held out in a stratum of 40, of the exact draw and of the draw without memory."""
    figures = []
    for title, drawn in (("first draw", {}), ("no memory", None)):
        shares = [uplift.draw(np.arange(40), np.zeros(40), 0.2, seed, drawn).mean() for seed in range(RUNS)]
        figures.append(Figure(f"holdout of 20 % in a stratum of 40, {title}: mean", np.mean(shares)))
        figures.append(Figure(f"holdout of 20 % in a stratum of 40, {title}: standard deviation", np.std(shares)))
    return figures


def _peeking_figures(size=1000):
    """False claims when somebody looks ten times and stops at the first claim: by us, and by bare intervals."""
    random = np.random.default_rng(7)
    ours = bare = 0
    for number in range(RUNS):
        holdout = uplift.draw(np.arange(size), np.zeros(size), 0.5, seed=number, drawn={})
        leaves_on = random.exponential(2.0, size)  # windows until the customer leaves, in both groups alike
        looks = [leaves_on > part for part in np.arange(1, PEEKS + 1) / PEEKS]
        said = [uplift.proportion_effect(kept, holdout, ended=kept is looks[-1]) for kept in looks]
        shown = [uplift.proportion_effect(kept, holdout) for kept in looks]
        ours += any(one.verdict in (uplift.MORE, uplift.LESS) for one in said)
        bare += any(one.verdict in (uplift.MORE, uplift.LESS) for one in shown)
    most = 0.05 + 2 * np.sqrt(0.05 * 0.95 / RUNS)
    note = f"without the fixed horizon {bare / RUNS:.3f}"
    return [Figure(f"false claims with {PEEKS} looks", ours / RUNS, "", round(float(most), 4), baseline=note)]
