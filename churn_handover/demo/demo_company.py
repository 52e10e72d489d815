import csv
import random
from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import file_open

MODULE = "churn_handover"
COMPANY_NAME = "Northlight Instruments 北辰仪器"
GROUPS = {
    "manager": ["sales_team.group_sale_manager"],
    "leader": ["sales_team.group_sale_salesman_all_leads", "churn_handover.group_churn_leader"],
    "rep": ["sales_team.group_sale_salesman"],
    "gone": ["sales_team.group_sale_salesman"],
}
TEAMS = {"china": "China 中国区", "international": "International 国际区"}
ACTIVITIES = {
    "call": "mail.mail_activity_data_call",
    "email": "mail.mail_activity_data_email",
    "todo": "mail.mail_activity_data_todo",
}
FORMER_LEFT = 430  # days ago: until then the former owner took the orders
INVOICED_AFTER = 30  # days: younger orders are still to invoice
PLANNED_IN = 18  # days: the departure that is planned already
# Nobody is told of records that tell a story of the past.
QUIET = {
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "mail_auto_subscribe_no_notify": True,
    "mail_activity_quick_update": True,
    "dont_notify": True,
    "no_mail_to_attendees": True,
    "no_reset_password": True,
}


class ChurnDemo(models.AbstractModel):
    """Loads the addon's demo company: with Odoo's demo data, or when it is asked to."""

    _name = "churn.demo"
    _description = "Demo Company"

    @api.model
    def _load(self):
        """Make the company once; return {what: number of records}."""
        if self.env.ref(f"{MODULE}.demo_person_chen", raise_if_not_found=False):
            return {}
        return DemoCompany(self.env(context={**self.env.context, **QUIET, "lang": "en_US"})).load()


