from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class ChurnFeedbackPointer(models.AbstractModel):
    """A record that may point to feedback by model name and id: only who may read the feedback sees it.

    Odoo shows messages to their author and recipients, activities to their assignee, ratings and followers
    to every employee, whatever the document says. Record rules on these models use the field of this mixin.
    """

    _name = "churn.feedback.pointer"
    _description = "Pointer to Feedback"
    _churn_model_field = "res_model"

    churn_feedback_visible = fields.Boolean(
        string="Feedback Visible",
        compute="_compute_churn_feedback_visible",
        search="_search_churn_feedback_visible",
    )

    @api.depends_context("uid")
    def _compute_churn_feedback_visible(self):
        pointers = self.filtered(lambda record: record[self._churn_model_field] == "churn.feedback" and record.res_id)
        feedback = self.env["churn.feedback"]._as_viewer().browse({record.res_id for record in pointers})
        readable = set(feedback._filtered_access("read").ids)
        for record in self:
            record.churn_feedback_visible = record not in pointers or record.res_id in readable

    @api.model
    def _search_churn_feedback_visible(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        elsewhere = Domain(self._churn_model_field, "!=", "churn.feedback")
        feedback = self.env["churn.feedback"]._as_viewer()
        if not feedback.has_access("read"):
            return elsewhere
        feedback.flush_model()  # mail.message runs its query without flushing what a rule reads
        return elsewhere | Domain("res_id", "in", feedback._search(Domain.TRUE))


class MailMessage(models.Model):
    _name = "mail.message"
    _inherit = ["mail.message", "churn.feedback.pointer"]
    _churn_model_field = "model"

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse a message on unreadable feedback before Odoo looks whether it exists."""
        ids = [vals.get("res_id") for vals in vals_list if vals.get("model") == "churn.feedback"]
        if ids and not self.env.su:
            self.env["churn.feedback"]._as_viewer().browse(ids).check_access("read")
        return super().create(vals_list)


class MailActivity(models.Model):
    _name = "mail.activity"
    _inherit = ["mail.activity", "churn.feedback.pointer"]

    @api.model_create_multi
    def create(self, vals_list):
        activities = super().create(vals_list)
        activities._churn_check_feedback_assignee()
        return activities

    def write(self, vals):
        result = super().write(vals)
        if not {"user_id", "res_id", "res_model_id"}.isdisjoint(vals):
            self._churn_check_feedback_assignee()
        return result

    def action_create_calendar_event(self):
        """Odoo proposes the name of the document as that of the meeting."""
        action = super().action_create_calendar_event()
        if self.res_model == "churn.feedback":
            name = self.summary or self.activity_type_id.name
            action["context"].update(default_name=name, default_description="", default_privacy="private")
        return action

    def _churn_check_feedback_assignee(self):
        """A task on feedback is for somebody who may read it: nobody learns of it from a task."""
        for activity in self.filtered(lambda a: a.res_model == "churn.feedback" and a.user_id.active):
            feedback = self.env["churn.feedback"].browse(activity.res_id)
            if not feedback._readable_by(activity.user_id):
                raise UserError(
                    self.env._(
                        "%(user)s does not see this feedback and cannot be given a task on it.",
                        user=activity.user_id.name,
                    )
                )


class MailFollowers(models.Model):
    _name = "mail.followers"
    _inherit = ["mail.followers", "churn.feedback.pointer"]

    def _insert_followers(self, res_model, res_ids, partner_ids, *args, **kwargs):
        """Nobody follows feedback: Odoo notifies and lists followers whether they may read it or not."""
        if res_model == "churn.feedback":
            return None
        return super()._insert_followers(res_model, res_ids, partner_ids, *args, **kwargs)


class RatingRating(models.Model):
    _name = "rating.rating"
    _inherit = ["rating.rating", "churn.feedback.pointer"]


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    @api.model_create_multi
    def create(self, vals_list):
        events = super().create(vals_list)
        events._churn_hide_feedback()
        return events

    def write(self, vals):
        result = super().write(vals)
        if not {"res_id", "res_model_id"}.isdisjoint(vals):
            self._churn_hide_feedback()
        return result

    def _churn_hide_feedback(self):
        """All see the calendar, so a meeting about feedback is private and does not say what it is about.

        A record rule will not do: Odoo reads meetings without asking whether the user may. The task on the
        feedback still leads to the meeting.
        """
        # sudo: a colleague's private meeting may not be written
        meetings = self.sudo().filtered(lambda event: event.res_model == "churn.feedback")
        if meetings:
            meetings.with_context(dont_notify=True).write(
                {"res_model_id": False, "res_id": False, "privacy": "private"}
            )
