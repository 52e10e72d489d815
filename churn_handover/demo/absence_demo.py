"""One salesperson is on holiday and covered; another one goes next week, and nobody has confirmed who covers."""

from .demo import Demo


def make(env):
    demo = Demo(env)
    absences = env["churn.absence"]
    running = absences.with_user(demo.users["wu"]).create(
        {
            "user_id": demo.users["wu"].id,
            "date_from": demo.ago(2),
            "date_to": demo.day(5),
            "cover_id": demo.users["zhao"].id,
            "note": "Xingda waits for the drawings of the flow meters: Xu Na has them.\nBaolai can wait.",
        }
    )
    running.action_confirm()
    planned = absences.with_user(demo.users["rossi"]).create(
        {
            "user_id": demo.users["rossi"].id,
            "date_from": demo.day(6),
            "date_to": demo.day(12),
            "cover_id": demo.users["keller"].id,
        }
    )
    return {"absences": len(running | planned)}
