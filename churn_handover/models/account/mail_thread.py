from odoo import models


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Leave followers to a running transfer: it writes, and logs, all of them in one statement per model."""
        if self.env.context.get("churn_transfer"):
            return True
        return super().message_subscribe(partner_ids=partner_ids, subtype_ids=subtype_ids)

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Former colleagues get no mail as followers of a record; a message addressed to them reaches them."""
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        former = self.env["churn.owner.default"]._former_partners() if self.pool.ready else frozenset()
        if former.isdisjoint(recipient["id"] for recipient in recipients):
            return recipients
        if msg_vals and "partner_ids" in msg_vals:
            addressed = set(msg_vals["partner_ids"])
        else:
            addressed = set(message.sudo().partner_ids.ids)  # sudo: as super, who may post decides, not who may read
        return [row for row in recipients if row["id"] not in former or row["id"] in addressed]
