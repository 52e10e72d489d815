"""What is done to keep customers: programmes that were judged, run or end soon, and customers that were lost."""

from odoo.fields import Command

from .demo import Demo

JUDGED = (130, 40)  # days ago: start, and last day of the window
RUNNING = (20, -70)
ENDING = (82, -8)
NEWS = (6, -84)
WON_BACK = (16, -74)
SILENT = ("jinshan", "beifang", "minghui", "longteng", "vernier", "bluewater", "mapleridge", "prairie")
DEEPER = ("hanse", "delmare", "nordvik", "iberquimica", "molen", "fjell", "alpenwerk")
TOLD = ("xingda", "fuhua", "baolai", "huarui", "mingyang", "jiahe")
WORKED_ON = ("taiping", "bluewater")
DONE_SHARE = 0.75  # of the tasks
# What the measure in steps does: activity, days after the start, what it says.
STEPS = (
    ("mail.mail_activity_data_call", 3, "Ask which measuring points they still read by hand"),
    ("mail.mail_activity_data_meeting", 21, "Bring the new transmitter and let them try it"),
)
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
LOST_BEFORE = (
    ("beifang", "li", "price", "", 545, "The buyer said a trader gives them five per cent. They came back in spring."),
)
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
    _lose(demo, LOST_BEFORE)
    env["churn.loss"]._find_returned(env.company)
    env.flush_all()  # a customer has one open loss: the row of the first must be known as won back
    _lose(demo, LOST)
    gone = {demo.accounts[key].id for key in ("taiping", "haitong")}
    everybody = _figures(demo, demo.accounts).filtered(lambda account: account.partner_id.id not in gone)
    call, visit = env.ref("churn_handover.measure_call"), env.ref("churn_handover.measure_visit")
    programmes = run_programme(demo, "Autumn calls: how are we doing?", everybody, JUDGED, call)
    judge_in_time(demo, programmes, JUDGED)
    programmes |= run_programme(
        demo,
        "Visits to customers who have become silent",
        _figures(demo, SILENT),
        RUNNING,
        visit,
    )
    programmes |= _of_leaders(demo)
    losses = env["churn.loss"].search([("account_id", "in", _figures(demo, WORKED_ON).ids), ("state", "=", "lost")])
    programmes |= run_programme(
        demo,
        "Win back: two that we know the reason of",
        losses.account_id,
        WON_BACK,
        None,
        done_share=0,
        purpose="win_back",
        holdout_share=0,
    )
    return {"programmes": len(programmes)}


def _of_leaders(demo):
    """One that ends next week, by a plan of two steps, and one whose mailing waits to be sent."""
    steps = [
        Command.create(
            {
                "activity_type_id": demo.env.ref(kind).id,
                "delay_count": days,
                "delay_from": "after_plan_date",
                "summary": summary,
            }
        )
        for kind, days, summary in STEPS
    ]
    plan = demo.env["mail.activity.plan"].create(
        {"name": "A new product in two steps", "res_model": "res.partner", "company_id": False, "template_ids": steps}
    )
    measure = demo.env["churn.measure"].create(
        {"name": "Show a new product", "sequence": 60, "kind": "plan", "plan_id": plan.id, "cost": 180}
    )
    deeper = run_programme(
        demo,
        "New transmitters for good customers",
        _figures(demo, DEEPER),
        ENDING,
        measure,
        purpose="deepen",
        user_id=demo.users["keller"].id,
    )
    news = run_programme(
        demo,
        "News for customers who buy one thing only",
        _figures(demo, TOLD),
        NEWS,
        demo.env.ref("churn_handover.measure_mailing"),
        purpose="deepen",
        user_id=demo.users["zhao"].id,
    )
    return deeper | news


def _figures(demo, keys):
    partners = [demo.accounts[key].id for key in keys]
    return demo.env["churn.account"].search(
        [("partner_id", "in", partners), ("company_id", "=", demo.env.company.id)], order="partner_id"
    )


def run_programme(demo, name, accounts, days, measure, done_share=DONE_SHARE, **values):
    """A programme as it would have gone: started then, its tasks done a week later as far as they were.

    :param measure: what is done for every customer; None in a win-back, where it follows from the reason
    """
    programme = demo.env["churn.programme"].create(
        {
            "name": name,
            "user_id": demo.users["chen"].id,
            "date_start": demo.ago(days[0]),
            "date_end": demo.ago(days[1]),
            "seed": name,
            "measure_ids": [Command.set(measure.ids if measure else [])],
            **values,
        }
    )
    programme._add_members(accounts)
    programme._start()
    tasks = programme.member_ids.task_ids
    done = tasks[: round(done_share * len(tasks))]
    done.action_feedback(feedback="Talked; nothing open.")
    done.date_done = demo.ago(days[0] - 7)
    return programme


def judge_in_time(demo, programme, days):
    """As the nightly job did it then, on the day after the window."""
    programme._judge()
    programme.judged_on = demo.ago(days[1] - 1)


def _lose(demo, losses):
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
            for key, who, reason, competitor, days, evidence in losses
        ]
    )
