from odoo import api, fields, models


class ChurnHandover(models.Model):
    """What a plan puts at stake, and what became of it."""

    _inherit = "churn.handover"

    currency_id = fields.Many2one("res.currency", compute="_compute_stake")
    stake_low = fields.Monetary(string="Value at Stake, at Least", compute="_compute_stake")
    stake_high = fields.Monetary(
        string="Value at Stake",
        compute="_compute_stake",
        help="13.2 to 17.6 % of the revenue of 12 months: what a change of salesperson cost (Shi et al., Journal of "
        "Marketing 2017). A better choice of successors could have saved two fifths of it.",
    )
    result_count = fields.Integer(string="Results", compute="_compute_result")
    result_text = fields.Text(string="Result", compute="_compute_result")

    @api.depends("line_ids.account_id", "line_ids.state")
    @api.depends_context("uid", "company", "allowed_company_ids")
    def _compute_stake(self):
        for handover in self:
            lines = handover.line_ids.filtered(lambda line: line.state not in ("cancelled", "undone"))
            handover.currency_id = handover._figures_company().currency_id
            handover.stake_low = sum(lines.mapped("stake_low"))
            handover.stake_high = sum(lines.mapped("stake_high"))

    @api.depends("line_ids.state")
    @api.depends_context("uid", "company", "allowed_company_ids", "lang")
    def _compute_result(self):
        results = self.env["churn.result"]
        found = {}
        if results.has_access("read"):
            domain = [("handover_id", "in", self.ids), ("company_id", "in", self.env.companies.ids)]
            found = results.search(domain).grouped("handover_id")
        for handover in self:
            shown = handover._figures_company()
            own = found.get(handover, results).filtered(lambda one, shown=shown: one.company_id == shown)
            early = own.filtered(lambda one: one.state == "early")
            handover.result_count = len(own)
            handover.result_text = (
                results._tell(own._compare()[0], len(early), max(early.mapped("months"), default=0)) if own else False
            )

    def action_view_results(self):
        """Show what became of each account."""
        return {
            **self.env["ir.actions.actions"]._for_xml_id("churn_handover.result_action"),
            "domain": [("handover_id", "in", self.ids)],
            "context": {},
        }

    # Engine

    def _begin(self):
        result = super()._begin()
        self.env["churn.handover.line"].search(self._due_lines())._note_successor_type()
        return result

    def _undo(self, lines=None):
        result = super()._undo(lines=lines)
        undone = (lines or self.line_ids).filtered(lambda line: line.state == "undone")
        # sudo: the right to the plan was checked by super; what did not happen has no result
        self.env["churn.result"].sudo().search([("line_id", "in", undone.ids)]).unlink()
        return result
