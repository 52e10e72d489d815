"""The commands of ./churn: what each makes ready, and what it then does."""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from dev import browser, odoo_source, postgres, steps
from dev.database import Databases, default_name, fingerprint
from dev.odoo import ADDON, REPO, Odoo
from dev.steps import ChurnError, say
from dev.virtualenv import RUNTIME, Environment

PASSWORD = "churn"
# Tests in these folders need neither Odoo nor a database.
PURE_TESTS = ("tests/analytics", "tests/dev")
FIRST_ANSWER_SECONDS = 120
STOP_SECONDS = 20


def main(argv=None):
    """Run a command and return its exit code."""
    args = parse(sys.argv[1:] if argv is None else argv)
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
    """Return the parsed arguments; those that are not ours (`test`, `score`) are in `rest`."""
    args, rest = parser().parse_known_args(argv)
    if rest and not args.passes_on:
        parser().error(f"unrecognized arguments: {' '.join(rest)}")
    args.rest = [*getattr(args, "rest", ()), *rest]
    return args


def parser():
    common = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    common.add_argument(
        "--odoo", metavar="FOLDER", default=os.environ.get("ODOO_HOME"), help="an Odoo 19 source tree"
    )
    common.add_argument(
        "--db", metavar="NAME", default=os.environ.get("CHURN_DB"), help="the database's name"
    )
    common.set_defaults(passes_on=False)
    root = argparse.ArgumentParser(prog="./churn", allow_abbrev=False, description=__doc__.splitlines()[0])
    commands = root.add_subparsers(dest="name", required=True, metavar="COMMAND")

    def add(name, command, text, **defaults):
        sub = commands.add_parser(name, help=text, description=text, parents=[common], allow_abbrev=False)
        sub.set_defaults(command=command, **defaults)
        return sub

    sub = add("demo", demo, "serve Odoo with the addon and a company to try it on")
    sub.add_argument("--port", type=int, default=8069)
    sub.add_argument(
        "--data", metavar="FOLDER", type=Path, help="load the company from these csv files instead"
    )
    sub.add_argument(
        "--workers", type=int, default=0, help="server processes (default: threads in one process)"
    )
    sub = add("test", test, "run the tests in a fresh database; other arguments go to pytest", passes_on=True)
    sub.add_argument(
        "--reuse", action="store_true", help="keep the database, update the addon when its files changed"
    )
    add("lint", lint, "run all linters")
    add("shell", shell, "open a Python shell on the demo's database")
    sub = add("bench", bench, "measure speed or quality: a table, and the same figures in a file")
    sub.add_argument("benchmarks", nargs="+", metavar="NAME")
    sub.add_argument("--json", metavar="FILE", type=Path)
    sub.add_argument("--data", metavar="FOLDER", type=Path, default=os.environ.get("CHURN_DATA"))
    add(
        "score", score, "score a csv file of orders, without Odoo; arguments go to the scorer", passes_on=True
    )
    add("env", env, "print the variables for running Odoo, psql and pytest by hand")
    sub = add("clean", clean, "drop this checkout's databases")
    sub.add_argument(
        "--cache", action="store_true", help="also the templates, the embedded server and the cache folder"
    )
    return root


# -- making ready


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

    found, server, _browser = steps.in_parallel(tree, server, browser.ensure if tours else lambda: None)
    return Odoo(found, environment, server, cache)


def ready_database(databases, name, purpose, demo=False):
    """Make the database hold the addon as it is now; two ./churn on one database wait for each other."""
    with database_lock(databases, name):
        return databases.up_to_date(name, purpose, demo)


def database_lock(databases, name):
    return steps.lock(databases.odoo.cache / f"database-{name}.lock")


# -- demo


def demo(args):
    require_free(args.port)
    odoo = ready_odoo(args)
    databases = Databases(odoo)
    name = args.db or default_name(f"data_{args.data.name.lower()}" if args.data else "demo")
    if args.data:
        load_company(databases, name, args.data)
    else:
        ready_database(databases, name, "demo", demo=True)
    serve(args, odoo, name, logins(databases, name))


