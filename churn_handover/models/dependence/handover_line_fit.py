from odoo import api, fields, models


class ChurnHandoverLine(models.Model):
    """Why this successor: the fit of the one who was chosen or proposed, and whether the choice is the manager's."""

    _inherit = "churn.handover.line"

    successor_locked = fields.Boolean(
        string="Fixed",
        copy=False,
        help="The manager's choice: proposing the best successors again leaves it alone and plans around it.",
    )
    fit = fields.Float(
        readonly=True,
        copy=False,
        aggregator="avg",
        help="How well this successor fits the account, from what the successor serves today. Past sales performance "
        "does not count.",
    )
    fit_user_id = fields.Many2one("res.users", string="Fit Is About", readonly=True, copy=False, ondelete="set null")
    fit_reasons = fields.Json(readonly=True, copy=False)
    fit_text = fields.Char(compute="_compute_fit_text", string="Why This Successor")
    fit_short = fields.Char(
        compute="_compute_fit_text",
        string="Strongest Reasons",
        help="The two reasons that count most; the line itself shows them all.",
    )
    fit_known = fields.Boolean(compute="_compute_fit_text")

    @api.depends("fit_reasons", "fit_user_id", "successor_id")
    @api.depends_context("lang")
    def _compute_fit_text(self):
        """Reasons are about the one they were computed for: somebody else chosen by hand has none yet."""
        for line in self:
            line.fit_known = bool(line.successor_id and line.fit_user_id == line.successor_id)
            reasons = (line.fit_reasons or []) if line.fit_known else []
            sentences = [self.env["churn.fit"]._sentence(reason) for reason in reasons]
            line.fit_text = "; ".join(sentences)
            line.fit_short = "; ".join(sentences[:2])

    @api.onchange("successor_id")
    def _onchange_successor(self):
        """Who is chosen by hand stays chosen."""
        for line in self:
            line.successor_locked = bool(line.successor_id)

    def action_fix(self):
        """Keep this successor whatever is proposed next, or let go again."""
        self.check_access("write")
        for line in self:
            line.successor_locked = not line.successor_locked and bool(line.successor_id)
