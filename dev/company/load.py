"""One company into one database, in one transaction: masters, orders, owners, open business."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from odoo import fields

from dev.company.bulk import follow
from dev.company.masters import QUIET, XMLID_MODULE, Records, load_masters
from dev.company.open_business import OpenBusiness
from dev.company.orders import OrderLoader
from dev.company.read import CompanyError

_logger = logging.getLogger(__name__)


@dataclass
class Loaded:
    records: Records
    counts: dict  # {what: number of records}


def load(env, company, seed, open_business):
    """See `load_company`."""
    env = env(context={**env.context, **QUIET, "lang": "en_US"})
    _refuse_second(env)
    today = fields.Date.context_today(env.user)
    shift = today - timedelta(1) - company.orders[-1].date
    records = load_masters(env, company)
    _logger.info("%s accounts and %s products made", len(records.accounts), len(records.products))
    by_orm = OrderLoader(env, records, shift, today).load(company.orders)
    _logger.info("%s orders and credit notes written, %s of them by the ORM", len(company.orders), by_orm)
    _set_owners(env, company, records)
    env["churn.assignment"]._seed()
    env["churn.account"]._refresh(env.company)
    counts = {
        "salespeople": len(company.people),
        "accounts": len(records.accounts),
        "products": len(records.products),
        "orders": sum(not order.refund for order in company.orders),
        "credit notes": sum(order.refund for order in company.orders),
        "lines": sum(len(order.lines) for order in company.orders),
    }
    if open_business:
        counts.update(OpenBusiness(env, company, records, shift, today, seed).make())
    env.flush_all()
    return Loaded(records, counts)


def _refuse_second(env):
    loaded = [("module", "=", XMLID_MODULE), ("name", "=like", "account\\_%")]
    if env["ir.model.data"].search_count(loaded, limit=1):
        raise CompanyError("this database holds a loaded company already: load into a new one")


def _set_owners(env, company, records):
    """Make the seller of an account's latest order its owner, and the follower that the owner is in Odoo.

    Written past the ORM: it would take this for a change of today, while the orders tell since when.
    """
    env.flush_all()
    owners = {records.accounts[ref]: records.users[person] for ref, person in company.owners().items()}
    env.cr.execute(
        """
        UPDATE res_partner
           SET user_id = owner.user_id,
               customer_rank = res_partner.customer_rank + coalesce(invoiced.count, 0)
          FROM unnest(%s, %s) AS owner(account_id, user_id)
          LEFT JOIN (SELECT partner_id, count(*)::int FROM account_move WHERE state = 'posted' GROUP BY 1)
                 AS invoiced ON invoiced.partner_id = owner.account_id
         WHERE res_partner.commercial_partner_id = owner.account_id
        """,
        [list(owners), [user.id for user in owners.values()]],
    )
    follow(env, "res.partner", [(account, user.partner_id.id) for account, user in owners.items()])
    env.invalidate_all()
