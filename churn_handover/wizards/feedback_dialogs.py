from odoo import models


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    def _evaluate_res_ids(self):
        """Refuse unreadable feedback before the dialog is filled from it as superuser."""
        res_ids = super()._evaluate_res_ids()
        if self.model == "churn.feedback":
            self.env["churn.feedback"]._as_viewer().browse(res_ids).check_access("read")
        return res_ids


class MailActivitySchedule(models.TransientModel):
    _inherit = "mail.activity.schedule"

    def _evaluate_res_ids(self):
        """Refuse unreadable feedback before the dialog is filled from it as superuser."""
        res_ids = super()._evaluate_res_ids()
        if self.res_model == "churn.feedback":
            self.env["churn.feedback"]._as_viewer().browse(res_ids).check_access("read")
        return res_ids
