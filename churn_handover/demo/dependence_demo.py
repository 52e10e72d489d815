"""What the nights of the last weeks have found: person dependence, and what it would mean if somebody left."""

import random
from datetime import timedelta

from .demo import Demo

WEEKS = 12


def make(env):
    demo = Demo(env)
    contacts = env["churn.contact"]
    for step in contacts._pending_steps(demo.today):
        contacts._run_step(step, demo.today)
    env["churn.account"]._refresh_dependence(env.company)
    env.company.churn_dependence_on = demo.today
    latest = env["churn.whatif"]._snapshot(env.company)
    return {"weekly figures": len(latest) + len(_make_past_weeks(demo, latest))}


def _make_past_weeks(demo, latest):
    """The same people in the weeks before: business grew, and a few backups have got to know customers since."""
    names = ("accounts", "revenue", "covered", "stake_low", "stake_high", "saved")
    people = latest.filtered(lambda row: row.kind == "person")
    values = []
    for week in range(1, WEEKS):
        rows = [_week_before(row, week) for row in people]
        total = {name: sum(row[name] for row in rows) for name in names}
        total |= {"covered_share": total["covered"] / total["revenue"] if total["revenue"] else 0.0}
        company = latest - people
        weight = sum(row["revenue"] for row in rows if row["dependence"])
        total["dependence"] = sum(row["revenue"] * row["dependence"] for row in rows) / weight if weight else 0
        rows.append({**total, "kind": "company", "title": company.title, "user_id": False})
        values += [
            {**row, "company_id": demo.env.company.id, "date": demo.today - timedelta(weeks=week)} for row in rows
        ]
    return demo.env["churn.whatif"].create(values)


def _week_before(row, week):
    draw = random.Random(f"{row.user_id.login} {week}")
    factor = (1 - 0.006 * week) * draw.uniform(0.98, 1.02)
    revenue, covered_share = row.revenue * factor, row.covered_share * (1 - 0.03 * week)
    return {
        "kind": "person",
        "title": row.title,
        "user_id": row.user_id.id,
        "accounts": max(1, row.accounts - week // 5),
        "revenue": revenue,
        "covered": revenue * covered_share,
        "covered_share": covered_share,
        "dependence": min(100, round(row.dependence + 0.8 * week)) if row.dependence else 0,
        "stake_low": row.stake_low * factor,
        "stake_high": row.stake_high * factor,
        "saved": row.saved * factor,
    }
