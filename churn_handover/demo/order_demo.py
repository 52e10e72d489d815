"""Orders of 24 months, of the oldest customers of 30, each account in its own rhythm, and their invoices."""

import random
from datetime import datetime, time

from odoo.fields import Command

from .account_demo import former_until
from .demo import Demo

INVOICED_AFTER = 30  # days: younger orders are still to invoice
OLD_FROM = 600  # days ago: who ordered then already has been a customer for longer
OLD_UNTIL = (850, 915)  # days ago: between these their first order lies; a past handover is compared with that time


def make(env):
    demo = Demo(env)
    orders = _make_orders(demo)
    return {"orders": len(orders), "invoices": len(_make_invoices(demo, orders))}


def rhythm(row):
    """When an account ordered and for about how much: [(days ago, value), …].

    From `first` to `last` days ago every `every` days, more or less; the value ends at `trend` times the usual one.
    """
    draw = random.Random(row["key"])
    first, every, last = (int(row[column]) for column in ("first", "every", "last"))
    days, orders = float(first), []
    while days > last + every / 2:
        orders.append(round(days))
        days -= every * draw.uniform(0.75, 1.25)
    orders.append(last)
    span = max(1, first - last)
    trend, value = float(row["trend"]) - 1, float(row["value"])
    recent = [(day, value * (1 + trend * (first - day) / span) * draw.uniform(0.7, 1.3)) for day in orders]
    return _before(row, first, every, value) + recent


def customer_since(row):
    """Days ago of the first order; an old customer has ordered before the first order of the table."""
    first = int(row["first"])
    return random.Random(f"{row['key']} since").randint(*OLD_UNTIL) if first >= OLD_FROM else first


def _before(row, first, every, value):
    """The orders of old customers before those of the table, which stay as they are: [(days ago, value), …]."""
    since = customer_since(row)
    if since == first:
        return []
    draw = random.Random(f"{row['key']} before")
    days, orders = float(first), []
    while (days := days + every * draw.uniform(0.75, 1.25)) < since:
        orders.append((round(days), value * draw.uniform(0.7, 1.3)))
    return [(since, value * draw.uniform(0.7, 1.3)), *reversed(orders)]


def _make_orders(demo):
    values = [_order_values(demo, row, days, value) for row in demo.rows("accounts") for days, value in rhythm(row)]
    values.sort(key=lambda order: order["date_order"])
    orders = demo.env["sale.order"].create(values)
    orders.action_confirm()
    for order, row in zip(orders, values, strict=True):
        order.date_order = row["date_order"]  # the confirmation has put now
    demo.env.flush_all()
    return orders


def _order_values(demo, row, days, value):
    """An order of about `value`, `days` ago, of some of the products that the account buys."""
    draw = random.Random(f"{row['key']} {days}")
    bought = draw.sample(row["buys"].split(), k=min(len(row["buys"].split()), draw.choice([1, 2, 2, 3])))
    user = demo.users[row["former"] if row["former"] and days > former_until(row) else row["owner"]]
    lines = []
    for key in bought:
        product = demo.products[key]
        quantity = max(1, round(value / len(bought) / product.list_price))
        lines.append(Command.create({"product_id": product.id, "product_uom_qty": quantity}))
    return {
        "partner_id": demo.accounts[row["key"]].id,
        "user_id": user.id,
        "team_id": user.sale_team_id.id,
        "date_order": datetime.combine(demo.ago(days), time(draw.randint(1, 8))),
        "order_line": lines,
    }


def _make_invoices(demo, orders):
    """One invoice per account and quarter for what is older than a month, as the customers have asked."""
    invoices = demo.env["account.move"]
    if not demo.env.company.chart_template:
        return invoices
    until = demo.ago(INVOICED_AFTER)
    done = orders.filtered(lambda order: order.date_order.date() <= until)
    quarters = done.grouped(lambda order: (order.date_order.year, (order.date_order.month - 1) // 3))
    for quarter in quarters.values():
        last = {order.partner_id: order.date_order.date() for order in quarter}
        for invoice in quarter._create_invoices():
            invoice.invoice_date = last[invoice.partner_id]
            invoices += invoice
    invoices.action_post()
    return invoices
