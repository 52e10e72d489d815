"""The main job on real data: salesperson 282 leaves AdventureWorks, the 68 resellers go to three colleagues.

What is left is looked for in all models, by the test's own idea of what is closed; undo is judged by comparing
the contents of the whole database.
"""

from collections import Counter

from odoo.tests import HttpCase, new_test_user
from odoo.tools import SQL

from .common_company import AdventureWorksCase

LEAVER = "282"
SUCCESSORS = ("281", "283", "287")
NAMES = ("Lea Leaver", "Ann Heir", "Bob Heir", "Cid Heir")

# Fields to a user that say who somebody is, what was done, or what was planned: not who looks after something.
HISTORY = {
    "churn.assignment",
    "churn.change",
    "churn.handover",
    "churn.handover.line",
    "churn.readiness",
    "bus.presence",
    "hr.employee",
    "hr.version",
    "mail.presence",
    "res.users",
    "res.users.log",
    "res.users.settings",
    "res.device.log",
    "resource.resource",
}
STAMPS = {"create_uid", "write_uid"}
# What is closed, in SQL on the row ``r``; of every other model every row counts as open.
CLOSED = {
    "sale.order": "r.state = 'cancel' OR (r.state = 'sale' AND r.invoice_status = 'invoiced')",
    "sale.order.line": """EXISTS (SELECT FROM sale_order o WHERE o.id = r.order_id
        AND (o.state = 'cancel' OR (o.state = 'sale' AND o.invoice_status = 'invoiced')))""",
    "account.move": "r.state <> 'draft'",
    "crm.lead": "r.won_status <> 'pending' OR r.active IS NOT TRUE",
    "calendar.event": "r.stop < now() AT TIME ZONE 'UTC' OR r.active IS NOT TRUE",
    "mail.activity": "r.active IS NOT TRUE",
    "crm.team.member": "r.active IS NOT TRUE",
    "res.partner": "r.active IS NOT TRUE",
}
# Rights and companies of the user, who still works here until the last day.
ACCOUNT_OF_THE_USER = {"res_groups_users_rel", "res_company_users_rel"}

# Tables in which running and undoing leave traces of their own, or that the browser writes: the plan with its gates,
# dossiers and checklist, the log, the chatter, mails, sessions. The history keeps who had access in the overlap.
TRACES = {
    "bus_bus",
    "churn_assignment",
    "churn_change",
    "churn_checklist_item",
    "churn_dossier",
    "churn_dossier_answer",
    "churn_gate",
    "churn_handover",
    "churn_handover_crm_team_rel",
    "churn_handover_line",
    "churn_handover_res_company_rel",
    "churn_handover_task",
    "churn_readiness",
    "ir_attachment",
    "ir_cron",
    "ir_cron_progress",
    "ir_cron_trigger",
    "ir_sequence",
    "mail_followers",
    "mail_followers_mail_message_subtype_rel",
    "mail_mail",
    "mail_mail_res_partner_rel",
    "mail_message",
    "mail_message_res_partner_rel",
    "mail_notification",
    "mail_presence",
    "mail_tracking_value",
    "res_device_log",
    "res_users_log",
    "res_users_settings",
}


