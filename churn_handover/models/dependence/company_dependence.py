from odoo import fields, models


class ResCompany(models.Model):
    """When person dependence can be told, and what an account team needs at least."""

    _inherit = "res.company"

    churn_dependence_on = fields.Date(
        string="Person Dependence Refreshed on",
        readonly=True,
        copy=False,
        help="So that the nightly work can go on where it stopped.",
    )
    churn_contact_level = fields.Float(
        string="Contacts Recorded at Least",
        default=0.3,
        help="Share of a salesperson's buying customers with a recorded contact, below which nothing is said.",
    )
    churn_team_size = fields.Integer(string="Account Team at Least", default=2)
    churn_key_team_size = fields.Integer(string="Account Team of Key Accounts at Least", default=3)

    _churn_dependence_sound = models.Constraint(
        "CHECK(churn_contact_level BETWEEN 0 AND 1 AND churn_team_size > 0 AND churn_key_team_size > 0)",
        "Recorded contacts are a share from 0 to 100 %, and a team has at least one person.",
    )
