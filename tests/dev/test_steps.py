import subprocess
import sys
from pathlib import Path

import pytest

from dev import steps
from dev.steps import ChurnError

REPO = Path(__file__).resolve().parents[2]


class TestRun:
    def test_returns_what_the_program_printed(self):
        assert steps.run([sys.executable, "-c", "print('ready')"], what="asking") == "ready\n"

    def test_a_failure_tells_what_failed_why_and_what_to_do(self):
        command = [sys.executable, "-c", "import sys; sys.exit('no space left')"]
        with pytest.raises(ChurnError) as caught:
            steps.run(command, what="unpacking", todo="Make room.")
        assert "unpacking" in caught.value.what
        assert "no space left" in caught.value.what
        assert caught.value.todo == "Make room."

    def test_a_missing_program_is_named(self):
        with pytest.raises(ChurnError, match="fetching: the program no-such-program is missing"):
            steps.run(["no-such-program"], what="fetching")

    def test_the_end_of_the_log_is_in_the_message(self, tmp_path):
        log = tmp_path / "log"
        with pytest.raises(ChurnError, match="line 99"):
            steps.run(
                [sys.executable, "-c", "print(*(f'line {n}' for n in range(100)), sep='\\n'); 1 / 0"],
                what="installing",
                log=log,
            )
        assert "line 0\n" in log.read_text()

    def test_a_hanging_program_is_ended(self):
        with pytest.raises(ChurnError, match="no end after"):
            steps.run([sys.executable, "-c", "import signal; signal.pause()"], what="x", timeout=0.1)


class TestLock:
    def test_a_second_process_waits_for_the_first(self, tmp_path):
        second = "import sys; from dev import steps\nwith steps.lock(sys.argv[1]): print(open(sys.argv[2]).read())"
        result = tmp_path / "result"
        result.write_text("unfinished")
        with steps.lock(tmp_path / "lock"):
            process = subprocess.Popen(
                [sys.executable, "-c", second, tmp_path / "lock", result],
                cwd=REPO,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            assert "waiting for another ./churn" in process.stderr.readline()
            result.write_text("finished")
        assert process.communicate()[0] == "finished\n"


class TestInParallel:
    def test_results_keep_their_order(self):
        assert steps.in_parallel(lambda: 1, lambda: 2) == [1, 2]

    def test_a_failure_is_raised_after_all_have_ended(self):
        ended = []

        def fail():
            raise ChurnError("no network")

        with pytest.raises(ChurnError, match="no network"):
            steps.in_parallel(fail, lambda: ended.append(True))
        assert ended == [True]


class TestAsk:
    def test_question_and_answer_are_json(self):
        echo = "import json, sys; print(json.dumps(json.load(sys.stdin)[::-1]))"
        assert steps.ask([sys.executable, "-c", echo], ["a", 1], what="asking") == [1, "a"]

    def test_a_failure_gives_the_programs_own_words(self):
        with pytest.raises(ChurnError, match=r"asking failed: role .odoo. is missing"):
            steps.ask([sys.executable, "-c", "import sys; sys.exit(\"role 'odoo' is missing\")"], 1, what="asking")
