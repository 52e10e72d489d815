from odoo import fields, models


class ChurnHandoverLine(models.Model):
    """One account of a handover: the unit of transfer, state and undo.

    Exactly one line of a plan has no account (``is_default``): its successor takes what hangs on no account.
    """

    _name = "churn.handover.line"
    _description = "Handover Line"
    _order = "handover_id, is_default desc, id"
    _rec_name = "account_id"

    handover_id = fields.Many2one("churn.handover", required=True, index=True, ondelete="cascade")
    is_default = fields.Boolean(readonly=True, help="Takes what hangs on no account.")
    account_id = fields.Many2one("res.partner", index=True, ondelete="set null")
    account_name = fields.Char(readonly=True)
    predecessor_id = fields.Many2one("res.users", required=True, index=True, ondelete="restrict")
    successor_id = fields.Many2one("res.users", index=True, ondelete="restrict")
    change_date = fields.Date(required=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("confirmed", "Confirmed"),
            ("stopped", "Stopped"),
            ("done", "Moved"),
            ("undone", "Undone"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
    )
    stop_reason = fields.Char(readonly=True, copy=False)
    moved_at = fields.Datetime(readonly=True, copy=False)

    _open_account_unique = models.UniqueIndex(
        "(account_id) WHERE account_id IS NOT NULL AND state IN ('confirmed', 'stopped')",
        "This account is already part of another open handover.",
    )
    _account_or_default = models.Constraint(
        "CHECK(is_default OR account_id IS NOT NULL OR state IN ('done', 'undone', 'cancelled'))",
        "A line needs an account.",
    )
