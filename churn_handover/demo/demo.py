"""What the parts of the demo company share: the tables beside this file, days from today, and who is who.

A part is a module ``<room>_demo.py`` with a function ``make(env)`` that creates its records and returns
``{what: number of records}``. ``demo_company.py`` names the parts in their order.
"""

import csv
from datetime import datetime, time, timedelta
from functools import cached_property

from odoo import fields
from odoo.tools import file_open

MODULE = "churn_handover"
ACTIVITIES = {
    "call": "mail.mail_activity_data_call",
    "email": "mail.mail_activity_data_email",
    "todo": "mail.mail_activity_data_todo",
}


class Demo:
    """The demo company as far as it is made: each record that the tables name is found by its key there.

    Days in the tables count from today, to the past in accounts, feedback, people, talks and quotations, to the future
    elsewhere.
    """

    def __init__(self, env):
        self.env = env
        self.today = fields.Date.context_today(env.user)

    def rows(self, table):
        with file_open(f"{MODULE}/demo/{table}.csv") as file:
            return list(csv.DictReader(file))

    @cached_property
    def chinese(self):
        """{English words: the same in Chinese} of what customers are shown."""
        return {row["english"]: row["chinese"] for row in self.rows("chinese")}

    def say_in_chinese(self, records, *names):
        """Give fields the words that Chinese customers read."""
        for record in records:
            words = {name: self.chinese[record[name]] for name in names if record[name]}
            record.with_context(lang="zh_CN").write(words)
        return records

    def keep(self, kind, records):
        """Give {key: record} external ids such as demo_person_chen."""
        self.env["ir.model.data"]._update_xmlids(
            [
                {"xml_id": f"{MODULE}.demo_{kind}_{key}", "record": record, "noupdate": True}
                for key, record in records.items()
            ]
        )
        return records

    def day(self, days):
        return self.today + timedelta(days=int(days))

    def ago(self, days):
        return self.day(-int(days))

    def at(self, day, hour=2):
        """A point in time of that day; the hour in UTC, which is the morning in Europe and the forenoon in China."""
        return datetime.combine(day, time(hour))

    # Who is who

    def find(self, kind, key):
        return self.env.ref(f"{MODULE}.demo_{kind}_{key}")

    def _table(self, kind, table):
        return {row["key"]: self.find(kind, row["key"]) for row in self.rows(table)}

    @cached_property
    def users(self):
        """{key: res.users}"""
        return self._table("person", "people")

    @cached_property
    def accounts(self):
        """{key: res.partner} of the companies that buy."""
        return self._table("account", "accounts")

    @cached_property
    def products(self):
        """{key: product.product}"""
        return self._table("product", "products")

    def contact(self, key):
        """The first person of an account, whom everything goes to."""
        return self.people(key)[0]

    def people(self, key):
        """All known people of an account, in the order in which they became known."""
        return self.accounts[key].child_ids.sorted("id")

    def plan(self, record, kind, days, summary, user):
        record.activity_schedule(ACTIVITIES[kind], self.day(days), summary=summary, user_id=user.id)
