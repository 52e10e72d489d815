"""One large handover against Odoo's own write: seconds, queries, and the ratio per account.

The leaver owns 10,000 accounts with 5,000 opportunities, 10,000 quotations (a line each) and 10,000 activities, and
follows every account, opportunity and quotation. Four colleagues of two teams take over. The fixture is made in SQL
once per database and kept; the handover itself is rolled back.
"""

from contextlib import contextmanager

from odoo import fields
from odoo.tools import SQL

from dev.bench import Figure

NEEDS_DATABASE = True
ACCOUNTS, OPPORTUNITIES, QUOTATIONS, ACTIVITIES = 10_000, 5_000, 10_000, 10_000
SAMPLE = 300
LOGIN = "bench_handover_leaver"
SUCCESSORS = 4


def run(context):
    env = context.env(context=dict(context.env.context, no_reset_password=True))
    with context.timed("fixture"):
        leaver = fixture(env)
        # Other benchmarks leave companies in the database, and a plan is about all of its manager's.
        (leaver | colleagues(env)).company_ids = env.user.company_ids
    core, core_queries = measure_core(context, env, leaver)
    with context.timed("plan"), queries(env) as plan_queries:
        handover = env["churn.handover"]._plan(leaver, fields.Date.context_today(leaver))
        spread(handover)
        handover._confirm()
    env.flush_all()
    env.invalidate_all()
    with context.timed("handover"), queries(env) as handover_queries:
        handover._run()
        env.flush_all()
    seconds = context.seconds["handover"]
    per_account = seconds / ACCOUNTS * 1000
    moved = env["churn.change"].search_count([("handover_id", "=", handover.id)])
    left = sum(env["churn.handover"]._open_counts(leaver).values())
    with context.timed("undo"), queries(env) as undo_queries:
        handover._undo()
        env.flush_all()
    return [
        Figure("handover", seconds, "s", 30),
        Figure("handover queries", handover_queries.count, "", 3000),
        Figure("values logged", moved),
        Figure("records left with the leaver", left, "", 0),
        Figure("per account", per_account, "ms", baseline=f"Odoo's own write: {core:.1f} ms"),
        Figure("times faster than write", core / per_account, "", 25, "more", f"on {SAMPLE} accounts"),
        Figure("queries of write per account", core_queries / SAMPLE),
        Figure("undo", context.seconds["undo"], "s"),
        Figure("undo queries", undo_queries.count),
        Figure("plan and confirm", context.seconds["plan"], "s"),
        Figure("plan and confirm queries", plan_queries.count, "", 1000),
        Figure("fixture", context.seconds["fixture"], "s"),
    ]


class queries:
    """Counts the queries of a block."""

    def __init__(self, env):
        self.cr = env.cr
        self.count = 0

    def __enter__(self):
        self.start = self.cr.sql_log_count
        return self

    def __exit__(self, *_exception):
        self.count = self.cr.sql_log_count - self.start


@contextmanager
def rolled_back(env):
    env.flush_all()
    env.cr.execute("SAVEPOINT bench_handover")
    try:
        yield
    finally:
        env.invalidate_all(flush=False)
        env.cr.execute("ROLLBACK TO SAVEPOINT bench_handover")
        env.transaction.clear()


def measure_core(context, env, leaver):
    """Give a sample of accounts with what hangs on them to a colleague by Odoo's own write.

    :return: (milliseconds per account, queries)
    """
    accounts = env["res.partner"].search([("user_id", "=", leaver.id)], limit=SAMPLE)
    colleague = colleagues(env)[0]
    with rolled_back(env):
        records = [
            accounts,
            env["crm.lead"].search([("partner_id", "in", accounts.ids)]),
            env["sale.order"].search([("partner_id", "in", accounts.ids)]),
            env["mail.activity"].search([("res_model", "=", "res.partner"), ("res_id", "in", accounts.ids)]),
        ]
        env.invalidate_all()
        with context.timed("core"), queries(env) as counted:
            for recordset in records:
                recordset.write({"user_id": colleague.id})
            env.flush_all()
            env.cr.precommit.run()
        env.cr.precommit.clear()
    return context.seconds["core"] / len(accounts) * 1000, counted.count


def spread(handover):
    """Give the accounts to the colleagues in turn."""
    users = colleagues(handover.env)
    for number, user in enumerate(users):
        handover.line_ids[number :: len(users)].successor_id = user


def colleagues(env):
    return env["res.users"].search([("login", "like", LOGIN.replace("leaver", "colleague"))], order="id")


# Fixture


