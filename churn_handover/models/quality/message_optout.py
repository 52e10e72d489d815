from odoo import api, fields, models


class ChurnMessageOptout(models.Model):
    """An address that does not want one kind of quality message, but did not refuse all mail."""

    _name = "churn.message.optout"
    _description = "Opt-Out From a Kind of Message"
    _order = "date desc, id desc"
    _rec_name = "email"

    email = fields.Char(required=True)
    kind_id = fields.Many2one("churn.message.kind", required=True, index=True, ondelete="cascade")
    date = fields.Date(required=True, default=fields.Date.context_today)
    mailing_id = fields.Many2one(
        "mailing.mailing",
        ondelete="set null",
        readonly=True,
        help="The mail in which it was refused.",
        index="btree_not_null",
    )

    _email_kind_unique = models.UniqueIndex("(email, kind_id)", "This address refused this kind already.")

    @api.model
    def _of(self, emails, kinds):
        """{(address, kind id)} of these."""
        # sudo: who refused what decides for everybody who sends
        rows = self.sudo()._read_group(
            [("kind_id", "in", kinds.ids), ("email", "in", list(emails))], ["email", "kind_id"]
        )
        return {(email, kind.id) for email, kind in rows}

    @api.model
    def _set(self, email, kind, mailing_id=False, *, refused=True):
        """Note that an address does not want a kind, or wants it again."""
        found = self.search([("email", "=", email), ("kind_id", "=", kind.id)])
        if refused and not found and email:
            mailing = self.env["mailing.mailing"].browse(mailing_id).exists()
            self.create({"email": email, "kind_id": kind.id, "mailing_id": mailing.id})
        elif not refused:
            found.unlink()
