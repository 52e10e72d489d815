"""A run with a skipped test is red, whichever way it was skipped."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
SKIPS = {
    "mark": "import pytest\n@pytest.mark.skip\ndef test_it(): pass\n",
    "call": "import pytest\ndef test_it(): pytest.skip('not today')\n",
    "module": "import pytest\npytest.importorskip('no_such_module')\n",
    "class": "from unittest import SkipTest, TestCase\n"
    "class TestIt(TestCase):\n"
    "    @classmethod\n"
    "    def setUpClass(cls): raise SkipTest('Chrome executable not found')\n"
    "    def test_it(self): pass\n",
    "subtest": "from unittest import TestCase\n"
    "class TestIt(TestCase):\n"
    "    def test_it(self):\n"
    "        with self.subTest('part'): self.skipTest('not today')\n",
}


def run_pytest(folder, text):
    shutil.copy(REPO / "tests" / "conftest.py", folder)
    (folder / "test_it.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, "."]
    # Odoo's plugin would want a database.
    variables = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(REPO)}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("text", SKIPS.values(), ids=SKIPS)
def test_a_skip_fails_the_run(tmp_path, text):
    assert run_pytest(tmp_path, text).returncode != 0


def test_a_run_without_skips_is_green(tmp_path):
    result = run_pytest(tmp_path, "def test_it(): pass\n")
    assert result.returncode == 0, result.stdout


def test_the_reason_is_told(tmp_path):
    assert "Chrome executable not found" in run_pytest(tmp_path, SKIPS["class"]).stdout


def test_a_run_that_collects_nothing_is_red(tmp_path):
    assert run_pytest(tmp_path, "").returncode != 0
