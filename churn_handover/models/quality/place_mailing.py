from datetime import timedelta

from odoo import api, fields, models


class ChurnPlace(models.Model):
    """What happens when Odoo turns a mailing into mails: the last gate, for our series and for ordinary mailings."""

    _inherit = "churn.place"

    @api.model
    def _admit_mailing(self, mailing, addresses, values):
        """Decide who of a batch of recipients gets the mail, and note it.

        :param addresses: {record id: normalised address or False}
        :param values: {record id: mail values}; what Odoo cancelled already (blacklist, no address) takes no place
        :return: {record id: failure type} of those who must not get it
        """
        wanted = {
            res_id: addresses[res_id]
            for res_id, row in values.items()
            if addresses.get(res_id) and row.get("state") not in ("cancel", "exception")
        }
        # Places are those of contacts: a mailing whose recipients became something else is one from outside.
        if (mailing.churn_step_id or mailing.churn_reserved) and mailing.mailing_model_real == "res.partner":
            return self._admit_reserved(mailing, wanted, set(values))
        return self._admit_ordinary(mailing, wanted)

    @api.model
    def _admit_reserved(self, mailing, wanted, asked):
        """A mailing of a series, or of whoever called :meth:`reserve`: its places were reserved before."""
        found = self.search([("mailing_id", "=", mailing.id), ("partner_id", "in", list(asked))])
        places = {contact.id: rows._at(wanted.get(contact.id)) for contact, rows in found.grouped("partner_id").items()}
        # What Odoo itself cancelled, such as an address blacklisted since, gives its place back; so does the address
        # that somebody had before, and that of a contact merged into another one.
        used = {places[one].id for one in wanted if one in places}
        found.filtered(lambda place: place.state == "reserved" and place.id not in used).write({"state": "freed"})
        # Sent once more after a failure, added by hand, or at another address by now: a place is needed first.
        again = {one for one in wanted if not places.get(one) or places[one].state in ("freed", "planned")}
        refused = self._reserve_again(mailing, {one: wanted[one] for one in again}, places) if again else {}
        for res_id in set(wanted) - again:
            if places[res_id].state == "left_out":
                refused[res_id] = places[res_id].reason
        return refused

    def _at(self, email):
        """The one of a contact's places in a mailing that is for this address.

        None where the address changed since: it may have had enough. Who was left out stays left out.
        """
        return self.filtered(lambda place: place.email == email)[:1] or (
            self[:1] if set(self.mapped("state")) == {"left_out"} else self.browse()
        )

    @api.model
    def _reserve_again(self, mailing, wanted, places):
        """:return: {record id: reason} of those who get none"""
        company = mailing._churn_company()
        free = self._free_addresses(company, wanted.values(), mailing._churn_launch())
        accounts = self._accounts_of(wanted.values())
        unwanted = {email for email, _kind in self.env["churn.message.optout"]._of(free, mailing._churn_kind())}
        content = self._content_of(mailing)
        told = self._told(content, wanted.values())
        refused, missing = {}, []
        for res_id, email in wanted.items():
            if email not in free or email in unwanted:
                refused[res_id] = "churn_opt_out" if email in unwanted else "churn_cap"
                continue
            if email in told:
                refused[res_id] = "churn_seen"
                continue
            free.discard(email)  # one place per address, also for a contact that is there twice
            if places.get(res_id):
                places[res_id].write({"state": "reserved", "sent_on": False})
            else:
                missing.append(
                    {
                        "email": email,
                        "partner_id": res_id,
                        "account_id": accounts.get(email, (False, False))[1],
                        "company_id": company.id,
                        "state": "reserved",
                        "step_id": mailing.churn_step_id.id,
                        "training_id": mailing.churn_training_id.id,
                        "mailing_id": mailing.id,
                        "message_id": mailing.churn_message_id.id,
                        "kind_id": mailing._churn_kind().id,
                        "content_key": content,
                    }
                )
        self.create(missing)
        return refused

    @api.model
    def _content_of(self, mailing):
        """What a mailing says, as :meth:`reserve` or the step noted it."""
        noted = self.search([("mailing_id", "=", mailing.id), ("content_key", "!=", False)], limit=1)
        return noted.content_key or f"mailing-{mailing.id}"

    @api.model
    def _told(self, content, emails):
        """Those of the addresses that got this content, or are about to."""
        known = self.search(
            [("content_key", "=", content), ("email", "in", list(emails)), ("state", "in", ("reserved", "sent"))]
        )
        return set(known.mapped("email"))

    @api.model
    def _admit_ordinary(self, mailing, wanted):
        """A mailing from outside this addon: always counted, held back where the company wants that, or the mailing."""
        company = mailing._churn_company()
        emails = set(wanted.values())
        refused = {}
        if company.churn_mailings_obey or mailing.churn_reserved:
            free = self._free_addresses(company, emails, mailing._churn_launch())
            refused = {res_id: "churn_cap" for res_id, email in wanted.items() if email not in free}
            emails &= free
        known = set(self.search([("mailing_id", "=", mailing.id), ("email", "in", list(emails))]).mapped("email"))
        accounts = self._accounts_of(emails)
        self.create(
            [
                {
                    "email": email,
                    "partner_id": accounts.get(email, (False, False))[0],
                    "account_id": accounts.get(email, (False, False))[1],
                    "company_id": company.id,
                    "state": "reserved",
                    "mailing_id": mailing.id,
                }
                for email in sorted(emails - known)
            ]
        )
        return refused

    @api.model
    def _free_addresses(self, company, emails, launch=None):
        """Addresses that may get one more message today, locked until the transaction ends.

        :param launch: what is being sent: a second batch, or another try, is no second message for the account
        """
        emails = set(emails)
        accounts = {email: account for email, (_partner, account) in self._accounts_of(emails).items()}
        self._lock(emails, set(accounts.values()))
        rules = company._churn_message_rules()
        today = fields.Date.today()  # the clock of sent_on, whoever sends from wherever
        since = today - timedelta(days=rules.window - 1)
        ledger = self._ledger(emails, set(accounts.values()), (), since)
        for days in ledger.accounts.values():
            days.pop(launch, None)
        figures = self.env["churn.account"].search(
            [("partner_id", "in", list(accounts.values())), ("is_key_account", "=", True)]
        )
        keys = set(figures.partner_id.ids)
        day = today.toordinal()
        return {
            email
            for email in emails
            if ledger.address_load(email, day, rules.window) < rules.limit(accounts.get(email) in keys)
            and ledger.account_load(accounts.get(email), day, rules.window) < rules.limit(accounts.get(email) in keys)
        }
