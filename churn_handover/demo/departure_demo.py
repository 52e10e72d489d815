"""A plan that is confirmed and waits for its day; the other one, of Li Wei, is left to the visitor."""

from .demo import Demo

PLANNED_IN = 18  # days


def make(env):
    demo = Demo(env)
    plans = env["churn.handover"].with_user(demo.users["chen"])
    plan = plans._plan(demo.users["lindqvist"], demo.day(PLANNED_IN), default_successor_id=demo.users["keller"].id)
    plan.action_confirm()
    return {"handovers": len(plan)}
