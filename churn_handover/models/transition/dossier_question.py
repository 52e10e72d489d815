from odoo import fields, models


class ChurnDossierQuestion(models.Model):
    """What only the predecessor knows, as questions; data that a manager changes."""

    _name = "churn.dossier.question"
    _description = "Dossier Question"
    _order = "sequence, id"

    name = fields.Char(string="Question", required=True, translate=True)
    hint = fields.Char(translate=True, help="An example that shows what kind of answer helps.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    required = fields.Boolean(help="Without an answer the dossier cannot be given to the successor.")
