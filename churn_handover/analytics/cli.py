"""Score a csv file of orders without Odoo: the same computation on the same history.

    churn score ORDERS.csv --at DATE --horizon DAYS [--out FILE]

ORDERS.csv has the columns customer_id,date,amount[,order_id]; a negative amount is a credit note.
Only rows dated before DATE are read. Each customer with an order gets the probability of no order in
the DAYS from DATE on. The result goes to FILE, or to the screen, highest expected loss first. What
can't be read is reported on the error output with its line number and left out.

Exit codes: 0 done, 1 the file can't be used, 2 the command line is wrong.
"""
# pylint: disable=print-used  # a command line speaks by printing

from __future__ import annotations

import argparse
import contextlib
import csv
import os
import sys

import numpy as np

from . import bands, horizon, model, reasons, training
from .orders_csv import UnusableFileError, day_number, day_text, read_orders

COLUMNS = ("customer_id", "probability", "revenue_12m", "expected_loss", "band", "layer", "reasons")
SHOWN_BAD_ROWS = 20


def main(argv=None):
    """Run the command line; returns the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        orders = read_orders(arguments.orders, before=arguments.at)
    except (UnusableFileError, OSError) as error:
        print(f"churn score: {arguments.orders}: {error}", file=sys.stderr)
        return 1
    for row in orders.bad if arguments.all_bad_rows else orders.bad[:SHOWN_BAD_ROWS]:
        print(f"line {row.line}: {row.why}; left out", file=sys.stderr)
    hidden = 0 if arguments.all_bad_rows else max(len(orders.bad) - SHOWN_BAD_ROWS, 0)
    if hidden:
        print(f"… and {hidden} more bad rows; --all-bad-rows lists them", file=sys.stderr)
    try:
        scores, trained = score_orders(orders, arguments.at, arguments.horizon)
    except training.NoHistoryError as error:
        print(f"churn score: {arguments.orders}: {error}", file=sys.stderr)
        return 1
    try:
        with _target(arguments.out) as stream:
            write(stream, orders.customers, scores)
            stream.flush()
    except BrokenPipeError:  # the reader has seen enough; nothing more must be flushed to it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print(f"churn score: {arguments.out}: {error}", file=sys.stderr)
        return 1
    _summary(arguments, orders, scores, trained)
    return 0


def score_orders(orders, at, days, prior=None):
    """``model.Scores`` and the model of the ``Orders`` at day number ``at``, ``days`` ahead."""
    book = orders.book()
    trained = training.train(book, at, days, prior=prior)
    return model.score(trained, book.snapshot(at, days)), trained


def write(stream, customers, scores):
    """The scores as csv, highest expected loss first, then highest probability."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    order = np.lexsort([scores.account, -scores.probability, -scores.expected_loss])
    for row in order:
        writer.writerow(
            [
                customers[scores.account[row]],
                f"{scores.probability[row]:.9f}",
                f"{scores.revenue[row]:.2f}",
                f"{scores.expected_loss[row]:.2f}",
                bands.BANDS[scores.band[row]],
                scores.layer,
                " | ".join(reasons.english(reason) for reason in scores.reasons[row]),
            ]
        )


def _summary(arguments, orders, scores, trained):
    counts = ", ".join(f"{name} {int((scores.band == i).sum())}" for i, name in enumerate(bands.BANDS))
    end = day_text(arguments.at + arguments.horizon - 1)
    lines = [f"{len(scores.account)} customers, no order {day_text(arguments.at)} to {end}: {counts}"]
    limits = scores.thresholds
    lines.append(f"high from an expected loss of {limits.money_high:.2f}, critical from {limits.money_critical:.2f}")
    lines.append(f"layer {trained['layer']}; {len(orders.bad)} rows left out")
    if trained["backtest"]:
        last = trained["backtest"][-1]
        figures = last["layers"][trained["layer"]]
        auc = "undefined" if figures["auc"] is None else f"{figures['auc']:.3f}"
        lines.append(f"the same on {day_text(last['t0'])}: AUC {auc}, Brier {figures['brier']:.3f}")
    proposal = horizon.propose(orders.book().snapshot(arguments.at, arguments.horizon))
    if proposal.gap and arguments.horizon < 2 * proposal.gap:
        lines.append(
            f"the usual customer orders every {proposal.gap:.0f} days: "
            f"a horizon under {proposal.horizon} days says little"
        )
    print(*lines, sep="\n", file=sys.stderr)


def _parser():
    parser = argparse.ArgumentParser(
        prog="churn score", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("orders", metavar="ORDERS.csv")
    parser.add_argument("--at", required=True, type=_day, metavar="DATE", help="YYYY-MM-DD")
    parser.add_argument("--horizon", required=True, type=_days, metavar="DAYS", help="1 to 3650")
    parser.add_argument("--out", metavar="FILE", help="default: the screen")
    parser.add_argument("--all-bad-rows", action="store_true", help=f"not only the first {SHOWN_BAD_ROWS}")
    return parser


def _day(text):
    try:
        return day_number(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _days(text):
    days = int(text) if text.isdecimal() else 0
    if not 1 <= days <= 3650:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days from 1 to 3650")
    return days


def _target(path):
    if path:
        return open(path, "w", newline="", encoding="utf-8")
    return contextlib.nullcontext(sys.stdout)


if __name__ == "__main__":
    sys.exit(main())
