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
        if mailing.churn_step_id:
            return self._admit_step(mailing, wanted, set(values))
        return self._admit_ordinary(mailing, wanted)

    @api.model
    def _admit_step(self, mailing, wanted, asked):
        """A mailing of a series: its places were reserved at the launch."""
        places = {
            place.partner_id.id: place
            for place in self.search([("mailing_id", "=", mailing.id), ("partner_id", "in", list(asked))])
        }
        # Sent once more after a failure, or somebody was added by hand: a place is needed first.
        again = {one for one in wanted if one not in places or places[one].state in ("freed", "planned")}
        granted = self._reserve_again(mailing, {one: wanted[one] for one in again}, places) if again else {}
        refused = {}
        for res_id in wanted:
            place = places.get(res_id)
            if res_id in again:
                if not granted.get(res_id):
                    refused[res_id] = "churn_cap"
            elif place.state == "left_out":
                refused[res_id] = place.reason
        # What Odoo itself cancelled, such as an address blacklisted since, gives its place back.
        lost = [places[one].id for one in asked - set(wanted) if one in places and places[one].state == "reserved"]
        self.browse(lost).write({"state": "freed"})
        return refused

    @api.model
    def _reserve_again(self, mailing, wanted, places):
        """:return: {record id: whether it got a place}"""
        free = self._free_addresses(mailing, wanted.values())
        step = mailing.churn_step_id
        accounts = self._accounts_of(wanted.values())
        granted, missing = {}, []
        for res_id, email in wanted.items():
            granted[res_id] = email in free
            if email not in free:
                continue
            free.discard(email)  # one place per address, also for a contact that is there twice
            if res_id in places:
                places[res_id].write({"state": "reserved", "sent_on": False})
            else:
                missing.append(
                    {
                        "email": email,
                        "partner_id": res_id,
                        "account_id": accounts.get(email, (False, False))[1],
                        "company_id": step.company_id.id,
                        "state": "reserved",
                        "step_id": step.id,
                        "mailing_id": mailing.id,
                        "message_id": mailing.churn_message_id.id,
                        "kind_id": mailing.churn_message_id.kind_id.id,
                    }
                )
        self.create(missing)
        return granted

    @api.model
    def _admit_ordinary(self, mailing, wanted):
        """A mailing from outside this addon: always counted, held back only where the company wants that."""
        company = mailing.user_id.company_id or self.env.company
        emails = set(wanted.values())
        refused = {}
        if company.churn_mailings_obey:
            free = self._free_addresses(mailing, emails)
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
    def _free_addresses(self, mailing, emails):
        """Addresses that may get one more message today, locked until the transaction ends."""
        emails = set(emails)
        accounts = {email: account for email, (_partner, account) in self._accounts_of(emails).items()}
        self._lock(emails, set(accounts.values()))
        company = mailing.churn_step_id.company_id or mailing.user_id.company_id or self.env.company
        rules = company._churn_message_rules()
        today = fields.Date.context_today(self)
        since = today - timedelta(days=rules.window - 1)
        ledger = self._ledger(emails, set(accounts.values()), (), since)
        # A second batch or another try of the same mailing is no second message for the account.
        launch = ("step", mailing.churn_step_id.id) if mailing.churn_step_id else ("mailing", mailing.id)
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
