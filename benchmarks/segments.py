"""Whether segments found on past data still tell leavers apart later, stay the same, and are found fast.

Every 30 days of a data set segments are learned from who left in the horizon before, and judged on who leaves in
the horizon after. A company of 100,000 customers is made up for the time.
"""

import time

import numpy as np

from analytics import segments
from analytics.inputs import OrderBook
from analytics.orders_csv import read_orders
from benchmarks.synthetic_orders import END, synthetic_orders
from dev.bench import Figure

# data set: horizon in days, months looked at
SETS = {
    "adventureworks_scorebench": (180, 12),
    "cdnow": (90, 6),
    "grocery": (90, 9),
    "apparel": (180, 12),
    "dunnhumby_cj": (30, 6),
}
MONTH = 30
LEAST_LIFT = 1.2
LEAST_KEPT = 0.8
SECONDS = 60
ACCOUNTS, ORDERS = 100_000, 1_100_000


def run(context):
    figures, lifts, kept, all_segments = [], [], 0, 0
    for name, (horizon, months) in SETS.items():
        found = _months(read_orders(context.require_data(f"{name}.csv")).book(), horizon, months)
        lifts.append(np.mean(found["lift"]))
        kept, all_segments = kept + found["kept"], all_segments + found["all"]
        share = found["kept"] / max(found["all"], 1)
        note = f"{found['segments']:.1f} segments, horizon {horizon} days, {len(found['lift'])} months"
        figures.append(Figure(f"lift of the riskiest quarter later, {name}", lifts[-1], "", 1.0, "more", note))
        figures.append(Figure(f"segments that stay the same, {name}", share, "", LEAST_KEPT, "more"))
    figures.append(Figure("lift, mean of the sets", float(np.mean(lifts)), "", LEAST_LIFT, "more"))
    figures.append(Figure("segments that stay the same, all", kept / all_segments, "", LEAST_KEPT, "more"))
    return [*figures, *_speed()]


def _months(book, horizon, months):
    """Learn every month, judge on the horizon that follows."""
    last = int(book.day.max()) + 1 - horizon
    former, found = [], {"lift": [], "kept": 0, "all": 0, "segments": []}
    for t0 in range(last - (months - 1) * MONTH, last + 1, MONTH):
        past, now = book.snapshot(t0 - horizon, horizon), book.snapshot(t0, horizon)
        learned = segments.learn(segments.features(past), ~book.ordered(past.account, t0 - horizon, horizon), former)
        left = ~book.ordered(now.account, t0, horizon)
        found["lift"].append(segments.lift(learned, segments.features(now), left))
        found["segments"].append(len(learned))
        if former:
            found["all"] += len(former)
            found["kept"] += sum(segment.before is not None for segment in learned)
        former = [segment.rule for segment in learned]
    found["segments"] = float(np.mean(found["segments"]))
    return found


def _speed():
    book = OrderBook(*synthetic_orders(ACCOUNTS, ORDERS))
    started = time.perf_counter()
    past = book.snapshot(END - 90, 90)
    left = ~book.ordered(past.account, END - 90, 90)
    learned = segments.learn(segments.features(past), left)
    columns = segments.features(book.snapshot(END, 90))
    for segment in learned:
        segments.differences(columns, segments.members(segment.rule, columns))
    return [Figure("segments of 100,000 accounts", time.perf_counter() - started, "s", SECONDS)]
