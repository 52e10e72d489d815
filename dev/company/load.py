"""One company into one database: masters, orders, owners, open business, in this sequence and in one transaction."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from odoo import fields

from dev.company.bulk import copy_rows, reserve_ids
from dev.company.masters import PASSWORD, QUIET, XMLID_MODULE, Records, load_masters
from dev.company.open_business import OpenBusiness
from dev.company.orders import OrderLoader
from dev.company.read import CompanyError

_logger = logging.getLogger(__name__)


@dataclass
class Loaded:
    records: Records
    counts: dict  # {what: number of records}
    logins: list  # of dicts login, password, name, role; the manager first


def load(env, company, seed, open_business):
    """See `load_company`."""
    env = env(context={**env.context, **QUIET, "lang": "en_US"})
    if env["ir.model.data"].search_count([("module", "=", XMLID_MODULE), ("name", "=like", "account_%")], limit=1):
        raise CompanyError("this database holds a loaded company already: load into a new one")
    today = fields.Date.context_today(env.user)
    shift = today - timedelta(1) - company.orders[-1].date
    records = load_masters(env, company)
    _logger.info("%s people, %s accounts and %s products made", *map(len, (records.users, records.accounts, records.products)))
    by_orm = OrderLoader(env, records, shift, today).load(company.orders)
    _logger.info("%s orders and credit notes written, %s of them by the ORM", len(company.orders), by_orm)
    _set_owners(env, company, records)
    counts = {
        "salespeople": len(company.people),
        "accounts": len(records.accounts),
        "products": len(records.products),
        "orders": sum(not order.refund for order in company.orders),
        "credit notes": sum(order.refund for order in company.orders),
        "order lines": sum(len(order.lines) for order in company.orders),
    }
    if open_business:
        counts.update(OpenBusiness(env, company, records, shift, today, seed).make())
    env.flush_all()
    return Loaded(records, counts, _logins(company, records))


def _set_owners(env, company, records):
    """Make the seller of an account's latest order its owner, and the follower that the owner is in Odoo.

    Written past the ORM: the addon would take the load for a change of owners today, while the orders tell since when.
    """
    env.flush_all()
    owners = {records.accounts[ref]: records.users[person] for ref, person in company.owners().items()}
    env.cr.execute(
        """
        UPDATE res_partner SET user_id = owner.user_id, customer_rank = res_partner.customer_rank + coalesce(invoiced.count, 0)
          FROM unnest(%s, %s) AS owner(partner_id, user_id)
          LEFT JOIN (SELECT partner_id, count(*)::int FROM account_move GROUP BY 1) AS invoiced USING (partner_id)
         WHERE res_partner.commercial_partner_id = owner.partner_id
        """,
        [list(owners), [user.id for user in owners.values()]],
    )
    follower_ids = reserve_ids(env.cr, "mail_followers", len(owners))
    rows = [
        (follower_id, "res.partner", partner_id, user.partner_id.id)
        for follower_id, (partner_id, user) in zip(follower_ids, owners.items(), strict=True)
    ]
    copy_rows(env.cr, "mail_followers", ("id", "res_model", "res_id", "partner_id"), rows)
    subtypes = env["mail.message.subtype"].default_subtypes("res.partner")[0].ids
    field = env["mail.followers"]._fields["subtype_ids"]
    pairs = [(follower_id, subtype) for follower_id in follower_ids for subtype in subtypes]
    copy_rows(env.cr, field.relation, (field.column1, field.column2), pairs)
    env.invalidate_all()


def _logins(company, records):
    owned = list(company.owners().values())

    def role(ref, user):
        if user == records.manager:
            return "sales manager"
        return "team leader" if any(team.user_id == user for team in records.teams.values()) else "salesperson"

    people = [
        {"login": user.login, "password": PASSWORD, "name": user.name, "role": role(ref, user), "accounts": owned.count(ref)}
        for ref, user in records.users.items()
    ]
    ranks = ["sales manager", "team leader", "salesperson"]
    return sorted(people, key=lambda person: (ranks.index(person["role"]), -person["accounts"]))
