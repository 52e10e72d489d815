"""The churn score of a large company: nightly scoring, training, and opening the risk list.

100,000 accounts with 1.1 million orders, and half of that to see how time grows. The companies are made in SQL
once per database and kept; training and scoring are carried out for real, in the steps of their crons, each
committed. Beside the clock's seconds the CPU seconds of Odoo and of its PostgreSQL process: on a busy machine only
those can be compared.
"""

import os
import resource
import time
from pathlib import Path

from benchmarks._score_company import make
from dev.bench import Figure

NEEDS_DATABASE = True
ACCOUNTS = 100_000
LIST_CONTEXT = {"search_default_at_risk": 1}


def run(context):
    env = context.env
    half, half_fixture = make(env, ACCOUNTS // 2)
    company, fixture = make(env, ACCOUNTS)
    for other in (half, company):
        other.churn_money_critical = other.churn_money_high = 0
    half_training, half_scoring = Steps(env), Steps(env)
    train(env, half, half_training)
    score(env, half, half_scoring)
    training, scoring = Steps(env), Steps(env)
    train(env, company, training)
    score(env, company, scoring)
    rows = risk_list(env, company)
    return [
        Figure("scoring, total", scoring.seconds, "s", 60),
        Figure("scoring, CPU of Odoo and PostgreSQL", scoring.all_cpu, "s CPU"),
        Figure("scoring, longest step", scoring.cpu, "s CPU", 40),
        Figure("scoring, half the accounts", half_scoring.seconds, "s"),
        Figure("scoring, twice the accounts take", scoring.seconds / half_scoring.seconds, "times", 2.4),
        Figure("scoring, the same in CPU", scoring.all_cpu / half_scoring.all_cpu, "times", 2.4),
        Figure("training, total", training.seconds, "s", 180),
        Figure("training, CPU of Odoo and PostgreSQL", training.all_cpu, "s CPU"),
        Figure("training, longest step", training.cpu, "s CPU", 40),
        Figure("training, half the accounts", half_training.seconds, "s"),
        Figure("training, twice the accounts take", training.seconds / half_training.seconds, "times", 2.4),
        Figure("training, the same in CPU", training.all_cpu / half_training.all_cpu, "times", 2.4),
        Figure("memory, peak of the process", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB", 1200),
        Figure("risk list, a manager opens it", rows["manager"], "s", 0.5),
        Figure("risk list, all accounts", rows["all"], "s", 0.5),
        Figure("risk list, a rep opens it", rows["rep"], "s", 0.5),
        Figure("side panel of the list", rows["panel"], "s"),
        Figure("contacts by risk, high or critical", rows["contacts"], "s"),
        Figure("fixture", fixture + half_fixture, "s"),
    ]


class Steps:
    """Adds up what steps take: seconds and CPU seconds of all, Odoo's CPU seconds of the longest."""

    def __init__(self, env):
        env.cr.execute("SELECT pg_backend_pid()")
        self.backend = Path(f"/proc/{env.cr.fetchone()[0]}/stat")
        self.seconds = self.cpu = self.all_cpu = 0.0

    def __enter__(self):
        self.started = time.perf_counter(), time.process_time(), self.database_cpu()

    def __exit__(self, *_exception):
        seconds, cpu, database = self.started
        own = time.process_time() - cpu
        self.seconds += time.perf_counter() - seconds
        self.cpu = max(self.cpu, own)
        self.all_cpu += own + self.database_cpu() - database

    def database_cpu(self):
        """CPU seconds of the connection's server process so far; 0 where it runs on another machine."""
        if not self.backend.exists():
            return 0.0
        user, system = self.backend.read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def train(env, company, steps):
    model = env["churn.score.model"]._general(company)
    model.write({"training_state": False, "state": "new"})
    env.cr.commit()
    done = False
    while not done:
        with steps:
            done = model._training_step_safely()
            env.cr.commit()
            env.invalidate_all()
    if model.state != "ready":
        raise RuntimeError(f"training ended as {model.state}: {model.error}")


def score(env, company, steps):
    """All steps of a night for one company."""
    models = env["churn.score.model"]
    model = models._general(company)
    model.write({"prepared_on": False, "scored_on": False, "score_cursor": 0, "finished_on": False})
    env.cr.commit()
    for method, field in (
        ("_score_prepare", "prepared_on"),
        ("_score_range", "scored_on"),
        ("_score_finish", "finished_on"),
    ):
        while not model[field]:
            with steps:
                getattr(model, method)()
                env.cr.commit()
                env.invalidate_all()


def risk_list(env, company):
    """Server seconds of what the web client asks for, the best of three (the first fills PostgreSQL's cache)."""
    manager = env.ref("base.user_admin")
    manager.company_ids += company
    rep = env["res.users"].search([("login", "=like", "score.bench.%")], limit=1)
    env.cr.commit()
    fixed = [("score_model_id", "!=", False), ("partner_id.active", "=", True)]
    risky = [*fixed, ("risk_band", "in", ("high", "critical")), ("score_status", "!=", "lost")]
    view = env["churn.account"].get_view(env.ref("churn_handover.account_score_view_list").id, "list")
    names = [name for name in view["models"]["churn.account"] if name in env["churn.account"]._fields]
    specification = {
        name: {"fields": {"display_name": {}}} if env["churn.account"]._fields[name].type == "many2one" else {}
        for name in names
        if env["churn.account"]._fields[name].type not in ("one2many", "binary") and not name.startswith("history")
    }

    def open_list(user, domain):
        accounts = env(user=user, context={**LIST_CONTEXT, "allowed_company_ids": company.ids})["churn.account"]
        return accounts.web_search_read(
            domain, specification, limit=80, order="expected_loss desc, id", count_limit=10001
        )

    def panel(user):
        accounts = env(user=user, context={"allowed_company_ids": company.ids})["churn.account"]
        for name in ("risk_band", "value_tier", "team_id"):
            accounts.search_panel_select_range(name, enable_counters=True, search_domain=risky)

    def contacts(user):
        partners = env(user=user, context={"allowed_company_ids": company.ids})["res.partner"]
        return partners.web_search_read(
            [("churn_risk_band", "in", ("high", "critical"))], {"complete_name": {}, "churn_risk_band": {}}, limit=80
        )

    return {
        "manager": best(env, lambda: open_list(manager, risky)),
        "all": best(env, lambda: open_list(manager, fixed)),
        "rep": best(env, lambda: open_list(rep, risky)),
        "panel": best(env, lambda: panel(manager)),
        "contacts": best(env, lambda: contacts(manager)),
    }


def best(env, function):
    seconds = []
    for __ in range(3):
        env.invalidate_all()
        started = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - started)
    return min(seconds)
