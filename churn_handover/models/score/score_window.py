from odoo import fields, models


class ChurnScoreWindow(models.Model):
    """One complete past window of a score model: what it foretold at a day, against what happened after.

    The predictions were made by a model that had seen nothing from that day on.
    """

    _name = "churn.score.window"
    _description = "Churn Score Back-Test"
    _order = "cutoff desc, id desc"
    _rec_name = "cutoff"

    model_id = fields.Many2one("churn.score.model", required=True, index=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="model_id.company_id")
    cutoff = fields.Date(
        string="Seen from",
        required=True,
        readonly=True,
        help="Only what was known before this day was used for the forecast.",
    )
    horizon = fields.Integer(readonly=True, help="Days that were forecast.")
    layer = fields.Char(readonly=True)
    account_count = fields.Integer(string="Accounts", readonly=True)
    lost_count = fields.Integer(
        string="Without Order", readonly=True, help="Accounts that placed no order in the window."
    )
    auc = fields.Float(
        string="AUC",
        readonly=True,
        aggregator="avg",
        help="Chance that of two accounts, one of which stopped, the forecast names the right one; 0.5: by lot.",
    )
    brier = fields.Float(
        readonly=True, aggregator="avg", help="Mean squared error of the probability; smaller is better."
    )
    ece = fields.Float(
        string="Calibration Error",
        readonly=True,
        aggregator="avg",
        help="By how much forecast and observed rates differ on average (expected calibration error).",
    )
    lift = fields.Float(
        readonly=True,
        aggregator="avg",
        help="How many times more of the lost accounts are in the tenth ranked highest than in a random tenth.",
    )
    money_lift = fields.Float(
        readonly=True,
        aggregator="avg",
        help="The same in money: share of the lost revenue in the tenth with the highest expected loss, times ten.",
    )
    bins = fields.Json(
        readonly=True, help="Calibration: a list of (mean forecast, observed rate, accounts), ascending by forecast."
    )

    _model_cutoff_unique = models.UniqueIndex("(model_id, cutoff)", "A model has one back-test per day.")