def fixture(env):
    """Return the leaver, with everything made in SQL when this database has it not yet."""
    leaver = env["res.users"].search([("login", "=", LOGIN)])
    if leaver:
        return leaver
    leaver = people(env)
    account, lead, order, activity = templates(env, leaver)
    accounts = clone(env, account, ACCOUNTS, name="'Bench account ' || n", commercial_partner_id="id")
    leads = clone(env, lead, OPPORTUNITIES, partner_id=f"{accounts} + n")
    orders = clone(
        env,
        order,
        QUOTATIONS,
        name="'BENCH' || n",
        access_token="NULL",
        **dict.fromkeys(("partner_id", "partner_invoice_id", "partner_shipping_id"), f"{accounts} + n"),
    )
    clone(env, order.order_line, QUOTATIONS, order_id=f"{orders} + n", order_partner_id=f"{accounts} + n")
    clone(env, activity, ACTIVITIES, res_id=f"{accounts} + n")
    for model, first, count in (
        ("res.partner", accounts, ACCOUNTS),
        ("crm.lead", leads, OPPORTUNITIES),
        ("sale.order", orders, QUOTATIONS),
    ):
        follow(env, leaver, model, first, count)
    for record in (activity, lead, order, account):
        record.unlink()
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()
    env.invalidate_all()
    return leaver


def people(env):
    group = env.ref("sales_team.group_sale_salesman").id
    leaver, *others = env["res.users"].create(
        [
            {"name": login, "login": login, "group_ids": [(4, group)]}
            for login in (LOGIN, *(LOGIN.replace("leaver", f"colleague_{n}") for n in range(SUCCESSORS)))
        ]
    )
    for number in (0, 1):
        members = [leaver, *others[:2]] if number == 0 else others[2:]
        env["crm.team"].create(
            {
                "name": f"Bench team {number}",
                "crm_team_member_ids": [(0, 0, {"user_id": user.id}) for user in members],
            }
        )
    return leaver


def templates(env, leaver):
    """One record of each kind, made by the ORM, that the rest is copied from."""
    account = env["res.partner"].create({"name": "Bench", "is_company": True, "user_id": leaver.id})
    lead = env["crm.lead"].create(
        {"name": "Bench", "partner_id": account.id, "user_id": leaver.id, "type": "opportunity"}
    )
    product = env["product.product"].create({"name": "Bench"})
    order = env["sale.order"].create(
        {
            "partner_id": account.id,
            "user_id": leaver.id,
            "order_line": [(0, 0, {"product_id": product.id, "price_unit": 100})],
        }
    )
    activity = account.activity_schedule(summary="Bench", user_id=leaver.id)
    env.flush_all()
    return account, lead, order, activity


def clone(env, record, count, **overrides):
    """Copy a row ``count`` times in SQL; ``overrides`` are expressions of ``n`` = 1 … count.

    :return: the number that ``n`` is added to in the copies' ids
    """
    cr, table = env.cr, record._table
    cr.execute(SQL("SELECT max(id) FROM %s", SQL.identifier(table)))
    first = cr.fetchone()[0]
    cr.execute(
        """SELECT column_name FROM information_schema.columns
            WHERE table_schema = current_schema AND table_name = %s AND is_generated = 'NEVER'""",
        [table],
    )
    columns = [row[0] for row in cr.fetchall()]
    overrides = {name: f"{first} + n" if value == "id" else value for name, value in overrides.items()}
    values = {"id": f"{first} + n", **overrides}
    cr.execute(
        SQL(
            "INSERT INTO %s (%s) SELECT %s FROM %s, generate_series(1, %s) AS n WHERE id = %s",
            SQL.identifier(table),
            SQL(", ").join(SQL.identifier(name) for name in columns),
            SQL(", ").join(SQL(values[name]) if name in values else SQL.identifier(name) for name in columns),
            SQL.identifier(table),
            count,
            record.id,
        )
    )
    cr.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, first + count])
    cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
    return first


def follow(env, user, model, first, count):
    subtypes = env["mail.message.subtype"]._default_subtypes(model)[0]
    env.cr.execute(
        """
        WITH added AS (
            INSERT INTO mail_followers (res_model, res_id, partner_id)
            SELECT %s, %s + n, %s FROM generate_series(1, %s) AS n
         RETURNING id)
        INSERT INTO mail_followers_mail_message_subtype_rel (mail_followers_id, mail_message_subtype_id)
        SELECT added.id, subtype FROM added, unnest(%s) AS subtype
        """,
        [model, first, user.partner_id.id, count, subtypes],
    )
