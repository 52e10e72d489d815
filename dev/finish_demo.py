"""Finish a demo: do the night's work, compile its screens, give its users a known password, print who they are as JSON.

Usage: python -m dev.finish_demo CONF DATABASE PASSWORD
"""

import json
import sys

from dev.session import open_environment, warm_screens

REPS = 5  # those with the most accounts; enough to try every screen


def main(conf, db, password):
    with open_environment(conf, db) as env:
        speak(env)
        # The first visitor finds the figures of a company that has run for a while.
        env["churn.score.model"]._cron_train()
        env["churn.score.model"]._cron_score()
        env["churn.account"]._cron_dependence()
        env["churn.account"]._cron_teams()
        for model in ("churn.loss", "churn.segment", "churn.suggestion"):
            env[model]._cron_find()
        env["churn.whatif"]._cron_snapshot()
        logins = demo_logins(env)
        set_password(env["res.users"].search([("share", "=", False)]), password)
        warm_screens(env)
    print(json.dumps(logins))


def speak(env):
    """Let people read Odoo itself in the languages that the company's customers read."""
    languages = [code for code, _name in env["res.lang"].get_installed() if code != "en_US"]
    if languages:
        env["ir.module.module"].search([("state", "=", "installed")])._update_translations(languages)


def set_password(users, password):
    """Give all users one password: hashed once, which takes a third of a second."""
    hashed = users._crypt_context().hash(password)
    for user in users:
        user._set_encrypted_password(user.id, hashed)


def demo_logins(env):
    """Managers, team leaders, the reps with most accounts, and the administrator: a list of {role, name, login}."""
    everybody = env["res.users"].search([("share", "=", False)], order="id")
    administrators = everybody.filtered(lambda user: user.has_group("base.group_system"))
    managers = (everybody - administrators).filtered(lambda user: user.has_group("churn_handover.group_churn_manager"))
    leaders = env["crm.team"].search([]).user_id - administrators - managers
    owned = dict(env["res.partner"]._read_group([("is_company", "=", True)], ["user_id"], ["__count"]))
    reps = (everybody - administrators - managers - leaders).filtered(
        lambda user: user.has_group("sales_team.group_sale_salesman")
    )
    reps = reps.sorted(lambda user: -owned.get(user, 0))
    return [
        {"role": role, "name": user.name, "login": user.login}
        for role, users in (
            ("manager", managers),
            ("team leader", leaders),
            ("rep", reps[:REPS]),
            ("administrator", administrators[:1]),
        )
        for user in users
    ]


if __name__ == "__main__":
    main(*sys.argv[1:])
