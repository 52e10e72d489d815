import json
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from .gate import OPEN_GATES

REMIND_AFTER = 3  # days until somebody who closed the task, but not the gate, is asked again
# Days after the change by which a gate that was skipped is made up for; judgement: tell first, then meet.
LATE_DAYS = {"notified": 1, "dossier": 3, "introduced": 7}


class ChurnGate(models.Model):
    """Who has to do what about an open gate: tasks on the account, reminders, the manager's daily digest."""

    _inherit = "churn.gate"

    def _responsible(self):
        """Return who has to see to this gate: successor for dossier and meeting, else who answers for the plan."""
        self.ensure_one()
        user = self.line_id.successor_id if self.kind in ("dossier", "introduced") else self.handover_id.user_id
        return user if user.active else self.handover_id.user_id

    def _task_text(self, env):
        return {
            "notified": env._("Call the customer about the new contact person"),
            "dossier": env._("Go through the dossier with the predecessor and accept it"),
            "introduced": env._("Have the successor introduced to the customer"),
            "followed_up": env._("Ask the customer how it goes with the new contact person"),
        }[self.kind]

    def _schedule(self):
        """Make a dated task on the account for each gate that has none; one statement, however many gates.

        The ORM would subscribe, notify and write one by one: ten thousand accounts can move in one night.
        """
        gates = self.filtered(lambda gate: not gate.activity_id.active and gate.account_id)
        if not gates:
            return
        todo = self.env.ref("mail.mail_activity_data_todo").id
        call = self.env.ref("mail.mail_activity_data_call").id
        rows, texts = [], {}
        for gate in gates:
            user = gate._responsible()
            lang = user.lang or self.env.lang
            if (gate.kind, lang) not in texts:
                texts[gate.kind, lang] = gate._task_text(self.with_context(lang=lang).env)
            kind = call if gate.kind in ("notified", "followed_up") else todo
            rows.append((gate.id, user.id, texts[gate.kind, lang], kind, gate.reason or None))
        self.env.flush_all()
        columns = zip(*rows, strict=True)
        values = dict(zip(("gates", "users", "texts", "types", "reasons"), map(list, columns), strict=True))
        self.env.cr.execute(
            SQL(
                self._SQL_TASKS,
                model=self.env["ir.model"]._get_id("res.partner"),
                uid=self.env.uid,
                today=fields.Date.context_today(self),
                **values,
            )
        )
        gates.invalidate_recordset(["activity_id", "reminded_on"], flush=False)
        gates.account_id.invalidate_recordset(["activity_ids"], flush=False)

    _SQL_TASKS = """
        WITH todo AS MATERIALIZED (
            SELECT nextval('mail_activity_id_seq') AS id, gate.id AS gate_id, gate.due_date,
                   account.id AS account_id, account.complete_name, given.*
              FROM unnest(%(gates)s::int[], %(users)s::int[], %(texts)s::text[], %(types)s::int[], %(reasons)s::text[])
                   AS given (gate, user_id, summary, type_id, reason)
              JOIN churn_gate gate ON gate.id = given.gate
              JOIN churn_handover_line line ON line.id = gate.line_id
              JOIN res_partner account ON account.id = line.account_id
        ), made AS (
            INSERT INTO mail_activity (id, res_model_id, res_model, res_id, res_name, activity_type_id, summary, note,
                                       date_deadline, user_id, user_tz, active, automated,
                                       create_uid, write_uid, create_date, write_date)
            SELECT todo.id, %(model)s, 'res.partner', account_id, todo.complete_name, type_id, summary,
                   replace(replace(replace(reason, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'),
                   due_date, todo.user_id, holder.tz, TRUE, TRUE, %(uid)s, %(uid)s,
                   now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
              FROM todo
              JOIN res_users person ON person.id = todo.user_id
              JOIN res_partner holder ON holder.id = person.partner_id
        )
        UPDATE churn_gate SET activity_id = todo.id, reminded_on = %(today)s
          FROM todo
         WHERE churn_gate.id = todo.gate_id
    """

    def _done_tasks(self, feedback=None):
        """Close the tasks of gates that somebody has dealt with."""
        tasks = self.activity_id.filtered("active")
        if tasks:
            tasks._action_done(feedback=feedback or False)

    def _missed(self):
        """Mark gates as skipped by a line that has moved, and make dated tasks of them."""
        today = fields.Date.context_today(self)
        days = {kind: today + timedelta(days=late) for kind, late in LATE_DAYS.items()}
        self.env.cr.execute(
            """UPDATE churn_gate SET missed = TRUE, due_date = (%s::jsonb ->> kind)::date WHERE id = ANY(%s)""",
            [json.dumps(days, default=str), self.ids],
        )
        self.invalidate_recordset(["missed", "due_date"], flush=False)
        self._schedule()

    # Reminders and digest

    @api.model
    def _overdue(self):
        """Return the open gates whose day has passed; those of plans that still run or have run."""
        today = fields.Date.context_today(self)
        return self.search(
            [
                ("state", "in", OPEN_GATES),
                ("due_date", "<", today),
                ("line_id.state", "in", ("confirmed", "stopped", "done")),
            ]
        )

    @api.model
    def _cron_remind(self):
        """Give somebody a task for each overdue gate, and send the managers their digest if there is anything."""
        today = fields.Date.context_today(self)
        overdue = self._overdue()
        overdue.filtered(
            lambda gate: not gate.reminded_on or gate.reminded_on <= today - timedelta(days=REMIND_AFTER)
        )._schedule()
        for manager, handovers in self._digest_parts().items():
            self._send_digest(manager, handovers)

    @api.model
    def _digest_parts(self):
        """Return {manager: [(plan, heading, lines)]} of what needs attention; a plan without anything is not in it."""
        found = defaultdict(list)
        overdue = self._overdue()
        for handover, gates in overdue.grouped("handover_id").items():
            found[handover.user_id].append((handover, "overdue", gates.line_id))
        reopened = self.search([("state", "=", "reopened"), ("id", "not in", overdue.ids)])
        for handover, gates in reopened.grouped("handover_id").items():
            found[handover.user_id].append((handover, "reopened", gates.line_id))
        return {manager: parts for manager, parts in found.items() if manager.active}

    @api.model
    def _send_digest(self, manager, parts):
        env = self.with_context(lang=manager.lang or self.env.lang).env
        headings = {
            "overdue": env._("Gates that are overdue"),
            "reopened": env._("Gates that were reopened"),
            "answers": env._("Customers who wait for a call"),
            "letters": env._("Letters that did not arrive"),
        }
        rows = [
            (handover.name, handover._get_html_link(), headings[what], lines._listed())
            for handover, what, lines in parts
        ]
        body = env["ir.qweb"]._render(
            "churn_handover.gate_digest",
            {"user": manager, "rows": rows, "date": format_date(env, fields.Date.context_today(self))},
        )
        self.env["mail.thread"].message_notify(
            partner_ids=manager.partner_id.ids,
            subject=env._("Handovers: what needs you today"),
            body=body,
            email_layout_xmlid="mail.mail_notification_light",
        )
