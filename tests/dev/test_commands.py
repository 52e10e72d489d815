from pathlib import Path

import pytest

from dev import checks, commands, demo
from dev.steps import ChurnError


class TestParsing:
    def test_what_is_not_ours_goes_to_pytest_in_its_order(self):
        args = commands.parse(["test", "tests/x.py", "--reuse", "-k", "foo and bar", "-x", "--db", "mine"])
        assert args.rest == ["tests/x.py", "-k", "foo and bar", "-x"]
        assert (args.reuse, args.db) == (True, "mine")

    def test_the_scorer_gets_every_argument(self):
        assert commands.parse(["score", "orders.csv", "--help"]).rest == ["orders.csv", "--help"]

    def test_a_misspelt_option_is_refused(self, capsys):
        with pytest.raises(SystemExit):
            commands.parse(["demo", "--prot", "1"])
        assert "--prot" in capsys.readouterr().err

    def test_the_environment_gives_defaults(self, monkeypatch):
        monkeypatch.setenv("CHURN_DB", "mine")
        monkeypatch.setenv("ODOO_HOME", "/odoo")
        args = commands.parse(["demo"])
        assert (args.db, args.odoo, args.port) == ("mine", "/odoo", 8069)


class TestMessages:
    def test_a_failed_step_says_what_failed_and_what_to_do(self, capsys, monkeypatch):
        def fail(_args):
            raise ChurnError("port 8069 is taken", "Choose another: --port N")

        monkeypatch.setattr(commands, "demo", named("demo", fail))
        assert commands.main(["demo"]) == 1
        assert capsys.readouterr().err == "\n./churn demo: port 8069 is taken\n\nChoose another: --port N\n"

    def test_the_code_of_the_program_is_our_code(self, monkeypatch):
        monkeypatch.setattr(commands, "lint", named("lint", lambda _args: 3))
        assert commands.main(["lint"]) == 3

    def test_a_taken_port_is_told_before_anything_is_made_ready(self):
        with demo.socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            with pytest.raises(ChurnError, match="is taken"):
                demo.require_free(taken.getsockname()[1])

    def test_an_unknown_benchmark_is_told_with_the_known_ones(self, tmp_path, monkeypatch):
        monkeypatch.setattr(checks, "REPO", tmp_path)
        (tmp_path / "benchmarks").mkdir()
        (tmp_path / "benchmarks" / "score_quality.py").touch()
        with pytest.raises(ChurnError, match="no benchmark hand-over") as caught:
            checks.bench(commands.parse(["bench", "score-quality", "hand-over"]))
        assert caught.value.todo == "There are: score-quality"


class TestSuites:
    """Tests that need other apps run in a database of their own."""

    def test_without_a_path_both_databases_are_asked(self):
        assert checks.suites(["-k", "name"]) == (
            ["-k", "name", "--ignore=tests/apps"],
            ["-k", "name", "tests/apps"],
        )

    def test_a_path_goes_where_its_apps_are(self, tmp_path, monkeypatch):
        monkeypatch.setattr(checks, "REPO", tmp_path)
        (tmp_path / "tests" / "apps").mkdir(parents=True)
        inside, outside = tmp_path / "tests" / "apps" / "test_a.py", tmp_path / "tests" / "test_b.py"
        inside.touch()
        outside.touch()
        with_apps, plain = f"{inside}::TestA", str(outside)
        assert checks.suites([with_apps, "-x"]) == (None, ["-x", with_apps])
        assert checks.suites([plain]) == ([plain, "--ignore=tests/apps"], None)
        assert checks.suites([plain, with_apps]) == ([plain, "--ignore=tests/apps"], [with_apps])

    @pytest.mark.parametrize(
        ("codes", "code"),
        [([0, 0], 0), ([0, 5], 0), ([5, 0], 0), ([5, 5], 5), ([5], 5), ([1, 0], 1), ([0, 1], 1), ([5, 1], 1), ([2], 2)],
    )
    def test_one_failure_fails_both(self, codes, code):
        assert checks.joined(codes) == code


class TestProcesses:
    def test_a_run_of_everything_uses_the_cores(self, monkeypatch):
        monkeypatch.chdir(checks.REPO)
        monkeypatch.setattr(checks.os, "cpu_count", lambda: 64)
        everything = [f"--numprocesses={checks.MOST_PROCESSES}", "--dist=loadscope"]
        assert [checks.processes(part) for part in checks.suites(["-q", "--durations=9"])] == [everything] * 2

    @pytest.mark.parametrize("part", ["-k", "-n0", "--pdb", "-s", "tests/dev"])
    def test_who_asks_for_a_part_or_looks_on_gets_one_process(self, monkeypatch, part):
        monkeypatch.chdir(checks.REPO)
        monkeypatch.setattr(checks.os, "cpu_count", lambda: 2)
        assert checks.processes([part]) == []

    def test_one_core_is_one_process(self, monkeypatch):
        monkeypatch.setattr(checks.os, "cpu_count", lambda: 1)
        assert checks.processes([]) == []


class TestPureTests:
    def test_only_pure_folders_need_no_database(self, monkeypatch):
        monkeypatch.chdir(checks.REPO)
        assert checks.needs_no_database(["tests/dev", "-q"])
        assert checks.needs_no_database(["tests/dev/test_commands.py::TestPureTests", "-k", "only"])
        assert not checks.needs_no_database(["tests/dev", "tests/conftest.py"])
        assert not checks.needs_no_database(["-k", "only"])
        assert not checks.needs_no_database([])


class TestNeedsDatabase:
    @pytest.mark.parametrize(("text", "needs"), [("NEEDS_DATABASE = True\n", True), ("import numpy\n", False)])
    def test_a_benchmark_says_so_itself(self, tmp_path, monkeypatch, text, needs):
        monkeypatch.setattr(checks, "benchmark_file", lambda name: Path(tmp_path, name))
        (tmp_path / "speed").write_text(f'"""A benchmark."""\n\n{text}')
        assert checks.needs_database("speed") is needs


def named(name, function):
    function.__name__ = name
    return function
