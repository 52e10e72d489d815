from odoo import fields, models


class ResCompany(models.Model):
    """When account teams were looked at last, and from when on two offers contradict each other."""

    _inherit = "res.company"

    churn_teams_on = fields.Date(
        string="Account Teams Refreshed on",
        readonly=True,
        copy=False,
        help="So that the nightly work can go on where it stopped.",
    )
    churn_contradiction = fields.Float(
        string="Offers Contradict from",
        default=0.1,
        help="Difference in price, or in discount, between offers of two colleagues to one customer.",
    )

    _churn_contradiction_sound = models.Constraint(
        "CHECK(churn_contradiction > 0 AND churn_contradiction <= 1)",
        "The difference from which on two offers contradict each other is between 0 and 100 %.",
    )

    def write(self, vals):
        result = super().write(vals)
        if {"churn_team_size", "churn_key_team_size"} & vals.keys():
            for company in self:
                # sudo: coverage is true for everybody, whoever changed the setting
                self.env["churn.account"].sudo()._refresh_teams(company)
        return result