def load_company(databases, name, folder):
    """Make the database hold the company of the csv files in `folder`; loaded again only when they change."""
    if not folder.is_dir():
        raise ChurnError(
            f"no folder {folder}", "--data takes a folder of csv files; the README describes them."
        )
    files = fingerprint(folder)
    with database_lock(databases, name):
        if (databases.note(name) or {}).get("company") == files:
            databases.up_to_date(name, "demo")
            return
        databases.fresh(name, "demo")
        say(f"Company: loading {folder}")
        odoo = databases.odoo
        command = [
            odoo.python,
            "-m",
            "dev.company",
            "--conf",
            odoo.configuration(name),
            "--db",
            name,
            folder.resolve(),
        ]
        log = odoo.cache / "log" / f"{name}.log"
        steps.run(
            command,
            what=f"loading {folder}",
            todo=f"The whole log: {log}",
            log=log,
            env=odoo.variables(),
            cwd=REPO,
        )
        databases.annotate(name, company=files)


def logins(databases, name):
    """The people to log in as. Their passwords are set once; who changes one keeps the change."""
    known = databases.note(name).get("logins")
    if not known:
        odoo = databases.odoo
        known = steps.ask(
            [
                odoo.python,
                "-m",
                "dev.logins",
                "--conf",
                odoo.configuration(name),
                "--db",
                name,
                "--password",
                PASSWORD,
            ],
            None,
            what="setting the demo's passwords",
            env=odoo.variables(),
            cwd=REPO,
        )
        databases.annotate(name, logins=known)
    return known


def require_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ChurnError(
                f"port {port} is taken ({error.strerror})", "Choose another: --port N"
            ) from error


