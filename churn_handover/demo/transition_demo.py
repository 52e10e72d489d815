"""Handovers of the past with their results, and leader visits: one missed, one planned, one made, others to come."""

from datetime import timedelta

from .account_demo import former_until
from .demo import Demo

KINDS = {"li": "similar", "wu": "other", "zhao": "backup", "lindqvist": "new"}
VISITED = 40  # days ago
NOTE = "Content with the service. They wonder whether we could take over the calibration of their second plant."


def make(env):
    demo = Demo(env)
    plans = _past_handovers(demo)
    visits = _visits(demo)
    return {"handovers of the past": len(plans), "leader visits": visits}


def _past_handovers(demo):
    """The former owners of the table handed over once, all at once."""
    env = demo.env
    rows = [row for row in demo.rows("accounts") if row["former"]]
    plans = env["churn.handover"]
    for former in dict.fromkeys(row["former"] for row in rows):
        own = [row for row in rows if row["former"] == former]
        day = demo.ago(former_until(own[0]))
        plan = plans.create(
            {
                "predecessor_id": demo.users[former].id,
                "change_date": day,
                "kind": "departure" if former == "guo" else "reassignment",
                "user_id": demo.users["chen"].id,
                "state": "done",
            }
        )
        env["churn.handover.line"].create(
            [
                {
                    "handover_id": plan.id,
                    "account_id": demo.accounts[row["key"]].id,
                    "successor_id": demo.users[row["owner"]].id,
                    "state": "done",
                    "moved_at": demo.at(day),
                    "successor_type": KINDS[row["owner"]],
                }
                for row in own
            ]
        )
        plans |= plan
    for day, months, line_ids in env["churn.result"]._due():
        env["churn.result"]._refresh(day, months, line_ids)
    env["churn.result.group"]._refresh()
    return plans


def _visits(demo):
    visits = demo.env["churn.visit"]
    visits._cron_visits()
    made, missed, planned = visits.search([("state", "=", "due")], order="account_id")[:3]
    made.write({"since": demo.ago(VISITED + 1)})
    made._held(made.leader_id, demo.ago(VISITED), NOTE)
    missed.due_date = demo.ago(6)
    contact = planned.account_id.child_ids[:1]
    start = demo.at(demo.day(5))
    planned._plan(planned.leader_id, start, start + timedelta(hours=1), contact, demo.env["res.users"])
    return visits.search_count([])
