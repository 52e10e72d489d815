from odoo import api, fields, models


class ChurnHandover(models.Model):
    _inherit = "churn.handover"

    def _figures_company(self):
        """Return whose figures a plan shows: the current company's, or, of a plan of others, the first that is open."""
        # sudo: which companies the plan is about; only those the reader has chosen are used
        own = self.sudo().company_ids & self.env.companies
        return self.env.company if self.env.company in own or not own else own[:1]


class ChurnHandoverLine(models.Model):
    """What is at stake with each account, for whoever chooses its successor: as far as the reader may see it."""

    _inherit = "churn.handover.line"

    currency_id = fields.Many2one("res.currency", compute="_compute_figures")
    revenue_12m = fields.Monetary(string="Revenue, 12 Months", compute="_compute_figures")
    is_key_account = fields.Boolean(related="account_id.churn_is_key_account", related_sudo=False)
    risk_band = fields.Selection("_risk_bands", string="Churn Risk", compute="_compute_figures")

    @api.depends("account_id", "handover_id.company_ids")
    @api.depends_context("uid", "company", "allowed_company_ids")
    def _compute_figures(self):
        for company, lines in self.grouped(lambda line: line.handover_id._figures_company()).items():
            for line, seen in zip(lines, lines.with_company(company), strict=True):
                line.currency_id = seen.account_id.churn_currency_id
                line.revenue_12m = seen.account_id.churn_revenue_12m
                line.risk_band = seen.account_id.churn_risk_band

    @api.model
    def _risk_bands(self):
        return self.env["res.partner"]._fields["churn_risk_band"]._description_selection(self.env)
