import json

import pytest

from dev import bench
from dev.bench import Context, Figure

FIGURES = (
    Figure("seconds", 12.345678, "s", target=30),
    Figure("queries", 3120, "", target=3000),
    Figure("faster than write", 41.0, "times", target=25, better="more", baseline="49 ms an account"),
    Figure("Brier", 0.000123456),
)


def columns(line):
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


class TestFigure:
    def test_measured_numbers_are_rounded_once_and_counts_are_exact(self):
        assert Figure("a", 12.345678).value == 12.35
        assert Figure("a", 1234567).value == 1234567
        assert Figure("a", 0.000123456).value == 0.0001235

    def test_a_target_has_a_good_side(self):
        assert [figure.met for figure in FIGURES] == [True, False, True, None]
        assert Figure("a", 30.0, target=30).met
        assert Figure("a", 30.0, target=30, better="more").met

    def test_an_unknown_side_is_refused(self):
        with pytest.raises(ValueError, match="fewer"):
            Figure("a", 1, better="fewer")


class TestOutput:
    def test_the_file_holds_what_the_screen_shows(self):
        shown = [columns(line) for line in bench.table(list(FIGURES)).splitlines()[2:]]
        kept = json.loads(bench.as_json({"handover": {"figures": list(FIGURES), "seconds": 60}}))
        rows = kept["benchmarks"]["handover"]["figures"]
        assert [row["name"] for row in rows] == [cells[0] for cells in shown]
        assert [row["value"] for row in rows] == [float(cells[1]) for cells in shown]
        assert [row["met"] for row in rows] == [True, False, True, None]

    def test_target_result_and_baseline_are_shown(self):
        lines = bench.table(list(FIGURES)).splitlines()
        assert columns(lines[2]) == ["seconds", "12.35", "s", "<= 30", "yes"]
        assert columns(lines[3]) == ["queries", "3120", "<= 3000", "NO"]
        assert columns(lines[4])[3:] == [">= 25", "yes", "49 ms an account"]
        assert columns(lines[5]) == ["Brier", "0.0001235"]

    def test_it_says_what_it_was_measured_on(self):
        kept = json.loads(bench.as_json({}))
        assert kept["machine"]["cores"] >= 1


class TestContext:
    def test_a_missing_data_set_is_told(self, tmp_path):
        with pytest.raises(SystemExit, match=r"no data set retail/orders.csv .* --data"):
            Context(cache=tmp_path, data=tmp_path).require_data("retail", "orders.csv")

    def test_a_data_set_is_found(self, tmp_path):
        (tmp_path / "orders.csv").touch()
        assert Context(cache=tmp_path, data=tmp_path).require_data("orders.csv") == tmp_path / "orders.csv"

    def test_a_step_is_timed_also_when_it_fails(self, tmp_path):
        context = Context(cache=tmp_path)
        with pytest.raises(ZeroDivisionError), context.timed("fixture"):
            1 / 0  # noqa: B018
        assert context.seconds["fixture"] >= 0
