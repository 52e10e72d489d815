from odoo import api, fields, models

BAND_FIELDS = {
    "watch": "churn_watch",
    "high": "churn_high",
    "money_high": "churn_money_high",
    "money_critical": "churn_money_critical",
}


class ChurnScoreModel(models.Model):
    """The company's risk bands, where a sales manager can set them: the company itself is the administrator's."""

    _inherit = "churn.score.model"

    currency_id = fields.Many2one(related="company_id.currency_id")
    watch = fields.Float(string="Watch from", compute="_compute_bands", inverse="_inverse_bands")
    high = fields.Float(string="High from", compute="_compute_bands", inverse="_inverse_bands")
    money_high = fields.Monetary(
        string="High from an Expected Loss of", compute="_compute_bands", inverse="_inverse_bands"
    )
    money_critical = fields.Monetary(
        string="Critical from an Expected Loss of", compute="_compute_bands", inverse="_inverse_bands"
    )

    @api.depends(*(f"company_id.{name}" for name in BAND_FIELDS.values()))
    def _compute_bands(self):
        for model in self:
            for name, company_name in BAND_FIELDS.items():
                model[name] = model.company_id[company_name]

    def _inverse_bands(self):
        for model in self:
            values = {company_name: model[name] for name, company_name in BAND_FIELDS.items()}
            changed = {name: value for name, value in values.items() if model.company_id[name] != value}
            if changed:
                model.company_id.sudo().write(changed)  # who may write the model may set the four fields of its company
