"""Time and memory of the churn score's core on a made-up company: training in steps, then scoring.

Without Odoo and SQL: what a cron's Python process spends beside the database. Each size runs in a process of
its own, so that its peak memory is its own.
"""

import json
import multiprocessing
import resource
import time

from analytics import model, training
from analytics.inputs import OrderBook
from benchmarks.synthetic_orders import END, synthetic_orders
from dev.bench import Figure

SIZES = {"100k": (100_000, 1_100_000), "200k": (200_000, 2_200_000)}
HORIZON = 90
T0 = END  # the day after the last order


def run(_context):
    """Figures of both sizes; the targets are those for 100,000 accounts."""
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        measured = {name: pool.apply(_measure, size) for name, size in SIZES.items()}
    figures = []
    for name, found in measured.items():
        first = name == "100k"
        rows = [
            ("order arrays sorted", found["sorting"], "s CPU", None),
            ("training, all steps", found["training"], "s CPU", 180 if first else None),
            ("training, longest step", found["longest_step"], "s CPU", 40),
            ("scoring with reasons", found["scoring"], "s CPU", 40),
            ("peak memory", found["peak"], "MB", 1200 if first else None),
            ("state between steps", found["state"], "MB", None),
            ("model as JSON", found["model"], "MB", None),
        ]
        layer = f"layer {found['layer']}, {found['steps']} steps"
        figures += [
            Figure(f"{title}, {name}", value, unit, target, baseline=layer) for title, value, unit, target in rows
        ]
    for title in ("training", "scoring"):
        ratio = measured["200k"][title] / measured["100k"][title]
        figures.append(Figure(f"{title}, twice the accounts", ratio, "times", 2.4))
    return figures


def _measure(accounts, orders):
    found = {"training": 0.0, "longest_step": 0.0, "steps": 0, "state": 0.0}
    arrays = synthetic_orders(accounts, orders)
    started = time.process_time()
    book = OrderBook(*arrays)
    del arrays
    found["sorting"] = time.process_time() - started
    job = training.Training(T0, HORIZON, book.start_before(T0))
    while (step := job.next_step) is not None:
        inputs = book.snapshot(step.t0, HORIZON)  # in the server SQL does this
        ordered = book.ordered(inputs.account, step.t0, HORIZON) if step.with_outcome else None
        started = time.process_time()
        job.advance(inputs, ordered)
        saved = job.dump()
        job = training.Training.load(saved)
        seconds = time.process_time() - started
        found["training"] += seconds
        found["longest_step"] = max(found["longest_step"], seconds)
        found["state"] = max(found["state"], len(saved) / 1e6)
        found["steps"] += 1
    found["layer"] = job.model["layer"]
    found["model"] = len(json.dumps(job.model)) / 1e6
    inputs = book.snapshot(T0, HORIZON)
    started = time.process_time()
    model.score(job.model, inputs)
    found["scoring"] = time.process_time() - started
    found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found
