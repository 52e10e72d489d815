from odoo import fields, models


class ChurnWhatifTaker(models.Model):
    """What one colleague would take over in the best plan found now; kept for the latest figures only."""

    _name = "churn.whatif.taker"
    _description = "Successor in the Best Plan"
    _order = "revenue desc, id"
    _rec_name = "user_id"

    whatif_id = fields.Many2one("churn.whatif", required=True, index=True, ondelete="cascade", readonly=True)
    user_id = fields.Many2one(
        "res.users", string="Successor", required=True, index=True, ondelete="cascade", readonly=True
    )
    accounts = fields.Integer(readonly=True)
    revenue = fields.Monetary(string="Revenue, 12 Months", readonly=True)
    saved = fields.Monetary(
        string="Could Save",
        readonly=True,
        help="What this successor is expected to keep more than somebody who does not fit.",
    )
    currency_id = fields.Many2one(related="whatif_id.currency_id")
