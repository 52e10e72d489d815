from odoo import fields, models


class ChurnChange(models.Model):
    """One value that a transfer changed: where, what it was, what it became. Written in bulk, read by undo."""

    _name = "churn.change"
    _description = "Change Log"
    _order = "id"
    _rec_name = "res_model"
    _log_access = False

    handover_id = fields.Many2one("churn.handover", required=True, index=True, ondelete="restrict", readonly=True)
    line_id = fields.Many2one("churn.handover.line", required=True, index=True, ondelete="restrict", readonly=True)
    rule_id = fields.Many2one("churn.ownership.rule", ondelete="set null", readonly=True)
    res_model = fields.Char(string="Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(string="Record", model_field="res_model", required=True, readonly=True)
    field_name = fields.Char(string="Field", required=True, readonly=True)
    old_value = fields.Json(readonly=True)
    new_value = fields.Json(readonly=True)
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    state = fields.Selection(
        [("applied", "Applied"), ("undone", "Undone"), ("kept", "Kept: changed since")],
        required=True,
        default="applied",
        readonly=True,
    )
    kept_reason = fields.Char(readonly=True)

    _record_index = models.Index("(res_model, res_id)")
