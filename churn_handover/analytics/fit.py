"""How well a candidate fits an account, 0–1, and what the account's revenue would then be worth.

What a change of salesperson costs, and that a better choice saves 40 % of it, is from Shi, Sridhar, Grewal and Lilien
(Journal of Marketing 2017), as is the order of what matters: similarity first, new hires keep fewer customers, star
performers keep no more. So past performance has no feature here. How fast each feature saturates is a judgement.
"""

from dataclasses import dataclass

import numpy as np

LOSS_LOW, LOSS_HIGH = 0.132, 0.176
SAVED_BY_FIT = 0.40
ENOUGH_SERVED = 5  # customers alike from which on the candidate knows the kind
ENOUGH_CONTACTS = 12  # one a month
NEW_MONTHS = 12
SIZE_SPAN = 1.5  # powers of ten of revenue between accounts that have nothing in common
UNKNOWN = -1

SIMILARITIES = ("industry", "region", "language", "products", "size", "familiarity", "role")
PENALTIES = ("newness", "load")
WEIGHTS = {
    "industry": 3.0,
    "region": 2.0,
    "language": 2.0,
    "products": 2.0,
    "size": 1.0,
    "familiarity": 2.0,
    "role": 1.0,
    "newness": 0.2,
    "load": 0.1,
}


@dataclass
class Kind:
    """What accounts are like: arrays of codes (``UNKNOWN`` if not known), revenue of 12 months."""

    industry: np.ndarray
    country: np.ndarray
    state: np.ndarray
    language: np.ndarray
    revenue: np.ndarray


def served_alike(codes, served_codes, served_by, candidates):
    """How many accounts of the same code each candidate serves: array (accounts × candidates)."""
    known = served_codes >= 0
    width = int(max(codes.max(initial=0), served_codes.max(initial=0))) + 1
    counts = np.zeros((width, candidates))
    np.add.at(counts, (served_codes[known], served_by[known]), 1)
    return np.where(codes[:, None] >= 0, counts[codes], 0.0)


def enough(count, limit=ENOUGH_SERVED):
    return np.minimum(count / limit, 1.0)


def size_alike(revenue, served_revenue, served_by, candidates):
    """How near the account's revenue is to the median of what the candidate serves; 0 without."""
    alike = np.zeros((len(revenue), candidates))
    own = np.log10(np.maximum(revenue, 1.0))
    for candidate in range(candidates):
        served = served_revenue[(served_by == candidate) & (served_revenue > 0)]
        if len(served):
            distance = np.abs(own - np.median(np.log10(np.maximum(served, 1.0))))
            alike[:, candidate] = 1 - np.minimum(distance / SIZE_SPAN, 1)
    return alike


def mix_alike(mix, served_mix):
    """Overlap of what is bought, 0–1: arrays of revenue per product category → (accounts × candidates)."""
    own = mix / np.maximum(mix.sum(axis=1, keepdims=True), 1e-9)
    theirs = served_mix / np.maximum(served_mix.sum(axis=1, keepdims=True), 1e-9)
    overlap = np.zeros((len(mix), len(served_mix)))
    for category in range(mix.shape[1]):
        overlap += np.minimum(own[:, category, None], theirs[None, :, category])
    return overlap


def similarities(accounts, served, served_by, candidates, mix, served_mix):
    """The features that come from what accounts are like: {name: (accounts × candidates)}, and which accounts know it.

    :param accounts: Kind of the accounts; served: Kind of what the candidates serve well today
    :param served_by: position of the candidate for each served account; candidates: how many
    """

    def count(name):
        return served_alike(getattr(accounts, name), getattr(served, name), served_by, candidates)

    features = {
        "industry": enough(count("industry")),
        "region": 0.5 * enough(count("country")) + 0.5 * enough(count("state")),
        "language": enough(count("language"), 1),
        "products": mix_alike(mix, served_mix),
        "size": size_alike(accounts.revenue, served.revenue, served_by, candidates),
    }
    known = {
        "industry": accounts.industry >= 0,
        "region": accounts.country >= 0,
        "language": accounts.language >= 0,
        "products": mix.sum(axis=1) > 0,
        "size": accounts.revenue > 0,
    }
    return features, known


def fit(features, known, weights):
    """Array (accounts × candidates), 0–1: the mean of what is known, less the penalties.

    :param features: {name: array} of SIMILARITIES and PENALTIES; known: {name: array of bool per account}; a feature
        that is not named there is known for every account
    """
    shape = next(iter(features.values())).shape
    total, weight = np.zeros(shape), np.zeros((shape[0], 1))
    for name in SIMILARITIES:
        if name in features and weights.get(name, 0) > 0:
            told = known.get(name, np.ones(shape[0], dtype=bool))[:, None]
            total += np.where(told, weights[name] * features[name], 0.0)
            weight += np.where(told, weights[name], 0.0)
    found = total / np.maximum(weight, 1e-9)
    for name in PENALTIES:
        if name in features:
            found = found - weights.get(name, 0) * features[name]
    return np.clip(found, 0.0, 1.0)


def newness(months):
    """1 for somebody new today, 0 after a year."""
    return np.clip(1 - np.asarray(months, dtype=float) / NEW_MONTHS, 0, 1)


def kept(revenue, fits):
    """Expected revenue of the year after the change."""
    return np.asarray(revenue)[..., None] * (1 - LOSS_HIGH * (1 - SAVED_BY_FIT * fits))


def saved(revenue, fits):
    """What these fits save against a successor who fits not at all."""
    return float(np.sum(np.asarray(revenue) * LOSS_HIGH * SAVED_BY_FIT * np.asarray(fits)))
