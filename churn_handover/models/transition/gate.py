from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..common.listed import listed

OPEN_GATES = ("open", "reopened")


class ChurnGate(models.Model):
    """A step of a line that counts only with proof.

    Nobody writes gates by hand: they pass by what happened elsewhere (:meth:`_pass`), or are waived with a reason.
    """

    _name = "churn.gate"
    _description = "Handover Gate"
    _order = "line_id, sequence, id"
    _rec_name = "kind"

    line_id = fields.Many2one("churn.handover.line", required=True, index=True, ondelete="cascade")
    handover_id = fields.Many2one(related="line_id.handover_id")
    account_id = fields.Many2one(related="line_id.account_id")
    kind = fields.Selection(
        [
            ("notified", "Notified"),
            ("dossier", "Dossier Accepted"),
            ("introduced", "Introduced"),
            ("followed_up", "Followed Up"),
        ],
        required=True,
    )
    sequence = fields.Integer()
    holds = fields.Boolean(
        string="Before the Change",
        help="Has to be passed before the account changes hands; in a departure the last day wins.",
    )
    state = fields.Selection(
        [("open", "Open"), ("passed", "Passed"), ("waived", "Waived"), ("reopened", "Reopened")],
        required=True,
        default="open",
        index=True,
    )
    missed = fields.Boolean(string="Moved Without", help="Was still open when the account changed hands.")
    due_date = fields.Date(index=True)
    passed_at = fields.Datetime(string="Decided on", help="When it was passed, waived or reopened.")
    user_id = fields.Many2one("res.users", string="Decided by", ondelete="set null")
    proof_model = fields.Char()
    proof_id = fields.Many2oneReference(model_field="proof_model")
    proof_note = fields.Char(string="What Proves It")
    reason = fields.Char(help="Why it was waived or reopened.")
    activity_id = fields.Many2one("mail.activity", index="btree_not_null", ondelete="set null")
    reminded_on = fields.Date(help="Last day on which somebody was given a task for it.")

    _line_kind_unique = models.UniqueIndex("(line_id, kind)", "A line has one gate of each kind.")
    _open_index = models.Index("(line_id) WHERE state IN ('open', 'reopened')")

    @api.depends("kind", "line_id")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for gate in self:
            gate.display_name = f"{kinds.get(gate.kind, '')}: {gate.line_id.display_name}"

    # What other rooms call

    def _pass(self, proof_record=None, note=None, user=None):
        """Mark gates as passed; those passed or waived before stay as they are.

        :param proof_record: a record that proves it (notification, meeting, dossier …), or None
        :param note: what proves it, in one line, shown with the gate
        :param user: whose doing it was, when not that of who runs the code
        """
        # sudo: gates are written by the engine alone; who may prove what was checked where it was proved
        gates = self.sudo().filtered(lambda gate: gate.state in OPEN_GATES)
        gates._decide(
            "passed",
            proof_model=proof_record._name if proof_record else False,
            proof_id=proof_record.id if proof_record else False,
            proof_note=note,
            reason=False,
            user_id=(user or self.env.user).id,
        )
        gates._done_tasks(note)
        gates.line_id._gates_changed()

    def _reopen(self, reason):
        """Open gates again whose proof does not hold any more, and give somebody the task to close them."""
        # sudo: as in _pass
        gates = self.sudo().filtered(lambda gate: gate.state == "passed" or (gate.state == "open" and not gate.reason))
        if not gates:
            return
        today = fields.Date.context_today(self)
        gates._decide("reopened", reason=reason, proof_model=False, proof_id=False, proof_note=False)
        gates.filtered(lambda gate: not gate.due_date or gate.due_date < today).due_date = today
        gates._log_decision(self.env._("Reopened"), reason)
        gates._schedule()
        gates.line_id._gates_changed()

    def _reopen_passed(self, reason):
        """Open those again that had been passed; those still open have lost nothing."""
        self.sudo().filtered(lambda gate: gate.state == "passed")._reopen(reason)  # sudo: as in _pass

    def _waive(self, reason):
        """Do without these gates; whoever may change the plan may do so, and says why."""
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why this gate is waived."))
        self.line_id.check_access("write")
        gates = self.sudo().filtered(lambda gate: gate.state in OPEN_GATES)  # sudo: the right to the line was checked
        gates._decide("waived", reason=reason)
        gates._done_tasks(reason)
        gates._log_decision(self.env._("Waived"), reason)
        gates.line_id._gates_changed()

    def _told(self, note):
        """Somebody of ours told the customer by phone; that counts when it is written down who was told and what."""
        note = (note or "").strip()
        if not note:
            raise UserError(self.env._("Write down whom you spoke to, and what was said."))
        self.line_id.check_access("read")
        line = self.line_id
        if self.env.user not in line.predecessor_id | line.successor_id:
            line.check_access("write")
        self.filtered(lambda gate: gate.kind == "notified")._pass(note=self.env._("By phone: %(note)s", note=note))

    def _decide(self, state, **values):
        self.write({"user_id": self.env.uid, **values, "state": state, "passed_at": fields.Datetime.now()})

    def _log_decision(self, what, reason):
        """Leave a note on the plan: one per plan, however many gates."""
        for handover, gates in self.grouped("handover_id").items():
            kinds = dict(self._fields["kind"]._description_selection(self.env))
            handover._message_log(
                body=self.env._(
                    "%(what)s by %(user)s: %(gates)s (%(accounts)s). %(reason)s",
                    what=what,
                    user=self.env.user.name,
                    gates=listed(self.env, dict.fromkeys(kinds[gate.kind] for gate in gates)),
                    accounts=gates.line_id._listed(),
                    reason=reason,
                )
            )

    # Making

    @api.model
    def _sync(self, lines):
        """Give each binding line the gates of its tier; one statement, however many lines.

        Due dates of open gates follow the change date. Open gates that the tier does not ask for go; what was decided
        stays. Absence cover has no gates: nothing changes hands.
        """
        lines.flush_recordset()
        self.flush_model()
        self.env["churn.handover.tier"].flush_model()
        values = {"ids": lines.ids, "today": fields.Date.context_today(self), "uid": self.env.uid}
        self.env.cr.execute(SQL(self._SQL_UNWANTED, **values))
        self.env.cr.execute(SQL(self._SQL_WANTED, **values))
        self.invalidate_model(flush=False)
        lines.invalidate_recordset(["gate_ids"], flush=False)
        lines._refresh_next_gate()
        self.env["churn.handover.task"].sudo()._sync(lines)  # sudo: callers checked the right to the lines

    _SQL_WANTED = """
        INSERT INTO churn_gate AS gate (line_id, kind, sequence, holds, state, due_date,
                                        create_uid, write_uid, create_date, write_date)
        SELECT line.id, step.kind, step.sequence, step.holds, 'open',
               GREATEST(line.change_date + step.days, %(today)s),
               %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
          FROM churn_handover_line line
          JOIN churn_handover_tier tier ON tier.id = line.tier_id
          CROSS JOIN LATERAL (VALUES
               ('notified', 1, TRUE, tier.notified, -tier.notified_days),
               ('dossier', 2, TRUE, tier.dossier, -tier.dossier_days),
               ('introduced', 3, TRUE, tier.introduced, -tier.introduced_days),
               ('followed_up', 4, FALSE, tier.followed_up, tier.followed_up_days)
          ) AS step (kind, sequence, holds, wanted, days)
         WHERE line.id = ANY(%(ids)s) AND step.wanted AND line.is_default IS NOT TRUE
           AND line.state IN ('confirmed', 'stopped')
   ON CONFLICT (line_id, kind) DO UPDATE
           SET due_date = EXCLUDED.due_date, write_date = EXCLUDED.write_date, write_uid = EXCLUDED.write_uid
         WHERE gate.state IN ('open', 'reopened') AND gate.due_date IS DISTINCT FROM EXCLUDED.due_date
    """
    _SQL_UNWANTED = """
        DELETE FROM churn_gate gate
         USING churn_handover_line line
          LEFT JOIN churn_handover_tier tier ON tier.id = line.tier_id
         WHERE line.id = gate.line_id AND line.id = ANY(%(ids)s) AND line.state IN ('confirmed', 'stopped')
           AND gate.state IN ('open', 'reopened')
           AND NOT COALESCE(CASE gate.kind WHEN 'notified' THEN tier.notified WHEN 'dossier' THEN tier.dossier
                                           WHEN 'introduced' THEN tier.introduced ELSE tier.followed_up END, FALSE)
    """

    # Screens

    def action_open_proof(self):
        """Show what proves it, as far as the viewer may see it."""
        self.ensure_one()
        target = self._proof()
        if not target:
            raise UserError(self.env._("There is no record to open: %(note)s", note=self.proof_note or ""))
        target.check_access("read")
        return target._get_records_action(context={})

    def _proof(self):
        """Return the record that shows what proves the gate; None when there is none, or not any more."""
        proof = self.env[self.proof_model].browse(self.proof_id).exists() if self.proof_model in self.env else None
        return proof._churn_proof_record() if hasattr(proof, "_churn_proof_record") else proof

    def _shows_proof(self):
        """Whether the viewer may open it: reps read no letters, for these hold what customers answered about them."""
        proof = self._proof()
        return bool(proof and proof.has_access("read"))

    def action_told(self):
        """Ask who was told by phone."""
        return {
            **self.env["ir.actions.actions"]._for_xml_id("churn_handover.gate_told_action"),
            "context": {"default_gate_ids": self.ids},
        }

    def action_waive(self):
        """Ask for the reason."""
        return {
            **self.env["ir.actions.actions"]._for_xml_id("churn_handover.gate_waive_action"),
            "context": {"default_gate_ids": self.ids},
        }
