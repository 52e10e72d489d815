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

    @api.model
    def _churn_feedback_of_viewer(self):
        """Return the feedback model as the user sees it, in all companies of the user, and without sudo."""
        companies = self.env.user.company_ids.ids
        return (
            self.env["churn.feedback"]
            .sudo(False)
            .with_context(active_test=False, allowed_company_ids=companies)
        )

    @api.depends_context("uid")
    def _compute_churn_feedback_visible(self):
        pointers = self.filtered(
            lambda record: record[self._churn_model_field] == "churn.feedback" and record.res_id
        )
        readable = set()
        if pointers:
            readable.update(
                self._churn_feedback_of_viewer()
                .browse({record.res_id for record in pointers})
                ._filtered_access("read")
                .ids
            )
        for record in self:
            record.churn_feedback_visible = record not in pointers or record.res_id in readable

    @api.model
    def _search_churn_feedback_visible(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        elsewhere = Domain(self._churn_model_field, "!=", "churn.feedback")
        feedback = self._churn_feedback_of_viewer()
        if not feedback.has_access("read"):
            return elsewhere
        feedback.flush_model()  # mail.message runs its query without flushing what a rule reads
        return elsewhere | Domain("res_id", "in", feedback._search(Domain.TRUE))


class MailMessage(models.Model):
    _name = "mail.message"
    _inherit = ["mail.message", "churn.feedback.pointer"]
    _churn_model_field = "model"


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
    _name = "calendar.event"
    _inherit = ["calendar.event", "churn.feedback.pointer"]
