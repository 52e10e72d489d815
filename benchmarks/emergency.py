"""Somebody is gone today: from archiving the user to every account moved and every letter in the queue, in seconds.

Two leavers: the AdventureWorks salesperson with the most accounts, and a generated one with 200 accounts, each with an
opportunity, a quotation and an activity. Every third account has a backup; all have an address. Timed as it happens:
archiving (which plans and confirms), the transfer the cron runs, the letters written, and the letters sent to the mail
queue, which the manager's hour of grace separates in real life. Rolled back, but for the company that is loaded.
"""

from odoo.fields import Command

from benchmarks.handover import clone, follow, queries, templates
from dev.bench import Figure

NEEDS_DATABASE = True
ACCOUNTS = 200
SECONDS = 10


def run(context):
    env = context.env(context=dict(context.env.context, no_reset_password=True))
    figures = []
    for name, make in (("AdventureWorks", adventureworks), ("generated", generated)):
        with context.timed("fixture"):
            leaver = make(context, env)
        figures += measure(context, env, leaver, name)
    env.cr.rollback()
    return figures


def measure(context, env, leaver, name):
    """Archive the leaver, run what follows, and return the figures."""
    accounts = env["res.partner"].search([("user_id", "=", leaver.id), ("churn_is_account", "=", True)])
    prepare(env, leaver, accounts)
    plans = env["churn.handover"]
    with context.timed("plan"), queries(env) as plan_queries:
        leaver.action_archive()
        env.flush_all()
    plan = plans.search([("predecessor_id", "=", leaver.id), ("emergency", "=", True)])
    with context.timed("transfer"), queries(env) as transfer_queries:
        plan._run()
        env.flush_all()
    letters = env["churn.letter"].search([("item_ids.line_id.handover_id", "=", plan.id)])
    with context.timed("send"), queries(env) as send_queries:
        letters._send()
        env.flush_all()
    total = sum(context.seconds[step] for step in ("plan", "transfer", "send"))
    owned = env["res.partner"].search_count([("user_id", "=", leaver.id), ("churn_is_account", "=", True)])
    return [
        Figure(f"{name}: accounts", len(accounts)),
        Figure(f"{name}: all of it", total, "s", SECONDS),
        Figure(f"{name}: archived, planned, confirmed", context.seconds["plan"], "s"),
        Figure(f"{name}: accounts moved, letters written", context.seconds["transfer"], "s"),
        Figure(f"{name}: letters to the mail queue", context.seconds["send"], "s"),
        Figure(
            f"{name}: queries",
            plan_queries.count + transfer_queries.count + send_queries.count,
        ),
        Figure(f"{name}: letters", len(letters.filtered(lambda letter: letter.state == "sent"))),
        Figure(f"{name}: accounts left with the leaver", owned, "", 0),
        Figure(f"{name}: without a backup, with the leader", plan.no_backup_count),
    ]


def prepare(env, leaver, accounts):
    """A team with a leader, a backup for every third account, an address for all, and figures to sort by."""
    group = env.ref("sales_team.group_sale_salesman_all_leads").id
    suffix = leaver.id
    leader, backup = env["res.users"].create(
        [
            {"name": f"Bench {who}", "login": f"bench_emergency_{who}_{suffix}", "group_ids": [Command.link(group)]}
            for who in ("leader", "backup")
        ]
    )
    leader.company_ids = backup.company_ids = leaver.company_ids
    env["crm.team.member"].search([("user_id", "=", leaver.id)]).action_archive()
    env["crm.team"].create(
        {
            "name": f"Bench emergency {suffix}",
            "user_id": leader.id,
            "crm_team_member_ids": [Command.create({"user_id": leaver.id})],
        }
    )
    role = env.ref("churn_handover.role_service").id
    env["churn.team.member"].create(
        [
            {"account_id": account.id, "user_id": backup.id, "role_id": role, "is_backup": True}
            for account in accounts[::3]
        ]
    )
    for account in accounts.filtered(lambda account: not account.email):
        account.email = f"office{account.id}@customer.example"
    env["churn.account"]._refresh(env["res.company"].search([]))
    env.flush_all()
    env.invalidate_all()


def adventureworks(context, env):
    """The salesperson with most accounts; the company is loaded when this database has it not yet."""
    from dev.company import load_company

    folder = context.require_data("adventureworks")
    if not env["res.partner"].search_count([("name", "=", "Bench AdventureWorks loaded")]):
        load_company(env, folder)
        env["res.partner"].create({"name": "Bench AdventureWorks loaded"})
        env.cr.commit()
    rows = env["res.partner"]._read_group(
        [
            ("user_id", "!=", False),
            ("is_company", "=", True),
            ("user_id.login", "not like", "bench"),
            ("user_id.company_id", "=", env.company.id),  # other benchmarks leave companies of theirs
        ],
        ["user_id"],
        ["__count"],
        order="__count desc",
        limit=1,
    )
    return rows[0][0]


def generated(_context, env):
    """A leaver with as many accounts, opportunities, quotations and activities, followed by the leaver."""
    group = env.ref("sales_team.group_sale_salesman").id
    leaver = env["res.users"].create(
        {"name": "Bench leaver", "login": "bench_emergency_leaver", "group_ids": [Command.link(group)]}
    )
    account, lead, order, activity = templates(env, leaver)
    accounts = clone(env, account, ACCOUNTS, name="'Bench account ' || n", commercial_partner_id="id")
    leads = clone(env, lead, ACCOUNTS, partner_id=f"{accounts} + n")
    places = dict.fromkeys(("partner_id", "partner_invoice_id", "partner_shipping_id"), f"{accounts} + n")
    orders = clone(env, order, ACCOUNTS, name="'BENCHE' || n", access_token="NULL", **places)
    clone(env, order.order_line, ACCOUNTS, order_id=f"{orders} + n", order_partner_id=f"{accounts} + n")
    clone(env, activity, ACCOUNTS, res_id=f"{accounts} + n")
    for model, first in (("res.partner", accounts), ("crm.lead", leads), ("sale.order", orders)):
        follow(env, leaver, model, first, ACCOUNTS)
    for record in (activity, lead, order, account):
        record.unlink()
    env.invalidate_all()
    env["churn.assignment"]._seed()
    return leaver
