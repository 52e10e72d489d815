"""What is going on: opportunities, quotations, planned activities and coming meetings."""

from datetime import timedelta

from odoo.fields import Command

from .demo import ACTIVITIES, Demo


def make(env):
    demo = Demo(env)
    return {
        "opportunities": len(_make_opportunities(demo)),
        "quotations": len(_make_quotations(demo)),
        "activities and meetings": _make_agenda(demo),
    }


def _make_opportunities(demo):
    rows = demo.rows("opportunities")
    leads = demo.env["crm.lead"].create(
        [
            {
                "name": row["name"],
                "type": "opportunity",
                "partner_id": demo.contact(row["account"]).id,
                "user_id": demo.accounts[row["account"]].user_id.id,
                "team_id": demo.accounts[row["account"]].user_id.sale_team_id.id,
                "stage_id": demo.env.ref(row["stage"]).id,
                "expected_revenue": float(row["revenue"]),
                "date_deadline": demo.day(row["close"]),
            }
            for row in rows
        ]
    )
    for lead, row in zip(leads, rows, strict=True):
        if row["next_step"]:
            demo.plan(lead, "todo", row["next_day"], row["next_step"], lead.user_id)
    return leads


def _make_quotations(demo):
    rows = demo.rows("quotations")
    values = []
    for row in rows:
        items = [item.split("*") for item in row["lines"].split()]
        values.append(
            {
                "partner_id": demo.accounts[row["account"]].id,
                "date_order": demo.at(demo.ago(row["days_ago"])),
                "order_line": [
                    Command.create({"product_id": demo.products[key].id, "product_uom_qty": float(quantity)})
                    for key, quantity in items
                ],
            }
        )
    orders = demo.env["sale.order"].create(values)
    sent = [order.id for order, row in zip(orders, rows, strict=True) if row["sent"]]
    orders.browse(sent).action_quotation_sent()
    return orders


def _make_agenda(demo):
    """Activities on the accounts and meetings with their contacts; return how many."""
    rows = demo.rows("agenda")
    for row in rows:
        account = demo.accounts[row["account"]]
        if row["kind"] == "meeting":
            _meet(demo, account, demo.contact(row["account"]), row)
        else:
            demo.plan(account, row["kind"], row["day"], row["text"], account.user_id)
    to_do = demo.env.ref(ACTIVITIES["todo"])
    demo.env["mail.activity"].create(
        [
            {"activity_type_id": to_do.id, "user_id": user.id, "summary": text, "date_deadline": demo.day(days)}
            for user, text, days in (
                (demo.users["chen"], "Li Wei leaves in four weeks: plan who takes which customers", 1),
                (demo.users["li"], "Clear the desk, return the car keys", 20),
            )
        ]
    )
    return len(rows)


def _meet(demo, account, contact, row):
    start = demo.at(demo.day(row["day"]), int(row["hour"]))
    demo.env["calendar.event"].create(
        {
            "name": row["text"],
            "start": start,
            "stop": start + timedelta(hours=1),
            "user_id": account.user_id.id,
            "partner_ids": [Command.set([account.user_id.partner_id.id, contact.id])],
        }
    )
