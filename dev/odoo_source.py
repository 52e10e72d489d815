"""Where Odoo 19 comes from: a path that was named, an importable `odoo`, or Debian's package in the cache."""

import importlib.util
import re
import shutil
from pathlib import Path

from dev import apt
from dev.steps import ChurnError, say

SERIES = "19.0"
PACKAGE = "odoo-19"
SUITE = "sid"
# The package's web libraries and fonts are relative symlinks to these; without them every page answers 500.
COMPANIONS = (
    "libjs-jquery",
    "libjs-underscore",
    "libjs-jquery-form",
    "fonts-roboto-unhinted",
    "fonts-font-awesome",
    "fonts-inconsolata",
    "fonts-ocr-b",
)
# Debian strips this file (it blurs video backgrounds) as non-free, but mail's manifest still lists it: the
# browser then logs an error, and every browser tour fails at its first step. An empty file is enough.
MISSING_FILE = "addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"

BOTH_WAYS = f"""There are two ways to give ./churn an Odoo {SERIES}:
  1. name the folder of an Odoo {SERIES} source tree: ./churn COMMAND --odoo FOLDER (or ODOO_HOME=FOLDER);
  2. on Debian, let ./churn fetch the package {PACKAGE} (suite {SUITE}) in its cache: no root needed, but
     apt-get, dpkg-deb, and a Debian mirror in the machine's own apt sources."""


def locate(named, cache):
    """Return the folder that contains the package `odoo`: named, importable or Debian's, the first there is.

    :param named: the path from `--odoo` or `ODOO_HOME`, or None; one that holds no Odoo 19 is an error, since
        taking another silently would hide the mistake
    :raise ChurnError: when none works, naming both ways
    """
    if named:
        tree = tree_of(Path(named).expanduser().resolve())
        if not tree:
            raise ChurnError(f"no Odoo {SERIES} in {named}", BOTH_WAYS)
        return tree
    return importable() or from_debian(Path(cache) / "odoo")


def tree_of(folder):
    """Return the folder to put on the module path so that `import odoo` is Odoo 19, or None.

    `folder` may be a source checkout, its `odoo` package, or a folder such as site-packages.
    """
    for tree in (
        folder,
        folder.parent if folder.name == "odoo" else None,
        folder / "usr/lib/python3/dist-packages",
    ):
        if tree and series_of(tree) == SERIES:
            return tree
    return None


def series_of(tree):
    """Return the series ("19.0") of the Odoo in `tree`, read without importing it, or None."""
    release = tree / "odoo" / "release.py"
    if not release.is_file():
        return None
    match = re.search(r"^version_info\s*=\s*\(\s*(\d+)\s*,\s*(\d+)", release.read_text(encoding="utf-8"), re.M)
    return f"{match[1]}.{match[2]}" if match else None


def importable():
    spec = importlib.util.find_spec("odoo")
    for location in (spec.submodule_search_locations if spec else None) or ():
        tree = Path(location).parent
        if series_of(tree) == SERIES:
            return tree
    return None


def from_debian(target):
    """Return the module path of Debian's package in `target`, after bringing it there when absent."""
    tree = target / "usr/lib/python3/dist-packages"
    if series_of(tree) == SERIES:
        return tree
    if not apt.usable():
        raise ChurnError(f"no Odoo {SERIES} found, and this machine has no apt-get and dpkg-deb", BOTH_WAYS)
    work = target.with_name("odoo.part")
    shutil.rmtree(work, ignore_errors=True)
    say(f"Odoo: fetching Debian's {PACKAGE} ({SUITE})")
    try:
        with apt.private(SUITE) as source:
            packages = source.download(PACKAGE, *COMPANIONS)
            say("Odoo: unpacking")
            apt.unpack(packages, work)
    except ChurnError as error:
        raise ChurnError(error.what, BOTH_WAYS) from error
    complete(work / "usr/lib/python3/dist-packages/odoo")
    shutil.rmtree(target, ignore_errors=True)
    work.rename(target)
    if series_of(tree) != SERIES:
        raise ChurnError(f"Debian's {PACKAGE} did not unpack to an Odoo {SERIES} in {target}", BOTH_WAYS)
    return tree


def complete(package):
    """Create in the unpacked `odoo` package what Debian left out."""
    missing = package / MISSING_FILE
    if not missing.exists():
        missing.parent.mkdir(parents=True, exist_ok=True)
        missing.write_text("/* not part of the Debian package; video backgrounds stay sharp */\n", encoding="utf-8")
