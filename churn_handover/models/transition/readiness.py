from odoo import api, fields, models
from odoo.exceptions import AccessError


class ChurnReadiness(models.Model):
    """One thing the successor learns: what, from whom, by when."""

    _name = "churn.readiness"
    _description = "Readiness Step"
    _order = "dossier_id, due_date, id"
    _rec_name = "topic_id"

    dossier_id = fields.Many2one("churn.dossier", required=True, index=True, ondelete="cascade")
    account_id = fields.Many2one(related="dossier_id.line_id.account_id")
    learner_id = fields.Many2one(related="dossier_id.line_id.successor_id", string="Who Learns")
    topic_id = fields.Many2one("churn.readiness.topic", string="What", required=True, ondelete="restrict")
    note = fields.Char(string="In Particular")
    teacher_id = fields.Many2one(
        "res.users",
        string="Who Teaches",
        ondelete="set null",
        index="btree_not_null",
        domain=[("share", "=", False)],
    )
    due_date = fields.Date(string="By", required=True)
    done = fields.Boolean()
    is_overdue = fields.Boolean(compute="_compute_is_overdue")

    @api.depends("done", "due_date")
    def _compute_is_overdue(self):
        today = fields.Date.context_today(self)
        for step in self:
            step.is_overdue = bool(step.due_date) and not step.done and step.due_date < today

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        steps._check_taker()
        return steps

    def write(self, vals):
        self._check_taker()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_learner(self):
        self._check_taker()

    def _check_taker(self):
        """Who learns makes the plan and says what was learned; the predecessor teaches."""
        if not self.env.su and not all(self.dossier_id.mapped("is_taker")):
            raise AccessError(self.env._("The readiness plan belongs to who takes over, or to a leader."))
