from odoo.tests import HttpCase

from .common_feedback import FeedbackCase


class TestQuickFormOnThePhone(FeedbackCase, HttpCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_leader_who_just_heard_something(self):
        """Three fields and one tap."""
        self.start_tour("/odoo/churn-feedback", "churn_feedback_quick", login="lea")
        self.assertRecordValues(
            self.Feedback.search([("account_id", "=", self.acme.id)]),
            [
                {
                    "kind": "complaint",
                    "text": "Nobody calls back",
                    "about_user_id": self.ann.id,
                    "user_id": self.lea.id,
                    "create_uid": self.lea.id,
                }
            ],
        )


class TestDesk(FeedbackCase, HttpCase):
    def test_leader_solves_a_complaint(self):
        feedback = self.complain(self.max, about=self.ann)
        self.start_tour("/odoo/churn-feedback", "churn_feedback_solve", login="lea")
        self.assertRecordValues(feedback, [{"state": "solved", "done_text": "Agreed on a weekly call"}])
        self.assertTrue(feedback.solved_date >= feedback.answered_date >= feedback.received_date)

    def test_leader_decides_whom_a_mail_is_about(self):
        feedback = self.Feedback.create({"partner_id": self.acme.id, "text": "Late again", "is_sorted": False})
        self.start_tour("/odoo/churn-feedback", "churn_feedback_sort", login="lea")
        self.assertRecordValues(feedback, [{"about_user_id": self.bob.id, "is_sorted": True}])

    def test_rep_sees_the_rest(self):
        self.complain(self.max, about=self.ann)
        self.complain(self.max, text="Invoice wrong")
        self.start_tour("/odoo/churn-feedback", "churn_feedback_rep", login="ann")
