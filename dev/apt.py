"""Debian packages without root: an apt with lists and caches of its own fetches them, dpkg-deb unpacks them.

The archive's address is taken from the machine's own apt configuration; the machine's packages stay as they are.
"""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from dev import steps
from dev.steps import ChurnError

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def usable():
    return all(shutil.which(program) for program in ("apt-get", "dpkg-deb"))


@contextlib.contextmanager
def private(suite):
    """Give a Source for `suite` from the first archive of this machine that has it.

    :raise ChurnError: when none has; the message holds what each answered
    """
    failures = []
    with tempfile.TemporaryDirectory(prefix="churn-apt-") as folder:
        for address in archives():
            source = Source(Path(folder), address, suite)
            try:
                source.run("update", timeout=300)
            except ChurnError as error:
                failures.append(error.what)
                continue
            yield source
            return
    raise ChurnError(f"no archive of this machine's apt sources has the suite {suite}:\n" + "\n".join(failures))


class Source:
    """One suite of one archive, and the folder for its lists and packages."""

    def __init__(self, folder, address, suite):
        self.folder = folder
        for part in ("lists/partial", "archives/partial"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
        (folder / "sources.list").write_text(f"deb {signed}{address} {suite} main\n", encoding="utf-8")
        settings = {
            "Dir::Etc::sourcelist": folder / "sources.list",
            "Dir::Etc::sourceparts": "-",
            "Dir::State::lists": folder / "lists",
            "Dir::Cache::archives": folder / "archives",
            "Dir::Cache::pkgcache": "",
            "Dir::Cache::srcpkgcache": "",
            "Acquire::Languages": "none",
            # As root, apt would hand the download to a user who cannot see into the folder.
            "APT::Sandbox::User": "root",
        }
        self.options = [part for key, value in settings.items() for part in ("-o", f"{key}={value}")]

    def run(self, *args, timeout=900):
        command = ["apt-get", *self.options, *args]
        return steps.run(command, what=f"apt-get {args[0]}", cwd=self.folder, timeout=timeout)

    def download(self, *packages):
        """Fetch packages and return their paths."""
        self.run("download", *packages)
        return sorted(self.folder.glob("*.deb"))

    def missing_for(self, package):
        """The names of `package` and of what it needs that this machine does not have."""
        plan = self.run("install", "--simulate", "--no-install-recommends", package)
        return [line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")]


def unpack(packages, target):
    target.mkdir(parents=True, exist_ok=True)
    for package in packages:
        steps.run(["dpkg-deb", "-x", package, target], what=f"unpacking {package.name}")


def archives():
    """Return the archive addresses of this machine's apt configuration, those of its own release first."""
    codename = own_codename()
    rows = [line.split() for line in index_targets().splitlines() if len(line.split()) == 3]
    rows.sort(key=lambda row: (row[1] != codename, "security" in row[1]))
    addresses = list(dict.fromkeys(uri for uri, _release, component in rows if component == "main"))
    if not addresses:
        raise ChurnError("the machine's apt sources name no archive with a component 'main'")
    return addresses


def index_targets():
    form = "$(REPO_URI) $(RELEASE) $(COMPONENT)"
    command = ["apt-get", "indextargets", "--format", form, "Created-By: Packages"]
    return steps.run(command, what="reading the machine's apt sources")


def own_codename():
    with open("/etc/os-release", encoding="utf-8") as file:
        pairs = dict(line.rstrip().split("=", 1) for line in file if "=" in line)
    return pairs.get("VERSION_CODENAME", "").strip('"')


def install(package, todo):
    """Install a package of the machine's own suite, for everybody; only root may."""
    variables = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", package]
    steps.run(["apt-get", "update", "-q"], what="apt-get update", todo=todo, env=variables, timeout=300)
    steps.run(command, what=f"installing {package}", todo=todo, env=variables, timeout=900)
