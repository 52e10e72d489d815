"""A programme of last year for the small customers: enough of them to tell whether it worked.

The effect is in the orders: who was called before the stock ran out ordered within the window, the others in their own
rhythm, which makes it about every third of them: so different that whoever is drawn, the effect can be told.
"""

import random
from datetime import datetime, time

from odoo.fields import Command

from .demo import Demo
from .keep_demo import judge_in_time, run_programme
from .small_demo import small_customers

WINDOW = (420, 406)  # days ago: start, and last day; none of them had stopped then
SHARE = 0.45  # held out: two groups of more than thirty
UNMOVED = 12  # every twelfth of those called did not order sooner


def make(env):
    demo = Demo(env)
    customers = small_customers(demo)
    accounts = env["churn.account"].search(
        [("partner_id", "in", [partner.id for __, partner in customers]), ("company_id", "=", env.company.id)],
        order="partner_id",
    )
    programme = run_programme(
        demo,
        "Calls before the stock runs out",
        accounts,
        WINDOW,
        env.ref("churn_handover.measure_call"),
        done_share=1.0,
        holdout_share=SHARE,
    )
    orders = _called_and_ordered(demo, programme, customers)
    judge_in_time(demo, programme, WINDOW)
    return {"orders after a call": len(orders)}


def _called_and_ordered(demo, programme, customers):
    """An order within the window of each treated customer that placed none by itself."""
    orders = demo.env["sale.order"]
    window = [("date_order", ">=", demo.ago(WINDOW[0])), ("date_order", "<", demo.ago(WINDOW[1] - 1))]
    treated = programme.member_ids.filtered(lambda member: member.group == "treated").partner_id
    ordered = orders.search([("partner_id", "in", treated.ids), *window]).partner_id
    values = []
    for number, (row, partner) in enumerate(customers):
        if partner not in treated - ordered or not number % UNMOVED:
            continue
        draw = random.Random(f"{row['key']} called")
        user = demo.users[row["owner"]]
        values.append(
            {
                "partner_id": partner.id,
                "user_id": user.id,
                "team_id": user.sale_team_id.id,
                "state": "sale",
                "date_order": datetime.combine(
                    demo.ago(draw.randint(WINDOW[1], WINDOW[0] - 4)), time(draw.randint(1, 8))
                ),
                "order_line": [
                    Command.create({"product_id": demo.products[key].id, "product_uom_qty": draw.randint(2, 8)})
                    for key in row["buys"][:2]
                ],
            }
        )
    return orders.create(sorted(values, key=lambda order: order["date_order"]))
