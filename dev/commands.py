"""The command line of ./churn, and its small commands."""

import argparse
import os
import shutil
import signal
import sys
from pathlib import Path

from dev import postgres
from dev.checks import bench, lint, test
from dev.database import Databases, default_name
from dev.demo import demo, load_company
from dev.odoo import ADDON, Odoo
from dev.ready import cache_folder, database_lock, foreground, ready_odoo
from dev.steps import ChurnError, say
from dev.virtualenv import Environment


def main(argv=None):
    """Run a command and return its exit code."""
    args = parse(sys.argv[1:] if argv is None else argv)
    # As Ctrl-C: what was started is ended, what is half made is made anew next time.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return args.command(args) or 0
    except ChurnError as error:
        sys.stderr.write(f"\n./churn {args.name}: {error.what}\n")
        if error.todo:
            sys.stderr.write(f"\n{error.todo}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def parse(argv):
    """Return the parsed arguments; what `test` and `score` pass on is in `rest`."""
    args, args.rest = parser().parse_known_args(argv)
    if args.rest and args.command not in (test, score):
        parser().error(f"unrecognized arguments: {' '.join(args.rest)}")
    return args


def parser():
    root = argparse.ArgumentParser(
        prog="./churn", allow_abbrev=False, description="Everything one does with this repository."
    )
    commands = root.add_subparsers(dest="name", required=True, metavar="COMMAND")
    # A file of orders is scored without Odoo, so its command has none of the common options.
    common = argparse.ArgumentParser(add_help=False)
    option = common.add_argument
    option("--odoo", metavar="FOLDER", default=os.environ.get("ODOO_HOME"), help="an Odoo 19 source tree")
    option("--db", metavar="NAME", default=os.environ.get("CHURN_DB"), help="the name of the database")

    def add(command, text, parents=(common,), **options):
        sub = commands.add_parser(
            command.__name__, help=text, description=text, parents=parents, allow_abbrev=False, **options
        )
        sub.set_defaults(command=command)
        return sub.add_argument

    option = add(demo, "serve Odoo with the addon and a company to try it on")
    option("--port", type=int, default=8069)
    option("--data", metavar="FOLDER", type=Path, help="load the company from csv files (see dev/COMPANY_FORMAT.md)")
    option("--workers", type=int, default=0, help="server processes (default: threads in one process)")
    option = add(test, "run the tests in a fresh database; other arguments go to pytest")
    option("--reuse", action="store_true", help="keep the database unless the addon's files changed")
    add(lint, "run all linters", parents=())
    add(shell, "open a Python shell on the demo's database (or on --db NAME)")
    option = add(bench, "measure speed or quality: a table, and the same figures in a file")
    option("benchmarks", nargs="+", metavar="NAME")
    option("--json", metavar="FILE", type=Path, help="write the figures here")
    option("--data", metavar="FOLDER", type=Path, default=os.environ.get("CHURN_DATA"), help="public data sets")
    add(
        score,
        "score a csv file of orders, without Odoo; arguments go to the scorer",
        parents=(),
        add_help=False,
    )
    add(translate, "bring the translation files up to date with the addon's strings")
    add(env, "print the variables for running Odoo, psql and pytest by hand")
    option = add(clean, "drop this checkout's databases")
    option("--cache", action="store_true", help="also the templates, the embedded server and the whole cache")
    return root


def score(args):
    environment = Environment(cache_folder(), "python")
    environment.ensure("addon")
    return foreground(
        [environment.python, "-m", "analytics.cli", *args.rest],
        {**os.environ, "PYTHONPATH": str(ADDON)},
        cwd=None,
    )


def shell(args):
    odoo = ready_odoo(args)
    databases = Databases(odoo)
    name = args.db or default_name("demo")
    if not args.db:
        load_company(databases, name)
    return foreground(
        [odoo.python, "-m", "odoo", "shell", "-c", odoo.configuration(name), "--no-http", "--log-level=warn"],
        odoo.variables(),
    )


def translate(args):
    odoo = ready_odoo(args)
    databases = Databases(odoo)
    name = args.db or default_name("translate")
    with database_lock(databases, name):
        databases.up_to_date(name, "translate")
    export = ["-m", "odoo", "i18n", "export", "-c", odoo.configuration(name), "-d", name, "churn_handover"]
    merge = ["-m", "dev.translations", ADDON / "i18n"]
    for command in (export, merge):
        if code := foreground([odoo.python, *command], odoo.variables()):
            return code
    return 0


def env(args):
    odoo = ready_odoo(args, "dev", "without-deps")
    values = {
        **odoo.server.variables(),
        "PATH": odoo.variables()["PATH"],
        "PYTHONPATH": odoo.tree,
        "ODOO_RC": odoo.configuration(args.db or default_name("test")),
        "CHURN_PYTHON": odoo.python,
    }
    for key, value in values.items():
        print(f"export {key}='{value}'")


def clean(args):
    cache = cache_folder()
    environment = Environment(cache, "python")
    if environment.python.exists():
        # Dropping databases needs no Odoo tree.
        databases = Databases(Odoo(None, environment, postgres.ensure(os.environ, cache, environment), cache))
        for name in databases.mine() + (databases.templates() if args.cache else []):
            say(f"PostgreSQL: dropping {name}")
            databases.drop(name)
        if args.cache:
            postgres.Embedded(cache, environment).remove()
    if args.cache:
        say(f"removing {cache}")
        shutil.rmtree(cache, ignore_errors=True)
