from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

# Reasons of :meth:`ChurnPlace.reserve` for which no place is noted: Odoo cancels these mails by itself.
NO_ADDRESS, BLACKLISTED = "no_address", "blacklisted"


class ChurnPlace(models.Model):
    """The door for other parts of the addon that send something under the cap."""

    _inherit = "churn.place"

    @api.private
    def reserve(self, mailing, partners, company=None, kind=None, content_key=None, *, planned=False):
        """Reserve a place for each of these contacts in a mailing, before it is queued.

        Under locks, so that two launches at once cannot break the cap. May be called again for more contacts, or once
        more for the same ones: who has a place in this mailing keeps it, and a planned one becomes a reserved one. What
        a caller sends as several mailings (one per language) counts for an account as one message only when they belong
        to one step or training session.

        :param mailing: mailing.mailing of ``res.partner`` that is not sent yet
        :param partners: res.partner; of several with the same address one gets it
        :param company: whose cap counts; default the company of the mailing's responsible
        :param kind: churn.message.kind: who refused it is left out, and the coverage counts it; None for no kind
        :param content_key: what it says, as a text; who knows it is left out. Default: this mailing
        :param planned: for a draft that may never be sent: it takes nothing from other messages, and is to be called
            again without this when the mailing is queued
        :return: {partner id: reason} of those left out: "churn_cap", "churn_opt_out", "churn_seen", "churn_duplicate",
            "no_address", "blacklisted"
        """
        from ...analytics import pacing

        # sudo: places are written by the engine only; the caller had the right to make the mailing
        places, mailing = self.sudo(), mailing.sudo()  # sudo: as above
        company, kind = company or mailing._churn_company(), kind or mailing._churn_kind()
        content_key = content_key or f"mailing-{mailing.id}"
        mailing.churn_reserved = True
        meant, left_out = places._addressed(partners, mailing)
        emails, accounts = {one.address for one in meant}, {one.account for one in meant}
        places._lock(emails, accounts)
        rules = company._churn_message_rules()
        today = fields.Date.today()  # the clock of sent_on, whoever sends from wherever
        ledger = places._ledger(emails, accounts, [content_key], today - timedelta(days=rules.window - 1))
        for days in ledger.accounts.values():
            days.pop(mailing._churn_launch(), None)
        message = pacing.Message(0, kind.id, content_key)
        plan = pacing.confirm(
            today.toordinal(),
            [(one, message) for one in meant],
            ledger,
            rules,
            self.env["churn.message.optout"]._of(emails, kind),
        )
        left_out.update({one: f"churn_{why}" for one, why in plan.left_out.items()})
        shared = {
            "company_id": company.id,
            "mailing_id": mailing.id,
            "training_id": mailing.churn_training_id.id,
            "kind_id": kind.id,
            "content_key": content_key,
        }
        places._note(shared, meant, plan.chosen, left_out, "planned" if planned else "reserved")
        return left_out

    @api.model
    def _note(self, shared, meant, chosen, left_out, state):
        """Write the places down, in place of what was planned before.

        :param shared: values of all
        :param meant: list of Recipient
        :param chosen: ids of those who get a place, in this state
        :param left_out: {contact id: reason} of the others
        """
        self.search(
            [
                ("mailing_id", "=", shared["mailing_id"]),
                ("state", "=", "planned"),
                ("partner_id", "in", [one.id for one in meant]),
            ]
        ).unlink()
        self.create(
            [
                {
                    **shared,
                    "email": one.address,
                    "partner_id": one.id,
                    "account_id": one.account,
                    "state": state if one.id in chosen else "left_out",
                    "reason": left_out.get(one.id),
                }
                for one in meant
            ]
        )

    @api.model
    def _addressed(self, partners, mailing):
        """Contacts as the core wants them, and {partner id: reason} of those that cannot be written to.

        Who has a place in this mailing already is in neither.
        """
        from ...analytics.pacing import Recipient

        self.env["res.partner"].flush_model(["email_normalized", "commercial_partner_id"])
        self.flush_model(["mailing_id", "partner_id", "state"])
        self.env["churn.account"].flush_model(["is_key_account"])
        self.env["mail.blacklist"].flush_model(["email", "active"])
        rows = self.env.execute_query(
            SQL(
                """SELECT contact.id, contact.email_normalized, contact.commercial_partner_id,
                          EXISTS (SELECT FROM churn_account figures WHERE figures.is_key_account
                                     AND figures.partner_id = contact.commercial_partner_id),
                          EXISTS (SELECT FROM mail_blacklist refused
                                   WHERE refused.active AND refused.email = contact.email_normalized)
                     FROM res_partner contact
                    WHERE contact.id = ANY(%s)
                      AND NOT EXISTS (SELECT FROM churn_place place
                                       WHERE place.mailing_id = %s AND place.partner_id = contact.id
                                         AND place.state <> 'planned')
                    ORDER BY contact.id""",
                partners.ids,
                mailing.id,
            )
        )
        meant, left_out = [], {}
        for contact, email, account, key, blacklisted in rows:
            if not email:
                left_out[contact] = NO_ADDRESS
            elif blacklisted:
                left_out[contact] = BLACKLISTED
            else:
                meant.append(Recipient(contact, email, account, key))
        return meant, left_out
