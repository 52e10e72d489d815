from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ChurnMeasure(models.Model):
    """Something that is done for the accounts of a programme: who does what, when, at what cost.

    With loss reasons it is a win-back play: the offer follows the reason of leaving (Kumar, Bhagwat, Zhang, Journal
    of Marketing 2015).
    """

    _name = "churn.measure"
    _description = "Measure"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [("task", "Task"), ("plan", "Activity Plan"), ("mailing", "Mailing")],
        required=True,
        default="task",
        help="Task: one activity per account. Activity plan: the steps of a plan per account. Mailing: a draft to all "
        "accounts of the programme; who unsubscribed gets none.",
    )
    activity_type_id = fields.Many2one("mail.activity.type", string="Activity", ondelete="restrict")
    plan_id = fields.Many2one("mail.activity.plan", domain=[("res_model", "=", "res.partner")], ondelete="restrict")
    responsible = fields.Selection(
        [("owner", "Owner"), ("leader", "Team Leader"), ("programme", "Responsible for the Programme")],
        string="Who",
        required=True,
        default="owner",
        help="Where there is no such person, the one responsible for the programme. A step of an activity plan that "
        "names a person is that person's.",
    )
    delay_days = fields.Integer(string="Days after Start", default=7)
    note = fields.Text(string="What to Offer", translate=True, help="Shown in the task.")
    cost = fields.Float(
        string="Cost per Account",
        company_dependent=True,
        help="Working time and what is offered, in the company's currency; each company enters its own.",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    reason_ids = fields.Many2many(
        "churn.loss.reason",
        string="For Losses by",
        help="A win-back play: used for customers lost for these reasons.",
    )

    @api.depends_context("company")
    def _compute_currency_id(self):
        self.currency_id = self.env.company.currency_id

    @api.constrains("kind", "activity_type_id", "plan_id")
    def _check_what(self):
        for measure in self:
            if measure.kind == "task" and not measure.activity_type_id:
                raise ValidationError(self.env._("Measure %(name)s: choose an activity.", name=measure.name))
            if measure.kind == "plan" and not measure.plan_id:
                raise ValidationError(self.env._("Measure %(name)s: choose an activity plan.", name=measure.name))
            if measure.kind == "plan" and not measure.plan_id.template_ids:
                raise ValidationError(
                    self.env._("Measure %(name)s: the activity plan has no steps.", name=measure.name)
                )

    @api.constrains("cost", "delay_days")
    def _check_amounts(self):
        if any(measure.cost < 0 or measure.delay_days < 0 for measure in self):
            raise ValidationError(self.env._("Cost and days of a measure can't be negative."))

    def _cost_in(self, company):
        """What these measures cost together for one account of this company, in its currency."""
        return sum(self.with_company(company).mapped("cost"))

    def _task_values(self, start):
        """What each activity of the measure says: a list of values without record; a person where a step names one.

        A step "before the plan date", as Odoo's plans have it unless told otherwise, is due at the start: it can't have
        been done before anybody knew.
        """
        self.ensure_one()
        if self.kind == "plan":
            return [
                {
                    "activity_type_id": step.activity_type_id.id,
                    "summary": step.summary or step.activity_type_id.name,
                    "note": step.note or self.note,
                    "date_deadline": max(step._get_date_deadline(start), start),
                    **({"user_id": step.responsible_id.id} if step.responsible_id.active else {}),
                }
                for step in self.plan_id.template_ids
            ]
        if self.kind == "mailing":
            return []
        return [
            {
                "activity_type_id": self.activity_type_id.id,
                "summary": self.name,
                "note": self.note,
                "date_deadline": fields.Date.add(start, days=self.delay_days),
            }
        ]
