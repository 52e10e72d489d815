from odoo import api, fields, models


class ChurnHandover(models.Model):
    """A dated plan that moves accounts from one owner to others; its lines are one account each.

    All doors (departure, rotation, reassignment, absence) make the same record.
    """

    _name = "churn.handover"
    _description = "Handover"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "change_date desc, id desc"

    name = fields.Char(string="Reference", required=True, readonly=True, copy=False, default=lambda self: self.env._("New"))
    kind = fields.Selection(
        [
            ("departure", "Departure"),
            ("rotation", "Rotation"),
            ("reassignment", "Reassignment"),
            ("absence", "Absence Cover"),
        ],
        required=True,
        default="departure",
        readonly=True,
        tracking=True,
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("confirmed", "Confirmed"),
            ("running", "Running"),
            ("done", "Done"),
            ("undone", "Undone"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    predecessor_id = fields.Many2one("res.users", required=True, index=True, ondelete="restrict", tracking=True)
    change_date = fields.Date(
        required=True, tracking=True, help="The day the owner changes. In a departure it is the last day."
    )
    overlap_days = fields.Integer(
        default=21, help="Days before the change date from which the successor is on the account team with access."
    )
    emergency = fields.Boolean(readonly=True, tracking=True, help="No notice was given: backups take over at once.")
    reason_id = fields.Many2one("hr.departure.reason", ondelete="set null")
    note = fields.Text()
    user_id = fields.Many2one(
        "res.users", string="Responsible", required=True, default=lambda self: self.env.user, tracking=True
    )
    company_ids = fields.Many2many(
        "res.company",
        string="Companies",
        required=True,
        default=lambda self: self.env.user.company_ids,
        help="Records of these companies are moved; what remains in others is only counted.",
    )
    archive_predecessor = fields.Boolean(help="Archive the predecessor's user after the transfer on the change date.")
    line_ids = fields.One2many("churn.handover.line", "handover_id", copy=False)
    default_line_id = fields.Many2one("churn.handover.line", compute="_compute_default_line")
    default_successor_id = fields.Many2one(
        "res.users",
        string="Takes Everything Else",
        compute="_compute_default_line",
        inverse="_inverse_default_successor",
        help="Takes what hangs on no account, or on an account whose owner is not there any more.",
    )

    @api.depends("line_ids.is_default", "line_ids.successor_id")
    def _compute_default_line(self):
        for handover in self:
            handover.default_line_id = handover.line_ids.filtered("is_default")[:1]
            handover.default_successor_id = handover.default_line_id.successor_id

    def _inverse_default_successor(self):
        for handover in self:
            handover.default_line_id.successor_id = handover.default_successor_id

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["name"] = self.env["ir.sequence"].next_by_code("churn.handover")
        return super().create(vals_list)
