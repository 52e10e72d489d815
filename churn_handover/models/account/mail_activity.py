from odoo import models


class MailActivity(models.Model):
    _inherit = "mail.activity"

    def unlink(self):
        """Keep the activities of users who are being archived: Odoo deletes them, a handover moves them."""
        leavers = self.env.context.get("churn_keep_activities")
        if not leavers:
            return super().unlink()
        kept = self.sudo().filtered(lambda activity: activity.user_id.id in leavers)  # sudo: whose it is decides
        return super(MailActivity, self - kept).unlink()
