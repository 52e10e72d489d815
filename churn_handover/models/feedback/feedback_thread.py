import re

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize, html2plaintext

from ..common.listed import listed

# A first line like "Dear Ann," names who is addressed, not who is meant.
GREETING = re.compile(
    r"\s*(dear|hello|hi|hey|good (morning|afternoon|evening|day)|尊敬|亲爱|.{1,8}[您你]好).{0,40}$",
    re.IGNORECASE,
)
NAME_LENGTH = 3  # shorter parts of a name ("Li", "Jo") are found only within the whole name


class ChurnFeedback(models.Model):
    """Mail to and from the customer. Nobody follows feedback: who shall know is addressed, or has a task."""

    _inherit = "churn.feedback"

    # Incoming

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """A mail to the alias becomes feedback that only leaders see until they decided whom it is about."""
        text = html2plaintext(msg_dict.get("body") or "", include_references=False).strip()
        subject = msg_dict.get("subject") or ""
        customer = self._customer_of(msg_dict)
        values = {
            "source": "mail",
            "is_sorted": False,
            "subject": subject,
            "text": text or subject or self.env._("(empty mail)"),
            "partner_id": customer.id,
            "withheld_user_ids": [(6, 0, self._mentioned_users(f"{subject}\n{text}").ids)],
            **(custom_values or {}),
        }
        if customer.user_id.company_id and not customer.company_id:
            values.setdefault("company_id", customer.user_id.company_id.id)
        feedback = super().message_new(msg_dict, values)
        feedback._find_somebody()
        return feedback

    def _find_somebody(self):
        """Better seen by somebody who may be meant than by nobody."""
        for feedback in self.filtered(lambda one: not one.user_id and one.withheld_user_ids):
            feedback.write({"withheld_user_ids": [(5,)]})
            feedback._assign_responsible()

    @api.model
    def _customer_of(self, msg_dict):
        """Return the contact who sent the mail, or nobody when the address fits none or several accounts."""
        address = email_normalize(msg_dict.get("email_from") or "")
        if not address:
            return self.env["res.partner"]
        partners = self.env["res.partner"].search([("email_normalized", "=", address), ("partner_share", "=", True)])
        if len(partners.commercial_partner_id) > 1:
            partners = partners.filtered("commercial_partner_id.user_id")
        return partners[:1] if len(partners.commercial_partner_id) == 1 else self.env["res.partner"]

    @api.model
    def _mentioned_users(self, text):
        """Return internal users whose name or address occurs in the text, greetings left out.

        A part of a name counts when it stands alone with its capital, as in "Ann was late". Rather too
        many than too few: this only keeps them from reading before a leader has.
        """
        text = "\n".join(line for line in text.splitlines() if not GREETING.match(line))
        folded = text.casefold()
        words = set(re.findall(r"\w+", text))

        def is_mentioned(user):
            parts = {part for part in user.name.split() if len(part) >= NAME_LENGTH}
            whole = [user.name, user.email or "", user.login if "@" in user.login else ""]
            return bool(parts & words) or any(name and name.casefold() in folded for name in whole)

        return self.env["res.users"].search([("share", "=", False)]).filtered(is_mentioned)

    # Outgoing

    def message_post(self, *, partner_ids=None, message_type="notification", **kwargs):
        """Refuse to address whom the feedback is about; what arrives by mail is kept, whoever got it."""
        addressed = self._concerned().partner_id.filtered(lambda partner: partner.id in (partner_ids or []))
        if addressed and message_type != "email":
            raise UserError(
                self.env._(
                    "This feedback is hidden from %(names)s. Leave them out, or write to them elsewhere.",
                    names=listed(self.env, addressed.mapped("name")),
                )
            )
        return super().message_post(partner_ids=partner_ids, message_type=message_type, **kwargs)

    def _message_get_suggested_recipients_batch(self, *args, **kwargs):
        """Never propose to write to whom the feedback is about, not even when that person took part by mail."""
        suggested = super()._message_get_suggested_recipients_batch(*args, **kwargs)
        for feedback in self:
            partners = feedback._concerned().partner_id
            emails = set(partners.mapped("email_normalized"))
            suggested[feedback.id] = [
                row
                for row in suggested[feedback.id]
                if row["partner_id"] not in partners.ids and email_normalize(row["email"] or "") not in emails
            ]
        return suggested

    def _message_post_after_hook(self, message, msg_values):
        """The first message of ours that goes to the customer is the first answer."""
        result = super()._message_post_after_hook(message, msg_values)
        ours = message.author_id and not message.author_id.partner_share and message.message_type == "comment"
        if ours and not message.is_internal and not message.subtype_id.internal and not self.answered_date:
            recipients = message.partner_ids.filtered("partner_share")
            if recipients or message.outgoing_email_to:
                answered = {"answered_date": fields.Datetime.now()}
                # sudo: who may read may answer, and the answer sets the date
                self.sudo().write({**answered, "state": "progress"} if self.state == "new" else answered)
        return result

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Tell the responsible person of the customer's replies, and nobody who may not read the feedback."""
        values = dict(msg_vals or {})
        if values.get("message_type") == "email" and values.get("parent_id") and self.user_id:
            values["partner_ids"] = [*(values.get("partner_ids") or []), self.user_id.partner_id.id]
        recipients = super()._notify_get_recipients(message, msg_vals=values, **kwargs)
        colleagues = self.env["res.users"].browse(
            [row["uid"] for row in recipients if row["uid"] and not row["ushare"]]
        )
        readers = self._readable_by(colleagues)
        concerned = self._concerned()
        addresses = set(concerned.mapped("email_normalized")) - {False}
        return [
            row
            for row in recipients
            if row["uid"] not in (colleagues - readers).ids
            and row["id"] not in concerned.partner_id.ids
            and row["email_normalized"] not in addresses
        ]
