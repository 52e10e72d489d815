import os

import pytest

from dev import postgres
from dev.steps import ChurnError


class TestNamedServer:
    def test_no_variable_names_none(self):
        assert postgres.named_by_environment({"PATH": "/bin"}) is None

    def test_the_variables_reach_odoo_and_psql(self):
        variables = {"PGHOST": "db.test", "PGPORT": "5433", "PGUSER": "sales", "PGPASSWORD": "secret"}
        server = postgres.named_by_environment(variables)
        assert server.variables() == variables
        assert server.options() == {
            "db_host": "db.test",
            "db_port": "5433",
            "db_user": "sales",
            "db_password": "secret",
        }
        assert not server.embedded

    def test_the_user_that_odoo_refuses_is_refused_with_advice(self):
        with pytest.raises(ChurnError, match="refuses") as caught:
            postgres.named_by_environment({"PGHOST": "db.test", "PGUSER": "postgres"})
        assert "CREATEDB" in caught.value.todo

    def test_a_named_server_is_used_without_starting_one(self, tmp_path):
        server = postgres.ensure({"PGHOST": "db.test", "PGUSER": "sales"}, tmp_path, environment=None)
        assert server.host == "db.test"
        assert not list(tmp_path.iterdir())


class TestEmbeddedServer:
    def test_a_long_path_gets_a_short_socket_folder(self, tmp_path, monkeypatch):
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        deep = tmp_path / ("x" * 120)
        assert len(str(postgres.Embedded(deep, None).socket)) <= postgres.LONGEST_SOCKET_FOLDER

    def test_two_caches_never_share_a_socket(self, tmp_path, monkeypatch):
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        sockets = {postgres.Embedded(tmp_path / name / ("x" * 120), None).socket for name in "ab"}
        assert len(sockets) == 2

    def test_a_private_folder_is_not_opened_for_the_servers_user(self, tmp_path, monkeypatch):
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(postgres, "system_user", lambda: "somebody")
        private = tmp_path / "private"
        private.mkdir(mode=0o700)
        server = postgres.Embedded(private / "cache", None)
        assert not server.folder.is_relative_to(private)
        assert private.stat().st_mode & 0o077 == 0
