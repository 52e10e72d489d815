"""How good the churn score is on public order histories, against MBG/NBD and LightGBM.

The judge is the score bench beside the data sets (`../scorebench/bench.py`), on the splits its README names.
The shipped coefficients know these companies, so each company is scored with coefficients learned from the
others only. A score sees the rows before the cut-off, read from the file as `./churn score` reads them.
"""

import contextlib
import importlib.util
import io
import sys

import lifetimes
import numpy as np

from analytics import btyd, model, training
from analytics.backtest import auc
from analytics.cli import score_orders
from analytics.inputs import OrderBook
from analytics.orders_csv import day_number, read_orders
from benchmarks.train_prior import COMPANIES, company_rows, fit_prior
from dev.bench import Figure

SPLITS = {
    "cdnow": {
        90: ("1997-10-01", "1998-01-01", "1998-04-01"),
        180: ("1997-12-01", "1998-01-01"),
        273: ("1997-10-01",),
    },
    "grocery": {90: ("2007-01-01", "2007-04-01", "2007-07-01"), 180: ("2007-01-01", "2007-07-01")},
    "apparel": {90: ("2007-01-01", "2008-01-01"), 180: ("2007-01-01", "2008-01-01")},
    "dunnhumby_cj": {90: ("2017-07-01", "2017-10-01")},
}
FURTHER_SPLITS = {  # reported, but not part of the means
    "adventureworks_scorebench": {90: ("2013-07-01", "2014-01-01"), 180: ("2013-04-01", "2013-11-01")},
    "northwind": {90: ("1997-10-01", "1998-01-01")},
}
MBG, LIGHTGBM = "mbgnbd p(no order)", "lightgbm (31 feat)"
POPULATION = "all (>=1 order)"
RESAMPLES = 300
FEW = 50  # customers of a small company …
DRAWS = 20  # … drawn so often per split
FIGURES = {  # the judge's name of a figure: ours, target, which side is good
    "auc": ("AUC", 0.858, "more"),
    "brier": ("Brier", 0.088, "less"),
    "ece": ("ECE", 0.030, "less"),
    "vlift10_pv": ("money lift", 4.85, "more"),
}


def run(context):
    """The figures the issue asks for, then those of each data set."""
    judge = _load_judge(context.require_data("..", "scorebench", "bench.py"))
    paths = {name: context.require_data(f"{name}.csv") for name in COMPANIES}
    rows = {name: company_rows(path) for name, path in paths.items()}
    results, few = {}, {}
    for name, splits in {**SPLITS, **FURTHER_SPLITS}.items():
        prior = fit_prior({other: part for other, part in rows.items() if other != name})
        frame = judge.pd.read_csv(paths[name], dtype={"customer_id": str})
        results[name] = [
            split
            for horizon, days in splits.items()
            for split in _judged(judge, frame, paths[name], days, horizon, prior)
        ]
        if name in SPLITS:
            few[name] = _few_customers(judge, paths[name], splits, prior)
        _say(f"{name}: done")
    return [
        *_mean_figures(results),
        *_comparisons(results),
        Figure(
            f"AUC with {FEW} customers, over MBG/NBD",
            np.mean([np.mean(differences) for differences in few.values()]),
            target=-0.005,
            better="more",
            baseline=f"{DRAWS} draws per split, mean of the four sets",
        ),
        *(Figure(f"{FEW} customers over MBG/NBD, {name}", np.mean(values)) for name, values in few.items()),
        *_figures_per_set(results),
    ]


def _judged(judge, frame, path, days, horizon, prior):
    """The judge's result of each cut-off day, for all customers."""
    said = []
    for day in days:
        at = day_number(day)
        orders = read_orders(path, before=at)
        scores, trained = score_orders(orders, at, horizon, prior)
        _say(f"{path.stem} {day} H {horizon}: layer {trained['layer']}, k {trained['btyd']['k']}")
        said.append(
            judge.pd.DataFrame(
                {
                    "customer_id": [orders.customers[number] for number in scores.account],
                    "score": scores.probability,
                    "probability": scores.probability,
                    "cutoff": day,
                }
            )
        )
    results = judge.evaluate(
        judge.Tx(frame),
        days,
        horizon,
        [MBG, LIGHTGBM],
        {"churn": judge.pd.concat(said, ignore_index=True)},
        RESAMPLES,
        log=io.StringIO(),
    )
    return [split for split in results if split["pop"] == POPULATION]


