"""Customers and their people; at key accounts, and some others, more than one."""

from odoo.fields import Command

from .demo import Demo

LANGUAGES = {"CN": "zh_CN"}
FORMER_LEFT = 430  # days ago: until then the former owner took the orders


def make(env):
    demo = Demo(env)
    rows = demo.rows("accounts")
    more = {}
    for row in demo.rows("contacts"):
        more.setdefault(row["account"], []).append(row)
    countries = {country.code: country.id for country in env["res.country"].search([])}
    industries = _industries(env, rows)
    partners = env["res.partner"].create(
        [
            {
                "name": row["name"],
                "is_company": True,
                "city": row["city"],
                "country_id": countries[row["country"]],
                "industry_id": industries[row["industry"]].id,
                "email": f"office@{row['key']}.example",
                "lang": LANGUAGES.get(row["country"], "en_US"),
                "user_id": demo.users[row["owner"]].id,
                "customer_rank": 1,
                "child_ids": [Command.create(values) for values in _people(row, more.get(row["key"], []))],
            }
            for row in rows
        ]
    )
    demo.keep("account", dict(zip([row["key"] for row in rows], partners, strict=True)))
    return {"accounts": len(partners)}


def former_until(row):
    """Days ago that the former owner of an account handed it over, for a new colleague or before going."""
    return 90 if row["owner"] == "lindqvist" else FORMER_LEFT


def _industries(env, rows):
    industries = {}
    for name in dict.fromkeys(row["industry"] for row in rows):
        found = env["res.partner.industry"].search([("name", "=ilike", f"{name}%")], limit=1)
        industries[name] = found or env["res.partner.industry"].create({"name": name})
    return industries


def _people(row, more):
    """Values of the people of an account: purchasing first."""
    first = {"name": row["contact"], "function": row["function"], "email": f"purchasing@{row['key']}.example"}
    others = (
        {"name": person["name"], "function": person["function"], "email": f"{person['mail']}@{row['key']}.example"}
        for person in more
    )
    return [{**person, "lang": LANGUAGES.get(row["country"], "en_US")} for person in (first, *others)]
