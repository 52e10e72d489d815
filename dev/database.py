"""The databases of a checkout: copied from a template that holds the addon's dependencies.

What ./churn must remember of a database (who made it, which state of the addon it holds) is written in the
database's own comment, so that it goes where the database goes and is gone when it is dropped.
"""

import ast
import hashlib
import json
import os
import shutil
from pathlib import Path

from dev import steps
from dev.odoo import ADDON, REPO
from dev.steps import ChurnError, say

MADE_BY = "churn_handover"
NO_COMPUTED_STATE = {"__pycache__", ".git"}


def default_name(purpose):
    """The name of this checkout's database: two checkouts never share one."""
    key = hashlib.sha256(str(REPO).encode()).hexdigest()[:6]
    return f"churn_{key}_{purpose}"


class Databases:
    def __init__(self, odoo):
        self.odoo = odoo

    # -- looking

    def note(self, name):
        """What ./churn wrote on the database `name`: empty when not ours, None when there is none."""
        rows = self._server(
            ("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]),
        )
        return read_note(rows[0][0]) if rows else None

    def mine(self):
        """The names of the databases that this checkout made."""
        rows = self._server("SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database ORDER BY 1")
        return [name for name, comment in rows if read_note(comment).get("checkout") == str(REPO)]

    def templates(self):
        rows = self._server("SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database ORDER BY 1")
        return [name for name, comment in rows if read_note(comment).get("purpose") == "template"]

    # -- changing

    def annotate(self, name, **values):
        note = {"made_by": MADE_BY, **(self.note(name) or {}), **values}
        self._server((f'COMMENT ON DATABASE "{name}" IS %s', [json.dumps(note)]))

    def drop(self, name):
        self._server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(self._filestore(name), ignore_errors=True)

    def copy(self, source, name, **note):
        """Make the database `name` as a copy of `source`, to which nobody may be connected."""
        # Copying files is several times faster than the default, but not known to servers before 15.
        strategy = "STRATEGY FILE_COPY" if self.odoo.server.embedded else ""
        self._server(f'CREATE DATABASE "{name}" TEMPLATE "{source}" {strategy}')
        self.annotate(name, **note)
        link_files(self._filestore(source), self._filestore(name))

    def template(self):
        """Return the name of the database in which the addon's dependencies are installed, after making it."""
        modules = dependencies()
        release = (self.odoo.tree / "odoo" / "release.py").read_bytes()
        # The stored files lie in the cache, the database on a server that other caches may use too.
        parts = (modules, release, str(self.odoo.tree), str(self.odoo.data_dir))
        key = hashlib.sha256(repr(parts).encode()).hexdigest()[:8]
        name = f"churn_template_{key}"
        with steps.lock(self.odoo.cache / f"{name}.lock"):
            if (self.note(name) or {}).get("ready"):
                return name
            self.drop(name)
            say(f"Odoo: installing {', '.join(modules)} (once, about a minute)")
            self._server(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C'")
            # As Odoo does for a database that it creates itself: without it there are no trigram indexes.
            self.odoo.sql(name, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
            self.annotate(name, purpose="template")
            what = "installing the addon's dependencies"
            self.odoo.change_modules(name, what, "-i", ",".join(modules), addons=None)
            # A copy is refused while somebody is connected.
            self._server(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            self.annotate(name, ready=True)
        return name

    def fresh(self, name, purpose):
        """Make `name` anew: the addon installed over its dependencies."""
        self._require_mine(name, purpose)
        template = self.template()
        self.drop(name)
        self.copy(template, name, checkout=str(REPO), purpose=purpose)
        self._install(name, "-i")

    def extend(self, source, name, purpose, modules):
        """Make `name` anew: a copy of `source`, to which nobody may be connected, with more modules installed."""
        self._require_mine(name, purpose)
        self.drop(name)
        self.copy(source, name, checkout=str(REPO), purpose=purpose, addon=self.note(source)["addon"])
        say(f"Odoo: installing {', '.join(modules)} in {name}")
        self.odoo.change_modules(name, f"installing {', '.join(modules)}", "-i", ",".join(modules))

    def up_to_date(self, name, purpose):
        """Make `name` hold the addon as it is now, keeping the data in it: an update, as at a customer's."""
        note = self._require_mine(name, purpose)
        if not note or "addon" not in note:
            self.fresh(name, purpose)
        elif note["addon"] != fingerprint(ADDON):
            self._install(name, "-u")

    def is_current(self, name, purpose):
        """Whether `name` holds the addon as it is now."""
        note = self._require_mine(name, purpose)
        return bool(note) and note.get("addon") == fingerprint(ADDON)

    def _require_mine(self, name, purpose):
        """Refuse a name that somebody else's database has, or ours for another purpose; return its note."""
        note = self.note(name)
        if note is not None and (note.get("checkout"), note.get("purpose")) != (str(REPO), purpose):
            owner = f"holds the {note['purpose']} of {note['checkout']}" if note else "was not made by ./churn"
            raise ChurnError(
                f"the database {name} exists and {owner}",
                "Choose another name (--db NAME or CHURN_DB=NAME), or drop it yourself.",
            )
        return note

    def _install(self, name, option):
        # The state is read before the work: a file changed meanwhile counts as not yet installed.
        state = fingerprint(ADDON)
        say(f"Odoo: {'installing' if option == '-i' else 'updating'} {ADDON.name} in {name}")
        self.odoo.change_modules(name, f"installing {ADDON.name}", option, ADDON.name)
        self.annotate(name, addon=state, logins=None)

    def _server(self, *statements):
        return self.odoo.sql("postgres", *statements)

    def _filestore(self, name):
        return self.odoo.data_dir / "filestore" / name


def link_files(source, target):
    """Let `target` hold the files of `source`, if there are any, without copying them.

    Odoo never writes into a stored file (it is named after its content), so two databases can share it.
    """
    if Path(source).exists():
        shutil.copytree(source, target, copy_function=os.link, dirs_exist_ok=True)


def read_note(comment):
    try:
        note = json.loads(comment or "{}")
    except ValueError:
        return {}
    return note if isinstance(note, dict) and note.get("made_by") == MADE_BY else {}


def dependencies():
    """The modules that the addon's manifest depends on, sorted."""
    manifest = ADDON / "__manifest__.py"
    if not manifest.exists():
        raise ChurnError(f"no addon in {ADDON}", "Run ./churn from a complete checkout.")
    return sorted(ast.literal_eval(manifest.read_text(encoding="utf-8"))["depends"])


def fingerprint(folder):
    """A hash of the names and contents of all files below `folder`, or of a single file."""
    digest = hashlib.sha256()
    folder = Path(folder)
    for path in [folder] if folder.is_file() else sorted(folder.rglob("*")):
        if path.is_file() and not NO_COMPUTED_STATE.intersection(path.parts):
            digest.update(f"{path.relative_to(folder)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
