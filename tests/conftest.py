"""What all tests share: Odoo's default tags, and the rule that a skipped test is a failed test."""

import pytest

from dev.session import SCREEN_BUNDLES, TOUR_BUNDLES, own_filestore, wait_longer, warm_screens


def pytest_configure(config):
    if config.pluginmanager.hasplugin("odoo"):
        from odoo.tests.common import BaseCase

        # Odoo gives default tags only to classes below `odoo.addons`; an untagged class elsewhere cannot be
        # collected. "standard" also switches on the guard that refuses requests to other machines.
        BaseCase.test_tags = {"standard", "post_install"}
        wait_longer()


@pytest.fixture(scope="session", autouse=True)
def stored_files(request):
    """Keep the files of the processes of one run apart, as their databases are."""
    if not request.config.pluginmanager.hasplugin("odoo"):
        yield
        return
    request.getfixturevalue("load_registry")
    with own_filestore():
        yield


@pytest.fixture(scope="session", autouse=True)
def compiled_screens(request, stored_files):
    """Compile the asset bundles once for all browser tests.

    Each class would do it again, as what it compiles is rolled back with it. Odoo's own runner does the same.
    """
    if not request.config.pluginmanager.hasplugin("odoo"):
        return
    from odoo.api import SUPERUSER_ID, Environment
    from odoo.modules.registry import Registry
    from odoo.tests.common import HttpCase, get_db_name

    if not any(item.cls and issubclass(item.cls, HttpCase) for item in request.session.items):
        return
    with Registry(get_db_name()).cursor() as cr:
        warm_screens(Environment(cr, SUPERUSER_ID, {}), SCREEN_BUNDLES + TOUR_BUNDLES)


def fail_if_skipped(report):
    """Turn a skip (no browser, a missing import) into a failure: nobody reads a green run's skips."""
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{reason}\nA skipped test counts as a failure."


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    report = yield
    fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(collector):
    report = yield
    fail_if_skipped(report)
    return report


def pytest_sessionfinish(session, exitstatus):
    # What is reported by other ways than the two above, such as a skip inside a subtest.
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    if terminal and terminal.stats.get("skipped") and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
