from odoo import fields, models


class ChurnChecklistTask(models.Model):
    """What has to be done outside Odoo when somebody leaves; data that a manager changes."""

    _name = "churn.checklist.task"
    _description = "Departure Task"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    hint = fields.Char(translate=True, help="What counts as proof.")
    kind = fields.Selection(
        [("manual", "By Hand"), ("access", "Odoo Ends the Access")],
        required=True,
        default="manual",
        help="By hand: somebody does it and says what proves it. Odoo ends the access: a button revokes the leaver's "
        "API keys and ends the open sessions; it happens by itself when the login is archived.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    responsible = fields.Selection(
        [("manager", "Responsible for the Plan"), ("leaver", "Who Leaves")], required=True, default="manager"
    )
    days = fields.Integer(
        string="Days After the Change", help="Negative: so many days before the change date. 0: on that day."
    )
