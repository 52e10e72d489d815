"""What if these people left tomorrow: who would take their accounts, and what that would keep. Arrays only."""

from dataclasses import dataclass

import numpy as np

from .fit import LOSS_HIGH, LOSS_LOW, kept, saved
from .matching import match


@dataclass
class Company:
    """Everything needed for any leaver, fetched once.

    :param accounts: ids; owner: id of each; revenue: of 12 months; dependence: 0–100 or NaN; covered: whether a backup
        has real contact
    :param candidates: ids; fit: array (accounts × candidates); room and need as in :func:`matching.match`
    """

    accounts: np.ndarray
    owner: np.ndarray
    revenue: np.ndarray
    dependence: np.ndarray
    covered: np.ndarray
    candidates: np.ndarray
    fit: np.ndarray
    room: np.ndarray
    need: np.ndarray


def leave(company, leavers):
    """What these people leave behind and what the best plan found now could save.

    :param leavers: ids of owners; none of them takes over from another
    :return: dict of numbers; ``shortages`` as in :class:`matching.Plan`; ``takers``: {candidate id: (accounts, revenue,
        saved)} of the best plan; ``unplaced_accounts``: ids of those that nobody can take
    """
    rows = np.flatnonzero(np.isin(company.owner, list(leavers)))
    revenue, fits = company.revenue[rows], company.fit[rows]
    gain = kept(np.maximum(revenue, 1.0), fits)
    gain[:, np.isin(company.candidates, list(leavers))] = np.nan
    plan = match(company.accounts[rows], company.candidates, gain, company.room, company.need[rows])
    column = {int(candidate): at for at, candidate in enumerate(company.candidates)}
    placed = np.array([int(account) in plan.successors for account in company.accounts[rows]], dtype=bool)
    chosen = np.array([column[plan.successors[int(account)]] for account in company.accounts[rows][placed]], dtype=int)
    told = ~np.isnan(company.dependence[rows])
    weight = np.maximum(revenue, 1.0) * told
    return {
        "accounts": len(rows),
        "revenue": float(revenue.sum()),
        "covered": float(revenue[company.covered[rows]].sum()),
        "uncovered": int((~company.covered[rows]).sum()),
        "dependence": float(np.nansum(company.dependence[rows] * weight) / weight.sum()) if told.any() else None,
        "cannot_tell": int((~told).sum()),
        "stake_low": float(revenue.sum() * LOSS_LOW),
        "stake_high": float(revenue.sum() * LOSS_HIGH),
        "saved": saved(revenue[placed], fits[placed, chosen]) if placed.any() else 0.0,
        "unplaced": int((~placed).sum()),
        "unplaced_revenue": float(revenue[~placed].sum()),
        "unplaced_accounts": company.accounts[rows][~placed].tolist(),
        "takers": _takers(company.candidates, chosen, revenue[placed], fits[placed]),
        "shortages": plan.shortages,
    }


def _takers(candidates, chosen, revenue, fits):
    """What each candidate would take: {id: (accounts, revenue, saved)}, in the order of the ids."""
    found = {}
    for column in np.unique(chosen):
        rows = chosen == column
        found[int(candidates[column])] = (
            int(rows.sum()),
            float(revenue[rows].sum()),
            saved(revenue[rows], fits[rows, column]),
        )
    return found
