from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_amount, format_date

from ..common.listed import listed


class ChurnContradiction(models.Model):
    """Two of us say different things to one customer, as far as documents show it; found every night.

    The customer hears it before we do. It says nothing about who is right, and it is no mark against anybody.
    """

    _name = "churn.contradiction"
    _description = "Contradiction"
    _inherit = ["churn.access"]
    _order = "state desc, date desc, id desc"  # open ones first
    _rec_name = "account_id"
    _churn_partner_field = "account_id"

    account_id = fields.Many2one("res.partner", string="Customer", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade")
    owner_id = fields.Many2one(related="account_id.user_id", string="Owner")
    kind = fields.Selection(
        [("price", "Different Prices"), ("discount", "Different Discounts"), ("owners", "Several Deal Owners")],
        required=True,
    )
    key = fields.Char(required=True, help="The evidence it rests on; other evidence is another contradiction.")
    product_id = fields.Many2one("product.product", ondelete="cascade")
    user_ids = fields.Many2many("res.users", string="Colleagues", context={"active_test": False})
    difference = fields.Float(
        help="Between the higher and the lower price, or between two discounts.", aggregator="avg"
    )
    date = fields.Date(string="Latest Document", required=True)
    evidence = fields.Json()
    text = fields.Text(compute="_compute_text", string="What Contradicts")
    state = fields.Selection(
        [("open", "Open"), ("gone", "No Longer So"), ("dismissed", "Dismissed")],
        required=True,
        default="open",
        index=True,
        group_expand=True,
    )
    reason = fields.Text(string="Why It Is All Right")
    dismissed_by_id = fields.Many2one("res.users", ondelete="set null")
    dismissed_on = fields.Date()

    _key_unique = models.UniqueIndex("(company_id, account_id, kind, key)", "This contradiction is known already.")

    @api.depends("evidence", "kind", "product_id", "user_ids")
    @api.depends_context("lang")
    def _compute_text(self):
        for found in self:
            found.text = getattr(found, f"_tell_{found.kind}")(found.evidence or {})

    def _tell_owners(self, evidence):
        return self.env._(
            "%(people)s each have an open opportunity with this customer: %(deals)s",
            people=listed(self.env, self.user_ids.mapped("name")),
            deals=listed(self.env, [f"{deal['name']}" for deal in evidence.get("deals", ())]),
        )

    def _tell_price(self, evidence):
        return self.env._(
            "%(product)s: %(first)s and %(second)s, %(share)d %% apart",
            product=self.product_id.display_name,
            first=self._tell_offer(evidence["low"]),
            second=self._tell_offer(evidence["high"]),
            share=round(100 * self.difference),
        )

    def _tell_discount(self, evidence):
        return self.env._(
            "%(product)s: discount %(low)g %% in %(first)s and %(high)g %% in %(second)s",
            product=self.product_id.display_name,
            low=evidence["low"]["discount"],
            high=evidence["high"]["discount"],
            first=self._tell_offer(evidence["low"]),
            second=self._tell_offer(evidence["high"]),
        )

    def _tell_offer(self, offer):
        """One offer: price per unit in the company's currency, document, person, day, quantity."""
        return self.env._(
            "%(price)s (%(document)s, %(person)s, %(day)s, quantity %(quantity)g)",
            price=format_amount(self.env, offer["price"], self.company_id.currency_id),
            document=offer["document"],
            person=self.env["res.users"].browse(offer["user"]).sudo().name,  # sudo: the name on a document
            day=format_date(self.env, offer["day"]),
            quantity=offer["quantity"],
        )

    # Actions

    def action_open_evidence(self):
        """The documents themselves, as far as the reader may see them."""
        self.ensure_one()
        evidence = self.evidence or {}
        if self.kind == "owners":
            action = self.env["ir.actions.act_window"]._for_xml_id("crm.crm_lead_opportunities")
            ids = [deal["id"] for deal in evidence.get("deals", ())]
        else:
            action = self.env["ir.actions.act_window"]._for_xml_id("sale.action_quotations_with_onboarding")
            ids = [evidence[side]["order"] for side in ("low", "high")]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Evidence"),
            "res_model": action["res_model"],
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", ids)],
        }

    def _dismiss(self, reason):
        """Say why it is all right; it stays in the list of dismissed ones, and other evidence opens it anew."""
        if not (reason or "").strip():
            raise UserError(self.env._("Say why this is all right."))
        if not self.env.user.has_group("churn_handover.group_churn_leader"):
            raise AccessError(self.env._("Team leaders and managers decide whether a contradiction is all right."))
        self.check_access("write")
        # sudo: the state is written by these two buttons and the night only; who may press them was checked above
        self.sudo().filtered(lambda found: found.state == "open").write(
            {
                "state": "dismissed",
                "reason": reason,
                "dismissed_by_id": self.env.uid,
                "dismissed_on": fields.Date.context_today(self),
            }
        )

    def action_reopen(self):
        """Found to be a contradiction after all; the night closes it when it is no longer so."""
        self.check_access("write")
        return (
            self.sudo()  # the same
            .filtered(lambda found: found.state == "dismissed")
            .write({"state": "open", "reason": False, "dismissed_by_id": False, "dismissed_on": False})
        )

    def write(self, vals):
        # Over RPC somebody could dismiss without a reason, or rewrite what was found.
        if vals and not self.env.su:
            raise AccessError(self.env._("What was found in the documents cannot be changed here."))
        return super().write(vals)
