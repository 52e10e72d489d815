"""Chromium for the browser tours: found, else installed by apt when root, else told how."""

import os
import shutil

from dev import apt
from dev.steps import ChurnError, say

# The names under which Odoo's own test code looks for a browser.
NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
HELP = f"""Install Chromium (Debian: apt install chromium): one of {", ".join(NAMES)} must be on the PATH.
Tests that need no browser run without it: ./churn test tests/analytics tests/dev"""


def ensure():
    """Return the path of a browser that Odoo's tests can drive."""
    found = find()
    if found:
        return found
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise ChurnError("no Chromium for the browser tests, and no right to install one", HELP)
    say("Chromium: installing with apt")
    apt.install("chromium", HELP)
    found = find()
    if not found:
        raise ChurnError("apt installed chromium, but no browser is on the PATH", HELP)
    return found


def find():
    return next((path for path in map(shutil.which, NAMES) if path), None)
