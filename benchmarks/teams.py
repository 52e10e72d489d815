"""Account teams of 100,000 accounts: coverage, size, reach and contradictions of a night, and templates in bulk."""

import resource
import time

from odoo.fields import Domain

from benchmarks import _contact_fixture
from dev.bench import Figure

NEEDS_DATABASE = True
BULK = 10000


def run(context):
    env = context.env
    fixture = _contact_fixture.make(env)
    company = env.company
    accounts = env["churn.account"]
    accounts._refresh(company)
    env.cr.commit()
    steps = {
        "who sat at the tables": accounts._count_meetings,
        "coverage, size, reach": lambda: accounts._refresh_teams(company),
        "the same again, nothing changed": lambda: accounts._refresh_teams(company),
        "contradictions": lambda: env["churn.contradiction"]._find(company),
    }
    seconds = {name: timed(env, step) for name, step in steps.items()}
    return [
        Figure("longest step of the night", max(seconds.values()), "s", 40, baseline=max(seconds, key=seconds.get)),
        *(Figure(f"step: {name}", value, "s") for name, value in seconds.items()),
        *template_figures(env),
        Figure("memory, peak of the process", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB", 1200),
        Figure("fixture", fixture, "s", baseline="0: reused"),
    ]


def timed(env, step):
    started = time.perf_counter()
    step()
    env.cr.commit()
    env.invalidate_all()
    return time.perf_counter() - started


def template_figures(env):
    """A template applied to BULK accounts, whose owners are in sales teams of ten people; taken back afterwards."""
    reps = env["res.users"].search([("login", "=like", "bench.rep%")], order="id")
    env["crm.team"].create(
        [
            {"name": f"bench team {start}", "member_ids": reps[start : start + 10].ids}
            for start in range(0, len(reps), 10)
        ]
    )
    env.flush_all()
    template = env.ref("churn_handover.team_template_any")
    templates = env["churn.team.template"]
    ids = env["res.partner"].search(template._account_domain() & Domain("churn_member_ids", "=", False), limit=BULK).ids
    started = time.perf_counter()
    proposals = templates._proposals(templates.browse(template.id)._fitting(Domain("id", "in", ids)))
    found = time.perf_counter() - started
    started = time.perf_counter()
    members = templates._add_members(proposals)
    env.flush_all()
    env.cr.precommit.run()
    added = time.perf_counter() - started
    count = len(members)
    env.cr.rollback()
    if not count:
        raise ValueError("The template added nobody: the time would say nothing. Make the bench database anew.")
    return [
        Figure("accounts in the preview", len(ids)),
        Figure("preview of a template", found, "s"),
        Figure("people added", count),
        Figure("adding them, coverage included", added, "s"),
    ]
