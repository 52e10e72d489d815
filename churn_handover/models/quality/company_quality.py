from odoo import api, fields, models

from .place import WINDOW_DAYS


class ResCompany(models.Model):
    """How much a customer may get from us."""

    _inherit = "res.company"

    churn_message_cap = fields.Integer(string="Messages in 30 Days", default=2, required=True)
    churn_message_key_cap = fields.Integer(string="To Key Accounts", default=2, required=True)
    churn_mailings_obey = fields.Boolean(string="Ordinary Mailings Obey the Cap Too")

    _churn_message_cap_positive = models.Constraint(
        "CHECK(churn_message_cap >= 0 AND churn_message_key_cap >= 0)", "Nobody gets fewer than no messages."
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        # sudo: whoever may make a company gets its ready-made series too, as drafts
        self.env["churn.series"].sudo()._ship(companies)
        return companies

    def _churn_sender_line(self):
        """Who writes, and from where, in one line: what commercial mail must say in most countries."""
        self.ensure_one()
        place = " ".join(part for part in (self.zip, self.city) if part)
        return " · ".join(part for part in (self.name, self.street, self.street2, place, self.phone) if part)

    def _churn_message_rules(self):
        from ...analytics.pacing import Rules

        self.ensure_one()
        return Rules(self.churn_message_cap, self.churn_message_key_cap, WINDOW_DAYS)
