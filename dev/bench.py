"""Benchmarks: what one is, and how its figures are shown and kept.

A benchmark is a module `benchmarks/<name>.py` with a function `run(context)` that returns a list of `Figure`.
Its command-line name has dashes for underscores. With the line `NEEDS_DATABASE = True` it gets an Odoo
environment.

Usage: python -m dev.bench NAME… --cache FOLDER [--conf FILE --db NAME] [--data FOLDER] [--json FILE]
"""

import argparse
import contextlib
import importlib
import json
import os
import platform
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parent.parent
SIGNIFICANT_DIGITS = 4
COLUMNS = ("figure", "value", "unit", "target", "met", "baseline")


@dataclass
class Figure:
    """One measured number.

    :param value: rounded once, here, so that the screen and the file cannot differ; whole numbers stay exact
    :param target: the value to reach, when there is one
    :param better: on which side of the target it is good: "less" or "more"
    :param baseline: what the value is to be read against, in words and figures ("Odoo's own write: 49 ms")
    """

    name: str
    value: float
    unit: str = ""
    target: float | None = None
    better: str = "less"
    baseline: str = ""

    def __post_init__(self):
        if self.better not in ("less", "more"):
            raise ValueError(f"better is 'less' or 'more', not {self.better!r}")
        self.value = rounded(self.value)

    @property
    def met(self):
        """Whether the target is reached; None without one."""
        if self.target is None:
            return None
        return self.value <= self.target if self.better == "less" else self.value >= self.target


@dataclass
class Context:
    """What a benchmark is given.

    :param cache: a folder that stays, for fixtures that are expensive to make
    :param data: the folder of public data sets, or None
    :param env: an `odoo.api.Environment` of the superuser, or None; only the benchmark itself commits
    """

    cache: Path
    data: Path | None = None
    env: Any = None
    seconds: dict = field(default_factory=dict)
    cpu: dict = field(default_factory=dict)

    @contextlib.contextmanager
    def timed(self, name):
        """Measure a block: the clock's seconds into `seconds[name]`, this process's CPU seconds into `cpu[name]`."""
        started, used = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self.seconds[name] = time.perf_counter() - started
            self.cpu[name] = time.process_time() - used

    def require_data(self, *parts):
        """Return the path of a data set; SystemExit with a clear message when it is not there."""
        path = self.data.joinpath(*parts) if self.data else None
        if not path or not path.exists():
            sys.exit(f"no data set {'/'.join(parts)} in {self.data}: name its folder with --data or CHURN_DATA")
        return path


def rounded(value):
    """A number with 4 significant digits; a whole number as it is."""
    if isinstance(value, int):
        return value
    return float(f"{float(value):.{SIGNIFICANT_DIGITS}g}")


def table(figures):
    """The figures as text, in columns."""
    marks = {True: "yes", False: "NO", None: ""}
    rows = [COLUMNS]
    for figure in figures:
        sign = {"less": "<=", "more": ">="}[figure.better]
        target = "" if figure.target is None else f"{sign} {number(figure.target)}"
        rows.append((figure.name, number(figure.value), figure.unit, target, marks[figure.met], figure.baseline))
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def number(value):
    """A number in plain digits, as JSON would write it but never with an exponent."""
    if isinstance(value, int):
        return str(value)
    return f"{value:.10f}".rstrip("0").rstrip(".") if abs(value) < 1e15 else f"{value:g}"


def machine():
    """What the figures were measured on."""
    return {"python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count()}


def measure(name, context):
    """Run one benchmark and return its figures and its duration in seconds."""
    module = importlib.import_module(f"benchmarks.{name.replace('-', '_')}")
    started = time.perf_counter()
    figures = module.run(context)
    return {"figures": figures, "seconds": rounded(time.perf_counter() - started)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="+")
    for option in ("--cache", "--conf", "--db", "--data", "--json"):
        parser.add_argument(option)
    args = parser.parse_args()
    # The pure core is imported as `analytics`, without Odoo.
    sys.path.insert(0, str(REPO / "churn_handover"))
    cache = Path(args.cache) / "bench"
    cache.mkdir(parents=True, exist_ok=True)
    data = Path(args.data) if args.data else nearest_data()
    results = {}
    for name in args.names:
        with environment(args) as env:
            results[name] = measure(name, Context(cache, data, env))
        print(f"\n{name} ({number(results[name]['seconds'])} s)\n{table(results[name]['figures'])}", flush=True)
    if args.json:
        Path(args.json).write_text(as_json(results), encoding="utf-8")


def as_json(results):
    for result in results.values():
        result["figures"] = [{**asdict(figure), "met": figure.met} for figure in result["figures"]]
    return json.dumps({"machine": machine(), "benchmarks": results}, indent=2, ensure_ascii=False) + "\n"


def nearest_data():
    """The folder of public data sets: `shared/data` beside the checkout or further up, or None."""
    return next((path for parent in REPO.parents if (path := parent / "shared" / "data").is_dir()), None)


@contextlib.contextmanager
def environment(args):
    """An Odoo environment when a database was named; what the benchmark did not commit is rolled back."""
    if not args.db:
        yield None
        return
    from dev.session import open_environment

    with open_environment(args.conf, args.db) as env:
        yield env
        env.cr.rollback()


if __name__ == "__main__":
    main()
