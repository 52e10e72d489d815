"""Open business invented for a loaded company, so that a handover has something to hand over.

The files hold what happened; what is going on now is drawn from it with a seed: the same files, the same day
and the same seed give the same records. COMPANY_FORMAT.md tells users that these records are generated.
"""

import random
from collections import Counter, defaultdict
from datetime import datetime, time, timedelta

from odoo.fields import Command

ACTIVE_DAYS = 365  # business is going on with accounts that ordered in the last year
SHARES = {"opportunity": 0.35, "quotation": 0.2, "activity": 0.3, "meeting": 0.12}
MOST = {"opportunity": 400, "quotation": 250, "activity": 400, "meeting": 150}
SUBJECTS = (
    "Prices for the coming season",
    "Feedback on the last delivery",
    "Call back about delivery dates",
    "Send the new catalogue",
)
MEETINGS = ("Quarterly review", "Visit with the new catalogue", "Talk about next year's volumes")


class OpenBusiness:
    def __init__(self, env, company, records, shift, today, seed):
        # Nobody is told of what was invented for them, but who is responsible follows it, as in Odoo.
        self.env = env(
            context={
                **env.context,
                "tracking_disable": False,
                "mail_auto_subscribe_no_notify": True,
                "mail_activity_quick_update": True,
                "dont_notify": True,
                "no_mail_to_attendees": True,
            }
        )
        self.records = records
        self.today = today
        self.seed = seed
        self.owners = company.owners()
        self.bought = defaultdict(Counter)
        self.spent = defaultdict(list)
        last = {}
        for order in company.orders:
            if not order.refund:
                last[order.account] = order.date + shift
                self.spent[order.account].append(sum(line.quantity * line.price for line in order.lines))
                self.bought[order.account].update(line.product for line in order.lines)
        self.active = [ref for ref, day in last.items() if day > today - timedelta(ACTIVE_DAYS)]

    def make(self):
        """Make everything; return {kind: number of records}."""
        made = {
            "opportunities": self._opportunities(),
            "quotations": self._quotations(),
            "activities": self._activities(),
            "meetings": self._meetings(),
            "draft invoices": self._draft_invoices(),
        }
        return {kind: len(records) for kind, records in made.items()}

    def _drawn(self, kind):
        """The accounts that get a `kind`, each with a random generator of its own."""
        drawn = []
        for ref in self.active:
            draw = random.Random(f"{self.seed} {kind} {ref}")
            if draw.random() < SHARES[kind]:
                drawn.append((draw.random(), ref, draw))
        return [(ref, draw) for _order, ref, draw in sorted(drawn, key=lambda item: item[:2])[: MOST[kind]]]

    def _user(self, ref):
        return self.records.users[self.owners[ref]]

    def _contact(self, ref):
        return self.records.contacts.get(ref, self.records.accounts[ref])

    def _favourites(self, ref, draw, count):
        """Products the account buys, the most frequent ones likelier."""
        counts = self.bought[ref]
        names = sorted(counts)
        drawn = draw.choices(names, [counts[name] for name in names], k=count)
        return [self.records.products[name] for name in dict.fromkeys(drawn)]

    def _day(self, draw, first, last):
        """A day `first` to `last` days from today; a weekend becomes the Friday before or the Monday after."""
        days = draw.randint(first, last)
        weekend = (self.today + timedelta(days)).weekday() - 4
        if weekend > 0:
            days += 3 - weekend if days > 0 else -weekend
        return self.today + timedelta(days)

    def _opportunities(self):
        stages = self.env["crm.stage"].search([("is_won", "=", False), ("team_ids", "=", False)])
        values = []
        for ref, draw in self._drawn("opportunity"):
            product = self._favourites(ref, draw, 1)[0]
            user = self._user(ref)
            values.append(
                {
                    "name": f"{product.categ_id.name or product.name}: next season",
                    "type": "opportunity",
                    "partner_id": self._contact(ref),
                    "user_id": user.id,
                    "team_id": user.sale_team_id.id,
                    "stage_id": draw.choice(stages.ids),
                    "expected_revenue": round(sum(self.spent[ref]) / len(self.spent[ref]) * draw.uniform(0.5, 1.5), -1),
                    "date_deadline": self._day(draw, 5, 90),
                }
            )
        leads = self.env["crm.lead"].create(values)
        for lead in leads:
            draw = random.Random(f"{self.seed} next step {lead.name} {lead.partner_id.id}")
            if draw.random() < 0.6:
                self._plan(lead, draw)
        return leads

    def _quotations(self):
        values = []
        for ref, draw in self._drawn("quotation"):
            user = self._user(ref)
            values.append(
                {
                    "partner_id": self.records.accounts[ref],
                    "user_id": user.id,
                    "team_id": user.sale_team_id.id,
                    "date_order": datetime.combine(self._day(draw, -21, -1), time(10)),
                    "order_line": [
                        Command.create({"product_id": product.id, "product_uom_qty": draw.randint(1, 12)})
                        for product in self._favourites(ref, draw, draw.randint(1, 4))
                    ],
                }
            )
        orders = self.env["sale.order"].create(values)
        orders[::2].action_quotation_sent()
        return orders

    def _plan(self, record, draw):
        kind = draw.choice(
            ["mail.mail_activity_data_call", "mail.mail_activity_data_todo", "mail.mail_activity_data_email"]
        )
        user = record.user_id or self._user(record.ref)
        return record.activity_schedule(kind, self._day(draw, -3, 21), summary=draw.choice(SUBJECTS), user_id=user.id)

    def _activities(self):
        activities = self.env["mail.activity"]
        for ref, draw in self._drawn("activity"):
            activities += self._plan(self.env["res.partner"].browse(self.records.accounts[ref]), draw)
        to_do = self.env.ref("mail.mail_activity_data_todo")
        sellers = sorted(set(self.owners.values()))
        return activities + activities.create(
            [
                {
                    "activity_type_id": to_do.id,
                    "summary": "Plan the visits of next month",
                    "user_id": self.records.users[ref].id,
                    "date_deadline": self._day(random.Random(f"{self.seed} {ref}"), 2, 10),
                }
                for ref in sellers
            ]
        )

    def _meetings(self):
        values = []
        for ref, draw in self._drawn("meeting"):
            user = self._user(ref)
            start = datetime.combine(self._day(draw, 1, 30), time(draw.randint(8, 15)))
            values.append(
                {
                    "name": draw.choice(MEETINGS),
                    "start": start,
                    "stop": start + timedelta(hours=1),
                    "user_id": user.id,
                    "partner_ids": [Command.set([user.partner_id.id, self._contact(ref)])],
                }
            )
        return self.env["calendar.event"].create(values)

    def _draft_invoices(self):
        """An invoice begun but not posted for each seller's oldest order that is to be invoiced."""
        orders = self.env["sale.order"].search([("invoice_status", "=", "to invoice")], order="date_order, id")
        oldest = [own[:1] for own in orders.grouped("user_id").values()]
        return self.env["account.move"].concat(*(order._create_invoices() for order in oldest))