def _mean_figures(results):
    """Mean over a data set's splits, then over the four sets: ours, beside the two peers."""
    figures = []
    for key, (label, target, better) in FIGURES.items():
        means = {
            method: np.mean([np.mean([_value(split, method, key) for split in results[name]]) for name in SPLITS])
            for method in ("churn", MBG, LIGHTGBM)
        }
        baseline = f"MBG/NBD {means[MBG]:.4f}, LightGBM {means[LIGHTGBM]:.4f}"
        figures.append(Figure(f"{label}, mean of four sets", means["churn"], "", target, better, baseline))
    return figures


def _comparisons(results):
    """Splits on which the paired 95 % interval of the AUC difference lies below zero, or above."""
    figures = []
    for label, names in (("", SPLITS), (", further sets", FURTHER_SPLITS)):
        splits = [(name, split) for name in names for split in results[name]]
        for peer, title, allowed in ((MBG, "MBG/NBD", 0), (LIGHTGBM, "LightGBM", 1)):
            gaps = {
                f"{name} {split['cutoff']} H {split['H']}": split["rows"]["churn"]["vs"][peer]["auc"]
                for name, split in splits
            }
            lost = {split: gap for split, (gap, _, high) in gaps.items() if high < 0}
            won = sum(low > 0 for _, low, _ in gaps.values())
            where = "".join(f"; {split} {gap:+.4f}" for split, gap in lost.items())
            figures.append(
                Figure(
                    f"significant losses to {title}{label}",
                    len(lost),
                    "splits",
                    allowed,
                    baseline=f"{won} significant wins in {len(gaps)} splits{where}",
                )
            )
    return figures


def _figures_per_set(results):
    return [
        Figure(
            f"{label}, {name}",
            np.mean([_value(split, "churn", key) for split in splits]),
            baseline="MBG/NBD {:.4f}, LightGBM {:.4f}".format(
                *(np.mean([_value(split, peer, key) for split in splits]) for peer in (MBG, LIGHTGBM))
            ),
        )
        for key, (label, _, _) in FIGURES.items()
        for name, splits in results.items()
    ]


def _few_customers(judge, path, splits, prior):
    """AUC less that of MBG/NBD for companies of ``FEW`` customers, drawn from those of each split."""
    orders = read_orders(path)
    book = orders.book()
    differences = []
    for horizon, days in splits.items():
        for at in map(day_number, days):
            known = book.snapshot(at, horizon).account
            random = np.random.default_rng(at + horizon)
            for _ in range(DRAWS):
                drawn = np.sort(random.choice(known, FEW, replace=False))
                churned = ~book.ordered(drawn, at, horizon)
                if 0 < churned.sum() < FEW:
                    ours, peer = _scored_alone(judge, orders, drawn, at, horizon, prior)
                    differences.append(auc(churned, ours) - auc(churned, peer))
    return differences


def _scored_alone(judge, orders, drawn, at, horizon, prior):
    """P(no order) of the drawn customers by us and by MBG/NBD, as if there were no others."""
    mine = np.isin(orders.account, drawn) & (orders.day < at)
    book = OrderBook(orders.account[mine], orders.day[mine], orders.amount[mine])
    inputs = book.snapshot(at, horizon)
    ours = model.predict(training.train(book, at, horizon, prior=prior), inputs)
    data = judge.pd.DataFrame(dict(zip(("x", "tx", "T"), model.btyd_data(inputs), strict=True)))
    data[["tx", "T"]] /= 7.0
    with contextlib.redirect_stdout(io.StringIO()):  # lifetimes prints what its optimiser thinks
        peer = judge._lifetimes_fit(lifetimes.ModifiedBetaGeoFitter, data)
    params = btyd.Params(**{name: float(peer.params_[name]) for name in ("r", "alpha", "a", "b")})
    return ours, btyd.probability_no_order(params, data.x, data.tx, data["T"], horizon / 7.0)


def _value(split, method, key):
    return split["rows"][method][key][0]


def _load_judge(path):
    """The score bench as a module."""
    spec = importlib.util.spec_from_file_location("scorebench", path)
    judge = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(judge)
    return judge


def _say(text):
    print(text, file=sys.stderr, flush=True)
