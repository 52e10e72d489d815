from odoo import fields, models


class ChurnWarningKind(models.Model):
    """A cause of risk that the order history cannot know, and whether it raises the band by one step.

    Each kind is found by a method of ``churn.warning``, see :meth:`churn.warning._warning_kinds`.
    """

    _name = "churn.warning.kind"
    _description = "Warning Kind"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, readonly=True)
    sequence = fields.Integer(default=10)
    lifts = fields.Boolean(
        string="Raises the Band",
        help="An open warning of this kind raises the risk band by one step; it never changes the probability.",
    )
    relationship = fields.Boolean(
        readonly=True,
        help="About the relationship with the owner of the time: what was before a handover counts no more.",
    )
    note = fields.Text(string="Why", translate=True)

    _code_unique = models.UniqueIndex("(code)", "There is a warning kind with this code already.")
