import json

import pytest

from dev import database
from dev.database import Databases
from dev.steps import ChurnError


class FakeServer:
    """Keeps what Databases asks of a server: the comments on the databases, by name."""

    def __init__(self, comments):
        self.comments = comments

    def sql(self, _db, *statements):
        _text, parameters = statements[-1]
        comment = self.comments.get(parameters[0], "no such database")
        return [] if comment == "no such database" else [[comment]]


class TestNote:
    @pytest.mark.parametrize("comment", [None, "", "the book-keeper's", "[1]", '{"made_by": "somebody"}'])
    def test_a_foreign_comment_is_no_note(self, comment):
        assert database.read_note(comment) == {}

    def test_ours_is_read_back(self):
        note = {"made_by": database.MADE_BY, "purpose": "demo"}
        assert database.read_note(json.dumps(note)) == note


class TestOwnership:
    def ours(self, **values):
        return json.dumps({"made_by": database.MADE_BY, "checkout": str(database.REPO), **values})

    def test_a_database_of_somebody_else_is_never_replaced(self):
        databases = Databases(FakeServer({"payroll": None}))
        with pytest.raises(ChurnError, match=r"payroll exists and was not made by \./churn"):
            databases.fresh("payroll", "test")

    def test_the_tests_never_replace_the_demo(self):
        databases = Databases(FakeServer({"mine": self.ours(purpose="demo")}))
        with pytest.raises(ChurnError, match="mine exists and holds the demo of"):
            databases.fresh("mine", "test")

    def test_another_checkouts_database_is_not_touched(self):
        databases = Databases(FakeServer({"mine": self.ours(purpose="test", checkout="/elsewhere")}))
        with pytest.raises(ChurnError, match="/elsewhere"):
            databases.up_to_date("mine", "test")


class TestFingerprint:
    def make(self, folder):
        (folder / "models").mkdir(parents=True)
        (folder / "models" / "account.py").write_text("x = 1\n")
        return folder

    def test_equal_trees_have_equal_fingerprints(self, tmp_path):
        assert database.fingerprint(self.make(tmp_path / "a")) == database.fingerprint(self.make(tmp_path / "b"))

    def test_a_changed_renamed_or_new_file_changes_it(self, tmp_path):
        folder = self.make(tmp_path / "a")
        seen = {database.fingerprint(folder)}
        (folder / "models" / "account.py").write_text("x = 2\n")
        seen.add(database.fingerprint(folder))
        (folder / "models" / "account.py").rename(folder / "models" / "owner.py")
        seen.add(database.fingerprint(folder))
        (folder / "empty.xml").touch()
        seen.add(database.fingerprint(folder))
        assert len(seen) == 4

    def test_compiled_files_do_not_change_it(self, tmp_path):
        folder = self.make(tmp_path / "a")
        before = database.fingerprint(folder)
        (folder / "models" / "__pycache__").mkdir()
        (folder / "models" / "__pycache__" / "account.pyc").touch()
        assert database.fingerprint(folder) == before


def test_two_checkouts_have_databases_of_their_own(monkeypatch):
    mine = database.default_name("test")
    monkeypatch.setattr(database, "REPO", "/elsewhere")
    assert database.default_name("test") != mine


class TestLinkedFiles:
    def test_both_have_the_files_and_what_one_adds_or_deletes_is_its_own(self, tmp_path):
        first, second = tmp_path / "first", tmp_path / "second"
        (first / "ab").mkdir(parents=True)
        (first / "ab" / "abc").write_text("stored")
        database.link_files(first, second)
        (second / "ab" / "abd").write_text("new")
        (first / "ab" / "abc").unlink()
        assert (second / "ab" / "abc").read_text() == "stored"
        assert not (first / "ab" / "abd").exists()

    def test_no_files_yet(self, tmp_path):
        database.link_files(tmp_path / "none", tmp_path / "copy")
        assert not (tmp_path / "copy").exists()
