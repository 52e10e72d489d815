"""What is done to keep customers: a programme that was judged, one that runs, and a customer lost to a competitor."""

from .demo import Demo

JUDGED = (130, 40)  # days ago: start, and last day of the window
RUNNING = (20, -70)
SILENT = ("jinshan", "beifang", "minghui", "longteng", "vernier", "bluewater", "mapleridge", "prairie")
DONE_SHARE = 0.75  # of the tasks
COSTS = {
    "measure_call": 40,
    "measure_visit": 350,
    "measure_leader_visit": 600,
    "measure_offer": 120,
    "play_price": 900,
    "play_product": 500,
    "play_service": 300,
    "play_person": 250,
    "play_unknown": 40,
}
# account, who noticed, reason, competitor, days ago, evidence
LOST = (
    (
        "taiping",
        "wu",
        "competitor",
        "Weida Instruments 伟达仪表",
        200,
        "Their buyer told us at the fair that they have signed for two years.",
    ),
    ("beifang", "li", "price", "", 150, "Mail of the quality manager: our buffer solutions are 20 % too dear."),
    ("bluewater", "rossi", "service", "", 120, "Fiona Grant: nobody came when two sensors failed in one week."),
    # came back since: what they order after that day is in the orders
    ("dongling", "li", "price", "", 330, "The chief buyer said he would take the next gauges from a trader."),
)


def make(env):
    demo = Demo(env)
    for measure, cost in COSTS.items():
        env.ref(f"churn_handover.{measure}").cost = cost
    _lose(demo)
    gone = {demo.accounts[key].id for key in ("taiping", "haitong")}
    everybody = _figures(demo, demo.accounts).filtered(lambda account: account.partner_id.id not in gone)
    programmes = run_programme(demo, "Autumn calls: how are we doing?", everybody, JUDGED, "measure_call")
    judge_in_time(demo, programmes, JUDGED)
    programmes |= run_programme(
        demo, "Visits to customers who have become silent", _figures(demo, SILENT), RUNNING, "measure_visit"
    )
    return {"programmes": len(programmes)}


def _figures(demo, keys):
    partners = [demo.accounts[key].id for key in keys]
    return demo.env["churn.account"].search(
        [("partner_id", "in", partners), ("company_id", "=", demo.env.company.id)], order="partner_id"
    )


def run_programme(demo, name, accounts, days, measure, done_share=DONE_SHARE, **values):
    """A programme as it would have gone: started then, its tasks done a week later as far as they were."""
    programme = demo.env["churn.programme"].create(
        {
            "name": name,
            "user_id": demo.users["chen"].id,
            "date_start": demo.ago(days[0]),
            "date_end": demo.ago(days[1]),
            "seed": name,
            "measure_ids": [(6, 0, demo.env.ref(f"churn_handover.{measure}").ids)],
            **values,
        }
    )
    programme._add_members(accounts)
    programme._start()
    tasks = programme.member_ids.task_ids
    done = tasks[: round(done_share * len(tasks))]
    done.action_feedback("Talked; nothing open.")
    done.date_done = demo.ago(days[0] - 7)
    return programme


def judge_in_time(demo, programme, days):
    """As the nightly job did it then, on the day after the window."""
    programme._judge()
    programme.judged_on = demo.ago(days[1] - 1)


def _lose(demo):
    demo.env["churn.loss"].create(
        [
            {
                "account_id": _figures(demo, [key]).id,
                "lost_on": demo.ago(days),
                "noticed_by_id": demo.users[who].id,
                "reason_id": demo.env.ref(f"churn_handover.loss_reason_{reason}").id,
                "competitor": competitor,
                "evidence": evidence,
            }
            for key, who, reason, competitor, days, evidence in LOST
        ]
    )
