"""An Odoo environment for what ./churn runs inside Odoo: logins, benchmarks, the company loader."""

import contextlib


@contextlib.contextmanager
def open_environment(conf, db):
    """Give the superuser's `odoo.api.Environment` on the database `db`, committed when all went well."""
    import odoo.api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    config.parse_config(["-c", str(conf), "-d", db, "--log-level=warn"])
    with Registry(db).cursor() as cr:
        yield odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})
