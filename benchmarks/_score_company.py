"""A large company made in SQL for the score benchmark: accounts that order at a rhythm of their own and may stop.

Made once per database and size and reused; the time it takes is a figure of its own. Everything is in a company
of its own, so that the fixtures of other benchmarks in the same database do not count.
"""

import time
from contextlib import contextmanager

from odoo.tools import SQL

REPS = 50
ORDERS_PER_ACCOUNT = 11
YEARS = 3


def make(env, accounts):
    """Return ``(company, seconds)``: a company with that many accounts, and what making it took (0 when reused)."""
    name = f"Score bench {accounts}"
    company = env["res.company"].search([("name", "=", name)])
    if company:
        return company, 0.0
    started = time.perf_counter()
    company = env["res.company"].create({"name": name, "currency_id": env.company.currency_id.id})
    env["churn.score.model"].search([("company_id", "=", company.id)]).unlink()
    env.flush_all()
    values = {
        "name": name,
        "company": company.id,
        "currency": company.currency_id.id,
        "accounts": accounts,
        "orders": accounts * ORDERS_PER_ACCOUNT,
        "span": YEARS * 365,
        "reps": _reps(env, company).ids,
        "products": _products(env).ids,
    }
    # a foreign key checked for the first time while its table is small keeps a sequential plan for ever
    env.cr.execute("SET LOCAL enable_seqscan = off")
    env.cr.execute("SET LOCAL max_parallel_workers_per_gather = 0")  # random() must be drawn in one order
    with _without_indexes(env, "sale_order", "sale_order_line"):
        for statement in _STATEMENTS:
            env.cr.execute(statement, values)
    env.cr.commit()
    for table in ("res_partner", "sale_order", "sale_order_line"):
        env.cr.execute(f"ANALYZE {table}")
    env.cr.commit()
    env.invalidate_all()
    return company, time.perf_counter() - started


@contextmanager
def _without_indexes(env, *tables):
    """Drop the tables' plain indexes and make them again: for a million rows that is faster than to keep them."""
    env.cr.execute(
        """SELECT indexname, indexdef FROM pg_indexes
            WHERE tablename = ANY(%s) AND indexdef NOT LIKE 'CREATE UNIQUE%%'""",
        (list(tables),),
    )
    indexes = env.cr.fetchall()
    for name, __ in indexes:
        env.cr.execute(SQL("DROP INDEX %s", SQL.identifier(name)))
    yield
    for __, definition in indexes:
        env.cr.execute(definition)


def _reps(env, company):
    """Reps who may work for the company, named so that a second run finds them."""
    users = env["res.users"].with_context(active_test=False, no_reset_password=True)
    reps = users.search([("login", "=like", "score.bench.%")], order="id")
    group = env.ref("sales_team.group_sale_salesman")
    reps = reps or users.create(
        [
            {"name": f"Score Bench {number}", "login": f"score.bench.{number}", "group_ids": [(4, group.id)]}
            for number in range(REPS)
        ]
    )
    reps.write({"company_ids": [(4, company.id)]})
    return reps


def _products(env):
    """Twelve products, each in a category of its own."""
    products = env["product.product"].search([("default_code", "=like", "SCOREBENCH%")])
    return products or env["product.product"].create(
        [
            {
                "name": f"Score bench {number}",
                "default_code": f"SCOREBENCH{number}",
                "categ_id": env["product.category"].create({"name": f"Score bench {number}"}).id,
            }
            for number in range(12)
        ]
    )


_STATEMENTS = (
    "SELECT setseed(0.42)",
    """
    WITH numbered AS (
        SELECT nextval('res_partner_id_seq')::int AS id, number FROM generate_series(1, %(accounts)s) AS number
    )
    INSERT INTO res_partner (id, name, complete_name, is_company, active, type, partner_share, user_id, company_id,
                             commercial_partner_id, autopost_bills, create_date, write_date)
    SELECT id, %(name)s || ' account ' || number, %(name)s || ' account ' || number, true, true, 'contact', true,
           (%(reps)s)[1 + number %% cardinality(%(reps)s)], %(company)s, id, 'ask', now() - interval '4 years', now()
      FROM numbered
    """,
    # The usual gap of an account is between two weeks and a year; it buys for two years on average.
    """
    CREATE TEMP TABLE score_bench_account ON COMMIT DROP AS
    SELECT id, gap, began, least(%(span)s, began - 730 * ln(1 - random())) AS ended, size
      FROM (SELECT id, 14 + 350 * random() ^ 3 AS gap, %(span)s * random() ^ 1.5 AS began,
                   200 * exp(2 * (random() + random() + random() - 1.5)) AS size
              FROM res_partner WHERE company_id = %(company)s) drawn
    """,
    "ANALYZE score_bench_account",
    """
    CREATE TEMP TABLE score_bench_order ON COMMIT DROP AS
    SELECT account.id AS account_id,
           least(account.began + (step + 0.8 * (random() - 0.5)) * account.gap, account.ended) AS day,
           round((account.size * (0.3 + 1.4 * random()))::numeric, 2) AS amount
      FROM score_bench_account account,
           generate_series(0, floor((account.ended - account.began) / account.gap)::int) AS step
    """,
    """
    INSERT INTO sale_order (name, company_id, partner_id, partner_invoice_id, partner_shipping_id, date_order, state,
                            user_id, currency_id, currency_rate, amount_untaxed, amount_total, invoice_status,
                            create_date, write_date)
    SELECT 'score-bench', %(company)s, account_id, account_id, account_id,
           (now() AT TIME ZONE 'UTC')::date - (%(span)s - day) * interval '1 day' - interval '1 hour', 'sale',
           (%(reps)s)[1 + account_id %% cardinality(%(reps)s)], %(currency)s, 1, amount, amount * 1.15,
           'no', now(), now()
      FROM (SELECT * FROM score_bench_order ORDER BY random() LIMIT %(orders)s) drawn
    """,
    "ANALYZE sale_order",
    # a line each in the last year, so that the warnings about breadth have something to read
    """
    INSERT INTO sale_order_line (order_id, name, product_uom_qty, price_unit, customer_lead, product_id, company_id,
                                 order_partner_id, salesman_id, state, price_subtotal, price_total, currency_id,
                                 create_date, write_date)
    SELECT id, 'score-bench', 1, amount_untaxed, 0, (%(products)s)[1 + floor(random() * 12)::int], company_id,
           partner_id, user_id, 'sale', amount_untaxed, amount_total, currency_id, now(), now()
      FROM sale_order
     WHERE company_id = %(company)s AND date_order > now() - interval '370 days'
    """,
)
