from odoo import api, models
from odoo.tools import SQL

# How the members of a programme call what :meth:`ChurnPlace.reserve` says without a place.
REASONS = {"no_address": "no_address", "blacklisted": "blacklist"}


class ChurnPlace(models.Model):
    """Places of a programme's mailing: one per treated customer, under the same cap as every other message.

    Planned at the start of the programme, reserved when the mailing is queued. Who is left out stays in the group
    that was drawn, and the member says why.
    """

    _inherit = "churn.place"

    @api.model
    def _plan_programme(self, mailing):
        """Plan a place per treated customer that has an address."""
        members = mailing.churn_programme_id.member_ids.filtered(lambda member: member.group != "holdout")
        contacts = self._contacts_of(members.partner_id)
        left_out = self.reserve(mailing, self.env["res.partner"].browse(contacts.values()), planned=True)
        for reason, mine in members.grouped(
            lambda member: left_out.get(contacts[member.partner_id.id])
            if member.partner_id.id in contacts
            else "no_address"
        ).items():
            mine.mail_reason = REASONS.get(reason, reason) or False

    @api.model
    def _contacts_of(self, customers):
        """``{customer id: contact id}`` of who has an address: the customer's own, else that of one of its people."""
        self.env["res.partner"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (commercial_partner_id) commercial_partner_id, id
                     FROM res_partner
                    WHERE commercial_partner_id = ANY(%s) AND active AND email_normalized IS NOT NULL
                      AND (id = commercial_partner_id OR type IS NULL OR type = 'contact')
                    ORDER BY commercial_partner_id, id <> commercial_partner_id, id""",
                customers.ids,
            )
        )
        return dict(rows)

    @api.model
    def _reserve_programme(self, mailing):
        """Take the planned places, as far as the cap still allows: other messages may have gone out since."""
        planned = self.search([("mailing_id", "=", mailing.id), ("state", "=", "planned")])
        self._say_left_out(mailing, self.reserve(mailing, planned.partner_id))

    @api.model
    def _admit_reserved(self, mailing, wanted, asked):
        """Who was admitted by a planned place, or was refused in the last moment, is known to the programme too."""
        refused = super()._admit_reserved(mailing, wanted, asked)
        self._say_left_out(mailing, refused)
        return refused

    @api.model
    def _say_left_out(self, mailing, left_out):
        """:param left_out: {contact id: reason}"""
        if not (left_out and mailing.churn_programme_id):
            return
        accounts = self.env["res.partner"].browse(left_out).grouped("commercial_partner_id")
        members = mailing.churn_programme_id.member_ids
        for member in members.filtered(lambda member: member.partner_id in accounts and not member.mail_reason):
            reason = left_out[accounts[member.partner_id][:1].id]
            member.mail_reason = REASONS.get(reason, reason)
