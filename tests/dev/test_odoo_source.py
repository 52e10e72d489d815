import os
import subprocess
import sys
from pathlib import Path

import pytest

from dev import apt, odoo_source
from dev.steps import ChurnError

REPO = Path(__file__).resolve().parents[2]
BOTH_WAYS = ("--odoo FOLDER", "ODOO_HOME", "Debian")


def make_tree(folder, version="19, 0"):
    (folder / "odoo").mkdir(parents=True)
    (folder / "odoo" / "release.py").write_text(f"version_info = ({version}, 0, FINAL, 0, '')\n")
    return folder


@pytest.fixture
def no_importable_odoo(monkeypatch):
    monkeypatch.setattr(odoo_source, "importable", lambda: None)


@pytest.fixture
def machine(tmp_path, monkeypatch, no_importable_odoo):
    """A machine of which only apt-get and dpkg-deb are known: small programs that act as those would."""
    programs = tmp_path / "bin"
    programs.mkdir()
    calls = tmp_path / "calls"
    scripts = {
        "apt-get": f"""
case "$*" in
*indextargets*)
    echo http://other.test/tools stable tools
    echo http://security.test/debian trixie-security main
    echo http://broken.test/debian nowhere main
    echo http://mirror.test/debian nowhere main
    ;;
*update*)
    for part in "$@"; do case "$part" in Dir::Etc::sourcelist=*) list="${{part#*=}}";; esac; done
    cat "$list" >> {calls}
    ! grep -q broken "$list"
    ;;
*download*) for part in "$@"; do case "$part" in odoo-*|lib*|fonts*) : > "$part.deb";; esac; done ;;
esac
""",
        "dpkg-deb": """
case "$2" in *odoo-19*)
    package="$3/usr/lib/python3/dist-packages/odoo"
    mkdir -p "$package"
    echo 'version_info = (19, 0, 0, FINAL, 0, "")' > "$package/release.py"
;; esac
""",
    }
    for name, script in scripts.items():
        (programs / name).write_text("#!/bin/sh\n" + script)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(apt, "own_codename", lambda: "nowhere")
    return calls


class TestOrder:
    def test_a_named_tree_comes_first(self, tmp_path, monkeypatch):
        monkeypatch.setattr(odoo_source, "importable", lambda: pytest.fail("looked further than the named tree"))
        named = make_tree(tmp_path / "named")
        assert odoo_source.locate(str(named), tmp_path / "cache") == named

    def test_the_package_folder_itself_may_be_named(self, tmp_path):
        named = make_tree(tmp_path / "named")
        assert odoo_source.locate(str(named / "odoo"), tmp_path / "cache") == named

    @pytest.mark.parametrize("version", ["18, 0", "19, 1", "20, 0"])
    def test_a_named_tree_of_another_series_is_refused(self, tmp_path, version):
        named = make_tree(tmp_path / "named", version)
        with pytest.raises(ChurnError) as caught:
            odoo_source.locate(str(named), tmp_path / "cache")
        assert str(named) in caught.value.what
        assert all(way in caught.value.todo for way in BOTH_WAYS)

    def test_an_importable_odoo_comes_before_debian(self, tmp_path):
        tree = make_tree(tmp_path / "importable")
        (tree / "odoo" / "__init__.py").touch()
        command = "from dev import odoo_source; print(odoo_source.locate(None, '/no/cache'))"
        variables = {**os.environ, "PYTHONPATH": str(tree)}
        answer = subprocess.check_output([sys.executable, "-c", command], cwd=REPO, env=variables, text=True)
        assert answer.strip() == str(tree)

    def test_an_importable_odoo_of_another_series_is_passed_over(self, tmp_path):
        tree = make_tree(tmp_path / "importable", "18, 0")
        (tree / "odoo" / "__init__.py").touch()
        command = "from dev import odoo_source; print(odoo_source.importable())"
        variables = {**os.environ, "PYTHONPATH": str(tree)}
        answer = subprocess.check_output([sys.executable, "-c", command], cwd=REPO, env=variables, text=True)
        assert answer.strip() == "None"


class TestDebian:
    def test_it_is_fetched_from_the_first_mirror_that_has_it(self, machine, tmp_path):
        tree = odoo_source.locate(None, tmp_path / "cache")
        assert tree == tmp_path / "cache/odoo/usr/lib/python3/dist-packages"
        asked = [line.split()[-3] for line in machine.read_text().splitlines()]
        # The machine's own release comes first; an archive without the component is never asked.
        assert asked == ["http://broken.test/debian", "http://mirror.test/debian"]
        assert all(line.endswith("sid main") for line in machine.read_text().splitlines())

    def test_what_debian_leaves_out_is_there(self, machine, tmp_path):
        tree = odoo_source.locate(None, tmp_path / "cache")
        assert (tree / "odoo" / odoo_source.MISSING_FILE).exists()

    def test_a_second_call_fetches_nothing(self, machine, tmp_path):
        odoo_source.locate(None, tmp_path / "cache")
        machine.unlink()
        odoo_source.locate(None, tmp_path / "cache")
        assert not machine.exists()

    def test_an_interrupted_unpacking_starts_again(self, machine, tmp_path):
        left = tmp_path / "cache/odoo.part/usr"
        left.mkdir(parents=True)
        (left / "half").touch()
        tree = odoo_source.locate(None, tmp_path / "cache")
        assert odoo_source.series_of(tree) == "19.0"
        assert not (tmp_path / "cache/odoo/usr/half").exists()

    def test_without_apt_both_ways_are_named(self, tmp_path, monkeypatch, no_importable_odoo):
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(ChurnError) as caught:
            odoo_source.locate(None, tmp_path / "cache")
        assert "no apt-get" in caught.value.what
        assert all(way in caught.value.todo for way in BOTH_WAYS)

    def test_when_no_mirror_has_it_both_ways_are_named(self, machine, tmp_path, monkeypatch):
        monkeypatch.setattr(apt, "archives", lambda: ["http://broken.test/debian"])
        with pytest.raises(ChurnError) as caught:
            odoo_source.locate(None, tmp_path / "cache")
        assert "no archive of this machine's apt sources has the suite sid" in caught.value.what
        assert all(way in caught.value.todo for way in BOTH_WAYS)
