from odoo import api, fields, models
from odoo.fields import Domain


class MailMail(models.Model):
    """Letters to customers leave in the order in which they were written: those with most at stake first.

    Of a queue that is longer than a batch Odoo takes the newest mails, and the next batch an hour later: of 5,000
    letters those with least at stake would leave first, and the others hours after them.
    """

    _inherit = "mail.mail"

    @api.model
    def process_email_queue(self, email_ids=(), batch_size=1000):
        """Send the oldest letters as a batch of their own, beside the batch of everything else."""
        letters = [] if email_ids else self._churn_oldest_letters(batch_size)
        if not letters:
            return super().process_email_queue(email_ids=email_ids, batch_size=batch_size)
        given = self.env.context.get("filters", [])
        first = self.with_context(filters=[*given, ("id", "in", letters)])
        super(MailMail, first).process_email_queue(batch_size=batch_size)
        others = self.with_context(filters=[*given, ("model", "!=", "churn.letter")])
        result = super(MailMail, others).process_email_queue(batch_size=batch_size)
        if len(letters) == self._churn_batch(batch_size):
            # sudo: crons are the system's; more may wait, and must not wait for the next hour
            self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        return result

    @api.model
    def _churn_oldest_letters(self, batch_size):
        waiting = Domain("state", "=", "outgoing") & Domain("model", "=", "churn.letter")
        waiting &= Domain("scheduled_date", "=", False) | Domain("scheduled_date", "<=", fields.Datetime.now())
        return self.search(waiting, order="id", limit=self._churn_batch(batch_size)).ids

    @api.model
    def _churn_batch(self, batch_size):
        # sudo: a system parameter; Odoo reads it in the same way
        wanted = self.env["ir.config_parameter"].sudo().get_param("mail.mail.queue.batch.size", batch_size)
        return int(wanted) or batch_size
