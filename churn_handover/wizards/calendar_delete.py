from odoo import models

from ..models.transition.calendar_attendee_introduction import CALLED_OFF


class CalendarPopoverDeleteWizard(models.TransientModel):
    """Whoever deletes an introduction in the calendar sees, and sends, our words; or tells nobody, as Odoo offers."""

    _inherit = "calendar.popover.delete.wizard"

    def _compute_subject(self):
        result = super()._compute_subject()
        for wizard in self.filtered("template_id"):
            wizard.subject = wizard._churn_words("subject") or wizard.subject
        return result

    def _compute_body(self):
        result = super()._compute_body()
        for wizard in self.filtered("template_id"):
            wizard.body = wizard._churn_words("body_html") or wizard.body
        return result

    def _churn_words(self, field):
        """Return what the customer of an introduction reads; nothing for other meetings."""
        event = self.calendar_event_id
        introduced = event._churn_introductions().event_id
        template = self.env.ref(CALLED_OFF, raise_if_not_found=False)
        attendee = introduced.attendee_ids.filtered("partner_id.partner_share")[:1] or introduced.attendee_ids[:1]
        if not template or not attendee:
            return ""
        # sudo: who may delete the meeting may read what is sent about it
        rendered = template.sudo()._render_field(field, attendee.ids, compute_lang=True, options={"post_process": True})
        return rendered[attendee.id]

    def action_send_mail_and_delete(self):
        if self.calendar_event_id._churn_introductions():
            return self.with_context(churn_tell=True).action_delete()  # deleting tells the invited
        return super().action_send_mail_and_delete()

    def action_delete(self):
        """Tell nobody, pressed as it is: that is what this button of Odoo means."""
        silent = not self.env.context.get("churn_tell")
        if silent and self.calendar_event_id._churn_introductions():
            return super(CalendarPopoverDeleteWizard, self.with_context(no_mail_to_attendees=True)).action_delete()
        return super().action_delete()