def serve(args, odoo, name, people):
    """Run the server until Ctrl-C or a termination signal; it ends with us."""
    log = odoo.cache / "log" / f"{name}-server.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [
        "odoo",
        "server",
        "-c",
        odoo.configuration(name),
        "--http-port",
        args.port,
        "--db-filter",
        f"^{name}$",
    ]
    if args.workers:
        command += ["--workers", args.workers, "--gevent-port", args.port + 3]
    say("Odoo: starting the server")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with open(log, "w", encoding="utf-8") as output:
        # In a session of its own, so that Ctrl-C reaches only us and Odoo gets one orderly signal.
        server = odoo.popen(
            *command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        wait_for_answer(server, f"http://127.0.0.1:{args.port}/web/login", log)
        say(f"ready: http://127.0.0.1:{args.port}   (log: {log}; Ctrl-C ends)")
        print_logins(people)
        if server.wait():
            raise ChurnError(
                f"the server ended with {server.returncode}\n{steps.tail(log)}", f"The whole log: {log}"
            )
    except KeyboardInterrupt:
        pass
    finally:
        stop(server)


def print_logins(people):
    width = max([len(person["login"]) for person in people] or [0])
    for person in people:
        print(
            f"    {person['role']:<14} {person['login']:<{width}}  password {PASSWORD}   {person['name']}",
            flush=True,
        )


def wait_for_answer(server, url, log):
    until = time.monotonic() + FIRST_ANSWER_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            raise ChurnError(f"the server ended at once\n{steps.tail(log)}", f"The whole log: {log}")
        try:
            with urllib.request.urlopen(url, timeout=FIRST_ANSWER_SECONDS):
                return
        except urllib.error.HTTPError as error:
            raise ChurnError(f"{url} answers {error.code}", f"The whole log: {log}") from error
        except OSError:
            time.sleep(0.2)
    raise ChurnError(f"no answer from {url} in {FIRST_ANSWER_SECONDS} s", f"The whole log: {log}")


def stop(server):
    """End the server and its worker processes: orderly, by force if that takes too long."""
    if server.poll() is None:
        say("Odoo: stopping the server")
        server.terminate()
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


# -- tests, linters, figures


def test(args):
    if needs_no_database(args.rest):
        environment = Environment(cache_folder(), "python")
        environment.ensure("addon", "dev", "without-deps")
        return foreground([environment.python, "-m", "pytest", "-p", "no:odoo", *args.rest], os.environ)
    odoo = ready_odoo(args, "dev", "without-deps", tours=True)
    databases = Databases(odoo)
    name = args.db or default_name("reuse" if args.reuse else "test")
    with database_lock(databases, name):
        if args.reuse:
            databases.up_to_date(name, "test")
        else:
            databases.fresh(name, "test")
        conf = odoo.configuration(name)
        command = [odoo.python, "-m", "pytest", f"--odoo-config={conf}", "--odoo-http", *args.rest]
        say("pytest: starting")
        return foreground(command, odoo.variables())


def needs_no_database(arguments):
    """Whether pytest is asked for nothing but folders whose tests are pure."""
    paths = [Path(part.split("::")[0]) for part in arguments if not part.startswith("-")]
    named = [path.resolve() for path in paths if path.exists()]
    pure = [REPO / folder for folder in PURE_TESTS]
    return bool(named) and all(any(path.is_relative_to(folder) for folder in pure) for path in named)


def lint(_args):
    environment = Environment(cache_folder(), "lint")
    environment.ensure()
    catalogues = sorted(ADDON.glob("i18n/*.po*"))
    runs = [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        # The readme is the one at the root; Odoo wants none inside the addon.
        ["pylint", "--rcfile=.pylintrc", "--disable=missing-readme", ADDON.name],
        ["oca-checks-odoo-module", ADDON.name],
        *([["oca-checks-po", *catalogues]] if catalogues else []),
    ]
    failed = []
    for program, *arguments in runs:
        say(f"lint: {program} {arguments[0]}")
        if foreground([environment.program(program), *arguments], environment_variables(environment)):
            failed.append(program)
    if failed:
        raise ChurnError(
            f"findings of {', '.join(failed)}", "Most of ruff's are mended by: ruff check --fix; ruff format"
        )
    say("lint: no findings")
    return 0


def environment_variables(environment):
    """The variables for programs of an environment that must not see Odoo's libraries."""
    path = f"{environment.folder / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    variables = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return {**variables, "PATH": path, "RUFF_NO_CACHE": "true"}


def bench(args):
    missing = [name for name in args.benchmarks if not benchmark_file(name).exists()]
    if missing:
        known = sorted(path.stem.replace("_", "-") for path in (REPO / "benchmarks").glob("[!_]*.py"))
        raise ChurnError(f"no benchmark {', '.join(missing)}", f"There are: {', '.join(known) or 'none'}")
    command = ["-m", "dev.bench", *args.benchmarks]
    command += ["--json", args.json.absolute()] if args.json else []
    command += ["--data", Path(args.data).absolute()] if args.data else []
    if not any(needs_database(name) for name in args.benchmarks):
        environment = Environment(cache_folder(), "python")
        environment.ensure("addon", "dev", "without-deps")
        return foreground([environment.python, *command, "--cache", cache_folder()], os.environ)
    odoo = ready_odoo(args, "dev", "without-deps")
    databases = Databases(odoo)
    name = args.db or default_name("bench")
    with database_lock(databases, name):
        databases.up_to_date(name, "bench")
        command += ["--cache", odoo.cache, "--conf", odoo.configuration(name), "--db", name]
        return foreground([odoo.python, *command], odoo.variables())


def benchmark_file(name):
    return REPO / "benchmarks" / f"{name.replace('-', '_')}.py"


def needs_database(name):
    """Whether the benchmark says `NEEDS_DATABASE = True`; read as text: its imports need another Python."""
    return "\nNEEDS_DATABASE = True\n" in benchmark_file(name).read_text(encoding="utf-8")


def score(args):
    environment = Environment(cache_folder(), "python")
    environment.ensure("addon")
    return foreground(
        [environment.python, "-m", "analytics.cli", *args.rest],
        {**os.environ, "PYTHONPATH": str(ADDON)},
        cwd=None,
    )


# -- by hand


def shell(args):
    odoo = ready_odoo(args)
    databases = Databases(odoo)
    name = args.db or default_name("demo")
    if not args.db:
        ready_database(databases, name, "demo", demo=True)
    return foreground(
        [odoo.python, "-m", "odoo", "shell", "-c", odoo.configuration(name), "--no-http", "--log-level=warn"],
        odoo.variables(),
    )


def env(args):
    odoo = ready_odoo(args, "dev", "without-deps")
    values = {
        **odoo.server.variables(),
        "PYTHONPATH": odoo.tree,
        "ODOO_RC": odoo.configuration(args.db or default_name("test")),
        "CHURN_PYTHON": odoo.python,
    }
    for key, value in values.items():
        print(f"export {key}='{value}'")


def clean(args):
    odoo = ready_odoo(args)
    databases = Databases(odoo)
    for name in databases.mine() + (databases.templates() if args.cache else []):
        say(f"PostgreSQL: dropping {name}")
        databases.drop(name)
    if args.cache:
        if odoo.server.embedded:
            postgres.Embedded(odoo.cache, odoo.environment).remove()
        say(f"removing {odoo.cache}")
        shutil.rmtree(odoo.cache)


def foreground(command, variables, cwd=REPO):
    """Run a program on this terminal and return its exit code; on Ctrl-C it decides when to end."""
    process = subprocess.Popen([str(part) for part in command], env=variables, cwd=cwd)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue
