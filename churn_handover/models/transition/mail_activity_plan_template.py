from odoo import api, fields, models
from odoo.exceptions import ValidationError

PLAN_MODEL = "churn.handover"
GATES = [
    ("notified", "Notified"),
    ("dossier", "Dossier Accepted"),
    ("introduced", "Introduced"),
    ("followed_up", "Followed Up"),
]
RESPONSIBLE = {
    "churn_predecessor": "predecessor_id",
    "churn_successor": "default_successor_id",
    "churn_responsible": "user_id",
}


class MailActivityPlanTemplate(models.Model):
    """Steps of a handover are rows of Odoo's activity plans: a manager changes them like any other plan."""

    _inherit = "mail.activity.plan.template"

    churn_task = fields.Char(
        string="What to Do",
        translate=True,
        help="The task as its responsible reads it, in the language of that person.",
    )
    churn_gate = fields.Selection(
        GATES,
        string="Only When This Gate Is Missing",
        help="Empty: a step of every handover. Set: the task that is made when this gate is overdue, reopened or was "
        "skipped; its delay counts from the day the account moved without it.",
    )
    churn_done_with = fields.Selection(
        GATES,
        string="Done with This Gate",
        help="The step is ticked off when this gate is passed or waived; that of the dossier also when it is given to "
        "the successor. Empty: only by hand.",
    )
    responsible_type = fields.Selection(
        selection_add=[
            ("churn_predecessor", "Predecessor"),
            ("churn_successor", "Successor"),
            ("churn_responsible", "Responsible for the Handover"),
        ],
        ondelete={
            "churn_predecessor": "cascade",
            "churn_successor": "cascade",
            "churn_responsible": "cascade",
        },
    )

    @api.constrains("responsible_type", "churn_gate", "churn_done_with", "plan_id")
    def _check_churn_plan(self):
        for template in self:
            ours = template.responsible_type in RESPONSIBLE or template.churn_gate or template.churn_done_with
            if ours and template.plan_id.res_model != PLAN_MODEL:
                raise ValidationError(
                    self.env._(
                        "%(plan)s: predecessor, successor and gates exist only in plans for handovers.",
                        plan=template.plan_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("churn_task") and not vals.get("summary"):
                vals["summary"] = vals["churn_task"]
        return super().create(vals_list)

    def _determine_responsible(self, on_demand_responsible, applied_on_record):
        """A plan may name somebody who has left, or ask a document whose responsible has."""
        if self.responsible_type in RESPONSIBLE:
            user = applied_on_record[RESPONSIBLE[self.responsible_type]] if applied_on_record else on_demand_responsible
            missing = self.env._("%(task)s: nobody is chosen for it yet.", task=self.churn_task or self.summary)
            result = {"responsible": user, "error": False if user else missing, "warning": False}
        else:
            result = super()._determine_responsible(on_demand_responsible, applied_on_record)
        if user := result.get("responsible"):
            result["responsible"] = self.env["churn.owner.default"]._stand_in_for(user, applied_on_record)
        return result

    # What a line's missing gate asks of whom

    def _churn_doer(self, gate):
        """Return who does the task of a missing gate; whoever has left is stood in for by the plan's responsible."""
        handover = gate.handover_id
        users = {
            "churn_predecessor": gate.line_id.predecessor_id,
            "churn_successor": gate.line_id.successor_id,
            "other": self.responsible_id,
        }
        user = users.get(self.responsible_type) or handover.user_id
        return user if user.active else handover.user_id
