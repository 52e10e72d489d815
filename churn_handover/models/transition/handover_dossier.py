from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError


class ChurnHandover(models.Model):
    _inherit = "churn.handover"

    def _start(self, scan=None):
        """Lines that have to pass the gate get their dossier at once: there is something to write."""
        result = super()._start(scan)
        lines = self.line_ids.filtered(lambda line: line._gates("dossier") and line.state in ("confirmed", "stopped"))
        if lines:
            self.env["churn.dossier"]._prepare(lines)
        return result


class ChurnHandoverLine(models.Model):
    _inherit = "churn.handover.line"

    dossier_ids = fields.One2many("churn.dossier", "line_id")

    def _plan_changed(self, names):
        """Another successor has to check the dossier anew."""
        result = super()._plan_changed(names)
        accepted = self.dossier_ids.filtered(lambda dossier: dossier.state == "accepted")
        if "successor_id" in names and accepted:
            accepted.write({"state": "given", "accepted_date": False, "accepted_by_id": False})
            accepted.line_id._gates("dossier")._reopen(
                self.env._("Somebody else takes over: the dossier is new to them.")
            )
        if "change_date" in names:
            self._bring_readiness_forward()
        return result

    def _tier_changed(self):
        """A tier that asks for the dossier has it written at once, like that of a plan that is confirmed."""
        result = super()._tier_changed()
        asked = self.filtered(lambda line: line.state in ("confirmed", "stopped") and line._gates("dossier"))
        if lines := asked.filtered(lambda line: not line.dossier_ids):
            # sudo: the right to write the line was checked by write; dossiers are made by the engine
            self.env["churn.dossier"].sudo()._prepare(lines)
        self._bring_readiness_forward()
        return result

    def _gate_status(self, kind):
        if kind == "dossier" and self.dossier_ids:
            states = dict(self.env["churn.dossier"]._fields["state"]._description_selection(self.env))
            # sudo: how far it is, nothing that it says
            return self.env._("Dossier: %(state)s", state=states[self.sudo().dossier_ids[:1].state])
        return super()._gate_status(kind)

    def _bring_readiness_forward(self):
        """What is still to learn is learned before the introduction, also when that is earlier than planned."""
        today = fields.Date.context_today(self)
        for dossier in self.sudo().dossier_ids:  # sudo: as in _tier_changed
            for step in dossier.readiness_ids.filtered(lambda step: not step.done):
                latest = max(today, dossier.ready_by - timedelta(days=step.topic_id.days_before))
                step.due_date = min(step.due_date, latest)

    def action_dossier(self):
        """Open the dossier of the account, and make it where the tier does not ask for one."""
        self.ensure_one()
        self.check_access("read")
        if self.state == "draft":  # both sides find it, also whoever does not know yet of the plan
            raise UserError(self.env._("Confirm the plan first: until then it may change."))
        # sudo: who may read the line may have its dossier; what it says is read with own rights
        dossier = self.dossier_ids or self.env["churn.dossier"].sudo()._prepare(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Dossier"),
            "res_model": "churn.dossier",
            "res_id": dossier.id,
            "views": [(False, "form")],
        }
