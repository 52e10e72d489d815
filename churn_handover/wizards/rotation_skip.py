from dateutil.relativedelta import relativedelta

from odoo import fields, models


class ChurnRotationSkip(models.TransientModel):
    """Asks why accounts are left with their owner, and until when."""

    _name = "churn.rotation.skip"
    _description = "Skip in Rotation"

    reason = fields.Char(required=True)
    date_to = fields.Date(
        string="Until",
        required=True,
        default=lambda self: fields.Date.context_today(self) + relativedelta(months=12),
        help="Until this day the owner stays; then the account is planned again.",
    )

    is_private = fields.Boolean(
        string="Reason Only for Me",
        help="Others see no more than that a manager decided, as with confidential feedback.",
    )

    def action_skip(self):
        self.ensure_one()
        lines = self.env["churn.rotation.line"].browse(self.env.context.get("active_ids", []))
        lines._skip(self.reason, self.date_to, self.is_private)
        return {"type": "ir.actions.act_window_close"}
