from collections import defaultdict
from datetime import timedelta

from markupsafe import escape

from odoo import api, fields, models
from odoo.fields import Domain

from ..common.listed import listed
from ..common.mail_link import mail_link
from ..common.task import Task
from ..handover.handover_line import NAMES_SHOWN
from .gate import OPEN_GATES

REMIND_AFTER = 3  # days until somebody who closed the task, but not the gate, is asked again


class ChurnGate(models.Model):
    """Who has to do what about an open gate: tasks on the account, reminders, the manager's daily digest.

    What to do, by whom and by when is data: rows of Odoo's activity plans, see ``mail_activity_plan_template.py``.
    """

    _inherit = "churn.gate"

    def _templates(self):
        """Return {gate: row of the activity plan that says what to do when it is missing}; fixed number of queries.

        The plan of the line's tier comes first, then the general one; without either the gate's name is the task.
        """
        general = self.env.ref("churn_handover.activity_plan_gates", raise_if_not_found=False)
        plans = self.line_id.tier_id.plan_id | (general or self.env["mail.activity.plan"])
        rows = plans.filtered("active").template_ids.filtered("churn_gate")
        by_plan = {(row.plan_id, row.churn_gate): row for row in reversed(rows)}
        found = {}
        for (tier, kind), gates in self.grouped(lambda gate: (gate.line_id.tier_id, gate.kind)).items():
            row = by_plan.get((tier.plan_id, kind)) or by_plan.get((general, kind)) or rows[:0]
            found.update(dict.fromkeys(gates, row))
        return found

    def _schedule(self):
        """Make a dated task on the account for each gate that has none; a fixed number of queries."""
        gates = self.filtered(lambda gate: not gate.activity_id.active and gate.line_id.account_id)
        templates = gates._templates()
        default = self.env.ref("mail.mail_activity_data_todo").id
        texts, doers, tasks = {}, {}, []
        for gate in gates:
            template, line = templates[gate], gate.line_id
            people = (template, line.handover_id, line.predecessor_id, line.successor_id)
            if people not in doers:
                doers[people] = template._churn_doer(gate) if template else line.handover_id.user_id
            user = doers[people]
            key = (template, gate.kind, user.lang)
            if key not in texts:
                told = gate.with_context(lang=user.lang or self.env.lang)
                summary = template.with_env(told.env).churn_task or template.summary or told.display_name
                texts[key] = template.activity_type_id.id or default, summary
            kind, summary = texts[key]
            note = str(escape(gate.reason)) if gate.reason else None
            tasks.append(Task(line.account_id.id, user.id, kind, summary, gate.due_date, note))
        activities = self.env["churn.task"]._make(tasks)
        self.env.cr.execute(
            """UPDATE churn_gate SET activity_id = made.activity, reminded_on = %s
                 FROM unnest(%s::int[], %s::int[]) AS made (gate, activity) WHERE churn_gate.id = made.gate""",
            [fields.Date.context_today(self), gates.ids, activities],
        )
        gates.invalidate_recordset(["activity_id", "reminded_on"], flush=False)

    def _done_tasks(self, feedback=None):
        """Close the tasks of gates that somebody has dealt with, and the steps that are done with them."""
        tasks = self.activity_id.filtered("active")
        if tasks:
            tasks._action_done(feedback=feedback or False)
        for kind, gates in self.grouped("kind").items():
            gates.line_id._steps_done(kind, feedback)

    def _missed(self):
        """Mark gates as skipped by a line that has moved, and make dated tasks of them."""
        today = fields.Date.context_today(self)
        templates = self._templates()
        day_of = {row: max(row._get_date_deadline(today), today) for row in set(templates.values()) if row}
        days = [day_of.get(templates[gate], today) for gate in self]
        self.env.cr.execute(
            """UPDATE churn_gate SET missed = TRUE, due_date = late.day
                 FROM unnest(%s::int[], %s::date[]) AS late (id, day) WHERE churn_gate.id = late.id""",
            [self.ids, days],
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
        for manager, parts in self._digest_parts().items():
            self._send_digest(manager, parts)

    @api.model
    def _digest_parts(self):
        """Return {person: [(what, record, rows)]} of what needs attention; who has nothing is not in it.

        Rows are what to name beside the record: gates, lines or visits.
        """
        found = defaultdict(list)
        overdue = self._overdue()
        # what was called off needs nobody any more, unless the letter that says so did not arrive
        binding = Domain("line_id.state", "in", ("confirmed", "stopped", "done"))
        failed = Domain("line_id.letter_item_ids.letter_id.state", "=", "failed")
        reopened = self.search(
            Domain("state", "=", "reopened") & Domain("id", "not in", overdue.ids) & (binding | failed)
        )
        for what, gates in (("overdue", overdue), ("reopened", reopened)):
            for handover, own in gates.grouped("handover_id").items():
                found[handover.user_id].append((what, handover, own))
        yesterday = fields.Datetime.now() - timedelta(days=1)
        asked = self.env["churn.letter.item"].search(
            [("answer", "in", ("call", "other")), ("answered_at", ">=", yesterday)]
        )
        for handover, lines in asked.line_id.grouped("handover_id").items():
            for person, own in lines.grouped(lambda line: line._hears_answers()).items():
                found[person].append(("answers", handover, own))
        missed = self.env["churn.visit"].search([("is_missed", "=", True), ("leader_id", "!=", False)])
        for leader, visits in missed.grouped("leader_id").items():
            found[leader] += [("visits", visit, visit) for visit in visits]
        return {person: parts for person, parts in found.items() if person.active}

    @api.model
    def _send_digest(self, manager, parts):
        env = self.with_context(lang=manager.lang or self.env.lang).env
        headings = {
            "overdue": env._("Gates that are overdue"),
            "reopened": env._("Gates that were reopened"),
            "answers": env._("Customers who wait for a call"),
            "visits": env._("Leader visits that were missed"),
        }
        found = defaultdict(list)
        for what, record, rows in parts:
            found[what].append((mail_link(record.with_env(env)), rows.with_env(env)._digest_words()))
        body = env["ir.qweb"]._render(
            "churn_handover.gate_digest",
            {
                "greeting": env._("Hello %(name)s,", name=manager.name),
                "parts": [(headings[what], rows) for what, rows in found.items()],
            },
        )
        self.env["mail.thread"].message_notify(
            partner_ids=manager.partner_id.ids,
            subject=env._("Handovers: what needs you today"),
            body=body,
        )

    def _digest_words(self):
        """Return the accounts of gates, each with what is missing there."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        by_line = self.grouped("line_id")
        named = [
            self.env._(
                "%(account)s (missing: %(gates)s)",
                account=line.display_name,
                gates=[kinds[gate.kind] for gate in gates],
            )
            for line, gates in list(by_line.items())[:NAMES_SHOWN]
        ]
        names, more = listed(self.env, named), len(by_line) - len(named)
        return self.env._("%(names)s and %(count)s more", names=names, count=more) if more else names


class ChurnHandoverLine(models.Model):
    _inherit = "churn.handover.line"

    def _digest_words(self):
        return self._listed()