class TestSalesperson282(HttpCase, AdventureWorksCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leaver = cls.person[LEAVER]
        cls.successors = cls.env["res.users"].concat(*(cls.person[number] for number in SUCCESSORS))
        cls.manager = new_test_user(cls.env, login="mia", name="Mia Manager", groups="sales_team.group_sale_manager")
        cls.manager.odoobot_state = "disabled"  # OdooBot would greet at the first login, and note that it did
        cls.resellers = cls.env["res.partner"].search([("user_id", "=", cls.leaver.id), ("is_company", "=", True)])

    # What is open, in all models

    def _columns(self):
        """Yield (model, name, SQL of rows that name the leaver) for every stored field to a user, in all models."""
        for name, model in sorted(self.env.registry.items()):
            if model._abstract or model._transient or not model._auto or name in HISTORY:
                continue
            for field in self.env[name]._fields.values():
                if not field.store or field.comodel_name != "res.users" or field.name in STAMPS:
                    continue
                if field.type == "many2one":
                    yield name, field.name, SQL("%s = %s", SQL.identifier("r", field.name), self.leaver.id)
                elif field.type == "many2many" and field.relation not in ACCOUNT_OF_THE_USER:
                    yield name, field.name, self._in_relation(field, self.leaver.id)
        partner = self.leaver.partner_id.id
        yield "mail.followers", "partner_id", SQL("r.partner_id = %s AND r.res_model <> 'res.partner'", partner)
        yield (
            "mail.followers",
            "own accounts",
            SQL("r.partner_id = %s AND r.res_model = 'res.partner' AND r.res_id <> %s", partner, partner),
        )
        events = self.env["calendar.event"]._fields["partner_ids"]
        yield "calendar.event", "partner_ids", self._in_relation(events, partner)

    def _in_relation(self, field, value):
        return SQL(
            "EXISTS (SELECT FROM %s x WHERE %s = r.id AND %s = %s)",
            SQL.identifier(field.relation),
            SQL.identifier("x", field.column1),
            SQL.identifier("x", field.column2),
            value,
        )

    def _open(self):
        """Return {(model, field): number of open rows that name the leaver}."""
        self.env.flush_all()
        found = Counter()
        for model, name, condition in self._columns():
            closed = SQL(CLOSED.get(model, "FALSE"))
            table = SQL.identifier(self.env[model]._table)
            query = SQL("SELECT count(*) FROM %s r WHERE (%s) AND (%s) IS NOT TRUE", table, condition, closed)
            found[model, name] += self.env.execute_query(query)[0][0]
        return {key: count for key, count in found.items() if count}

    # What is in the database

    def _contents(self):
        """Return {table: Counter of rows as text, without who wrote when}; followers without surrogate ids."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
        )
        dialogs = [self.env[name] for name, model in self.env.registry.items() if model._transient]
        transient = {model._table for model in dialogs}
        transient |= {
            field.relation for model in dialogs for field in model._fields.values() if field.type == "many2many"
        }
        tables = [row[0] for row in self.env.cr.fetchall() if row[0] not in TRACES | transient]
        contents = {table: self._rows(table) for table in tables}
        self.env.cr.execute(
            """SELECT f.res_model, f.res_id, f.partner_id, array_agg(s.mail_message_subtype_id ORDER BY 1)
                 FROM mail_followers f LEFT JOIN mail_followers_mail_message_subtype_rel s ON s.mail_followers_id = f.id
                WHERE f.res_model <> 'churn.handover'
                GROUP BY f.id"""
        )
        contents["followers"] = Counter(map(str, self.env.cr.fetchall()))
        return contents

    def _rows(self, table):
        query = SQL(
            "SELECT md5((to_jsonb(r) - '{write_date,write_uid}'::text[])::text) FROM %s r", SQL.identifier(table)
        )
        return Counter(row[0] for row in self.env.execute_query(query))

    # The plan

    def _tour(self, tour, handover=None):
        path = f"/odoo/churn-handovers/{handover.id}" if handover else "/odoo/churn-handovers"
        self.start_tour(path, tour, login=self.manager.login)
        self.env.invalidate_all()

    def test_run_and_undo(self):
        self.assertEqual(len(self.resellers), 68)
        # the names that the tours look for
        for user, name in zip(self.leaver | self.successors, NAMES, strict=True):
            user.name = name
        # as after the first night: what the change of owners finds out at once is known then
        self.env["churn.account"]._refresh_teams(self.env.company)
        before, open_before = self._contents(), self._open()
        self.assertGreater(open_before["sale.order", "user_id"], 0)
        self._tour("churn_adventureworks")
        handover = self.env["churn.handover"].search([("predecessor_id", "=", self.leaver.id)])
        self.assertEqual((handover.state, handover.user_id), ("done", self.manager))
        self.assertEqual(handover.line_ids.account_id, self.resellers)
        self.assertEqual(self._open(), {})
        self.assertFalse(
            self.resellers.churn_member_ids.filtered(lambda m: not m.date_to or m.date_to > handover.change_date),
            "the overlap ends with the change",
        )
        owners = Counter(account.user_id for account in self.resellers)
        self.assertEqual(sorted(owners.values()), [22, 23, 23])
        self.assertEqual(set(owners), set(self.successors))
        self._tour("churn_undo", handover)
        self.assertEqual(self._open(), open_before)
        after = self._contents()
        self.assertEqual({table for table in before if before[table] != after[table]}, set())
