"""What the commands ask for: an Odoo that can run, an up-to-date database, a program on this terminal."""

import os
import subprocess
from pathlib import Path

from dev import browser, odoo_source, pdf, postgres, steps
from dev.odoo import REPO, Odoo
from dev.virtualenv import RUNTIME, Environment


def cache_folder():
    return Path(os.environ.get("CHURN_CACHE") or Path.home() / ".cache" / "churn_handover").absolute()


def ready_odoo(args, *layers, tours=False):
    """Return an Odoo that can run: its tree, its Python and its database server are brought when absent.

    :param layers: what its Python environment must hold beyond the runtime
    :param tours: whether a browser is needed too
    """
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    environment = Environment(cache, "python")

    def tree():
        with steps.lock(cache / "odoo.lock"):
            return odoo_source.locate(args.odoo, cache)

    def server():
        environment.ensure(*RUNTIME, *layers)
        return postgres.ensure(os.environ, cache, environment)

    def printer():
        with steps.lock(cache / "wkhtmltopdf.lock"):
            return pdf.ensure(cache / "wkhtmltopdf")

    jobs = [tree, server, printer, *([browser.ensure] if tours else [])]
    found, server, programs, *_browser = steps.in_parallel(*jobs)
    return Odoo(found, environment, server, cache, [path for path in (server.programs, programs) if path])


def database_lock(databases, name):
    return steps.lock(databases.odoo.cache / f"database-{name}.lock")


def foreground(command, variables, cwd=REPO):
    """Run a program on this terminal and return its exit code; on Ctrl-C it decides when to end."""
    process = subprocess.Popen([str(part) for part in command], env=variables, cwd=cwd)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue
