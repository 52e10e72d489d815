from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class ChurnDossierAnswer(models.Model):
    """What the predecessor wrote down, kept as typed."""

    _name = "churn.dossier.answer"
    _description = "Dossier Answer"
    _order = "dossier_id, sequence, id"
    _rec_name = "question_id"

    dossier_id = fields.Many2one("churn.dossier", required=True, index=True, ondelete="cascade")
    question_id = fields.Many2one("churn.dossier.question", required=True, ondelete="restrict")
    sequence = fields.Integer(related="question_id.sequence", store=True)
    required = fields.Boolean(related="question_id.required")
    hint = fields.Char(related="question_id.hint")
    answer = fields.Text()

    _dossier_question_unique = models.UniqueIndex("(dossier_id, question_id)", "This question is asked already.")

    def write(self, vals):
        if not self.env.su and not all(self.dossier_id.mapped("is_giver")):
            raise AccessError(self.env._("The questions are answered by who hands over, or by a leader."))
        if "answer" in vals and "accepted" in self.dossier_id.mapped("state"):
            raise UserError(self.env._("The dossier is accepted. Send it back first, then what it says can change."))
        return super().write(vals)
