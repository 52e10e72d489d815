"""An Odoo environment for scripts that ./churn starts with the environment's own Python (logins, benchmarks, loader)."""

import contextlib


@contextlib.contextmanager
def open_environment(conf, db):
    """Give an `odoo.api.Environment` of the superuser on the database `db`; committed when the block ends well."""
    import odoo.api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(["-c", str(conf), "-d", db, "--log-level=warn"])
    with Registry(db).cursor() as cr:
        yield odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})
