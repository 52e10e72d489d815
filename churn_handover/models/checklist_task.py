from odoo import fields, models


class ChurnChecklistTask(models.Model):
    """What has to be done outside Odoo when somebody leaves; data that a manager changes."""

    _name = "churn.checklist.task"
    _description = "Departure Task"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    hint = fields.Char(translate=True, help="What counts as proof.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    responsible = fields.Selection(
        [("manager", "Responsible for the Plan"), ("leaver", "Who Leaves")], required=True, default="manager"
    )
    days = fields.Integer(
        string="Days After the Change", help="Negative: so many days before the change date. 0: on that day."
    )
