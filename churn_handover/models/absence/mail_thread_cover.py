from odoo import models


class MailThread(models.AbstractModel):
    """Mails and comments that would reach somebody who is away reach who covers as well."""

    _inherit = "mail.thread"

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Add the cover to the recipients; the person who is away stays, so that nothing is missing at the return.

        Only on records that the cover may read, and never for what was addressed to the person alone.
        """
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        away = self.env["churn.absence"]._away_now() if self.pool.ready and self and recipients else {}
        absent = {recipient.get("uid") for recipient in recipients} & away.keys()
        if not absent:
            return recipients
        values = msg_vals or {}
        kind = values["message_type"] if "message_type" in values else message.sudo().message_type  # sudo: as super
        if kind in ("user_notification", "out_of_office") or kwargs.get("notify_skip_followers"):
            return recipients
        author = values.get("author_id") or message.sudo().author_id.id  # sudo: as super
        known = {recipient["id"] for recipient in recipients} | {author}
        covers = self._churn_covers(absent).partner_id.filtered(lambda partner: partner.id not in known)
        if not covers:
            return recipients
        found = self.env["mail.followers"]._get_recipient_data(self, "user_notification", False, covers.ids)
        return recipients + [data for data in found[self.id].values() if data["active"]]

    def _churn_covers(self, absent):
        """Return the users who cover this record for people who are away, and may read it."""
        self.ensure_one()
        # sudo: the rules say where a document names its customer, whoever writes
        located = self.env["churn.ownership.rule"].sudo()._locate({(self._name, self.id)})
        account = located.get((self._name, self.id), (None, None))[0]
        there = self.env["churn.absence"]._there_now({(user, account) for user in absent})
        # sudo: whom a mail goes to; whether they may read the record is asked in their own name
        users = self.env["res.users"].sudo().browse({user for _entry, user in there.values()})
        return users.filtered(lambda user: self.with_user(user).has_access("read"))
