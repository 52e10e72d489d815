from odoo import fields, models


class ChurnIdentity(models.Model):
    """An address or an account that messages are reserved for: the row that is locked meanwhile."""

    _name = "churn.identity"
    _description = "Recipient of Messages"
    _rec_name = "key"
    _log_access = False

    key = fields.Char(required=True, readonly=True)
    launches = fields.Integer(readonly=True)

    _key_unique = models.UniqueIndex("(key)", "There is one row per recipient.")
