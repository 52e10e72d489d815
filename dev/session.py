"""An Odoo environment for what ./churn runs inside Odoo: logins, benchmarks, the company loader."""

import contextlib
import shutil
from pathlib import Path

from dev.database import link_files

# The style sheets and scripts of the backend, the portal and (only in tests) the tours.
SCREEN_BUNDLES = (
    "web.assets_web",
    "web.assets_web_print",
    "web.assets_frontend_minimal",
    "web.assets_frontend",
    "web.assets_frontend_lazy",
)
TOUR_BUNDLES = ("web.__assets_tests_call__", "web.assets_tests")

# How many times longer than Odoo does to wait for the browser, and how many seconds at least for an answer: what waits
# goes on as soon as it has what it waits for, so that only a test that fails takes longer.
PATIENCE = 5
ANSWER_SECONDS = 120


@contextlib.contextmanager
def open_environment(conf, db):
    """Give the superuser's `odoo.api.Environment` on the database `db`, committed when all went well."""
    import odoo.api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(["-c", str(conf), "-d", db, "--log-level=warn"])
    with Registry(db).cursor() as cr:
        yield odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})


def warm_screens(env, bundles=SCREEN_BUNDLES):
    """Compile the asset bundles into `env`'s database, which otherwise costs the first page about 10 seconds.

    What is up to date costs milliseconds.
    """
    for bundle in bundles:
        assets = env["ir.qweb"]._get_asset_bundle(bundle)
        assets.css()
        assets.js()


@contextlib.contextmanager
def own_filestore():
    """Give the database of this process a folder of stored files of its own, for as long as the block lasts.

    pytest-odoo lets the processes of a run write into one folder. Odoo looks whether a file is there and writes it
    afterwards, so what two of them store at once (the compiled screens, for one) is read half written by the second,
    which then refuses it as another file of the same name; and what one deletes, the others miss.
    """
    from unittest import mock

    from odoo.tests.common import get_db_name
    from odoo.tools import config

    name = get_db_name()
    shared = Path(config.filestore(name))
    own = Path(config["data_dir"]) / "filestore" / name
    if own == shared:
        yield
        return
    # What a run that was killed left behind.
    shutil.rmtree(own, ignore_errors=True)
    link_files(shared, own)
    try:
        with mock.patch.object(config, "filestore", return_value=str(own)):
            yield
    finally:
        shutil.rmtree(own, ignore_errors=True)


def wait_longer():
    """Let browser tests pass on a machine that is slow or busy: Odoo's limits are those of a fast one."""
    from odoo.tests import common

    common.CHECK_BROWSER_ITERATIONS *= PATIENCE
    # set by each browser for itself, and changed by nothing but a throttle that nobody asks for
    common.ChromeBrowser.throttling_factor = property(lambda _browser: PATIENCE, lambda _browser, _factor: None)
    common.BaseCase.test_cursor_lock_timeout = ANSWER_SECONDS
    send = common.BaseCase._request_handler.__func__

    def send_patiently(cls, session, prepared, /, **options):
        if options.get("timeout"):
            options["timeout"] = max(options["timeout"], ANSWER_SECONDS)
        return send(cls, session, prepared, **options)

    common.BaseCase._request_handler = classmethod(send_patiently)
