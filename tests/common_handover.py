"""A small sales company with one leaver, for the tests of the handover engine."""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user

REP = "sales_team.group_sale_salesman"
MANAGER = "sales_team.group_sale_manager"
# Tables a handover touches, with what identifies a row.
TOUCHED = (
    "res_partner",
    "crm_lead",
    "sale_order",
    "sale_order_line",
    "account_move",
    "mail_activity",
    "calendar_event",
    "calendar_event_res_partner_rel",
    "calendar_attendee",
    "crm_team",
    "crm_team_member",
    "res_users",
    "digest_digest_res_users_rel",
    "team_favorite_user_rel",
    "utm_campaign",
    "mailing_mailing",
)
WHO_AND_WHEN = ["write_date", "write_uid"]


class HandoverCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True, no_reset_password=True))
        cls.manager = new_test_user(cls.env, login="max", name="Max", groups=MANAGER)
        cls.old = new_test_user(cls.env, login="old", name="Olga", groups=REP)
        cls.ann = new_test_user(cls.env, login="ann", name="Ann", groups=REP)
        cls.bob = new_test_user(cls.env, login="bob", name="Bob", groups=REP)
        cls.leader = new_test_user(cls.env, login="lea", name="Lea", groups="sales_team.group_sale_salesman_all_leads")
        cls.north = cls.team("North", cls.old | cls.ann, cls.leader)
        cls.south = cls.team("South", cls.bob)
        cls.acme, cls.bolt, cls.core = (cls.account(name) for name in ("Acme", "Bolt", "Core"))
        cls.today = fields.Date.context_today(cls.env.user)
        # Whoever makes records in a test owns nothing of them but what the test says.
        cls.env.flush_all()

    @classmethod
    def team(cls, name, members, leader=None):
        return cls.env["crm.team"].create(
            {
                "name": name,
                "user_id": leader.id if leader else False,
                "crm_team_member_ids": [Command.create({"user_id": user.id}) for user in members],
            }
        )

    @classmethod
    def account(cls, name, owner=None, **values):
        return cls.env["res.partner"].create(
            {"name": name, "is_company": True, "user_id": (owner or cls.old).id, **values}
        )

    @classmethod
    def lead(cls, account, **values):
        return cls.env["crm.lead"].create(
            {
                "name": f"Deal with {account.name}",
                "type": "opportunity",
                "partner_id": account.id,
                "user_id": cls.old.id,
                **values,
            }
        )

    @classmethod
    def quotation(cls, account, **values):
        product = cls.env["product.product"].search([("name", "=", "Widget")], limit=1)
        product = product or cls.env["product.product"].create({"name": "Widget", "invoice_policy": "order"})
        return cls.env["sale.order"].create(
            {
                "partner_id": account.id,
                "user_id": cls.old.id,
                "order_line": [Command.create({"product_id": product.id, "price_unit": 10})],
                **values,
            }
        )

    @classmethod
    def todo(cls, record=None, **values):
        values = {"user_id": cls.old.id, "summary": "Call", "date_deadline": fields.Date.today(), **values}
        if record is not None:
            values.update(res_model_id=cls.env["ir.model"]._get_id(record._name), res_id=record.id)
        return cls.env["mail.activity"].create(values)

    @classmethod
    def meeting(cls, *partners, days=7, **values):
        start = fields.Datetime.now() + timedelta(days=days)
        attendees = cls.old.partner_id
        for partner in partners:
            attendees |= partner
        return cls.env["calendar.event"].create(
            {
                "name": "Meeting",
                "start": start,
                "stop": start + timedelta(hours=1),
                "user_id": cls.old.id,
                "partner_ids": [Command.set(attendees.ids)],
                **values,
            }
        )

    # Doing

    def plan(self, successors=None, default=None, user=None, date=None, **values):
        """A draft plan of the leaver; ``successors``: {account: user}, everybody else's is ``default`` (Ann)."""
        handovers = self.env["churn.handover"].with_user(user or self.manager)
        handover = handovers._plan(self.old, date or self.today, **values)
        handover.line_ids.successor_id = default or self.ann
        for line in handover.line_ids:
            if line.account_id in (successors or {}):
                line.successor_id = successors[line.account_id]
        return handover

    def run_plan(self, *args, **kwargs):
        handover = self.plan(*args, **kwargs)
        handover.action_run_now()
        return handover

    def mass_plan(self, count, **values):
        """A confirmed rotation of so many accounts made for it; nothing waits to be written."""
        accounts = self.env["res.partner"].create(
            [{"name": f"Mass {count}-{n}", "is_company": True, "user_id": self.old.id} for n in range(count)]
        )
        handover = self.plan(accounts=accounts, kind="rotation", **values)
        handover.line_ids.sudo().state = "confirmed"
        self.env.flush_all()
        return handover

    def line(self, handover, account):
        return handover.line_ids.filtered(lambda line: line.account_id == account)

    def dump(self):
        """Everything in the touched tables, without who wrote last; followers without the ids of their rows."""
        self.env.flush_all()
        tables = {}
        for table in TOUCHED:
            self.env.cr.execute(f"SELECT to_jsonb(t) - %s::text[] FROM {table} t", [WHO_AND_WHEN])
            tables[table] = sorted((row[0] for row in self.env.cr.fetchall()), key=str)
        self.env.cr.execute(
            """SELECT res_model, res_id, partner_id,
                      ARRAY(SELECT mail_message_subtype_id FROM mail_followers_mail_message_subtype_rel
                             WHERE mail_followers_id = f.id ORDER BY 1)
                 FROM mail_followers f WHERE res_model NOT LIKE 'churn.%' ORDER BY 1, 2, 3"""
        )
        tables["mail_followers"] = self.env.cr.fetchall()
        return tables
