"""What installation and the nights cost with 100,000 accounts, 200,000 orders and 33,000 tracked owner changes."""

from benchmarks import _account_fixture as fixture
from dev.bench import Figure

NEEDS_DATABASE = True
ROUND_THE_ORM = 1000


def run(context):
    env = context.env
    context.seconds["fixture"] = fixture.make(env)
    assignments, figures = env["churn.assignment"], env["churn.account"]
    env.cr.execute("TRUNCATE churn_assignment, churn_account CASCADE")
    env.invalidate_all()
    with context.timed("seed"):
        rows = assignments._seed()
    with context.timed("figures"):
        accounts = figures._refresh(env["res.company"].search([]))
    with context.timed("figures again"):
        figures._refresh(env["res.company"].search([]))
    some = env["churn.account"].search([], limit=3).partner_id
    with context.timed("figures of 3 accounts"):
        figures._refresh_partners(some.ids)
    with context.timed("members"):
        members = assignments._record_members(None, "found")
    with context.timed("nothing to find"):
        assignments._mismatches(5000)
        assignments._record_members(None, "found")
    env.cr.execute(
        """
        UPDATE res_partner SET user_id = %s
         WHERE id IN (SELECT account_id FROM churn_assignment WHERE user_id <> %s AND kind = 'owner' LIMIT %s)
        """,
        [env.uid, env.uid, ROUND_THE_ORM],
    )
    with context.timed("found"):
        assignments._record_owner_changes(assignments._mismatches(ROUND_THE_ORM), "found")
    seconds = context.seconds
    return [
        Figure("seed the history", seconds["seed"], "s", 60),
        Figure("rows of history", rows),
        Figure("figures of all accounts", seconds["figures"], "s", 40),
        Figure("accounts with figures", accounts),
        Figure("figures again, nothing changed", seconds["figures again"], "s", 40),
        Figure("figures of 3 accounts on demand", seconds["figures of 3 accounts"], "s"),
        Figure("nightly comparison, nothing to find", seconds["nothing to find"], "s", 40),
        Figure(f"nightly comparison, {ROUND_THE_ORM} owners found", seconds["found"], "s", 40),
        Figure(f"history of {members} members made in SQL", seconds["members"], "s", 40),
        Figure("fixture", seconds["fixture"], "s", baseline="0: reused"),
    ]
