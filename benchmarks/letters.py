"""Letters to 5,000 customers: prepared in one go, and the gates that a plan of that size makes.

A leaver with 5,000 accounts, each with an address; the plan is confirmed, then the letters are written. Nothing is
sent. Everything is rolled back.
"""

from odoo import fields
from odoo.fields import Command

from benchmarks.handover import queries
from dev.bench import Figure

NEEDS_DATABASE = True
LETTERS = 5_000
FEW = 500


def run(context):
    env = context.env(context=dict(context.env.context, no_reset_password=True, tracking_disable=True))
    with context.timed("fixture"):
        few, many = (plan(env, count) for count in (FEW, LETTERS))
    _few, few_queries = prepare(context, env, few, "few")
    letters, many_queries = prepare(context, env, many, "letters")
    with context.timed("gates"), queries(env) as gate_queries:
        env["churn.gate"]._sync(many.line_ids)
    env.cr.rollback()
    return [
        Figure("letters prepared", letters, "", LETTERS, "more"),
        Figure("preparing", context.seconds["letters"], "s"),
        Figure("queries", many_queries, "", baseline=f"for {FEW} letters: {few_queries}"),
        Figure("gates refreshed", context.seconds["gates"], "s"),
        Figure("queries for the gates", gate_queries.count),
        Figure("fixture", context.seconds["fixture"], "s"),
    ]


def plan(env, count):
    """A confirmed departure with so many accounts."""
    group = env.ref("sales_team.group_sale_salesman")
    leaver, successor = env["res.users"].create(
        [
            {
                "name": f"{name} {count}",
                "login": f"bench_letters_{name}_{count}",
                "group_ids": [Command.link(group.id)],
                # Other benchmarks leave companies in the database, and a plan is about all of its manager's.
                "company_ids": [Command.set(env.user.company_ids.ids)],
            }
            for name in ("leaver", "successor")
        ]
    )
    env["res.partner"].create(
        [
            {"name": f"A{n}", "is_company": True, "user_id": leaver.id, "email": f"a{n}@b{count}.example"}
            for n in range(count)
        ]
    )
    handover = env["churn.handover"]._plan(leaver, fields.Date.add(fields.Date.context_today(leaver), days=40))
    handover.line_ids.successor_id = successor
    handover._confirm()
    return handover


def prepare(context, env, handover, name):
    """Return (number of letters, number of queries)."""
    lines = handover.line_ids
    env.flush_all()
    env.invalidate_all()
    with context.timed(name), queries(env) as counted:
        letters = env["churn.letter"]._prepare(lines)
        env.flush_all()
    return len(letters), counted.count
