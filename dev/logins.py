"""Give the demo's users a known password and print who they are, as JSON.

Usage: python -m dev.logins --conf FILE --db NAME --password TEXT
"""

import argparse
import json

from dev.session import open_environment

# Enough of each kind to try every screen with.
MANAGERS, REPS = 2, 5


def main():
    parser = argparse.ArgumentParser()
    for option in ("--conf", "--db", "--password"):
        parser.add_argument(option, required=True)
    args = parser.parse_args()
    with open_environment(args.conf, args.db) as env:
        logins = demo_logins(env)
        users = env["res.users"].search([("login", "in", [row["login"] for row in logins])])
        users.password = args.password
    print(json.dumps(logins))


def demo_logins(env):
    """The first managers and reps, and the administrator: a list of {role, name, login}."""
    everybody = env["res.users"].search([("share", "=", False)], order="id")
    administrators = everybody.filtered(lambda user: user.has_group("base.group_system"))
    managers = (everybody - administrators).filtered(
        lambda user: user.has_group("churn_handover.group_churn_manager")
    )
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
    main()
