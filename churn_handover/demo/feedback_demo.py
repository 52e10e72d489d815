"""What customers have said: open and solved, some of it about a person."""

from datetime import timedelta

from .demo import Demo


def make(env):
    demo = Demo(env)
    feedback = env["churn.feedback"].create([_values(demo, row) for row in demo.rows("feedback")])
    return {"feedback": len(feedback)}


def _values(demo, row):
    received = demo.at(demo.ago(row["days_ago"]), 3)
    solved = row["solved_after"] and received + timedelta(days=int(row["solved_after"]))
    answered = row["answered_after"] and received + timedelta(days=int(row["answered_after"]))
    return {
        "kind": row["kind"],
        "source": row["source"],
        "text": row["text"],
        "partner_id": demo.contact(row["account"]).id,
        "about_user_id": demo.users[row["about"]].id if row["about"] else False,
        "received_date": received,
        "answered_date": answered or False,
        "state": "solved" if solved else "progress" if answered else "new",
        "solved_date": solved or False,
        "done_text": row["done"],
    }