class DemoCompany:
    """A maker of process instruments with customers in China and abroad, 24 months of it up to today.

    The tables beside this file hold who and what; days in them count from today, to the past in accounts, feedback,
    people and quotations, to the future elsewhere. One of the salespeople, Li Wei, is about to leave, and nobody has
    planned it yet; for another one, Emma Lindqvist, everything is planned.
    """

    def __init__(self, env):
        self.env = env
        self.today = fields.Date.context_today(env.user)
        self.users, self.teams, self.accounts, self.contacts, self.products = {}, {}, {}, {}, {}

    def load(self):
        if self.env.company.name == "My Company":
            self.env.company.name = COMPANY_NAME
        self._make_people()
        self._make_products()
        self._make_accounts()
        orders = self._make_orders()
        made = {
            "users": len(self.users),
            "accounts": len(self.accounts),
            "orders": len(orders),
            "invoices": len(self._make_invoices(orders)),
            "opportunities": len(self._make_opportunities()),
            "quotations": len(self._make_quotations()),
            "activities and meetings": self._make_agenda(),
        }
        self._make_account_teams()
        self._tell_the_history()
        self.env["churn.account"]._refresh(self.env.company)
        self.users["guo"].action_archive()
        made["feedback"] = len(self._make_feedback())
        self._plan_a_departure()
        return made

    def _rows(self, table):
        with file_open(f"{MODULE}/demo/{table}.csv") as file:
            return list(csv.DictReader(file))

    def _keep(self, kind, records):
        """Give {key: record} external ids such as demo_person_chen."""
        self.env["ir.model.data"]._update_xmlids(
            [
                {"xml_id": f"{MODULE}.demo_{kind}_{key}", "record": record, "noupdate": True}
                for key, record in records.items()
            ]
        )
        return records

    def _day(self, days):
        return self.today + timedelta(days=int(days))

    def _ago(self, days):
        return self._day(-int(days))

    # -- masters

    def _make_people(self):
        people = self._rows("people")
        users = self.env["res.users"].create([self._user_values(row) for row in people])
        self.users = self._keep("person", dict(zip([row["key"] for row in people], users, strict=True)))
        for key, name in TEAMS.items():
            members = [self.users[row["key"]] for row in people if row["team"] == key]
            leader = next(self.users[row["key"]] for row in people if row["team"] == key and row["group"] == "leader")
            self.teams[key] = self.env["crm.team"].create(
                {
                    "name": name,
                    "user_id": leader.id,
                    "crm_team_member_ids": [Command.create({"user_id": user.id}) for user in members],
                }
            )
        department = self.env["hr.department"].create({"name": "Sales"})
        employees = {}
        for row in people:
            user = self.users[row["key"]]
            employees[row["key"]] = self.env["hr.employee"].create(
                {
                    "name": user.name,
                    "user_id": user.id,
                    "work_email": user.email,
                    "job_title": row["job"],
                    "department_id": department.id,
                    "parent_id": employees[row["leader"]].id if row["leader"] else False,
                    "active": row["group"] != "gone",
                }
            )

    def _user_values(self, row):
        groups = [self.env.ref(group).id for group in GROUPS[row["group"]]]
        return {
            "name": row["name"],
            "login": row["key"],
            "email": f"{row['key']}@northlight.example",
            "company_id": self.env.company.id,
            "company_ids": [Command.set(self.env.company.ids)],
            "group_ids": [Command.set(groups)],
            "notification_type": "inbox",
        }

    def _make_products(self):
        rows = self._rows("products")
        names = dict.fromkeys(row["category"] for row in rows)
        created = self.env["product.category"].create([{"name": name} for name in names])
        categories = dict(zip(names, created, strict=True))
        products = self.env["product.product"].create(
            [
                {
                    "name": row["name"],
                    "type": "service" if row["category"] == "Services" else "consu",
                    "invoice_policy": "order",
                    "categ_id": categories[row["category"]].id,
                    "list_price": float(row["price"]),
                    "standard_price": float(row["cost"]),
                }
                for row in rows
            ]
        )
        self.products = self._keep("product", dict(zip([row["key"] for row in rows], products, strict=True)))

    def _make_accounts(self):
        rows = self._rows("accounts")
        countries = {country.code: country.id for country in self.env["res.country"].search([])}
        industries = {}
        for row in rows:
            name = row["industry"]
            if name not in industries:
                industries[name] = self.env["res.partner.industry"].search([("name", "=ilike", f"{name}%")], limit=1)
                industries[name] = industries[name] or industries[name].create({"name": name})
        partners = self.env["res.partner"].create(
            [
                {
                    "name": row["name"],
                    "is_company": True,
                    "city": row["city"],
                    "country_id": countries[row["country"]],
                    "industry_id": industries[row["industry"]].id,
                    "email": f"office@{row['key']}.example",
                    "user_id": self.users[row["owner"]].id,
                    "customer_rank": 1,
                    "child_ids": [
                        Command.create(
                            {
                                "name": row["contact"],
                                "function": row["function"],
                                "email": f"purchasing@{row['key']}.example",
                            }
                        )
                    ],
                }
                for row in rows
            ]
        )
        self.accounts = self._keep("account", dict(zip([row["key"] for row in rows], partners, strict=True)))
        self.contacts = {key: account.child_ids for key, account in self.accounts.items()}

    # -- the past

    def _make_orders(self):
        values = [self._order_values(row, days, value) for row in self._rows("accounts") for days, value in rhythm(row)]
        values.sort(key=lambda order: order["date_order"])
        orders = self.env["sale.order"].create(values)
        orders.action_confirm()
        for order, row in zip(orders, values, strict=True):
            order.date_order = row["date_order"]  # the confirmation has put now
        self.env.flush_all()
        return orders

    def _order_values(self, row, days, value):
        """An order of about `value`, `days` ago, of some of the products that the account buys."""
        draw = random.Random(f"{row['key']} {days}")
        bought = draw.sample(row["buys"].split(), k=min(len(row["buys"].split()), draw.choice([1, 2, 2, 3])))
        user = self.users[row["former"] if row["former"] and days > former_until(row) else row["owner"]]
        lines = []
        for key in bought:
            product = self.products[key]
            quantity = max(1, round(value / len(bought) / product.list_price))
            lines.append(Command.create({"product_id": product.id, "product_uom_qty": quantity}))
        return {
            "partner_id": self.accounts[row["key"]].id,
            "user_id": user.id,
            "team_id": user.sale_team_id.id,
            "date_order": datetime.combine(self._ago(days), time(draw.randint(1, 8))),
            "order_line": lines,
        }

    def _make_invoices(self, orders):
        """One invoice per account and quarter for what is older than a month, as the customers have asked."""
        invoices = self.env["account.move"]
        if not self.env.company.chart_template:
            return invoices
        until = self._ago(INVOICED_AFTER)
        done = orders.filtered(lambda order: order.date_order.date() <= until)
        quarters = done.grouped(lambda order: (order.date_order.year, (order.date_order.month - 1) // 3))
        for quarter in quarters.values():
            last = {order.partner_id: order.date_order.date() for order in quarter}
            for invoice in quarter._create_invoices():
                invoice.invoice_date = last[invoice.partner_id]
                invoices += invoice
        invoices.action_post()
        return invoices

    # -- what is going on

    def _make_opportunities(self):
        rows = self._rows("opportunities")
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": row["name"],
                    "type": "opportunity",
                    "partner_id": self.contacts[row["account"]].id,
                    "user_id": self.accounts[row["account"]].user_id.id,
                    "team_id": self.accounts[row["account"]].user_id.sale_team_id.id,
                    "stage_id": self.env.ref(row["stage"]).id,
                    "expected_revenue": float(row["revenue"]),
                    "date_deadline": self._day(row["close"]),
                }
                for row in rows
            ]
        )
        for lead, row in zip(leads, rows, strict=True):
            if row["next_step"]:
                self._plan(lead, "todo", row["next_day"], row["next_step"], lead.user_id)
        return leads

    def _make_quotations(self):
        rows = self._rows("quotations")
        values = []
        for row in rows:
            items = [item.split("*") for item in row["lines"].split()]
            values.append(
                {
                    "partner_id": self.accounts[row["account"]].id,
                    "date_order": datetime.combine(self._ago(row["days_ago"]), time(2)),
                    "order_line": [
                        Command.create({"product_id": self.products[key].id, "product_uom_qty": float(quantity)})
                        for key, quantity in items
                    ],
                }
            )
        orders = self.env["sale.order"].create(values)
        self.env["sale.order"].concat(
            *(order for order, row in zip(orders, rows, strict=True) if row["sent"])
        ).action_quotation_sent()
        return orders

    def _make_agenda(self):
        """Activities on the accounts and meetings with their contacts; return how many."""
        rows = self._rows("agenda")
        for row in rows:
            account = self.accounts[row["account"]]
            if row["kind"] == "meeting":
                self._meet(account, self.contacts[row["account"]], row)
            else:
                self._plan(account, row["kind"], row["day"], row["text"], account.user_id)
        to_do = self.env.ref(ACTIVITIES["todo"])
        self.env["mail.activity"].create(
            [
                {"activity_type_id": to_do.id, "user_id": user.id, "summary": text, "date_deadline": self._day(days)}
                for user, text, days in (
                    (self.users["chen"], "Li Wei leaves in four weeks: plan who takes which customers", 1),
                    (self.users["li"], "Clear the desk, return the car keys", 20),
                )
            ]
        )
        return len(rows)

    def _plan(self, record, kind, days, summary, user):
        record.activity_schedule(ACTIVITIES[kind], self._day(days), summary=summary, user_id=user.id)

    def _meet(self, account, contact, row):
        start = datetime.combine(self._day(row["day"]), time(int(row["hour"])))
        self.env["calendar.event"].create(
            {
                "name": row["text"],
                "start": start,
                "stop": start + timedelta(hours=1),
                "user_id": account.user_id.id,
                "partner_ids": [Command.set([account.user_id.partner_id.id, contact.id])],
            }
        )

    # -- what the addon keeps

    def _make_account_teams(self):
        manages, serves = self.env.ref(f"{MODULE}.role_account_manager"), self.env.ref(f"{MODULE}.role_service")
        values = []
        for row in self._rows("accounts"):
            shared = {"account_id": self.accounts[row["key"]].id, "date_from": self._ago(min(int(row["first"]), 300))}
            for rank, key in enumerate(row["backups"].split(), start=1):
                backup = {"is_backup": True, "backup_rank": rank, "customer_visible": False}
                values.append({**shared, "user_id": self.users[key].id, "role_id": manages.id, **backup})
            if row["service"]:
                values.append({**shared, "user_id": self.users[row["service"]].id, "role_id": serves.id})
        self.env["churn.team.member"].create(values)
        self.env["churn.account"].create(
            [
                {
                    "partner_id": self.accounts[row["key"]].id,
                    "company_id": self.env.company.id,
                    "is_key_account": True,
                }
                for row in self._rows("accounts")
                if row["is_key"]
            ]
        )

    def _make_feedback(self):
        """What customers have said: open and solved, some of it about a person."""
        rows = self._rows("feedback")
        return self.env["churn.feedback"].create([self._feedback_values(row) for row in rows])

    def _feedback_values(self, row):
        received = datetime.combine(self._ago(row["days_ago"]), time(3))
        solved = row["solved_after"] and received + timedelta(days=int(row["solved_after"]))
        answered = row["answered_after"] and received + timedelta(days=int(row["answered_after"]))
        return {
            "kind": row["kind"],
            "source": row["source"],
            "text": row["text"],
            "partner_id": self.contacts[row["account"]].id,
            "about_user_id": self.users[row["about"]].id if row["about"] else False,
            "received_date": received,
            "answered_date": answered or False,
            "state": "solved" if solved else "progress" if answered else "new",
            "solved_date": solved or False,
            "done_text": row["done"],
        }

    def _plan_a_departure(self):
        """A plan that is confirmed and waits for its day; the other one, of Li Wei, is left to the visitor."""
        plans = self.env["churn.handover"].with_user(self.users["chen"])
        plan = plans._plan(self.users["lindqvist"], self._day(PLANNED_IN), default_successor_id=self.users["keller"].id)
        plan.action_confirm()

    def _tell_the_history(self):
        """Date the owners back: they came with the first order, or when the former owner went."""
        assignments = self.env["churn.assignment"]
        accounts = [account.id for account in self.accounts.values()]
        running = assignments.search(
            [("account_id", "in", accounts), ("kind", "=", "owner"), ("date_to", "=", False)]
        ).grouped("account_id")
        for row in self._rows("accounts"):
            account = self.accounts[row["key"]]
            first, changed = self._ago(row["first"]), self._ago(former_until(row))
            running[account].date_from = first
            if row["former"]:
                running[account].write({"date_from": changed, "start_reason": "manual"})
                assignments.create(
                    {
                        "account_id": account.id,
                        "account_name": account.name,
                        "user_id": self.users[row["former"]].id,
                        "date_from": first,
                        "date_to": changed,
                        "start_reason": "created",
                        "end_reason": "manual",
                    }
                )


def rhythm(row):
    """When an account ordered and for about how much: [(days ago, value), …].

    From `first` to `last` days ago every `every` days, more or less; the value ends at `trend` times the usual one.
    """
    draw = random.Random(row["key"])
    first, every, last = (int(row[column]) for column in ("first", "every", "last"))
    days, orders = float(first), []
    while days > last + every / 2:
        orders.append(round(days))
        days -= every * draw.uniform(0.75, 1.25)
    orders.append(last)
    span = max(1, first - last)
    trend, value = float(row["trend"]) - 1, float(row["value"])
    return [(day, value * (1 + trend * (first - day) / span) * draw.uniform(0.7, 1.3)) for day in orders]


def former_until(row):
    """Days ago that the former owner of an account handed it over, for a new colleague or before going."""
    return 90 if row["owner"] == "lindqvist" else FORMER_LEFT
