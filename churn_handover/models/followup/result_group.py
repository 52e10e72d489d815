from odoo import api, fields, models
from odoo.fields import Domain

from .result import SUCCESSOR_TYPES, VERDICTS


class ChurnResultGroup(models.Model):
    """What all changes of one sort did together: by the successor's kind, the door, the tier. Written every night."""

    _name = "churn.result.group"
    _description = "Results of Handovers Together"
    _order = "dimension, accounts desc, id"
    _rec_name = "name"

    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    dimension = fields.Selection(
        [("1_all", "All"), ("2_successor", "By Successor"), ("3_kind", "By Occasion"), ("4_tier", "By Tier")],
        required=True,
        readonly=True,
    )
    successor_type = fields.Selection(SUCCESSOR_TYPES, readonly=True)
    kind = fields.Selection(
        [("departure", "Departure"), ("rotation", "Rotation"), ("reassignment", "Reassignment")], readonly=True
    )
    tier_id = fields.Many2one("churn.handover.tier", ondelete="cascade", readonly=True)
    name = fields.Char(string="Accounts That Changed Hands", compute="_compute_name")
    accounts = fields.Integer(
        readonly=True, aggregator=None, help="All that changed hands and bought in the two years around it."
    )
    early = fields.Integer(string="Too Early", readonly=True, aggregator=None)
    judged = fields.Integer(readonly=True, aggregator=None)
    months = fields.Integer(readonly=True, aggregator=None, help="Most months passed among those that are too early.")
    stake_high = fields.Monetary(string="Value at Stake", readonly=True, aggregator=None)
    revenue_after = fields.Monetary(readonly=True, aggregator=None)
    expected = fields.Monetary(readonly=True, aggregator=None)
    share = fields.Float(string="Difference", readonly=True, aggregator=None, help="Of what was expected.")
    low = fields.Float(string="At Least", readonly=True, aggregator=None)
    high = fields.Float(string="At Most", readonly=True, aggregator=None)
    repeat_share = fields.Float(string="Repeat Revenue", readonly=True, aggregator=None)
    new_share = fields.Float(string="New-Product Revenue", readonly=True, aggregator=None)
    has_share = fields.Boolean(readonly=True)
    has_interval = fields.Boolean(readonly=True)
    verdict = fields.Selection(
        VERDICTS, readonly=True, help="It takes 30 judged accounts: below that no interval is worth its name."
    )
    summary = fields.Text(string="In Words", readonly=True, compute="_compute_summary")

    @api.depends("dimension", "successor_type", "kind", "tier_id")
    @api.depends_context("lang")
    def _compute_name(self):
        successors = dict(self._fields["successor_type"]._description_selection(self.env))
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for group in self:
            own = {
                "1_all": self.env._("All of them"),
                "2_successor": successors.get(group.successor_type),
                "3_kind": kinds.get(group.kind),
                "4_tier": group.tier_id.name,
            }
            group.name = own[group.dimension] or self.env._("Not known")

    @api.depends("verdict", "judged", "early")
    @api.depends_context("lang")
    def _compute_summary(self):
        from ...analytics.result import Comparison

        for group in self:
            comparison = Comparison(
                group.judged,
                group.revenue_after,
                group.expected,
                group.share if group.has_share else None,
                group.low if group.has_interval else None,
                group.high if group.has_interval else None,
                group.verdict or "too_few",
            )
            group.summary = self.env["churn.result"]._tell(comparison, group.early, group.months)

    @api.model
    def _refresh(self):
        """Write the groups anew from the results, company by company."""
        results = self.env["churn.result"].search(Domain.TRUE)
        results.fetch()
        values = []
        for company, own in results.grouped("company_id").items():
            values.append(self._values(company, "1_all", own, {}))
            for dimension, name in (("2_successor", "successor_type"), ("3_kind", "kind"), ("4_tier", "tier_id")):
                for key, part in own.grouped(name).items():
                    values.append(self._values(company, dimension, part, {name: key.id if name == "tier_id" else key}))
        self.search(Domain.TRUE).unlink()
        self.create(values)

    @api.model
    def _values(self, company, dimension, results, key):
        comparison, repeat, new = results._compare()
        early = results.filtered(lambda one: one.state == "early")
        return {
            "company_id": company.id,
            "dimension": dimension,
            **key,
            "accounts": len(results),
            "early": len(early),
            "judged": comparison.accounts,
            "months": max(early.mapped("months"), default=0),
            "stake_high": sum(results.mapped("stake_high")),
            "revenue_after": comparison.after,
            "expected": comparison.expected,
            "share": comparison.share or 0.0,
            "low": comparison.low or 0.0,
            "high": comparison.high or 0.0,
            "has_share": comparison.share is not None,
            "has_interval": comparison.low is not None,
            "repeat_share": repeat or 0.0,
            "new_share": new or 0.0,
            "verdict": comparison.verdict,
        }

    def action_results(self):
        """Show the accounts of this group."""
        self.ensure_one()
        domain = [("company_id", "=", self.company_id.id)]
        name = {"2_successor": "successor_type", "3_kind": "kind", "4_tier": "tier_id"}.get(self.dimension)
        if name:
            value = self[name]
            domain.append((name, "=", value.id if name == "tier_id" else value))
        return {
            **self.env["ir.actions.actions"]._for_xml_id("churn_handover.result_action"),
            "domain": domain,
            "context": {},
        }
