"""A year of rotation with what stands in its way, and three cases: one to decide, one on probation, one decided."""

from .demo import Demo

APPEAL = (
    "The fab is being rebuilt, orders come back in spring: I know the plant manager well. Two visits with service "
    "before the end of the quarter, and a joint offer for the new line."
)


def make(env):
    demo = Demo(env)
    schedule = env["churn.rotation.schedule"].create(
        {
            "name": "Customers in 2 years",
            "first_date": demo.day(40).replace(day=1),
            "cap_rep": 3,
            "cap_company": 6,
            "balance_percent": 30.0,
        }
    )
    exceptions = env["churn.rotation.exception"].with_user(demo.users["chen"])
    for key, kind, reason, days in (
        ("nordvik", "consent", "Ingrid Dahl agrees when the retrofit is ordered", 360),
        ("tianhe", "stay", "Framework contract is being negotiated", 150),
    ):
        exceptions.create(
            {"account_id": demo.accounts[key].id, "kind": kind, "reason": reason, "date_to": demo.day(days)}
        )
    schedule._replan()
    cases = _cases(demo)
    return {"rotation lines": len(schedule.line_ids), "cases": len(cases)}


def _cases(demo):
    to_decide = _answered(
        demo, "longteng", "zhao", "No order for half a year, and the buyer asks who looks after them.", APPEAL
    )
    trial = _answered(
        demo, "bluewater", "keller", "Orders become fewer from quarter to quarter.", "A visit each month until summer."
    )
    trial._carry_out(
        {
            "decision": "probation",
            "decision_text": "We try it together: I come along twice.",
            "target_kind": "orders",
            "target_amount": 3,
            "probation_to": demo.day(90),
            "help_visits": 2,
            "help_calls": 1,
        }
    )
    kept = _answered(
        demo, "vernier", "keller", "We are losing ground at Vernier.", "Monthly calls, and a demonstration in May."
    )
    kept._carry_out({"decision": "keep", "decision_text": "The plan convinces me. We look at it again in autumn."})
    # nobody is written to because of a story
    demo.env["mail.mail"].search([("model", "=", "churn.case")]).unlink()
    return to_decide | trial | kept


def _answered(demo, key, leader, reason, plan):
    """A case of an account that its owner has appealed against with a plan."""
    account = demo.accounts[key]
    case = (
        demo.env["churn.case"].with_user(demo.users[leader]).create({"account_id": account.id, "reason_text": reason})
    )
    case.action_tell()
    case.with_user(case.user_id)._answer("appeal", plan)
    return case
