import re

from odoo import models
from odoo.tools import html2plaintext

OURS = 'data-churn="mail"'  # in the templates of our mails

# A name without a space must not push the mail wider than a phone. Mailings drop this style where they are stored.
OUTER = re.compile(r'(data-churn="mail"[^>]*style=")')
BREAK = r"\1word-break: break-word; overflow-wrap: anywhere; "

# In plain text a photo, the letters in place of one, and the pixel that counts openings would be lines of their own.
IMAGES = re.compile(r'<div[^>]*data-churn="initials"[^>]*>.*?</div>|<img[^>]*>', re.DOTALL)

# What mailboxes show beside the subject is hidden in the mail, and would come first in plain text, cut in its middle.
PREVIEW = re.compile(r'<div[^>]*style="[^"]*display:\s*none[^"]*"[^>]*>.*?</div>', re.DOTALL)

# An address or a number reads better than a note that it is one.
CONTACTS = re.compile(r'<a[^>]*href="(?:mailto|tel):[^"]*"[^>]*>(.*?)</a>', re.DOTALL)


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        """Let our mails read well as plain text too, with the recipient's own links.

        Odoo writes the plain text before the links to unsubscribe become those of the recipient.
        """
        emails = super()._prepare_outgoing_list(mail_server=mail_server, doc_to_followers=doc_to_followers)
        if OURS in (self.body_html or ""):
            for email in emails:
                email["body"] = OUTER.sub(BREAK, str(email["body"]), count=1)
                body = IMAGES.sub("", PREVIEW.sub("", email["body"]))
                text = html2plaintext(CONTACTS.sub(r"\1", body))
                email["body_alternative"] = re.sub(r"\n\s*\n\s*\n+", "\n\n", text).strip()
        return emails
