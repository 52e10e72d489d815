"""The many small customers, whom the team leaders look after: a company's segments are about them.

Those in China came from Guo Feng, stayed with nobody for a while when he had left, and were then put with the team
leader; more of them have stopped since than of the others.
"""

import random
from datetime import datetime, time

from odoo.fields import Command

from .account_demo import FORMER_LEFT
from .demo import Demo

FOUND = 300  # days ago: the team leader got what the former owner had left behind
KNOWN = 800  # days ago: since when all are customers of ours, or might become some
FIRST = 540  # days ago: their first orders
EVERY = 42  # days between two orders, more or less
# Days ago of the last order of those who stopped: first and last of a span. Those of long ago count as lost.
STOPPED = {"lately": (94, 128), "long ago": (215, 330)}
# country, cities, trades, owner, of how many customers how many stopped lately and long ago, what they buy
GROUPS = (
    (
        "CN",
        "Xi'an/西安, Zhengzhou/郑州, Changsha/长沙, Nanchang/南昌, Jinan/济南, Harbin/哈尔滨, Guiyang/贵阳, "
        "Lanzhou/兰州, Fuzhou/福州",
        "Waterworks/自来水厂, Dairy/乳品厂, Testing Lab/检测中心",
        "zhao",
        (13, 8, 1),
        ("electrode buffer seal", "electrode seal temp", "temp buffer seal"),
    ),
    (
        "DE",
        "Bremen, Kassel, Ulm, Rostock, Trier, Passau, Bamberg, Kiel",
        "Municipal Utility, Brewery, Water Lab, Dairy",
        "keller",
        (11, 3, 1),
        ("electrode", "buffer", "seal"),
    ),
    (
        "NL",
        "Delft, Zwolle, Breda, Arnhem",
        "Greenhouse, Food Lab, Swimming Pool",
        "keller",
        (12, 1, 0),
        ("electrode buffer seal", "temp electrode", "buffer seal temp"),
    ),
)


def make(env):
    demo = Demo(env)
    rows = list(_rows())
    partners = _make_accounts(demo, rows)
    _tell_the_history(demo, rows, partners)
    values = [order for row, partner in zip(rows, partners, strict=True) for order in _orders(demo, row, partner)]
    orders = env["sale.order"].create(sorted(values, key=lambda order: order["date_order"]))
    env["churn.account"]._refresh(env.company)
    return {"small customers": len(partners), "their orders": len(orders)}


def small_customers(demo):
    """[(row, partner), …] as they were made."""
    return [(row, demo.find("small", row["key"])) for row in _rows()]


def _rows():
    """A row per customer; those who stop are spread evenly over the group."""
    for country, cities, trades, owner, (of, lately, long_ago), products in GROUPS:
        names = [(city, trade) for city in cities.split(", ") for trade in trades.split(", ")]
        for number, (city, trade) in enumerate(names):
            yield {
                "key": f"{country}{number}".lower(),
                "name": _name(city, trade),
                "country": country,
                "city": city.split("/")[0],
                "owner": owner,
                "last": _last(number, of, lately, long_ago),
                "buys": products[number % len(products)].split(),
            }


def _last(number, of, lately, long_ago):
    """Days ago of the last order: within the usual time for most, and for those who stopped in one of the spans."""
    place = number * 5 % of
    span = "lately" if place < lately else "long ago" if place < lately + long_ago else None
    low, high = STOPPED.get(span, (2, EVERY - 6))
    return low + number * 7 % (high - low)


def _name(city, trade):
    """For example "Delft Greenhouse"; in China in both scripts."""
    latin, *chinese = zip(city.split("/"), trade.split("/"), strict=True)
    return " ".join([*latin, *map("".join, chinese)])


def _make_accounts(demo, rows):
    countries = {country.code: country.id for country in demo.env["res.country"].search([])}
    partners = demo.env["res.partner"].create(
        [
            {
                "name": row["name"],
                "is_company": True,
                "city": row["city"],
                "country_id": countries[row["country"]],
                "email": f"purchasing@{row['key']}.example",
                "user_id": demo.users[row["owner"]].id,
                "customer_rank": 1,
            }
            for row in rows
        ]
    )
    demo.keep("small", dict(zip([row["key"] for row in rows], partners, strict=True)))
    return partners


def _tell_the_history(demo, rows, partners):
    assignments = demo.env["churn.assignment"]
    running = assignments.search(
        [("account_id", "in", partners.ids), ("kind", "=", "owner"), ("date_to", "=", False)]
    ).grouped("account_id")
    for row, partner in zip(rows, partners, strict=True):
        if row["country"] != "CN":
            running[partner].date_from = demo.ago(KNOWN)
            continue
        running[partner].write({"date_from": demo.ago(FOUND), "start_reason": "found"})
        assignments.create(
            {
                "account_id": partner.id,
                "account_name": partner.name,
                "user_id": demo.users["guo"].id,
                "date_from": demo.ago(KNOWN),
                "date_to": demo.ago(FORMER_LEFT),
                "start_reason": "created",
                "end_reason": "manual",
            }
        )


def _orders(demo, row, partner):
    """Small orders of one or two products, each in its own rhythm, until today or until the customer stopped."""
    draw = random.Random(row["key"])
    user, day = demo.users[row["owner"]], float(row["last"])
    while day <= FIRST:
        bought = draw.sample(row["buys"], k=min(len(row["buys"]), draw.choice((1, 2))))
        yield {
            "partner_id": partner.id,
            "user_id": user.id,
            "team_id": user.sale_team_id.id,
            "state": "sale",
            "date_order": datetime.combine(demo.ago(round(day)), time(draw.randint(1, 8))),
            "order_line": [
                Command.create({"product_id": demo.products[key].id, "product_uom_qty": draw.randint(1, 6)})
                for key in bought
            ],
        }
        day += EVERY * draw.uniform(0.7, 1.3)
