"""The talks of the last 12 months: mails both ways, documents sent, visits, calls done.

Most of them are the owners'; some backups know the customer and some only exist on paper. Sofia Rossi telephones
without writing it down, so of her customers little can be told.
"""

import random
from datetime import timedelta

from odoo.fields import Command

from .demo import ACTIVITIES, Demo

LONGEST = 355  # days
WRITTEN = (
    "Delivery date of your order",
    "Our offer as discussed on the phone",
    "Data sheets for your engineers",
    "New price list from next month",
    "Calibration certificates",
    "Spare parts: what we should keep for you",
    "Thank you for the visit",
)
ANSWERED = (
    "Re: Delivery date of your order",
    "Please send us two more certificates",
    "Question about the installation",
    "Our forecast for the next quarter",
    "Re: Our offer as discussed on the phone",
)
VISITS = ("Visit on site", "Quarterly review", "Technical meeting", "Planning of the next shutdown", "Product demo")
CALLS = ("Asked how the last delivery went", "Talked about the open offer", "Cleared a question about the invoice")


def make(env):
    demo = Demo(env)
    known = talks(demo)
    messages = env["mail.message"].create([values for talk in known for values in talk.messages()])
    return {
        "mails": len(messages),
        "past meetings": len(_make_visits(demo, known)),
        "calls done": len(_make_calls(demo, known)),
    }


def talks(demo):
    """Who of us talks with which account, the owner first."""
    since = {row["key"]: int(row["first"]) for row in demo.rows("accounts")}
    here = {row["key"]: int(row["since"]) for row in demo.rows("people")}
    return [Talk(demo, row, min(LONGEST, since[row["account"]], here[row["user"]])) for row in demo.rows("talks")]


class Talk:
    """A row of the table: what one of us had to do with one account. The same row always tells the same story."""

    def __init__(self, demo, row, longest):
        self.demo, self.row, self.longest = demo, row, longest
        self.draw = random.Random(f"{row['account']} {row['user']}")
        self.account, self.user = demo.accounts[row["account"]], demo.users[row["user"]]
        self.people = demo.people(row["account"])

    def count(self, column):
        return int(self.row[column] or 0)

    def days(self, column):
        """Days ago of each contact, spread over the time that both knew each other."""
        count, quiet = self.count(column), int(self.row["quiet"] or 2)
        width = (self.longest - quiet) / max(count, 1)
        return [round(quiet + width * (at + self.draw.random())) for at in range(count)]

    def person(self):
        """Mostly the first one, sometimes a colleague of hers."""
        return self.people[0] if self.draw.random() < 0.6 else self.draw.choice(self.people)

    def messages(self):
        for day in self.days("mails"):
            yield self._message(day, self.user.partner_id, self.person(), self.draw.choice(WRITTEN))
        for day in self.days("answers"):
            yield self._message(day, self.person(), self.user.partner_id, self.draw.choice(ANSWERED))
        for order in self._confirmed_orders()[: self.count("documents")]:
            day = (self.demo.today - order.date_order.date()).days
            subject = f"Order confirmation {order.name}"
            yield self._message(day, self.user.partner_id, self.people[0], subject, order)

    def _confirmed_orders(self):
        """The latest first."""
        domain = [("partner_id", "=", self.account.id), ("user_id", "=", self.user.id), ("state", "=", "sale")]
        return self.demo.env["sale.order"].search(domain, order="date_order desc, id")

    def _message(self, day, author, reader, subject, record=None):
        record = record or self.account
        incoming = author != self.user.partner_id
        return {
            "model": record._name,
            "res_id": record.id,
            "record_name": record.display_name,
            "message_type": "email" if incoming else "email_outgoing",
            "subtype_id": self.demo.env.ref("mail.mt_comment").id,
            "author_id": author.id,
            "email_from": author.email_formatted,
            "reply_to": author.email_formatted,
            "partner_ids": [Command.set(reader.ids)],
            "date": self.demo.at(self.demo.ago(day), self.draw.randint(1, 9))
            + timedelta(minutes=self.draw.randint(0, 59)),
            "subject": subject,
            "body": subject,
        }

    def calls(self):
        call = self.demo.env.ref(ACTIVITIES["call"]).id
        model = self.demo.env["ir.model"]._get_id("res.partner")
        for day in self.days("calls"):
            yield {
                "res_model_id": model,
                "res_id": self.person().id,
                "activity_type_id": call,
                "user_id": self.user.id,
                "summary": self.draw.choice(CALLS),
                "date_deadline": self.demo.ago(day),
                "date_done": self.demo.ago(day),
                "active": False,
            }


def _make_visits(demo, known):
    """The owner's visits; colleagues with visits in the table came along to the latest of them."""
    values = []
    by_account = {}
    for talk in known:
        by_account.setdefault(talk.row["account"], []).append(talk)
    for first, *others in by_account.values():
        for number, day in enumerate(sorted(first.days("visits"))):
            ours = [first, *(other for other in others if number < other.count("visits"))]
            people = first.people[: 1 + (number + 1) % len(first.people)]
            start = demo.at(demo.ago(day), first.draw.choice((1, 2, 6, 7)))
            values.append(
                {
                    "name": f"{first.draw.choice(VISITS)}: {first.account.name}",
                    "start": start,
                    "stop": start + timedelta(hours=2),
                    "user_id": first.user.id,
                    "partner_ids": [Command.set([*(talk.user.partner_id.id for talk in ours), *people.ids])],
                }
            )
    visits = demo.env["calendar.event"].create(values)
    visits.attendee_ids.state = "accepted"
    return visits


def _make_calls(demo, known):
    return demo.env["mail.activity"].create([values for talk in known for values in talk.calls()])
