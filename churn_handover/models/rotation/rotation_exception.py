from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class ChurnRotationException(models.Model):
    """What a manager decided for one account: its owner stays, its contract is being renewed, or it agreed to a change.

    Its text is for leaders and managers; elsewhere it is "decision of the manager", like a freeze that not everybody
    may know the reason of. Who decides may keep it to themselves: so a "decision of the manager" whose reason somebody
    does not see need not come from a complaint.
    """

    _name = "churn.rotation.exception"
    _description = "Rotation Exception"
    _order = "date_from desc, id desc"
    _rec_name = "account_id"

    account_id = fields.Many2one(
        "res.partner", required=True, index=True, ondelete="cascade", domain=[("churn_is_account", "=", True)]
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    kind = fields.Selection(
        [("stay", "Owner Stays"), ("renewal", "Contract Renewal"), ("consent", "Customer Agrees to a Change")],
        required=True,
        default="stay",
    )
    reason = fields.Char(required=True)
    date_from = fields.Date(string="From", required=True, default=fields.Date.context_today)
    date_to = fields.Date(string="To", required=True, help="Last day; decide anew after it.")
    user_id = fields.Many2one(
        "res.users", string="Decided by", required=True, default=lambda self: self.env.user, ondelete="restrict"
    )
    is_private = fields.Boolean(
        string="Only for Me", help="Others see no more than that a manager decided, as with confidential feedback."
    )
    is_over = fields.Boolean(compute="_compute_is_over", search="_search_is_over")

    _dates_order = models.Constraint("CHECK(date_to >= date_from)", "An exception cannot end before it begins.")

    @api.depends("date_to")
    def _compute_is_over(self):
        today = fields.Date.context_today(self)
        for exception in self:
            exception.is_over = bool(exception.date_to and exception.date_to < today)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [{**vals, "user_id": self.env.uid} for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and "user_id" in vals:
            self.check_access("write")  # first: what one may not see gives no other answer than what is not there
            raise UserError(self.env._("Who decided stays in the record: end this exception and enter your own."))
        return super().write(vals)

    @api.model
    def _search_is_over(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        return Domain("date_to", "<", "today")
