"""One voice and its opposite: briefs that are confirmed or not, people at the table, and two voices to one customer."""

from datetime import timedelta

from odoo.fields import Command

from .demo import Demo

# (account, days ago, colleagues beside the owner, people of the customer)
MEETINGS = (
    ("huaxin", 15, "", 5),
    ("huaxin", 60, "", 5),
    ("huaxin", 130, "xu", 6),
    ("lvyuan", 25, "zhao xu wu", 1),
    ("lvyuan", 90, "zhao xu wu", 1),
    ("lvyuan", 170, "zhao xu wu", 1),
)
GUESTS = ("Maintenance Lead", "Production Manager", "Quality Engineer", "Controller", "Project Engineer")
# (account, position, tone, do, don't)
BRIEFS = (
    (
        "hengyuan",
        "Preferred supplier for the coating lines. This year: the service contract for all three plants.",
        "Formal with Director Sun; first names with the engineers. Everything in writing in Chinese.",
        "Answer within the day\nBring drawings to every meeting",
        "No prices on the phone\nDo not mention the recall of the old FM-100",
    ),
    (
        "huaxin",
        "They test two suppliers for fab 2. We are the one with service on site within four hours.",
        "Technical and short; Tang Rui decides by data.",
        "Send measured values, not brochures",
        "No discount before the test installation is agreed",
    ),
)
CONFIRMED_BY = {"hengyuan": ("wu",)}


def make(env):
    demo = Demo(env)
    service = env["hr.department"].create({"name": "Service"})
    env["hr.employee"].search([("user_id", "=", demo.users["xu"].id)]).department_id = service
    made = {
        "meetings of several": len(_meet(demo)),
        "briefs": len([_write(demo, *row) for row in BRIEFS]),
        "second voices": len([_quote_twice(demo), _open_a_second_deal(demo)]),
    }
    accounts = env["churn.account"]
    accounts._count_meetings()
    accounts._refresh_teams(env.company)
    env["churn.contradiction"]._find(env.company)
    return made


def _meet(demo):
    events = []
    for key, days, colleagues, count in MEETINGS:
        account = demo.accounts[key]
        while len(demo.people(key)) < count:
            job = GUESTS[len(demo.people(key)) % len(GUESTS)]
            demo.env["res.partner"].create({"name": f"{job}, {account.name}", "function": job, "parent_id": account.id})
        ours = [account.user_id.partner_id, *(demo.users[one].partner_id for one in colleagues.split())]
        start = demo.at(demo.ago(days))
        events.append(
            {
                "name": "Review of deliveries and plans",
                "start": start,
                "stop": start + timedelta(hours=1),
                "user_id": account.user_id.id,
                "partner_ids": [Command.set([person.id for person in [*ours, *demo.people(key)[:count]]])],
            }
        )
    return demo.env["calendar.event"].create(events)


def _write(demo, key, position, tone, dos, donts):
    """A first version by the owner; a second one, with what not to do, where colleagues are to have confirmed it."""
    account = demo.accounts[key]
    brief = demo.env["churn.brief"].create({"account_id": account.id, "position": position, "tone": tone, "dos": dos})
    owned = brief.with_user(account.user_id)
    owned.action_publish()
    brief.donts = donts
    if key in CONFIRMED_BY:
        owned.action_publish()
    for colleague in CONFIRMED_BY.get(key, ()):
        brief.with_user(demo.users[colleague]).action_confirm()
    return brief


def _quote_twice(demo):
    """A backup quotes below the owner."""
    order = demo.env["sale.order"].create(
        {
            "partner_id": demo.accounts["hengyuan"].id,
            "user_id": demo.users["wu"].id,
            "date_order": demo.at(demo.ago(9)),
            "order_line": [
                Command.create({"product_id": demo.products["flow"].id, "product_uom_qty": 6, "discount": 18})
            ],
        }
    )
    order.action_quotation_sent()
    return order


def _open_a_second_deal(demo):
    """The leader has a deal of the own with a customer of a member."""
    leader = demo.users["zhao"]
    return demo.env["crm.lead"].create(
        {
            "name": "Spectrometers for the laboratory",
            "type": "opportunity",
            "partner_id": demo.accounts["huaxin"].id,
            "user_id": leader.id,
            "team_id": leader.sale_team_id.id,
            "expected_revenue": 64000,
        }
    )
