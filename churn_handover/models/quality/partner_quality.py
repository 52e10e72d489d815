from odoo import fields, models
from odoo.tools import hmac as signed
from odoo.tools.urls import urljoin


class ResPartner(models.Model):
    _inherit = "res.partner"

    churn_place_ids = fields.One2many(
        "churn.place", "partner_id", string="Quality Messages", groups="churn_handover.group_churn_user"
    )

    def _churn_account_rows(self):
        return {**super()._churn_account_rows(), "churn.series.member": (("series_id",), []), "churn.place": ((), [])}

    def _churn_kind_url(self, mailing_id, kind_id):
        """The page where this contact refuses one kind. "/view" in it keeps the link tracker away: with one address per
        recipient it would make a tracker for each of them."""
        self.ensure_one()
        token = self._churn_kind_token(mailing_id, kind_id)
        return urljoin(self.get_base_url(), f"/churn/view/{mailing_id}/kind/{kind_id}/{self.id}/{token}")

    def _churn_kind_token(self, mailing_id, kind_id):
        self.ensure_one()
        email = self.email_normalized or ""
        return signed(self.env(su=True), "churn-kind", f"{mailing_id}-{kind_id}-{self.id}-{email}")

    def _churn_greeting(self, lang=None):
        """How our mails begin.

        :param lang: of the mail; else that of the contact
        """
        self.ensure_one()
        contact = self.with_context(lang=lang or self.lang or self.env.lang)
        return contact.env._("Dear %(name)s,", name=contact.name or contact.commercial_partner_id.name)

    def _churn_training_mail(self, training_id, what):
        """The invitation to a session as this contact gets it; called by the mailing for each of its recipients."""
        self.ensure_one()
        invitations = self.env["churn.invitation"].sudo()  # sudo: the contact's own invitation
        row = invitations.search([("training_id", "=", training_id), ("partner_id", "=", self.id)], limit=1)
        if not row:
            return ""
        places = self.env["churn.place"].sudo()  # sudo: which mailing it is, for the link to refuse the kind
        place = places.search([("training_id", "=", training_id), ("partner_id", "=", self.id)], limit=1)
        kind = self.env.ref("churn_handover.kind_training")
        return row._render_mail(what, self._churn_kind_url(place.mailing_id.id or 0, kind.id))
