"""Segments and product suggestions of a large company, found through Odoo in the steps of their crons.

100,000 accounts with 1.1 million orders and two lines each, in 60 product categories; groups of customers have tastes
of their own. Each step is committed, as the crons do it. Beside the clock's seconds the CPU seconds of Odoo and of
its PostgreSQL process: on a busy machine only those can be compared.
"""

import resource
import time

from benchmarks._score_company import make
from benchmarks.score import Steps
from dev.bench import Figure

NEEDS_DATABASE = True
ACCOUNTS = 100_000
CATEGORIES = 60
SECONDS, STEP_CPU, MEMORY = 60, 40, 1200


def run(context):
    env = context.env
    company, fixture = make(env, ACCOUNTS)
    started = time.perf_counter()
    _lines(env, company)
    _prepare(env, company)
    fixture += time.perf_counter() - started
    before = _memory()
    figures = []
    for kind, title, count in (("segment", "segments", _segments), ("suggestion", "suggestions", _suggestions)):
        for again in (False, True):
            steps, number = _search(env, company, kind)
            name = f"{title}, the next time" if again else title
            figures += [
                Figure(
                    f"{name}: total", steps.seconds, "s", SECONDS, baseline=f"{number} steps, {count(env, company)}"
                ),
                Figure(f"{name}: CPU of Odoo and PostgreSQL", steps.all_cpu, "s CPU", SECONDS),
                Figure(f"{name}: longest step", steps.cpu, "s CPU", STEP_CPU),
            ]
    note = f"{before:.0f} MB before the first search"
    figures.append(Figure("memory, peak of the process", _memory(), "MB", MEMORY, baseline=note))
    return [*figures, Figure("fixture", fixture, "s")]


def _search(env, company, kind):
    """All steps of one search, and how many they were."""
    run = env["churn.keep.run"]._of(kind, company)
    run._begin()
    env.cr.commit()
    steps, number = Steps(env), 0
    while run.running:
        with steps:
            env["churn.statistics"]._refresh()  # as the cron does between its steps
            run._step()
            env.cr.commit()
            env.invalidate_all()
        number += 1
    return steps, number


def _segments(env, company):
    return f"{len(env['churn.segment']._found(company))} segments"


def _suggestions(env, company):
    return f"{env['churn.suggestion'].search_count([('company_id', '=', company.id)])} suggestions"


def _memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _prepare(env, company):
    """Rows of figures for all customers, as the nightly scoring makes them; no score is needed."""
    env["churn.account"]._refresh(company)
    model = env["churn.score.model"]._general(company)
    model._score_prepare()
    model.trained_on = model._today()
    env.cr.commit()
    env.cr.execute("ANALYZE churn_account")
    env.cr.commit()
    env.invalidate_all()


def _lines(env, company):
    """Two lines for every order, of the categories that the customer's like buys; made once."""
    products = env["product.product"].search([("default_code", "=like", "KEEPBENCH%")])
    if products:
        return
    products = products.create(
        [
            {
                "name": f"Keep bench {number}",
                "default_code": f"KEEPBENCH{number}",
                "categ_id": env["product.category"].create({"name": f"Keep bench {number}"}).id,
            }
            for number in range(CATEGORIES)
        ]
    )
    env.flush_all()
    env.cr.execute("SET LOCAL enable_seqscan = off")
    env.cr.execute("SELECT setseed(0.43)")
    env.cr.execute(
        """INSERT INTO sale_order_line (order_id, name, product_uom_qty, price_unit, customer_lead, product_id,
                                        company_id, order_partner_id, salesman_id, state, price_subtotal, price_total,
                                        currency_id, create_date, write_date)
           SELECT id, 'keep-bench', 1, amount_untaxed / 2, 0,
                  (%(products)s)[1 + (partner_id %% 50 * 7 + floor(12 * random() ^ 2)::int)
                                     %% cardinality(%(products)s)],
                  company_id, partner_id, user_id, 'sale', amount_untaxed / 2, amount_total / 2, currency_id,
                  now(), now()
             FROM sale_order, generate_series(1, 2)
            WHERE company_id = %(company)s""",
        {"products": products.ids, "company": company.id},
    )
    env.cr.commit()
    env.cr.execute("ANALYZE sale_order_line")
    env.cr.commit()
    env.invalidate_all()
