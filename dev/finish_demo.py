"""Finish a demo: compile its screens, give its users a known password, print who they are as JSON.

Usage: python -m dev.finish_demo CONF DATABASE PASSWORD
"""

import json
import sys

from dev.session import open_environment, warm_screens

# Enough of each kind to try every screen with.
MANAGERS, REPS = 2, 5


def main(conf, db, password):
    with open_environment(conf, db) as env:
        logins = demo_logins(env)
        env["res.users"].search([("login", "in", [row["login"] for row in logins])]).password = password
        warm_screens(env)
    print(json.dumps(logins))


def demo_logins(env):
    """The first managers and reps, and the administrator: a list of {role, name, login}."""
    everybody = env["res.users"].search([("share", "=", False)], order="id")
    administrators = everybody.filtered(lambda user: user.has_group("base.group_system"))
    managers = (everybody - administrators).filtered(lambda user: user.has_group("churn_handover.group_churn_manager"))
    reps = (everybody - administrators - managers).filtered(
        lambda user: user.has_group("sales_team.group_sale_salesman")
    )
    return [
        {"role": role, "name": user.name, "login": user.login}
        for role, users in (
            ("manager", managers[:MANAGERS]),
            ("rep", reps[:REPS]),
            ("administrator", administrators[:1]),
        )
        for user in users
    ]


if __name__ == "__main__":
    main(*sys.argv[1:])
