"""A year of rotation in Odoo: 10,000 accounts and 60 people, read from the database, planned and written as lines.

The pure planner alone is measured by ``rotation``. Everything is rolled back.
"""

import random

from odoo import fields
from odoo.fields import Command

from benchmarks.handover import queries
from dev.bench import Figure

NEEDS_DATABASE = True
ACCOUNTS, REPS = 10_000, 60


def run(context):
    env = context.env(context=dict(context.env.context, no_reset_password=True, tracking_disable=True))
    with context.timed("fixture"):
        schedule = company(env)
    with context.timed("plan"), queries(env) as plan_queries:
        schedule._replan()
        env.flush_all()
    lines = env["churn.rotation.line"].search([("schedule_id", "=", schedule.id)])
    moved = lines.filtered(lambda line: line.state == "proposed" and line.kind == "move")
    env["churn.feedback"].create(
        {"kind": "complaint", "text": "Late", "partner_id": moved[0].account_id.id, "company_id": env.company.id}
    )
    with context.timed("again"), queries(env) as again_queries:
        changed = schedule._replan()
        env.flush_all()
    env.cr.rollback()
    return [
        Figure("a year planned in Odoo, 10,000 accounts, 60 people", context.seconds["plan"], "s", 30),
        Figure("the same, CPU of Odoo", context.cpu["plan"], "s CPU"),
        Figure("queries", plan_queries.count),
        Figure("accounts that change hands", len(moved), "accounts"),
        Figure("due accounts held back, with the reason", len(lines) - len(moved), "accounts"),
        Figure("planned again after one complaint", context.seconds["again"], "s", 30),
        Figure("the same, CPU of Odoo", context.cpu["again"], "s CPU"),
        Figure("queries of that", again_queries.count),
        Figure("lines that it changed", changed, "lines"),
        Figure("fixture", context.seconds["fixture"], "s"),
    ]


def company(env):
    """Accounts of all ages, owned by 60 people, and a schedule of monthly rounds for all of them."""
    rnd = random.Random(7)
    group = env.ref("sales_team.group_sale_salesman")
    reps = env["res.users"].create(
        [
            {"name": f"Rep {number}", "login": f"bench_rotation_{number}", "group_ids": [Command.link(group.id)]}
            for number in range(REPS)
        ]
    )
    industries, countries = env["res.partner.industry"].search([], limit=12), env["res.country"].search([], limit=8)
    accounts = env["res.partner"].create(
        [
            {
                "name": f"Account {number}",
                "is_company": True,
                "user_id": rnd.choice(reps.ids),
                "industry_id": rnd.choice(industries.ids),
                "country_id": rnd.choice(countries.ids),
            }
            for number in range(ACCOUNTS)
        ]
    )
    env.flush_all()
    env.cr.execute(
        """UPDATE churn_assignment SET date_from = CURRENT_DATE - (account_id %% 1800)
            WHERE account_id = ANY(%s) AND kind = 'owner'""",
        [accounts.ids],
    )
    env.invalidate_all()
    return env["churn.rotation.schedule"].create(
        {
            "name": "All",
            "domain": str([("name", "=like", "Account %")]),
            "round_months": 1,
            "cap_rep": 8,
            "cap_company": 300,
            "first_date": fields.Date.add(fields.Date.today(), days=30),
        }
    )
