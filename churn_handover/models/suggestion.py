from odoo import api, fields, models
from odoo.exceptions import UserError


class ChurnSuggestion(models.Model):
    """A product category that similar customers buy and this one does not, with the evidence and what came of it."""

    _name = "churn.suggestion"
    _description = "Product Suggestion"
    _order = "expected desc, id"
    _rec_name = "category_id"
    _check_company_auto = True

    account_id = fields.Many2one("churn.account", required=True, index=True, ondelete="cascade", readonly=True)
    partner_id = fields.Many2one(related="account_id.partner_id", string="Customer", store=True, index=True)
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(related="partner_id.user_id", string="Owner")
    value_tier = fields.Selection(related="account_id.value_tier")
    category_id = fields.Many2one("product.category", required=True, ondelete="cascade", readonly=True)
    because_id = fields.Many2one("product.category", string="Buys", ondelete="cascade", readonly=True)
    support = fields.Integer(string="Similar Customers", readonly=True, help="Customers who buy what this one buys.")
    confidence = fields.Float(
        string="Of These Buy It", readonly=True, aggregator="avg", help="Share of the similar customers."
    )
    popularity = fields.Float(string="Of All Buy It", readonly=True, aggregator="avg")
    lift = fields.Float(
        readonly=True, aggregator="avg", digits=(6, 1), help="How much more often similar customers buy it than all do."
    )
    chance = fields.Float(
        readonly=True,
        aggregator="avg",
        help="Probability of buying it in the next half-year, learned from what customers bought anew in the last one.",
    )
    amount = fields.Monetary(
        string="Usual Revenue a Year", readonly=True, help="Of its buyers, scaled to the customer."
    )
    expected = fields.Monetary(string="Expected Revenue", readonly=True, help="Chance × usual revenue a year.")
    lapsed = fields.Boolean(string="Bought Earlier", readonly=True)
    found_on = fields.Date(readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("accepted", "In Work"), ("refused", "Refused"), ("ordered", "Ordered")],
        default="open",
        required=True,
        readonly=True,
    )
    refusal = fields.Selection(
        [
            ("elsewhere", "Buys it elsewhere"),
            ("no_need", "Does not need it"),
            ("price", "Too expensive"),
            ("not_now", "Not now"),
            ("unfit", "Does not fit this customer"),
        ],
        string="Why Refused",
    )
    answered_on = fields.Date(readonly=True)
    lead_id = fields.Many2one("crm.lead", string="Opportunity", readonly=True, ondelete="set null")
    evidence = fields.Text(compute="_compute_evidence")

    _one_open = models.UniqueIndex(
        "(account_id, category_id) WHERE state IN ('open', 'accepted')", "This is suggested already."
    )

    @api.depends("support", "confidence", "popularity", "category_id", "because_id", "lapsed")
    @api.depends_context("lang")
    def _compute_evidence(self):
        for one in self:
            text = self.env._(
                "Of %(support)s customers who also buy %(because)s, %(confidence)s buy %(category)s; of all customers "
                "%(popularity)s.",
                support=one.support,
                because=one.because_id.display_name,
                confidence=f"{one.confidence:.0%}",
                category=one.category_id.display_name,
                popularity=f"{one.popularity:.0%}",
            )
            if one.lapsed:
                text += " " + self.env._("This customer bought it earlier, but not in the last 12 months.")
            one.evidence = text

    def action_accept(self):
        """An opportunity for the owner with the products most sold of this category."""
        self.ensure_one()
        if self.state != "open":
            raise UserError(self.env._("This suggestion has been answered already."))
        products = self._best_sellers()
        lines = [self.evidence, self.env._("Products most bought by others:"), *products.mapped("display_name")]
        lead = self.env["crm.lead"].create(
            {
                "name": self.env._(
                    "%(category)s for %(customer)s",
                    category=self.category_id.name,
                    customer=self.partner_id.display_name,
                ),
                "type": "opportunity",
                "partner_id": self.partner_id.id,
                "company_id": self.company_id.id,
                "user_id": (self.partner_id.user_id or self.env.user).id,
                "expected_revenue": self.amount,
                "description": "<br/>".join(lines),
            }
        )
        self._answer({"state": "accepted", "lead_id": lead.id})
        return {"type": "ir.actions.act_window", "res_model": "crm.lead", "res_id": lead.id, "view_mode": "form"}

    def action_refuse(self):
        """Needs the reason, which the form asks for."""
        for one in self:
            if not one.refusal:
                raise UserError(self.env._("Choose why it is refused: the answers improve the suggestions."))
            one._answer({"state": "refused"})

    def _answer(self, values):
        self.check_access("write")
        self.write({**values, "answered_on": fields.Date.context_today(self)})

    def _best_sellers(self, limit=3):
        """Products of the category by confirmed sales of 12 months in this company."""
        # sudo: only which products sell best, over all customers
        rows = (
            self.env["sale.order.line"]
            .sudo()
            ._read_group(
                [
                    ("state", "=", "sale"),
                    ("company_id", "=", self.company_id.id),
                    ("product_id.categ_id", "=", self.category_id.id),
                    ("order_id.date_order", ">=", "-365d"),
                ],
                ["product_id"],
                ["price_subtotal:sum"],
                order="price_subtotal:sum desc",
                limit=limit,
            )
        )
        return self.env["product.product"].union(*[product.with_env(self.env) for product, __ in rows])
