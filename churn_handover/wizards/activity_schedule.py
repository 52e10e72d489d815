from odoo import models


class MailActivitySchedule(models.TransientModel):
    """Odoo proposes the user of the activity type, or the one named in the plan, also when that one has left.

    What is created is guarded in any case; here the dialog shows it beforehand.
    """

    _inherit = "mail.activity.schedule"

    def _compute_activity_user_id(self):
        super()._compute_activity_user_id()
        for dialog in self:
            dialog.activity_user_id = dialog._churn_present(dialog.activity_user_id)

    def _compute_plan_schedule_line_ids(self):
        super()._compute_plan_schedule_line_ids()
        for dialog in self:
            for line in dialog.plan_schedule_line_ids:
                line.responsible_user_id = dialog._churn_present(line.responsible_user_id)

    def _churn_present(self, user):
        """Return the user, or who stands in; for several records at once one can be named: whoever schedules."""
        guard = self.env["churn.owner.default"]
        if user.id not in guard._archived_users():
            return user
        records = self._get_applied_on_records() if self.res_model else self.env["mail.activity"]
        return guard._stand_in_for(user, records) if len(records) == 1 else self.env.user
