"""`churn score` as a person runs it."""

import contextlib
import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from analytics import cli, model, training
from analytics.inputs import OrderBook
from analytics.orders_csv import day_number, day_text

AT, HORIZON = "2025-08-01", 90


@pytest.fixture(scope="module")
def orders_file(orders, tmp_path_factory):
    """The 400 accounts as a csv, each row an order of its own."""
    path = tmp_path_factory.mktemp("orders") / "orders.csv"
    rows = zip(*orders, strict=True)
    lines = [f"c{account},{day_text(day)},{amount},{n}" for n, (account, day, amount) in enumerate(rows)]
    path.write_text("\n".join(["customer_id,date,amount,order_id", *lines]) + "\n", encoding="utf-8")
    return path


def run(*arguments):
    """Exit code, and what the command writes to its two outputs."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = cli.main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code
    return code, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def result(orders_file):
    code, out, err = run(orders_file, "--at", AT, "--horizon", HORIZON)
    assert code == 0, err
    return out, err


def test_it_runs_as_a_program_of_its_own(orders_file, result):
    """In a process without the repository, and with nothing but the addon's folder on the path."""
    folder = str(Path(cli.__file__).parents[1])
    command = [sys.executable, "-m", "analytics.cli", str(orders_file), "--at", AT, "--horizon", str(HORIZON)]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": folder}, capture_output=True, check=True)
    assert done.stdout.decode() == result[0]


def test_the_columns_and_the_order_of_the_result(result):
    rows = list(csv.DictReader(io.StringIO(result[0])))
    assert list(rows[0]) == [
        "customer_id", "probability", "revenue_12m", "expected_loss", "band", "layer", "reasons"
    ]  # fmt: skip
    losses = [float(row["expected_loss"]) for row in rows]
    assert losses == sorted(losses, reverse=True)
    for row in rows:
        assert 0 < float(row["probability"]) < 1
        assert float(row["expected_loss"]) == pytest.approx(
            float(row["probability"]) * float(row["revenue_12m"]), abs=0.02
        )
        assert row["band"] in ("low", "watch", "high", "critical")
        assert row["layer"] == "B"
        assert row["reasons"]


def test_the_csv_says_what_the_arrays_say(orders, result):
    """Customers sorted by name here, by number there: the same probabilities to 1e-6."""
    book, at = OrderBook(*orders), day_number(AT)
    inputs = book.snapshot(at, HORIZON)
    expected = model.predict(training.train(book, at, HORIZON), inputs)
    said = {row["customer_id"]: float(row["probability"]) for row in csv.DictReader(io.StringIO(result[0]))}
    assert len(said) == len(inputs)
    found = [said[f"c{account}"] for account in inputs.account]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_deleting_everything_from_the_date_on_changes_nothing(orders_file, result, tmp_path):
    header, *lines = orders_file.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line.split(",")[1] < AT]
    assert len(kept) < len(lines)
    cut = tmp_path / "cut.csv"
    cut.write_text("\n".join([header, *kept]) + "\n", encoding="utf-8")
    assert run(cut, "--at", AT, "--horizon", HORIZON) == (0, *result)


def test_bad_rows_are_reported_and_the_rest_is_scored(tmp_path):
    path, out = tmp_path / "few.csv", tmp_path / "scores.csv"
    path.write_text(
        "customer_id,date,amount\na,2025-01-01,10\na,2025-02-30,10\nb,2025-03-01,ten\nb,2025-03-02,9\n",
        encoding="utf-8",
    )
    code, shown, err = run(path, "--at", AT, "--horizon", HORIZON, "--out", out)
    assert (code, shown) == (0, "")
    assert "line 3: there is no day 2025-02-30; left out" in err
    assert "line 4: amount 'ten' is not a number; left out" in err
    rows = list(csv.DictReader(out.open(encoding="utf-8")))
    assert {row["customer_id"] for row in rows} == {"a", "b"}
    assert {row["layer"] for row in rows} == {"C"}


def test_a_flood_of_bad_rows_is_cut_short_unless_asked_for(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("customer_id,date,amount\na,2025-01-01,1\n" + "a,never,1\n" * 50, encoding="utf-8")
    arguments = (path, "--at", AT, "--horizon", HORIZON)
    assert "and 30 more bad rows" in run(*arguments)[2]
    assert run(*arguments, "--all-bad-rows")[2].count("left out") == 51


@pytest.mark.parametrize("content", [None, "", "customer_id,date,amount\n", "customer_id,date,amount\na,x,1\n"])
def test_a_file_that_cannot_be_used_is_an_error(content, tmp_path):
    path = tmp_path / "orders.csv"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    code, out, err = run(path, "--at", AT, "--horizon", HORIZON)
    assert (code, out) == (1, "")
    assert str(path) in err
    assert "Traceback" not in err


def test_a_file_with_credit_notes_only_is_an_error(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("customer_id,date,amount\na,2025-01-01,-1\n", encoding="utf-8")
    code, _, err = run(path, "--at", AT, "--horizon", HORIZON)
    assert code == 1
    assert "no account has an order" in err


@pytest.mark.parametrize(
    "options",
    [
        ("--at", "yesterday", "--horizon", "90"),
        ("--at", AT, "--horizon", "0"),
        ("--at", AT),
        ("--horizon", "9"),
    ],
)
def test_a_wrong_command_line_is_told_apart(orders_file, options):
    assert run(orders_file, *options)[0] == 2


def test_a_result_that_cannot_be_written_is_an_error(orders_file, tmp_path):
    code, _, err = run(orders_file, "--at", AT, "--horizon", HORIZON, "--out", tmp_path / "no" / "folder.csv")
    assert code == 1
    assert "folder.csv" in err


def test_a_horizon_under_twice_the_usual_gap_is_warned_about(orders_file):
    assert "a horizon under" in run(orders_file, "--at", AT, "--horizon", 30)[2]
