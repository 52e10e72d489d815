"""A trained churn score: plain numbers that JSON can hold, and what they say about accounts.

The model of a company is a mapping:

* ``version``, ``t0`` (day number it was trained on), ``horizon`` (days), ``accounts``;
* ``layer`` in use and ``ladder``, why (see ``blend.climb``);
* ``usual``: the company's gap and order, ``btyd``: parameters, ``coef`` with ``centre`` and
  ``scale``: the regression, ``forest``: boosted trees or None;
* ``reference``: the average account's terms, which reasons are measured against;
* ``backtest``: what it would have said on past days, newest last; ``prior``: where the shipped
  coefficients come from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from . import bands, blend, boosting, btyd, reasons, regression, rhythm, status
from .inputs import Inputs

VERSION = 1


@dataclass(frozen=True)
class Scores:
    """What the model says: arrays of one row per account, in the order of the inputs.

    ``reasons`` is a list of lists of mappings, see ``reasons.top_reasons``. ``status`` and ``band``
    are positions in ``status.STATUSES`` and ``bands.BANDS``. Days are day numbers.
    """

    account: np.ndarray
    probability: np.ndarray
    revenue: np.ndarray  # of 365 days, credit notes subtracted
    expected_loss: np.ndarray  # probability × revenue
    status: np.ndarray
    band: np.ndarray
    usual_days: np.ndarray  # the account's own gap, or the company's where it has none
    expected_by: np.ndarray  # day by which the next order is expected
    reasons: list
    layer: str
    thresholds: bands.Thresholds


def btyd_data(inputs):
    """The triples ``(x, t_x, T)`` of the buy-till-you-die models, in days."""
    return inputs.buying_days - 1, inputs.last_day - inputs.first_day, inputs.tenure


def btyd_log_odds(params, inputs):
    """Log-odds of no order in the horizon by a buy-till-you-die model."""
    return blend.to_log_odds(btyd.probability_no_order(params, *btyd_data(inputs), inputs.horizon))


def predict(model, inputs):
    """P(no order in the model's horizon) per account, between 1e-6 and 1 - 1e-6.

    The inputs may be of any day, but must be made for the model's horizon (else ``ValueError``).
    """
    with threadpool_limits(1):
        return blend.to_probability(blend.mean_log_odds(_members(model, inputs, _design(model, inputs))))


def score(model, inputs, thresholds=None, with_reasons=True):
    """``Scores`` of the accounts; without ``thresholds`` for the bands they are proposed."""
    usual = rhythm.Usual(**model["usual"])
    with threadpool_limits(1):
        matrix = _design(model, inputs)
        probability = blend.to_probability(blend.mean_log_odds(_members(model, inputs, matrix)))
        told = regression.contributions(matrix, model["coef"], model["reference"])
    revenue = inputs.revenue_net_365
    loss = probability * revenue
    states = status.statuses(inputs, usual, probability)
    thresholds = thresholds or bands.propose(probability, loss, revenue, states)
    return Scores(
        account=inputs.account,
        probability=probability,
        revenue=revenue,
        expected_loss=loss,
        status=states,
        band=bands.bands(probability, loss, states, thresholds),
        usual_days=rhythm.own_gap(inputs, usual),
        expected_by=rhythm.expected_by(inputs, usual),
        reasons=reasons.top_reasons(inputs, usual, told, states) if with_reasons else [],
        layer=model["layer"],
        thresholds=thresholds,
    )


def _design(model, inputs):
    if model["version"] != VERSION:
        raise ValueError(f"a model of version {model['version']} needs training again")
    if inputs.horizon != model["horizon"]:
        raise ValueError("the inputs are made for another horizon than the model")
    return regression.standardise(inputs, model["centre"], model["scale"], rhythm.Usual(**model["usual"]))


def _members(model, inputs: Inputs, matrix):
    answers = [
        btyd_log_odds(btyd.Params.from_dict(model["btyd"]), inputs),
        regression.log_odds(matrix, model["coef"]),
    ]
    if model["forest"]:
        matrix = boosting.features(inputs, rhythm.Usual(**model["usual"]))
        answers.append(boosting.log_odds(model["forest"], matrix))
    return answers
