"""Gradient boosted trees for companies with many accounts, kept as plain numbers.

scikit-learn's ``HistGradientBoostingClassifier`` learns them. A trained forest is turned into lists
of numbers, which a database can hold as JSON and numpy can apply: nothing is ever unpickled.
"""

from __future__ import annotations

import numpy as np

from . import rhythm

# An account comes again in each of up to 12 windows: a leaf of 100 rows may rest on ten of them, one of 30 on three.
SETTINGS = {
    "max_iter": 100,
    "learning_rate": 0.04,
    "max_leaf_nodes": 8,
    "min_samples_leaf": 100,
    "l2_regularization": 2.0,
    "max_features": 0.5,
    "early_stopping": False,
    "random_state": 0,
}
_CHUNK = 8192  # rows walked through the trees at a time, to stay in the processor's cache


class ExportError(RuntimeError):
    """The installed scikit-learn is another than this module knows: other settings, or trees kept in another way."""


def features(inputs, usual):
    """What the trees look at: float32 array (accounts, features).

    Amounts are relative to the company's usual order, so the currency does not matter. Single
    precision makes sums that were added up in another order equal.
    """
    gap = rhythm.shrunk_gap(inputs, usual)
    order = inputs.revenue_total / inputs.buying_days
    expected = inputs.days_365 * inputs.horizon / 365
    season = rhythm.change(inputs.season_days, expected)
    columns = [
        inputs.recency,
        inputs.tenure,
        inputs.buying_days,
        gap,
        rhythm.irregularity(inputs),
        inputs.gap_max,
        inputs.gap_median,
        inputs.gap_last,
        inputs.gap_last / gap,
        inputs.recency / gap,
        rhythm.silence_to_longest(inputs, usual),
        inputs.recency / rhythm.shrunk_median(inputs, usual),
        inputs.days_30,
        inputs.days_90,
        inputs.days_180,
        inputs.days_365,
        inputs.days_365 * inputs.horizon / np.minimum(inputs.tenure, 365),
        rhythm.change(inputs.days_90, inputs.days_90_before),
        rhythm.change(inputs.days_180, inputs.days_180_before),
        inputs.season_days,
        np.where(inputs.tenure >= 365, season, 1.0),
        inputs.active_months,
        order / usual.order,
        inputs.revenue_90 / usual.order,
        inputs.revenue_180 / usual.order,
        inputs.revenue_365 / usual.order,
        inputs.revenue_total / usual.order,
        inputs.last_amount / order,
        inputs.credit_notes_365,
    ]
    return np.column_stack(columns).astype(np.float32)


def fit(matrix, churned):
    """A forest learned from rows of ``features`` and their outcome (1 = no order), JSON-able.

    Raises ``ValueError`` with only one outcome, ``ExportError`` when trees can't be learned or read.
    """
    # only training needs scikit-learn; it is slow to load and large to keep in every server process
    from sklearn.ensemble import HistGradientBoostingClassifier

    churned = np.asarray(churned, dtype=int)
    if len(np.unique(churned)) < 2:
        raise ValueError("boosting needs both outcomes")
    # scikit-learn can't bin a column without any value; as a constant no tree will look at it
    matrix = np.where(np.isnan(matrix).all(axis=0), np.float32(0), matrix)
    try:
        learner = HistGradientBoostingClassifier(**SETTINGS)
    except TypeError as error:
        raise ExportError("scikit-learn knows other settings") from error
    learner.fit(matrix, churned)
    forest = _export(learner)
    sample = matrix[:: max(len(matrix) // 500, 1)]
    if not np.allclose(log_odds(forest, sample), learner.decision_function(sample), atol=1e-6):
        raise ExportError("exported trees predict otherwise than scikit-learn's")
    return forest


def log_odds(forest, matrix):
    """Log-odds of no order for rows of ``features``."""
    trees = [
        {
            "feature": np.array(tree["feature"], dtype=np.intp),
            "threshold": np.array(tree["threshold"], dtype=float),
            "children": np.array([tree["right"], tree["left"]], dtype=np.intp).T.ravel(),
            "missing_left": np.array(tree["missing_left"], dtype=bool),
            "value": np.array(tree["value"], dtype=float),
            "depth": tree["depth"],
        }
        for tree in forest["trees"]
    ]
    total = np.full(len(matrix), float(forest["start"]))
    for first in range(0, len(matrix), _CHUNK):
        rows = np.asarray(matrix[first : first + _CHUNK], dtype=float)
        for tree in trees:
            total[first : first + _CHUNK] += tree["value"][_leaf_of(tree, rows)]
    return total


def _leaf_of(tree, rows):
    """Node in which each row ends; a leaf is its own child, so all rows may take every step."""
    node = np.zeros(len(rows), dtype=np.intp)
    position = np.arange(len(rows))
    for _ in range(tree["depth"]):
        value = rows[position, tree["feature"][node]]
        left = (value <= tree["threshold"][node]) | (np.isnan(value) & tree["missing_left"][node])
        node = tree["children"][2 * node + left]
    return node


def _export(learner):
    try:
        start = float(np.ravel(learner._baseline_prediction)[0])
        nodes = [predictors[0].nodes for predictors in learner._predictors]
        return {"start": start, "trees": [_export_tree(tree) for tree in nodes]}
    except (AttributeError, KeyError, ValueError, TypeError) as error:
        raise ExportError("scikit-learn's trees could not be read") from error


def _export_tree(nodes):
    leaf = nodes["is_leaf"].astype(bool)
    own = np.arange(len(nodes))
    # an infinite threshold splits missing from present values; JSON has no infinity
    threshold = np.clip(nodes["num_threshold"], -1e300, 1e300)
    return {
        "feature": np.where(leaf, 0, nodes["feature_idx"]).astype(int).tolist(),
        "threshold": np.where(leaf, 0.0, threshold).tolist(),
        "left": np.where(leaf, own, nodes["left"]).astype(int).tolist(),
        "right": np.where(leaf, own, nodes["right"]).astype(int).tolist(),
        "missing_left": (~leaf & nodes["missing_go_to_left"].astype(bool)).astype(int).tolist(),
        "value": nodes["value"].tolist(),
        "depth": int(nodes["depth"].max()),
    }
