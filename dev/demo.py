"""`./churn demo`: a server with the addon and a company to try it on, and the people to log in as."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from dev import steps
from dev.database import Databases, default_name, fingerprint
from dev.odoo import ADDON, REPO
from dev.ready import database_lock, ready_odoo
from dev.steps import ChurnError, say

PASSWORD = "churn"
FIRST_ANSWER_SECONDS = 120
STOP_SECONDS = 20


def demo(args):
    require_free(args.port)
    odoo = ready_odoo(args)
    databases = Databases(odoo)
    name = args.db or default_name(f"data_{args.data.stem.lower()}" if args.data else "demo")
    load_company(databases, name, args.data)
    serve(args, odoo, name, logins(databases, name))


def load_company(databases, name, source=None):
    """Make the database hold a company; loaded again only when its files change.

    :param source: a folder of csv files, or one such file; without it the addon's own demo company. Odoo's demo data is
        never there: its records would mix with the company's.
    """
    odoo = databases.odoo
    command = [odoo.python, "-m", "dev.company"]
    options = {"env": odoo.variables(), "cwd": REPO}
    if source:
        if not source.exists():
            raise ChurnError(f"no folder {source}", "--data takes a folder of csv files; the README describes them.")
        steps.run([*command, "--check", source.resolve()], what=f"reading {source}", **options)
    files = fingerprint(source or ADDON / "demo")
    with database_lock(databases, name):
        if (databases.note(name) or {}).get("company") == files:
            databases.up_to_date(name, "demo")
            return
        databases.fresh(name, "demo")
        say(f"Company: loading {source or 'the demo company'}")
        command += ["--conf", odoo.configuration(name), "--db", name, *([source.resolve()] if source else [])]
        log = odoo.cache / "log" / f"{name}.log"
        steps.run(command, what=f"loading {name}", todo=f"The whole log: {log}", log=log, **options)
        databases.annotate(name, company=files)


def logins(databases, name):
    """The people to log in as; asked for, and their passwords set, after each installation or update."""
    known = databases.note(name).get("logins")
    if not known:
        odoo = databases.odoo
        command = [odoo.python, "-m", "dev.finish_demo", odoo.configuration(name), name, PASSWORD]
        say("Odoo: computing churn scores, compiling the screens, setting passwords")
        known = steps.ask(command, None, what="finishing the demo", env=odoo.variables(), cwd=REPO)
        databases.annotate(name, logins=known)
    return known


def require_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ChurnError(f"port {port} is taken ({error.strerror})", "Choose another: --port N") from error


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
    with open(log, "w", encoding="utf-8") as output:
        # In a session of its own, so that Ctrl-C reaches only us and Odoo gets one orderly signal.
        server = odoo.popen(*command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
    try:
        wait_for_answer(server, f"http://127.0.0.1:{args.port}/web/login", log)
        say(f"ready: http://127.0.0.1:{args.port}   (log: {log}; Ctrl-C ends)")
        print_logins(people)
        if server.wait():
            raise ChurnError(f"the server ended with {server.returncode}\n{steps.tail(log)}", f"The whole log: {log}")
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
