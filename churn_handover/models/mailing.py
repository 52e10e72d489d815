from odoo import fields, models


class MailingMailing(models.Model):
    _inherit = "mailing.mailing"

    churn_step_id = fields.Many2one(
        "churn.step", string="Step of a Series", index="btree_not_null", ondelete="set null", readonly=True, copy=False
    )
    churn_message_id = fields.Many2one("churn.message", readonly=True, ondelete="set null", copy=False)
    churn_lang = fields.Char(readonly=True, copy=False)

    def _churn_render(self):
        """Write the text of the message, as it is today, into the mailings."""
        for mailing in self:
            message = mailing.churn_message_id.with_context(lang=mailing.churn_lang)
            body = message._render_mail(mailing.id)
            mailing.write(
                {
                    "subject": message._text_safe(message.subject),
                    "preview": message._preview_text(),
                    "body_arch": body,
                    "body_html": body,
                }
            )
