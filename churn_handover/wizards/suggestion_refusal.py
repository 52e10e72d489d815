from odoo import fields, models

from ..models.keep.suggestion import REFUSALS


class ChurnSuggestionRefusal(models.TransientModel):
    """Why a suggestion is refused: the answers improve the suggestions of other customers too."""

    _name = "churn.suggestion.refusal"
    _description = "Refuse a Suggestion"

    suggestion_ids = fields.Many2many("churn.suggestion", required=True, readonly=True)
    refusal = fields.Selection(REFUSALS, string="Why", required=True)
    note = fields.Char(string="In Your Words")

    def action_refuse(self):
        self.suggestion_ids._refuse(self.refusal, self.note)
