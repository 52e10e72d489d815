"""What "access follows the team" costs: searches of a rep with and without our record rules, 100,000 accounts.

The rep has "Own Documents Only", owns 200 accounts and serves 160 more on their teams; the director serves half of all
accounts, which shows where the cost goes when a team list is used to see everything (for that, Odoo has "All
Documents"). Both searches are what the web client sends: the first page in the model's order, and the count.
"""

from statistics import median
from time import perf_counter

from benchmarks import _account_fixture as fixture
from dev.bench import Figure

NEEDS_DATABASE = True
MODELS = {"sale.order": "orders", "sale.order.line": "order lines", "crm.lead": "opportunities"}
RUNS = 9
RULES = ("sale_order", "sale_order_line", "lead", "sale_report", "activity_report")


def run(context):
    env = context.env
    context.seconds["fixture"] = fixture.make(env)
    rules = env["ir.rule"].browse([env.ref(f"churn_handover.rule_access_{name}").id for name in RULES])
    rep, director = (env["res.users"].search([("login", "=", f"bench.rep{number}")]) for number in (3, 4))
    make_director(env, director)
    with_rules = {(user, model): measure(env, user, model) for user in (rep, director) for model in MODELS}
    rules.active = False
    without = {(rep, model): measure(env, rep, model) for model in MODELS}
    figures = [Figure("accounts", 100_000), Figure("orders", env["sale.order"].search_count([]))]
    for model, noun in MODELS.items():
        for position, kind in enumerate(("first page", "count")):
            ours, stock = with_rules[rep, model][position], without[rep, model][position]
            figures += [
                Figure(f"{noun}, {kind}", ours, "ms", baseline=f"without our rule: {stock:.1f} ms"),
                Figure(f"{noun}, {kind}: ratio", ours / stock),
            ]
    for model, noun in MODELS.items():
        figures.append(Figure(f"director, {noun}, first page", with_rules[director, model][0], "ms"))
    found, own = with_rules[rep, "sale.order"][2], without[rep, "sale.order"][2]
    return [
        *figures,
        Figure("orders the rep sees", found, baseline=f"without our rule: {own}"),
        Figure("fixture", context.seconds["fixture"], "s", baseline="0: reused"),
    ]


def make_director(env, user):
    env.cr.execute(
        """
        INSERT INTO churn_team_member (account_id, user_id, role_id, date_from, origin)
        SELECT id, %s, %s, current_date - 5, 'manual'
          FROM res_partner WHERE name LIKE %s AND is_company AND id %% 2 = 0
        """,
        [user.id, env.ref("churn_handover.role_leader").id, fixture.MARKER + "%"],
    )
    env.cr.execute("ANALYZE churn_team_member")


def measure(env, user, model):
    """:return: (median ms of the first page, median ms of the count, how many records)"""
    records = env(user=user.id)[model]
    page, count = [], []
    for _run in range(RUNS):
        env.invalidate_all()
        started = perf_counter()
        records.search([], limit=80)
        page.append(perf_counter() - started)
        started = perf_counter()
        found = records.search_count([])
        count.append(perf_counter() - started)
    return median(page) * 1000, median(count) * 1000, found
