from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain


class ChurnPromise(models.Model):
    """What somebody of ours promised a customer. It outlives the person: a handover moves the open ones.

    Who serves the account sees and keeps its promises, see ``security/promise_rules.xml``.
    """

    _name = "churn.promise"
    _description = "Promise to a Customer"
    _inherit = ["churn.guarded", "churn.access"]
    _order = "state desc, due_date, id"  # open ones first
    _churn_partner_field = "account_id"

    name = fields.Char(string="What Was Promised", required=True)
    account_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("churn_is_account", "=", True)],
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Promised To",
        ondelete="set null",
        domain="[('id', 'child_of', account_id)]",
        help="The person at the customer who expects it.",
    )
    company_id = fields.Many2one(related="account_id.company_id")
    user_id = fields.Many2one(
        "res.users",
        string="Keeps It",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        ondelete="set null",
        domain=[("share", "=", False)],
        help="Who has to keep the promise; the owner of the account unless you say otherwise.",
    )
    date = fields.Date(string="Promised on", required=True, default=fields.Date.context_today)
    due_date = fields.Date(string="Due")
    source_ref = fields.Reference(
        [
            ("crm.lead", "Opportunity"),
            ("sale.order", "Quotation or Order"),
            ("calendar.event", "Meeting"),
            ("churn.handover.line", "Handover Line"),
            ("res.partner", "Contact"),
        ],
        string="Where It Was Promised",
        help="The record on which it was promised, if there is one.",
    )
    state = fields.Selection(
        [("open", "Open"), ("kept", "Kept"), ("dropped", "Dropped")],
        required=True,
        default="open",
        readonly=True,
        copy=False,
        index=True,
        group_expand=True,
    )
    outcome = fields.Text(
        string="What Became of It",
        copy=False,
        help="How it was kept; for a dropped promise: what the customer was told.",
    )
    closed_date = fields.Date(string="Closed on", readonly=True, copy=False)
    is_overdue = fields.Boolean(string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue")

    _due_order = models.Constraint("CHECK(due_date >= date)", "A promise cannot be due before it was made.")

    @api.depends("account_id")
    def _compute_user_id(self):
        for promise in self:
            owner = promise.account_id.commercial_partner_id.user_id
            promise.user_id = promise.user_id or owner or self.env.user

    @api.depends("state", "due_date")
    def _compute_is_overdue(self):
        today = fields.Date.context_today(self)
        for promise in self:
            promise.is_overdue = promise.state == "open" and bool(promise.due_date) and promise.due_date < today

    @api.model
    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = Domain("state", "=", "open") & Domain("due_date", "<", "today")
        return Domain.OR(overdue if wanted else ~overdue for wanted in value)

    @api.constrains("account_id", "contact_id")
    def _check_contact(self):
        for promise in self:
            contact = promise.contact_id
            if contact and contact.commercial_partner_id != promise.account_id:
                raise ValidationError(
                    self.env._(
                        "%(contact)s is no contact of %(account)s.",
                        contact=contact.name,
                        account=promise.account_id.name,
                    )
                )

    @api.constrains("user_id")
    def _check_user(self):
        for promise in self:
            # sudo: whether somebody works in the account's company must be known to whoever writes the promise down
            user, company = promise.sudo().user_id, promise.sudo().account_id.company_id
            if user.share or (company and company not in user.company_ids):
                raise ValidationError(
                    self.env._(
                        "%(user)s has no access to %(account)s and cannot keep this promise. Choose somebody else.",
                        user=user.name,
                        account=promise.account_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # promised to a contact or an address: the account has promised-to and history
            partner = self.env["res.partner"].browse(vals.get("account_id") or [])
            if partner and partner.commercial_partner_id != partner:
                vals.setdefault("contact_id", partner.id)
                vals["account_id"] = partner.commercial_partner_id.id
        return super().create(vals_list)

    def write(self, vals):
        # Access is checked for the account the promise has, not for the one it would get.
        moved = "account_id" in vals and self.filtered(lambda promise: promise.account_id.id != vals["account_id"])
        if moved and not self.env.su:
            raise UserError(self.env._("A promise stays with its customer. Write a new one for another customer."))
        return super().write(vals)

    # Actions

    def action_keep(self):
        """The customer got what was promised."""
        return self._close("kept")

    def action_drop(self):
        """It will not be kept; the customer must have been told."""
        silent = self.filtered(lambda promise: not (promise.outcome or "").strip())
        if silent:
            raise UserError(
                self.env._(
                    "%(promise)s: write down what the customer was told before you drop a promise.",
                    promise=silent[0].name,
                )
            )
        return self._close("dropped")

    def action_reopen(self):
        self.check_access("write")
        # sudo: what became of a promise is written by its buttons only; the right to it was checked
        return self.sudo().write({"state": "open", "closed_date": False})

    def _close(self, state):
        self.check_access("write")
        opened = self.filtered(lambda promise: promise.state == "open")
        # sudo: as for reopening
        return opened.sudo().write({"state": state, "closed_date": fields.Date.context_today(self)})

    @api.model
    def _open_promises(self, partner_ids):
        """Return {account id: open promises, the most urgent first} as far as the reader may see them. One query."""
        promises = self.search([("account_id", "in", list(partner_ids)), ("state", "=", "open")], order="due_date, id")
        return {account.id: own for account, own in promises.grouped("account_id").items()}
