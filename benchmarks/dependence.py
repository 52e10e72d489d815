"""Person dependence of 100,000 accounts with 3 million contacts: the nightly steps as the cron runs them.

Then the same night again, when nothing has changed, and what opening the list of thin bridges takes.
"""

import resource
import time

from odoo import fields

from benchmarks import _contact_fixture
from dev.bench import Figure

NEEDS_DATABASE = True


def run(context):
    env = context.env
    fixture = _contact_fixture.make(env)
    company = env.company
    env["churn.account"]._refresh(company)
    env.cr.commit()
    first = night(env, company)
    again = night(env, company)
    accounts = env["churn.account"].search_count([("dependence_status", "=", "told")])
    return [
        Figure("all steps of a night", sum(first.values()), "s", 90),
        Figure("longest step", max(first.values()), "s", 40, baseline=max(first, key=first.get)),
        *(Figure(f"step: {name}", seconds, "s") for name, seconds in first.items()),
        Figure("the same night again", sum(again.values()), "s", 90),
        Figure("accounts told", accounts),
        Figure("list of thin bridges, a manager opens it", open_list(env), "s", 0.5),
        Figure("memory, peak of the process", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB", 1200),
        Figure("fixture", fixture, "s", baseline="0: reused"),
    ]


def night(env, company):
    """Seconds per step."""
    today = fields.Date.context_today(env.user)
    seconds = {}
    for step in ("messages", "meetings", "activities"):
        started = time.perf_counter()
        env["churn.contact"]._run_step(step, today)
        env.cr.commit()
        seconds[step] = time.perf_counter() - started
    started = time.perf_counter()
    env["churn.account"]._refresh_dependence(company)
    env.cr.commit()
    seconds["dependence"] = time.perf_counter() - started
    env.invalidate_all()
    return seconds


def open_list(env):
    """Server seconds of the list of thin bridges, the best of three."""
    accounts = env(user=env.ref("base.user_admin"))["churn.account"]
    names = {
        "partner_id": {"fields": {"display_name": {}}},
        "user_id": {"fields": {"display_name": {}}},
        "dependence": {},
        "dependence_level": {},
        "revenue_12m": {},
        "dependence_advice": {},
        "coverage_gap": {},
    }
    domain = [("dependence_status", "!=", False), ("partner_id.active", "=", True), ("dependence_level", "=", "high")]
    found = []
    for _attempt in range(3):
        env.invalidate_all()
        started = time.perf_counter()
        accounts.web_search_read(
            domain, names, limit=80, order="dependence desc, revenue_12m desc, id", count_limit=10001
        )
        found.append(time.perf_counter() - started)
    return min(found)
