import re

from odoo import models
from odoo.tools import html2plaintext

# In plain text a photo, the letters in place of one, and the pixel that counts openings would be lines of their own.
IMAGES = re.compile(r'<div[^>]*data-churn="initials"[^>]*>.*?</div>|<img[^>]*>', re.DOTALL)

# An address or a number reads better than a note that it is one.
CONTACTS = re.compile(r'<a[^>]*href="(?:mailto|tel):[^"]*"[^>]*>(.*?)</a>', re.DOTALL)


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        """Let our mails read well as plain text too, with the recipient's own links.

        Odoo writes the plain text before the links to unsubscribe become those of the recipient.
        """
        emails = super()._prepare_outgoing_list(mail_server=mail_server, doc_to_followers=doc_to_followers)
        if self.mailing_id.churn_step_id or self.mailing_id.churn_training_id:
            for email in emails:
                text = html2plaintext(CONTACTS.sub(r"\1", IMAGES.sub("", str(email["body"]))))
                email["body_alternative"] = re.sub(r"\n\s*\n\s*\n+", "\n\n", text).strip()
        return emails
