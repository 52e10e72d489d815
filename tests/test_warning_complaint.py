"""An open complaint beside the churn score: it raises the band, and only for those who may read the complaint."""

from datetime import timedelta

from freezegun import freeze_time

from odoo.tests import Form, new_test_user

from .common_score import NOON, TODAY, ScoreCase


@freeze_time(NOON)
class TestComplaintWarning(ScoreCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner, cls.other = cls.make_accounts(2)
        with freeze_time(NOON):
            cls.add_orders(
                [
                    (partner, TODAY - timedelta(days=days), 50.0)
                    for partner in cls.partner + cls.other
                    for days in (5, 25, 45)
                ]
            )
            cls.train()
            cls.score()
        cls.mia = new_test_user(
            cls.env,
            login="score_mia",
            name="Mia",
            groups="sales_team.group_sale_manager",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )
        cls.row = cls.figures(cls.partner)
        cls.figures(cls.partner + cls.other).base_band = "watch"

    def complain(self, day=0, **values):
        feedback = self.env["churn.feedback"].create(
            {"partner_id": self.partner.id, "company_id": self.company.id, "text": "Too late again", **values}
        )
        self.sync(day)
        return feedback

    def sync(self, day=0):
        self.env["churn.warning"]._sync(self.company, TODAY + timedelta(days=day))
        self.env.flush_all()
        self.env.invalidate_all()

    def seen(self, user):
        """All ways in which a user could learn of the warning: every entry is empty or "watch" when hidden."""
        self.env.invalidate_all()
        as_user = self.env(user=user)
        accounts = as_user["churn.account"]
        row = accounts.browse(self.row.id)
        found = [("id", "=", row.id), ("warning_ids", "any", [("closed_on", "=", False)])]
        return {
            "band": row.risk_band,
            "contact": as_user["res.partner"].browse(self.partner.id).churn_risk_band,
            "group": [band for band, __ in accounts._read_group([("id", "=", row.id)], ["risk_band"], ["__count"])],
            "names": row.warning_names or "",
            "text": row.warning_text or "",
            "rows": row.warning_ids.mapped("text"),
            "filter": accounts.search_count(found),
            "list": as_user["churn.warning"].search_count([]),
        }

    HIDDEN = {
        "band": "watch",
        "contact": "watch",
        "group": ["watch"],
        "names": "",
        "text": "",
        "rows": [],
        "filter": 0,
        "list": 0,
    }

    def assert_seen(self, *users):
        for user in users:
            seen = self.seen(user)
            self.assertEqual((seen["band"], seen["contact"], seen["group"]), ("high", "high", ["high"]), user.name)
            self.assertEqual((seen["names"], seen["filter"], seen["list"]), ("Open complaint", 1, 1), user.name)
            self.assertEqual(seen["text"], "Complaint of 03/02/2026 is not solved yet", user.name)

    def assert_hidden(self, *users):
        for user in users:
            self.assertEqual(self.seen(user), self.HIDDEN, user.name)

    def test_a_complaint_about_nobody_is_seen_by_all_who_see_the_account(self):
        self.complain()
        self.assert_seen(self.ann, self.manager)

    def test_the_probability_stays(self):
        before = self.row.probability, self.row.expected_loss
        self.complain()
        self.assertEqual((self.row.probability, self.row.expected_loss), before)

    def test_what_was_said_is_not_repeated(self):
        self.complain()
        self.assertNotIn("late", str(self.seen(self.ann)))

    def test_a_complaint_about_the_owner_is_hidden_from_the_owner(self):
        self.complain(about_user_id=self.ann.id)
        self.assert_hidden(self.ann)
        self.assert_seen(self.manager, self.mia)

    def test_a_complaint_about_a_manager_is_hidden_from_that_manager_and_from_reps(self):
        self.complain(about_user_id=self.manager.id)
        self.assert_hidden(self.manager, self.ann)
        self.assert_seen(self.mia)

    def test_nobody_of_several_concerned_sees_it(self):
        self.complain(withheld_user_ids=[(6, 0, (self.ann | self.manager).ids)], is_sorted=False)
        self.assert_hidden(self.ann, self.manager)
        self.assert_seen(self.mia)

    def test_a_complaint_that_nobody_has_sorted_is_for_managers(self):
        self.complain(is_sorted=False)
        self.assert_hidden(self.ann)
        self.assert_seen(self.manager)

    def test_a_known_complaint_beside_a_hidden_one_raises_the_band_for_all(self):
        self.complain(about_user_id=self.ann.id)
        self.complain(text="Wrong invoice")
        seen = self.seen(self.ann)
        self.assertEqual((seen["band"], len(seen["rows"]), seen["list"]), ("high", 1, 1))

    def test_it_shows_as_soon_as_it_is_about_nobody(self):
        """Who may read the feedback is asked each time, not only at night."""
        feedback = self.complain(is_sorted=False)
        feedback._set_about(self.env["res.users"])
        self.env.flush_all()
        self.assert_seen(self.ann)

    def test_a_solved_complaint_closes_the_warning(self):
        feedback = self.complain()
        feedback.write({"state": "solved", "done_text": "Sent a new one"})
        self.sync(1)
        self.assertEqual(self.row.warning_ids.closed_on, TODAY + timedelta(days=1))
        self.assertEqual(self.row.risk_band, "watch")

    def test_neither_wishes_nor_praise_warn(self):
        self.complain(kind="wish")
        self.complain(kind="praise")
        self.assert_hidden(self.manager)

    def test_what_rested_on_deleted_feedback_is_forgotten(self):
        feedback = self.complain()
        feedback.unlink()
        self.sync(1)
        self.assertFalse(self.row.sudo().warning_ids)
        self.assertEqual(self.row.risk_band, "watch")

    def test_the_id_of_the_feedback_cannot_be_read(self):
        self.complain()
        warning = self.env["churn.warning"].with_user(self.ann).search([])
        self.assertEqual(set(warning.params), {"date"})
        self.assertNotIn("feedback_ref", self.env["churn.warning"].with_user(self.ann).fields_get())

    def test_the_form_opens_for_the_person_concerned(self):
        self.complain(about_user_id=self.ann.id)
        view = "churn_handover.account_score_view_form"
        form = Form(self.env["churn.account"].with_user(self.ann).browse(self.row.id), view)
        self.assertEqual((form.risk_band, form.is_lifted), ("watch", False))

    def test_old_closed_warnings_are_dropped(self):
        feedback = self.complain()
        feedback.write({"state": "solved", "done_text": "Sent a new one"})
        self.sync(1)
        with freeze_time(TODAY + timedelta(days=3 * 366 + 31)):
            self.env["churn.warning"]._gc_closed()
        self.env.invalidate_all()
        self.assertFalse(self.row.warning_ids)
