"""Odoo made ready: its tree, its Python and its database server, and the ways ./churn calls it."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dev import steps
from dev.postgres import Server
from dev.virtualenv import Environment

REPO = Path(__file__).resolve().parent.parent
ADDON = REPO / "churn_handover"


@dataclass
class Odoo:
    """An Odoo that can run: where it is, what runs it, which server it uses."""

    tree: Path
    environment: Environment
    server: Server
    cache: Path
    # Folders that go first on the PATH of its child processes.
    programs: Sequence[Path] = ()

    @property
    def python(self):
        return self.environment.python

    @property
    def data_dir(self):
        return self.cache / "odoo-data"

    def variables(self):
        """The variables for child processes that import Odoo or talk to its server."""
        return {
            **os.environ,
            **self.server.variables(),
            "PATH": os.pathsep.join([*map(str, self.programs), os.environ.get("PATH", os.defpath)]),
            "PYTHONPATH": str(self.tree),
            "PYTHONUNBUFFERED": "1",
        }

    def configuration(self, db, addons=REPO):
        """Write Odoo's configuration file for the database `db` and return its path.

        :param addons: the folder whose addons are added to Odoo's own; None for Odoo alone
        """
        options = {
            "data_dir": self.data_dir,
            "db_name": db,
            "list_db": False,
            "http_interface": "127.0.0.1",
            **self.server.options(),
        }
        if addons:
            options["addons_path"] = addons
        path = self.cache / "conf" / f"{db}.conf"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = ["[options]", *(f"{key} = {value}" for key, value in options.items())]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        path.chmod(0o600)  # may hold the server's password
        return path

    def change_modules(self, db, what, *options, addons=REPO):
        """Install or update modules in `db` (`-i …`, `-u …`) and end; return the path of the log."""
        log = self.cache / "log" / f"{db}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.unlink(missing_ok=True)
        conf = self.configuration(db, addons)
        command = [self.python, "-m", "odoo", "server", "-c", conf, *options]
        command += ["--stop-after-init", "--no-http", "--max-cron-threads=0", "--log-level=warn"]
        steps.run(command, what=what, todo=f"The whole log: {log}", log=log, env=self.variables())
        return log

    def sql(self, db, *statements):
        """Run SQL statements (a text, or a text and its parameters) and return the rows of the last one."""
        pairs = [(part, ()) if isinstance(part, str) else part for part in statements]
        return steps.ask(
            [self.python, "-m", "dev.sql", db],
            {"statements": pairs},
            what=f"a statement on database {db}",
            env=self.variables(),
            cwd=REPO,
        )

    def popen(self, *args, **options):
        """Start `python -m …` with Odoo importable, in the foreground of this terminal."""
        return subprocess.Popen([str(part) for part in (self.python, "-m", *args)], env=self.variables(), **options)
