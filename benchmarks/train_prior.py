"""Learn the coefficients that the churn score ships with, from the order histories of several companies.

    PYTHONPATH=churn_handover:. python -m benchmarks.train_prior FOLDER [--leave-out NAME …] [--out FILE]

FOLDER holds csv files (customer_id,date,amount,order_id), one per company. Each company looks back on
itself from many days and with several horizons; all of them together, each with the weight its number of
customers deserves, give the coefficients. How far a company's own coefficients lie from them gives the
spread, by which the regression knows how much to trust its own history (empirical Bayes).

Without --out the result replaces churn_handover/analytics/prior.json. As a benchmark (`./churn bench
train-prior`) it writes nothing and says how far the shipped coefficients are from what the data give.
"""

import argparse
import datetime
import json
from pathlib import Path

import numpy as np

from analytics import regression
from analytics.orders_csv import read_orders
from analytics.rhythm import Usual
from dev.bench import Figure

SHIPPED = Path(regression.__file__).with_name("prior.json")
COMPANIES = {
    "cdnow": "CDNOW, music, 1997-98 (Fader and Hardie)",
    "grocery": "online grocery, 2006-07",
    "apparel": "apparel, 2005-10",
    "dunnhumby_cj": "dunnhumby The Complete Journey, frequent shoppers, 2017",
    "adventureworks_scorebench": "Microsoft AdventureWorks resellers, 2011-14 (sample data)",
    "northwind": "Microsoft Northwind, 1996-98 (sample data)",
}
HORIZONS = (30, 60, 90, 180, 270)
STRIDE = 30  # days between the days a company looks back from
MIN_HISTORY = 60
MOST_CUSTOMERS = 2000  # a company's weight stops growing here, so that none of them decides alone
MOST_ROWS = 120_000  # of one company, evenly thinned
RIDGE = 10.0  # pull to zero in the joint fit: coefficients must hold in companies not seen
OWN_RIDGE = 4.0  # pull to the joint coefficients when a company is fitted by itself
INTERCEPT_SPREAD = 1.0  # the level differs most between companies and is learned first
UNSEEN_SPREAD = 0.5  # of a term that none of these companies has, such as credit notes


def company_rows(path):
    """Terms, outcome and weight (adding up to 1) of a company's rows, and its number of customers.

    Every horizon has the same total weight, however many days could be looked back from.
    """
    orders = read_orders(path)
    book = orders.book()
    end = int(book.day.max()) + 1
    terms, churned, weight = [], [], []
    for horizon in HORIZONS:
        days = range(end - horizon, book.start_before(end) + MIN_HISTORY - 1, -STRIDE)
        first = len(churned)
        for t0 in days:
            inputs = book.snapshot(t0, horizon)
            terms.append(regression.raw_terms(inputs, Usual.of(inputs)))
            churned.append(1.0 - book.ordered(inputs.account, t0, horizon))
        rows = sum(len(part) for part in churned[first:])
        weight += [np.full(len(part), 1.0 / rows) for part in churned[first:]]
    terms, churned, weight = np.concatenate(terms), np.concatenate(churned), np.concatenate(weight)
    keep = np.arange(min(len(churned), MOST_ROWS)) * len(churned) // min(len(churned), MOST_ROWS)
    return {
        "terms": terms[keep],
        "churned": churned[keep],
        "weight": weight[keep] / weight[keep].sum(),
        "customers": len(np.unique(book.account)),
    }


def fit_prior(companies, about=None):
    """The ``Prior`` of a mapping of name to ``company_rows``."""
    rows = list(companies.values())
    trust = [min(company["customers"], MOST_CUSTOMERS) for company in rows]
    terms = np.concatenate([company["terms"] for company in rows])
    churned = np.concatenate([company["churned"] for company in rows])
    weight = np.concatenate([company["weight"] * size for company, size in zip(rows, trust, strict=True)])
    share = weight / weight.sum()
    centre = share @ terms
    scale = np.sqrt(share @ (terms - centre) ** 2)
    seen = scale > 1e-9
    scale = np.where(seen, scale, 1.0)

    def standard(part):
        z = np.clip((part - centre) / scale, -regression.CLIP, regression.CLIP)
        return np.column_stack([np.ones(len(z)), z])

    count = terms.shape[1]
    ridge = np.append(1e-6, np.full(count, RIDGE))
    coef = regression.maximise(standard(terms), churned, weight, np.zeros(count + 1), ridge)
    own_ridge = np.append(0.1, np.full(count, OWN_RIDGE))
    own = [
        regression.maximise(standard(part["terms"]), part["churned"], part["weight"] * size, coef, own_ridge)
        for part, size in zip(rows, trust, strict=True)
    ]
    spread = np.sqrt(np.mean((np.array(own) - coef) ** 2, axis=0))
    spread[1:][~seen] = UNSEEN_SPREAD
    spread[0] = max(spread[0], INTERCEPT_SPREAD)
    return regression.Prior(centre, scale, coef, spread, about=about or {})


def run(context):
    """How far the shipped coefficients are from those learned again."""
    companies = {name: company_rows(context.require_data(f"{name}.csv")) for name in COMPANIES}
    prior, shipped = fit_prior(companies), regression.shipped_prior()
    return [
        Figure("largest difference of a coefficient", abs(prior.coef - shipped.coef).max(), target=1e-4),
        Figure("largest difference of a spread", abs(prior.spread - shipped.spread).max(), target=1e-4),
        *(
            Figure(f"{name}, standardised", value, baseline=f"between companies ± {spread:.2f}")
            for name, value, spread in zip(["intercept", *prior.terms], prior.coef, prior.spread, strict=True)
        ),
    ]


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--leave-out", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--out", type=Path, default=SHIPPED)
    args = parser.parse_args(argv)
    names = [name for name in COMPANIES if name not in args.leave_out]
    companies = {name: company_rows(args.folder / f"{name}.csv") for name in names}
    about = {
        "script": "benchmarks/train_prior.py",
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        "data": {COMPANIES[name]: companies[name]["customers"] for name in names},
        "horizons": list(HORIZONS),
    }
    prior = fit_prior(companies, about)
    args.out.write_text(as_json(prior), encoding="utf-8")
    for name, value, spread in zip(["intercept", *prior.terms], prior.coef, prior.spread, strict=True):
        print(f"{name:20s} {value:+.3f}  spread {spread:.3f}")


def as_json(prior):
    """The prior as the text of ``prior.json``: six decimals, one line per list."""
    values = prior.to_dict()
    for key in ("centre", "scale", "coef", "spread"):
        values[key] = [round(value, 6) for value in values[key]]
    lines = [f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    main()
