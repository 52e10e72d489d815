from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

# The least that counts as evidence, as in ``analytics.market``, which only a search imports: it needs scikit-learn.
LEAST_LIFT = 1.1


REFUSALS = [
    ("elsewhere", "Buys it elsewhere"),
    ("no_need", "Does not need it"),
    ("price", "Too expensive"),
    ("not_now", "Not now"),
    ("unfit", "Does not fit this customer"),
]
# Products of the category that are put in the quotation.
PRODUCTS = 3


class ChurnSuggestion(models.Model):
    """A product category that similar customers buy and this one does not, with the evidence and what came of it."""

    _name = "churn.suggestion"
    _inherit = ["churn.guarded"]
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
        [
            ("open", "Open"),
            ("accepted", "In Work"),
            ("refused", "Refused"),
            ("ordered", "Ordered"),
            ("failed", "Not Sold"),
        ],
        default="open",
        required=True,
        readonly=True,
    )
    refusal = fields.Selection(REFUSALS, string="Why Refused", readonly=True)
    refusal_note = fields.Char(string="Refused with the Words", readonly=True)
    answered_on = fields.Date(readonly=True)
    lead_id = fields.Many2one("crm.lead", string="Opportunity", readonly=True, ondelete="set null")
    order_id = fields.Many2one("sale.order", string="Quotation", readonly=True, ondelete="set null")
    evidence = fields.Text(compute="_compute_evidence")

    _one_open = models.UniqueIndex(
        "(account_id, category_id) WHERE state IN ('open', 'accepted')", "This is suggested already."
    )

    @api.depends("partner_id", "category_id")
    def _compute_display_name(self):
        for one in self:
            one.display_name = f"{one.partner_id.display_name}: {one.category_id.display_name}"

    @api.depends("support", "confidence", "popularity", "category_id", "because_id", "lapsed", "lift")
    @api.depends_context("lang")
    def _compute_evidence(self):
        for one in self:
            sentences = []
            if one.lapsed:
                sentences.append(self.env._("This customer bought it earlier, but not in the last 12 months."))
            if one.lift >= LEAST_LIFT:
                sentences.append(
                    self.env._(
                        "Of %(support)s customers who also buy %(because)s, %(confidence)s buy %(category)s; of all "
                        "customers %(popularity)s.",
                        support=one.support,
                        because=one.because_id.display_name,
                        confidence=f"{one.confidence:.0%}",
                        category=one.category_id.display_name,
                        popularity=f"{one.popularity:.0%}",
                    )
                )
            one.evidence = " ".join(sentences)

    def action_accept(self):
        """An opportunity of the owner, with a quotation of the products that are most bought in this category."""
        self.ensure_one()
        if self.state != "open":
            raise UserError(self.env._("This suggestion has been answered already."))
        owner = self.partner_id.user_id if self.partner_id.user_id.active else self.env.user
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
                "user_id": owner.id,
                "expected_revenue": self.amount,
                "probability": round(100 * self.chance, 1),
                "description": Markup("<p>%s</p>") % self.evidence,
            }
        )
        self._answer({"state": "accepted", "lead_id": lead.id, "order_id": self._make_quotation(lead, owner).id})
        return {"type": "ir.actions.act_window", "res_model": "crm.lead", "res_id": lead.id, "view_mode": "form"}

    def _make_quotation(self, lead, owner):
        """A draft quotation of the opportunity; none when the category has no product that can be sold."""
        products = self._best_sellers()
        if not products:
            return self.env["sale.order"]
        return (
            self.env["sale.order"]
            .with_company(self.company_id)
            .create(
                {
                    "partner_id": self.partner_id.id,
                    "company_id": self.company_id.id,
                    "user_id": owner.id,
                    "opportunity_id": lead.id,
                    "origin": lead.name,
                    "order_line": [
                        Command.create({"product_id": product.id, "product_uom_qty": quantity})
                        for product, quantity in products
                    ],
                }
            )
        )

    def action_refuse(self):
        """Ask why; the dialog answers with :meth:`_refuse`."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Refuse the Suggestion"),
            "res_model": "churn.suggestion.refusal",
            "view_mode": "form",
            "target": "new",
            "context": {"default_suggestion_ids": self.ids},
        }

    def _refuse(self, refusal, note=False):
        if any(one.state not in ("open", "accepted") for one in self):
            raise UserError(self.env._("This suggestion has been answered already."))
        self._answer({"state": "refused", "refusal": refusal, "refusal_note": note})

    def _answer(self, values):
        """Whoever sees a suggestion serves the customer and may answer it; the rest of it is the program's."""
        self.check_access("read")
        # sudo: only the answer is written; see above
        self.sudo().write({**values, "answered_on": fields.Date.context_today(self)})

    def action_open_order(self):
        self.ensure_one()
        return self.order_id._get_records_action(context={})

    def _best_sellers(self):
        """``[(product, usual quantity of an order)]`` of the category: first what this customer bought itself, then by
        confirmed sales of 12 months in this company."""
        # sudo: only which products sell best and in what quantities, over all customers
        lines = self.env["sale.order.line"].sudo()
        sold = [
            ("state", "=", "sale"),
            ("company_id", "=", self.company_id.id),
            ("product_id.categ_id", "=", self.category_id.id),
            ("product_id.active", "=", True),
            ("product_id.sale_ok", "=", True),
            ("price_subtotal", ">", 0),
        ]
        own = [("order_id.partner_id.commercial_partner_id", "=", self.partner_id.id)]
        found = {}
        for domain in (own, [("order_id.date_order", ">=", "-365d")]):
            rows = lines._read_group(
                sold + domain,
                ["product_id"],
                ["product_uom_qty:avg", "price_subtotal:sum"],
                order="price_subtotal:sum desc",
                limit=PRODUCTS,
            )
            for product, quantity, __ in rows:
                found.setdefault(product.id, max(round(quantity), 1))
        return [
            (self.env["product.product"].browse(product), quantity)
            for product, quantity in list(found.items())[:PRODUCTS]
        ]
