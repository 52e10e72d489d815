from odoo import api, fields, models


class CalendarEvent(models.Model):
    """A look at oneself after a meeting with a customer: one click from the meeting to the list to tick."""

    _inherit = "calendar.event"

    churn_can_check = fields.Boolean(compute="_compute_churn_can_check")

    @api.depends("start", "partner_ids")
    @api.depends_context("uid")
    def _compute_churn_can_check(self):
        now = fields.Datetime.now()
        for event in self:
            event.churn_can_check = bool(
                event.start and event.start < now and self.env.user.partner_id in event.partner_ids
            ) and bool(event._churn_customers())

    def _churn_customers(self):
        """The people in the meeting who are not ours."""
        # sudo: whether an attendee is one of us
        return self.partner_ids.filtered(lambda partner: all(user.share for user in partner.sudo().user_ids))

    def action_churn_check_myself(self):
        """Open the check of this meeting, made on the first click."""
        self.ensure_one()
        self.check_access("read")
        checks = self.env["churn.standard.check"].sudo()  # sudo: the own check; that it is one, the program says
        check = checks.search([("event_id", "=", self.id), ("user_id", "=", self.env.uid)], limit=1)
        check = check or checks.create(
            {
                "standard_id": self.env["churn.standard"]._for_meetings().id,
                "user_id": self.env.uid,
                "event_id": self.id,
                "partner_id": self._churn_customers()[:1].id,
                "is_self_check": True,
            }
        )
        return check.sudo(False)._open()
