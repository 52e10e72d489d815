from odoo import fields, models


class ChurnOwnershipRule(models.Model):
    """Where a leaver can hide: one user field of one model, which of its records are open, what to do with them.

    Model and field are names, not references, so that rules for apps that are not installed can be shipped.
    """

    _name = "churn.ownership.rule"
    _description = "Ownership Rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    res_model = fields.Char(string="Model", required=True, help="Technical name, e.g. crm.lead.")
    field_name = fields.Char(string="Field", required=True, help="Field to res.users that names the responsible person.")
    domain = fields.Char(required=True, default="[]", help="Which records are open; closed ones keep their name.")
    account_path = fields.Char(
        help="Path from the record to its partner, e.g. partner_id; empty: the record hangs on no account."
    )
    policy = fields.Selection(
        [
            ("move", "Move to the successor"),
            ("close", "Close"),
            ("unsubscribe", "Unsubscribe"),
            ("report", "Only report"),
        ],
        required=True,
        default="move",
    )
    note = fields.Text(translate=True, help="Why this policy.")

    _model_field_unique = models.UniqueIndex("(res_model, field_name, domain)", "There is a rule for this already.")
