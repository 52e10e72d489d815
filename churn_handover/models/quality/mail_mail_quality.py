import re

from odoo import models
from odoo.tools import html2plaintext

# The circle with the letters of a name: an ornament, which in plain text would be a line of its own.
INITIALS = re.compile(r'<div[^>]*data-churn="initials"[^>]*>.*?</div>', re.DOTALL)


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        """Let our mails read well as plain text too, with the recipient's own links.

        Odoo writes the plain text before the links to unsubscribe become those of the recipient.
        """
        emails = super()._prepare_outgoing_list(mail_server=mail_server, doc_to_followers=doc_to_followers)
        if self.mailing_id.churn_step_id or self.mailing_id.churn_training_id:
            for email in emails:
                text = html2plaintext(INITIALS.sub("", str(email["body"])))
                email["body_alternative"] = re.sub(r"\n\s*\n\s*\n+", "\n\n", text).strip()
        return emails
