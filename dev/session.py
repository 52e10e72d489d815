"""An Odoo environment for what ./churn runs inside Odoo: logins, benchmarks, the company loader."""

import contextlib

# The style sheets and scripts of the backend, the portal and (only in tests) the tours.
SCREEN_BUNDLES = (
    "web.assets_web",
    "web.assets_web_print",
    "web.assets_frontend_minimal",
    "web.assets_frontend",
    "web.assets_frontend_lazy",
)
TOUR_BUNDLES = ("web.__assets_tests_call__", "web.assets_tests")


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
