from odoo import api, fields, models
from odoo.tools import format_date

BAD = ("bounce", "exception", "canceled")


class ChurnLetter(models.Model):
    """Whether a letter arrived: the gate counts what the mail's notification says, not that a mail was made."""

    _inherit = "churn.letter"

    no_incoming = fields.Boolean(
        compute="_compute_no_incoming", help="Without incoming mail server nobody learns of letters that come back."
    )

    def _compute_no_incoming(self):
        silent = not self._sees_bounces()
        for letter in self:
            letter.no_incoming = silent

    @api.model
    def _sees_bounces(self):
        """Whether letters that come back are noticed: bounces are read from incoming mail."""
        # sudo: only whether there is one
        return bool(self.env["fetchmail.server"].sudo().search_count([("active", "=", True)], limit=1))

    def _notifications(self):
        """Return {letter: its notifications} of mails to the customer."""
        found = dict.fromkeys(self, self.env["mail.notification"])
        domain = [
            ("mail_message_id.model", "=", self._name),
            ("mail_message_id.res_id", "in", self.ids),
            ("notification_type", "=", "email"),
        ]
        for notification in self.env["mail.notification"].search(domain):
            found[self.browse(notification.mail_message_id.res_id)] |= notification
        return found

    def _delivery_changed(self):
        """Pass the gates of letters that left, reopen those of letters that came back or could not be sent."""
        for letter, notifications in self._notifications().items():
            bad = notifications.filtered(lambda one: one.notification_status in BAD)
            if bad:
                letter._failed(bad[0])
            elif notifications and all(one.notification_status == "sent" for one in notifications):
                letter._arrived(notifications[0])

    def _arrived(self, notification):
        if self.state == "arrived":
            return
        self.write({"state": "arrived", "failure": False})
        told = self.item_ids.filtered("counts")
        told.line_id._gates("notified")._pass(
            notification,
            self.env._(
                "Letter to %(email)s, sent on %(date)s",
                email=self.email,
                date=format_date(self.env, self.sent_at) if self.sent_at else "",
            ),
            self.user_id,
        )

    def _failed(self, notification):
        if self.state == "failed":
            return
        reasons = dict(notification._fields["failure_type"]._description_selection(self.env))
        reason = reasons.get(notification.failure_type) or self.env._("not delivered")
        self.write({"state": "failed", "failure": reason})
        self.item_ids.line_id._gates("notified")._reopen(
            self.env._(
                "The letter to %(email)s did not arrive (%(reason)s): call the customer.",
                email=self.email,
                reason=reason,
            )
        )


class ChurnHandover(models.Model):
    _inherit = "churn.handover"

    no_incoming = fields.Boolean(compute="_compute_no_incoming")

    def _compute_no_incoming(self):
        self.no_incoming = not self.env["churn.letter"]._sees_bounces()


class ChurnLetterItem(models.Model):
    _inherit = "churn.letter.item"

    counts = fields.Boolean(
        compute="_compute_counts", help="Tells what the plan still says: only then is it proof that the customer knows."
    )

    @api.depends(
        "told_user_id",
        "told_date",
        "told_charge_date",
        "line_id.successor_id",
        "line_id.change_date",
        "line_id.charge_date",
    )
    def _compute_counts(self):
        for item in self:
            line, told = item.line_id, item.told_charge_date
            same = (item.told_user_id, item.told_date) == (line.successor_id, line.change_date)
            # Letters of an earlier version did not keep what they said about it.
            item.counts = item.kind != "off" and same and (not told or told == (line.charge_date or line.change_date))
