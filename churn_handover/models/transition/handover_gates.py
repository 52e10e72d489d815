from odoo import api, fields, models

from .gate import OPEN_GATES


class ChurnHandover(models.Model):
    """Where gates meet the engine: made when a plan binds, asked when it runs, closed when it is called off."""

    _inherit = "churn.handover"

    held_count = fields.Integer(string="Waiting for Gates", compute="_compute_gate_counts")
    overdue_count = fields.Integer(string="Overdue Gates", compute="_compute_gate_counts")

    @api.depends("line_ids.gate_ids.state")
    def _compute_gate_counts(self):
        lines = self.env["churn.handover.line"]
        held = dict(
            lines._read_group(
                lines._held_domain() & fields.Domain([("handover_id", "in", self.ids), ("state", "=", "confirmed")]),
                ["handover_id"],
                ["__count"],
            )
        )
        overdue = lines._read_group(
            [
                ("handover_id", "in", self.ids),
                ("state", "in", ("confirmed", "stopped", "done")),
                ("next_gate_due", "<", fields.Date.context_today(self)),
            ],
            ["handover_id"],
            ["__count"],
        )
        overdue = dict(overdue)
        for handover in self:
            handover.held_count = held.get(handover, 0)
            handover.overdue_count = overdue.get(handover, 0)

    def _start(self, scan=None):
        result = super()._start(scan)
        self.env["churn.gate"]._sync(self.line_ids)
        return result

    def _due_lines(self):
        """Lines that wait for a gate are not due, whatever their date."""
        return super()._due_lines() & ~self.env["churn.handover.line"]._held_domain()

    @api.model
    def _due_domain(self):
        held = self.env["churn.handover.line"]._held_domain()
        due = fields.Domain([("state", "=", "confirmed"), ("change_date", "<=", fields.Date.context_today(self))])
        return super()._due_domain() & fields.Domain("line_ids", "any", due & ~held)

    def action_run_now(self):
        result = super().action_run_now()
        if not self.held_count:
            return result
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "message": self.env._(
                    "Lines that wait for their gates and have not moved: %(count)s. Pass or waive the gates.",
                    count=self.held_count,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_cancel(self):
        open_lines = self.line_ids.filtered(lambda line: line.state in ("draft", "confirmed", "stopped"))
        result = super().action_cancel()
        open_lines.sudo()._close_gate_tasks()  # sudo: the right to the plan was checked by super
        return result

    def _undo(self, lines=None):
        result = super()._undo(lines=lines)
        # sudo: the right to the plan was checked by super
        (lines or self.line_ids).sudo().filtered(lambda line: line.state == "undone")._close_gate_tasks()
        return result

    def action_view_held(self):
        return self._action_lines("held")

    def action_view_overdue(self):
        return self._action_lines("overdue")

    def action_view_gates(self):
        """Show the lines by their next open gate."""
        return {
            **self.env["ir.actions.actions"]._for_xml_id("churn_handover.handover_line_gate_action"),
            "domain": [("handover_id", "in", self.ids), ("is_default", "=", False)],
        }

    def _open_gates(self):
        return self.line_ids.gate_ids.filtered(lambda gate: gate.state in OPEN_GATES)
