from odoo import models


class MailNotification(models.Model):
    _inherit = "mail.notification"

    def write(self, vals):
        """Tell letters what became of their mails: sent, refused or come back."""
        result = super().write(vals)
        if "notification_status" in vals:
            # sudo: the mail queue or the mail gateway writes here, whoever runs it
            messages = self.sudo().mail_message_id.filtered(lambda message: message.model == "churn.letter")
            if messages:
                self.env["churn.letter"].sudo().browse(messages.mapped("res_id")).exists()._delivery_changed()
        return result

    def _churn_proof_record(self):
        """Return the letter that this notification proves, for whoever opens the proof of a gate."""
        self.ensure_one()
        message = self.sudo().mail_message_id  # sudo: the letter's own rights decide what is shown
        return self.env["churn.letter"].browse(message.res_id) if message.model == "churn.letter" else self
