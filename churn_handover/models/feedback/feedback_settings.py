from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    churn_feedback_months = fields.Integer(
        string="Keep Feedback",
        default=36,
        help="Months after receipt before customer feedback is deleted; 0 keeps it. Feedback names people: "
        "keep it no longer than you need it to judge whether a relationship is steady.",
    )
    _churn_feedback_months_positive = models.Constraint(
        "CHECK(churn_feedback_months >= 0)", "The retention period cannot be negative."
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    churn_feedback_months = fields.Integer(related="company_id.churn_feedback_months", readonly=False)
    churn_feedback_alias = fields.Char(
        string="Feedback Address",
        compute="_compute_churn_feedback_alias",
        inverse="_inverse_churn_feedback_alias",
    )
    churn_feedback_alias_domain = fields.Char(compute="_compute_churn_feedback_alias")

    def _churn_feedback_alias(self):
        return self.env.ref("churn_handover.mail_alias_feedback", raise_if_not_found=False) or self.env["mail.alias"]

    def _compute_churn_feedback_alias(self):
        alias = self._churn_feedback_alias()
        self.churn_feedback_alias = alias.alias_name
        self.churn_feedback_alias_domain = alias.alias_domain

    def _inverse_churn_feedback_alias(self):
        self._churn_feedback_alias().alias_name = self.churn_feedback_alias
