from odoo import fields, models


class ChurnMessageKind(models.Model):
    """What a quality message is about. Kinds are heard in turn; customers can refuse a kind without refusing all."""

    _name = "churn.message.kind"
    _description = "Kind of Quality Message"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    source = fields.Selection(
        [
            ("manual", "Written by hand"),
            ("hiring", "Hiring figures"),
            ("training", "Training sessions"),
            ("achievement", "Achievements register"),
            ("outside", "Achievements register, outside only"),
            ("standard", "Service standards"),
            ("team", "The account's own team"),
        ],
        string="Content From",
        required=True,
        default="manual",
    )
    shelf_days = fields.Integer(
        string="Shelf Life (Days)",
        required=True,
        default=180,
        help="A message whose facts are older is not sent any more.",
    )
    note = fields.Text(string="Why It Helps", translate=True)
    default_subject = fields.Char(translate=True)
    default_body = fields.Html(string="Default Text", translate=True)
    color = fields.Char(string="Colour", default="#2f5d8a", help="Of the band on top of the mail, as #rrggbb.")

    _shelf_positive = models.Constraint("CHECK(shelf_days > 0)", "Content needs a shelf life of at least one day.")
    _color_valid = models.Constraint("CHECK(color ~ '^#[0-9a-fA-F]{6}$')", "A colour looks like #2f5d8a.")

    def _from_register(self):
        return self.source in ("achievement", "outside")
