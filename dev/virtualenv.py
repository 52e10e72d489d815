"""The Python environments in the cache: one runs Odoo, the tests and the benchmarks, one the linters."""

import hashlib
import os
import shutil
import sys
import venv
from pathlib import Path

from dev import steps
from dev.steps import ChurnError, say

HERE = Path(__file__).parent
RUNTIME = ("odoo", "addon")
# Layers of the environments: a name stands for dev/requirements-<name>.txt. `without-deps` holds packages
# with outdated requirements of their own, which pip must not follow.
LAYERS = {
    "python": ("odoo", "addon", "dev", "without-deps"),
    "lint": ("lint",),
}


class Environment:
    """A virtualenv whose folder is named after the hash of its requirements: changed pins make a new one.

    So worktrees with different pins share the cache without getting into each other's way.
    """

    def __init__(self, cache, name):
        texts = [requirements(layer).read_bytes() for layer in LAYERS[name]]
        key = hashlib.sha256(b"\0".join([sys.version.encode(), *texts])).hexdigest()[:10]
        self.name = name
        self.folder = Path(cache) / f"venv-{name}-{key}"
        self.python = self.folder / "bin" / "python"

    def program(self, name):
        return self.folder / "bin" / name

    def ensure(self, *layers):
        """Make the environment hold these layers (all of its layers by default)."""
        layers = [layer for layer in layers or LAYERS[self.name] if not self._stamp(layer).exists()]
        if not layers:
            return
        with steps.lock(f"{self.folder}.lock"):
            self._create()
            for layer in layers:
                if not self._stamp(layer).exists():
                    self._install(layer)

    def _stamp(self, layer):
        return self.folder / f".{layer}-installed"

    def _create(self):
        if self.python.exists():
            return
        say(f"Python: making the {self.name} environment")
        try:
            venv.create(self.folder, clear=True, with_pip=True)
        except Exception as error:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise ChurnError(
                f"could not make a virtual environment: {error}",
                "Python's venv and ensurepip are needed (Debian: apt install python3-venv).",
            ) from error

    def _install(self, layer):
        say(f"Python: installing requirements-{layer}.txt")
        # Most modules are never imported; those that are get compiled then.
        options = ["-q", "--disable-pip-version-check", "--no-compile"]
        if layer == "without-deps":
            options.append("--no-deps")
        command = [self.python, "-m", "pip", "install", *options, "-r", requirements(layer)]
        steps.run(
            command,
            what=f"installing {requirements(layer).name}",
            todo="pip could not bring these packages: see its message above, and its index settings.",
            env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
        )
        self._stamp(layer).touch()


def requirements(layer):
    return HERE / f"requirements-{layer}.txt"
