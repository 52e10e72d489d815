from odoo import fields, models


class ResUsers(models.Model):
    """What a customer is told about a new contact person; each writes it in the own preferences."""

    _inherit = "res.users"

    churn_languages = fields.Char(
        string="Languages Spoken", help="Shown to customers whose account you take over, e.g. English, Mandarin."
    )
    churn_strengths = fields.Char(
        string="Strengths",
        help="In a few words, what you are good at. Shown to customers whose account you take over.",
    )

    @property
    def SELF_READABLE_FIELDS(self):  # noqa: N802 (Odoo's name)
        return [*super().SELF_READABLE_FIELDS, "churn_languages", "churn_strengths"]

    @property
    def SELF_WRITEABLE_FIELDS(self):  # noqa: N802 (Odoo's name)
        return [*super().SELF_WRITEABLE_FIELDS, "churn_languages", "churn_strengths"]
