from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..common.listed import listed

NAMES_SHOWN = 10


class ChurnRotationRound(models.Model):
    """The accounts of a schedule that change hands on one day. Once confirmed it is handovers, and never changes."""

    _name = "churn.rotation.round"
    _description = "Rotation Round"
    _inherit = ["churn.guarded"]
    _order = "date, id"
    _rec_name = "schedule_id"

    schedule_id = fields.Many2one("churn.rotation.schedule", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="schedule_id.company_id", store=True, index=True)
    date = fields.Date(string="Change Date", required=True, readonly=True)
    state = fields.Selection(
        [("proposed", "Proposed"), ("confirmed", "Confirmed")],
        required=True,
        default="proposed",
        readonly=True,
        copy=False,
    )
    line_ids = fields.One2many("churn.rotation.line", "round_id", domain=[("state", "!=", "skipped")])
    handover_ids = fields.One2many("churn.handover", "rotation_round_id", readonly=True)
    line_count = fields.Integer(string="Accounts", compute="_compute_counts")
    joining_count = fields.Integer(string="Second Persons", compute="_compute_counts")
    handover_count = fields.Integer(string="Handovers", compute="_compute_counts")
    open_count = fields.Integer(
        string="To Confirm", compute="_compute_open_count", help="Accounts and second persons that wait for you."
    )

    _schedule_date_unique = models.UniqueIndex("(schedule_id, date)", "A schedule has one round a day.")

    @api.depends("schedule_id.name", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for one in self:
            names = (one.schedule_id.name, one.date and format_date(self.env, one.date))
            one.display_name = listed(self.env, names)

    @api.depends("line_ids", "handover_ids")
    def _compute_counts(self):
        rows = self.env["churn.rotation.line"]._read_group(
            [("round_id", "in", self.ids), ("state", "in", ("proposed", "confirmed"))],
            ["round_id", "kind"],
            ["__count"],
        )
        counts = {(one.id, kind): count for one, kind, count in rows}
        for one in self:
            one.line_count = counts.get((one.id, "move"), 0)
            one.joining_count = counts.get((one.id, "join"), 0)
            one.handover_count = len(one.handover_ids)

    @api.depends("line_ids.state")
    @api.depends_context("uid")
    def _compute_open_count(self):
        waiting = self._waiting().grouped("round_id")
        for one in self:
            one.open_count = len(waiting.get(one, ()))

    def _waiting(self):
        """The proposed lines that the user may confirm: a manager all, a team leader those of led members."""
        lines = self.env["churn.rotation.line"].search([("round_id", "in", self.ids), ("state", "=", "proposed")])
        return lines._filtered_access("write")

    # Confirming

    def action_confirm(self):
        """Turn what is proposed into handovers, one per predecessor, and put second persons on their teams.

        A team leader confirms for the members of own teams; the round is confirmed when nothing of it waits any more.
        """
        self.check_access("read")
        for one in self:
            if one.state != "proposed":
                raise UserError(self.env._("%(name)s is confirmed already.", name=one.display_name))
            lines = one._waiting()
            if not lines:
                raise UserError(self.env._("Nobody changes hands in this round: there is nothing to confirm."))
            if one.date <= fields.Date.context_today(self):
                raise UserError(self.env._("The day of this round has come. Plan again: its lines go to later rounds."))
            lines._check_still_holds()
            one._make_handovers(lines.filtered(lambda line: line.kind == "move"))
            one._join(lines.filtered(lambda line: line.kind == "join"))
            # sudo: the right to the lines was checked; their state is nobody's to write
            lines.sudo().write({"state": "confirmed"})
            whole = one.sudo()  # sudo: lines of other teams may wait, out of sight
            if all(line.state == "confirmed" for line in whole.line_ids):
                whole.state = "confirmed"
        return True

    def _make_handovers(self, lines):
        handovers = self.env["churn.handover"]
        for predecessor, own in lines.grouped("predecessor_id").items():
            plan = handovers._plan(
                predecessor,
                self.date,
                own.account_id,
                kind="rotation",
                overlap_days=self.schedule_id.overlap_days,
                company_ids=[fields.Command.set(self.company_id.ids)],
                rotation_round_id=self.id,
            )
            successors = {line.account_id: line.successor_id for line in own}
            by_successor = defaultdict(plan.line_ids.browse)
            for line in plan.line_ids:
                by_successor[successors[line.account_id]] |= line
            for successor, taken in by_successor.items():
                taken.successor_id = successor
            plan._confirm()

    def _join(self, lines):
        """Put the second persons on the account teams from the day of the round."""
        role = self.env.ref("churn_handover.role_second_face")
        self.env["churn.team.member"].create(
            [
                {
                    "account_id": line.account_id.id,
                    "user_id": line.successor_id.id,
                    "role_id": role.id,
                    "date_from": self.date,
                    "is_backup": True,
                }
                for line in lines
            ]
        )

    def write(self, vals):
        if not self.env.su and "state" in vals:
            raise UserError(self.env._("A round is confirmed by its button only."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_confirmed(self):
        # sudo: lines of other teams count, too
        if "confirmed" in self.sudo().line_ids.mapped("state"):
            raise UserError(self.env._("A confirmed round stays: its handovers can be cancelled or undone."))

    # Screens

    def action_view_lines(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.actions"]._for_xml_id("churn_handover.rotation_line_action"),
            "domain": [("round_id", "=", self.id)],
            "context": {},
        }

    def action_view_handovers(self):
        return {
            **self.env["ir.actions.actions"]._for_xml_id("churn_handover.handover_action"),
            "domain": [("rotation_round_id", "in", self.ids)],
            "context": {},
        }
