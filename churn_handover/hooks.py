from odoo.fields import Domain
from odoo.tools import SQL, sql

# Indexes on fields of other modules, see models/account/res_partner.py and models/access/access_sale_order_line.py.
CORE_INDEXES = (("res_partner", "user_id"), ("sale_order_line", "salesman_id"))


def post_init_hook(env):
    """Start with what the database knows: who owned which account, and what each is worth."""
    env["churn.assignment"]._seed()
    env["churn.account"]._refresh(env["res.company"].search(Domain.TRUE))


def uninstall_hook(env):
    """Take back what the addon changed outside its own tables; Odoo itself never drops an index.

    A module that wants the same index makes it anew when it is updated.
    """
    for table, column in CORE_INDEXES:
        env.cr.execute(SQL("DROP INDEX IF EXISTS %s", SQL.identifier(sql.make_index_name(table, column))))
    # Not shipped as data, so Odoo does not know whose they are: they would tell the next installation what ran when.
    env["ir.config_parameter"].search([("key", "=like", "churn_handover.%")]).unlink()
