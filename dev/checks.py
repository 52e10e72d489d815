"""What judges the work: `./churn test`, `./churn lint`, `./churn bench`."""

import os
from pathlib import Path

from dev.database import Databases, default_name
from dev.odoo import ADDON, REPO
from dev.ready import cache_folder, database_lock, foreground, ready_odoo
from dev.steps import ChurnError, say
from dev.virtualenv import Environment

# Tests in these folders need neither Odoo nor a database.
PURE_TESTS = ("tests/analytics", "tests/dev")

# What the addon does when other apps are there is tested in a second database, which has them; the first shows that
# everything else works without.
APP_TESTS = "tests/apps"
APPS = ("event", "hr_holidays", "hr_recruitment", "hr_skills")

# A run of everything is shared out among this many processes at most, each with a copy of the database and a browser.
MOST_PROCESSES = 4

# Exit codes of pytest: stopped before its end, and nothing selected.
INTERRUPTED = 2
NO_TESTS = 5


def test(args):
    if needs_no_database(args.rest):
        environment = Environment(cache_folder(), "python")
        environment.ensure("addon", "dev", "without-deps")
        return foreground([environment.python, "-m", "pytest", "-p", "no:odoo", *args.rest], os.environ)
    odoo = ready_odoo(args, "dev", "without-deps", tours=True)
    databases = Databases(odoo)
    name = args.db or default_name("reuse" if args.reuse else "test")
    with_apps = f"{name}_apps"
    plain, apps = suites(args.rest)
    with database_lock(databases, name):
        # An update is no quicker than a new installation, and leaves records marked noupdate as they were.
        kept = args.reuse and databases.is_current(name, "test")
        if not kept:
            databases.fresh(name, "test")
        if apps is not None and not (kept and databases.is_current(with_apps, "test")):
            databases.extend(name, with_apps, "test", APPS)
        codes = []
        for database, arguments in ((name, plain), (with_apps, apps)):
            # After Ctrl-C, or when the tests could not be read, a second run would only be in the way.
            if arguments is not None and INTERRUPTED not in codes:
                codes.append(run_pytest(odoo, database, arguments))
        return joined(codes)


def run_pytest(odoo, database, arguments):
    say(f"pytest: starting in {database}")
    conf = odoo.configuration(database)
    command = [odoo.python, "-m", "pytest", f"--odoo-config={conf}", "--odoo-http"]
    return foreground([*command, *processes(arguments), *arguments], odoo.variables())


def processes(arguments):
    """The arguments that share a run of everything out among the machine's cores; none where a part is asked for.

    Tests of one class stay together: what they have in common is made once.
    """
    count = min(os.cpu_count() or 1, MOST_PROCESSES)
    own = ("-n", "--numprocesses", "-k", "-x", "-s", "--pdb", "--lf", "--sw")
    paths = [path for path in map(named_path, arguments) if path and path != REPO / APP_TESTS]
    if count == 1 or paths or any(part.startswith(own) for part in arguments):
        return []
    return [f"--numprocesses={count}", "--dist=loadscope"]


def suites(arguments):
    """Split pytest's arguments between the database without other apps and the one with them.

    :return: a pair of lists; None where nothing is asked of that database
    """
    options = [part for part in arguments if not named_path(part)]
    paths = [part for part in arguments if named_path(part)]
    if not paths:
        return [*options, f"--ignore={APP_TESTS}"], [*options, APP_TESTS]
    inside = [part for part in paths if named_path(part).is_relative_to(REPO / APP_TESTS)]
    outside = [part for part in paths if part not in inside]
    return (
        [*options, *outside, f"--ignore={APP_TESTS}"] if outside else None,
        [*options, *inside] if inside else None,
    )


def joined(codes):
    """The exit code of several runs of pytest: the first failure; "no tests" only when no run had any."""
    failures = [code for code in codes if code not in (0, NO_TESTS)]
    return failures[0] if failures else min(codes)


def named_path(argument):
    """The existing file or folder that an argument of pytest names, or None."""
    path = Path(argument.split("::")[0])
    return path.resolve() if not argument.startswith("-") and path.exists() else None


def needs_no_database(arguments):
    """Whether pytest is asked for nothing but folders whose tests are pure."""
    named = [path for path in map(named_path, arguments) if path]
    pure = [REPO / folder for folder in PURE_TESTS]
    return bool(named) and all(any(path.is_relative_to(folder) for folder in pure) for path in named)


def lint(_args):
    environment = Environment(cache_folder(), "lint")
    environment.ensure()
    catalogues = sorted(ADDON.glob("i18n/*.po*"))
    runs = [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        # The readme is the one at the root; Odoo wants none inside the addon. A model that does several things
        # (plan, run, undo) is one class per file, so that files stay short.
        ["pylint", "--rcfile=.pylintrc", "--disable=missing-readme,consider-merging-classes-inherited", ADDON.name],
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
