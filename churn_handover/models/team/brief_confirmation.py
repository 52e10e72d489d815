from odoo import fields, models


class ChurnBriefConfirmation(models.Model):
    """Somebody has read a version of a brief and will keep to it."""

    _name = "churn.brief.confirmation"
    _description = "Confirmation of an Account Brief"
    _order = "create_date desc, id desc"
    _rec_name = "user_id"

    version_id = fields.Many2one("churn.brief.version", required=True, index=True, ondelete="cascade", readonly=True)
    user_id = fields.Many2one("res.users", required=True, index=True, ondelete="cascade", readonly=True)

    _once = models.UniqueIndex("(version_id, user_id)", "This version is confirmed already.")
