from odoo import models


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    def _process_mail_values_state(self, mail_values_dict):
        """Cancel, as Odoo does for opt-outs, the mails of those who had enough, each with its reason."""
        result = super()._process_mail_values_state(mail_values_dict)
        if self.composition_mode == "mass_mail" and self.mass_mailing_id:
            addresses = {
                res_id: (data["mail_to_normalized"] or [False])[0]
                for res_id, data in self._get_recipients_data(result).items()
            }
            # sudo: every mailing is counted, whoever sends it
            refused = self.env["churn.place"].sudo()._admit_mailing(self.mass_mailing_id, addresses, result)
            for res_id, reason in refused.items():
                # Not a notification either: nothing was sent that could be seen on the contact.
                result[res_id].update(state="cancel", failure_type=reason, is_notification=False)
        return result
