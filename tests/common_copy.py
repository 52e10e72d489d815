"""Tests on a database of their own: real commits, several connections, a server process that is killed."""

import json
import os
import subprocess
import sys
from contextlib import closing, suppress

from psycopg2.errors import ObjectInUse

import odoo
from odoo import api
from odoo.modules.registry import Registry
from odoo.sql_db import close_db, db_connect
from odoo.tests.common import BaseCase, get_db_name
from odoo.tools import SQL, config

# How often to try again to copy the database; each time the server waits five seconds for others to leave it.
ATTEMPTS = 12

# What a child process runs before its own code: an environment `env` on the copy, as a server process would have.
CHILD = """
import sys, odoo.api, odoo.modules.registry, odoo.tools
odoo.tools.config.parse_config(["-c", {conf!r}, "-d", {db!r}, "--log-level=critical"])
cr = odoo.modules.registry.Registry({db!r}).cursor()
env = odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {{"lang": "en_US"}})
"""


class CopyCase(BaseCase):
    """Copies the test database once per class, when nobody is connected to it, and drops the copy afterwards."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        source = get_db_name()
        cls.db = f"{source}_copy_{cls.__name__.lower()}"
        cls.drop_copy()
        close_db(source)
        cls.make_copy(source)
        cls.addClassCleanup(cls.drop_copy)
        # In test mode a registry looks for tests in the modules that it loads.
        testing = config["test_enable"]
        config["test_enable"] = False
        Registry(cls.db)
        config["test_enable"] = testing

    @classmethod
    def make_copy(cls, source):
        """Copy the database; who is still connected (a request of the test before) may take a while to go."""
        statement = "CREATE DATABASE %s TEMPLATE %s"
        with closing(db_connect("postgres").cursor()) as cr:
            if cr._cnx.server_version >= 150000:  # several times faster than the only way of older servers
                statement += " STRATEGY FILE_COPY"
        for _attempt in range(ATTEMPTS):
            with suppress(ObjectInUse):
                cls.on_server(statement, cls.db, source)
                return
        cls.on_server(statement, cls.db, source)

    @classmethod
    def drop_copy(cls):
        Registry.delete(cls.db)
        close_db(cls.db)
        cls.on_server("DROP DATABASE IF EXISTS %s WITH (FORCE)", cls.db)

    @classmethod
    def on_server(cls, statement, *names):
        with closing(db_connect("postgres").cursor()) as cr:
            cr._cnx.autocommit = True
            cr.execute(SQL(statement, *(SQL.identifier(name) for name in names)), log_exceptions=False)

    def cursor(self):
        """A connection of its own, committed when the block ends well."""
        return Registry(self.db).cursor()

    def environment(self, cr):
        return api.Environment(cr, api.SUPERUSER_ID, {"tracking_disable": True, "no_reset_password": True})

    def start(self, code):
        """Start a process that runs Python code with an environment `env` on the copy; it ends with the test."""
        head = CHILD.format(conf=config["config"], db=self.db)
        process = subprocess.Popen(
            [sys.executable, "-c", head + code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.path.dirname(odoo.__path__[0])},
        )
        # What waits in the middle of a transaction when a test fails would hold up the next test for ever.
        self.addCleanup(process.kill)
        return process

    def say(self, process, word):
        """Tell a waiting process to go on."""
        process.stdin.write(word + "\n")
        process.stdin.flush()

    def heard(self, process):
        """Wait for the next line of a process, as data."""
        line = process.stdout.readline()
        if not line:
            raise AssertionError(process.stderr.read())
        return json.loads(line)

    def at_once(self, *processes):
        """Let processes that wait for a word go on in the same moment; return the last line of each, as data."""
        for process in processes:
            self.heard(process)
        for process in processes:
            self.say(process, "go")
        answers = [self.heard(process) for process in processes]
        for process in processes:
            self.assertEqual(process.wait(), 0)
        return answers
