from odoo import api, fields, models
from odoo.exceptions import UserError


class ChurnAccount(models.Model):
    """From a customer at risk to what is done about it."""

    _inherit = "churn.account"

    segment_id = fields.Many2one("churn.segment", index="btree_not_null", readonly=True, ondelete="set null")
    breadth = fields.Integer(
        string="Product Categories", readonly=True, aggregator="avg", help="Bought in the last 12 months."
    )
    breadth_before = fields.Integer(
        string="Product Categories before",
        readonly=True,
        aggregator="avg",
        help="Bought in the 12 months before those.",
    )
    breadth_usual = fields.Float(
        string="Usual Categories", readonly=True, aggregator="avg", help="Half of the customers buy from more."
    )
    suggestion_ids = fields.One2many("churn.suggestion", "account_id", string="Suggestions")
    switching_index = fields.Integer(
        compute="_compute_switching_index",
        string="Switching Cost",
        help="0 to 100: what leaving would cost the customer. 60 points for the range of products, 20 for prices of "
        "their own, 20 for a portal login. Judgement: it orders customers, it foretells nothing.",
    )
    switching_text = fields.Text(compute="_compute_switching_index", string="Switching Cost Explained")

    @api.depends("breadth", "breadth_usual", "partner_id.user_ids", "partner_id.specific_property_product_pricelist")
    @api.depends_context("lang")
    def _compute_switching_index(self):
        # sudo: only whether somebody of the customer has a login, or the customer a price list
        partners = self.env["res.partner"].sudo()
        logins = partners._read_group(
            [("commercial_partner_id", "in", self.partner_id.ids), ("user_ids", "!=", False)], ["commercial_partner_id"]
        )
        with_login = {partner.id for (partner,) in logins}
        for account in self:
            wide = min(account.breadth / (2 * account.breadth_usual), 1.0) if account.breadth_usual else 0.0
            own_prices = bool(account.partner_id.sudo().specific_property_product_pricelist)  # sudo: as above
            login = account.partner_id.id in with_login
            account.switching_index = round(60 * wide) + 20 * own_prices + 20 * login
            account.switching_text = "\n".join(
                [
                    self.env._(
                        "%(points)s of 60: buys from %(breadth)s product categories, half of the customers from more "
                        "than %(usual)s",
                        points=round(60 * wide),
                        breadth=account.breadth,
                        usual=f"{account.breadth_usual:g}",
                    ),
                    self.env._("20 of 20: prices of their own") if own_prices else self.env._("0 of 20: list prices"),
                    self.env._("20 of 20: works with the portal")
                    if login
                    else self.env._("0 of 20: nobody there has a portal login"),
                ]
            )

    def action_start_programme(self):
        """A draft programme for the chosen customers."""
        if not self:
            raise UserError(self.env._("Choose at least one customer."))
        lost = self.filtered(lambda account: account.score_status == "lost")
        if lost and lost != self:
            raise UserError(
                self.env._("Lost customers need another programme than those still here: choose them apart.")
            )
        return self.env["churn.programme"]._propose(self, "win_back" if lost else "retain")._open()

    def action_note_loss(self):
        """The customer left: enter why; or see the loss that is known."""
        self.ensure_one()
        known = self.env["churn.loss"].search([("account_id", "=", self.id), ("state", "=", "lost")], limit=1)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Lost Customer"),
            "res_model": "churn.loss",
            "res_id": known.id,
            "view_mode": "form",
            "context": {"default_account_id": self.id},
        }
