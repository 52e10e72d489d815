from datetime import date

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from .common_feedback import LEADER, MANAGER, FeedbackCase


class TestEnter(FeedbackCase):
    def test_quick_form_needs_three_fields(self):
        form = Form(self.Feedback.with_user(self.lea), view="churn_handover.feedback_view_quick")
        form.partner_id = self.contact
        form.text = "Nobody calls back"
        form.about_user_id = self.ann
        feedback = form.save()
        self.assertRecordValues(
            feedback,
            [
                {
                    "account_id": self.acme.id,
                    "kind": "complaint",
                    "severity": "high",
                    "state": "new",
                    "is_sorted": True,
                }
            ],
        )
        self.assertEqual(feedback.display_name, "Complaint: Acme")

    def test_severity_follows_the_kind_until_set_by_hand(self):
        feedback = self.complain(self.lea, kind="wish")
        self.assertEqual(feedback.severity, "normal")
        self.assertEqual(self.complain(self.lea, kind="wish", severity="critical").severity, "critical")

    def test_rep_enters_on_any_readable_account(self):
        feedback = self.complain(self.cid)
        self.assertIn(feedback, self.Feedback.with_user(self.cid).search([]))

    def test_nobody_enters_feedback_about_himself(self):
        with self.assertRaisesRegex(UserError, "tell your leader"):
            self.complain(self.ann, about=self.ann)
        with self.assertRaisesRegex(UserError, "tell your leader"):
            self.Feedback.with_user(self.ann).with_context(default_about_user_id=self.ann.id).create(
                {"partner_id": self.acme.id, "text": "x"}
            )

    def test_company_is_that_of_the_account(self):
        company = self.env["res.company"].create({"name": "Second"})
        self.acme.company_id = company
        self.lea.company_ids |= company
        self.assertEqual(self.complain(self.lea).company_id, company)

    def test_feedback_outlives_its_account(self):
        feedback = self.complain(self.lea)
        (self.contact | self.acme).unlink()
        self.assertRecordValues(feedback, [{"account_id": False, "account_name": "Acme"}])
        self.assertEqual(feedback.with_user(self.max).display_name, "Complaint: Acme")


class TestSight(FeedbackCase):
    """Who sees what; that whom it is about sees nothing is the subject of test_feedback_attack."""

    def test_feedback_about_nobody(self):
        feedback = self.complain(self.lea)
        everyone = self.visible_to(self.ann, self.bob, self.cid, self.lea, self.max, self.mia, self.eva)
        seen_by = {user for user, found in everyone.items() if feedback in found}
        self.assertEqual(seen_by, {self.ann, self.bob, self.lea, self.max, self.mia})

    def test_feedback_about_a_rep(self):
        feedback = self.complain(self.lea, about=self.ann)
        everyone = self.visible_to(self.ann, self.bob, self.cid, self.lea, self.max, self.mia, self.eva)
        seen_by = {user for user, found in everyone.items() if feedback in found}
        self.assertEqual(seen_by, {self.bob, self.lea, self.max, self.mia})

    def test_feedback_about_a_leader_is_kept_from_the_team(self):
        feedback = self.complain(self.ann, about=self.lea)
        everyone = self.visible_to(self.ann, self.bob, self.lea, self.max, self.mia)
        seen_by = {user for user, found in everyone.items() if feedback in found}
        self.assertEqual(seen_by, {self.ann, self.max, self.mia}, "Ann entered it; Bob need not know")

    def test_feedback_about_a_manager_goes_to_the_superior(self):
        feedback = self.complain(self.lea, about=self.max)
        everyone = self.visible_to(self.ann, self.bob, self.lea, self.max, self.mia, self.eva)
        seen_by = {user for user, found in everyone.items() if feedback in found}
        self.assertEqual(seen_by, {self.lea, self.mia, self.eva})
        self.assertEqual(feedback.user_id, self.eva)

    def test_access_ends_with_the_account_team(self):
        feedback = self.complain(self.lea)
        self.acme.churn_member_ids.write({"date_from": date(2020, 1, 1), "date_to": date(2020, 2, 1)})
        self.assertNotIn(feedback, self.visible_to(self.bob)[self.bob])

    def test_leader_of_another_team_sees_nothing(self):
        other = new_test_user(self.env, login="lou", groups=LEADER)
        self.env["crm.team"].create({"name": "South", "user_id": other.id})
        self.assertNotIn(self.complain(self.lea), self.visible_to(other)[other])

    def test_other_company_sees_nothing(self):
        company = self.env["res.company"].create({"name": "Second"})
        other = new_test_user(self.env, login="moe", groups=MANAGER, company_id=company.id, company_ids=company.ids)
        self.assertNotIn(self.complain(self.lea), self.visible_to(other)[other])

    def test_rep_may_not_change_what_others_entered(self):
        feedback = self.complain(self.lea)
        with self.assertRaises(AccessError):
            feedback.with_user(self.ann).text = "All is well"
        with self.assertRaises(AccessError):
            feedback.with_user(self.lea).unlink()

    def test_rep_does_not_solve_what_he_entered(self):
        feedback = self.complain(self.ann)
        feedback.with_user(self.ann).text = "Corrected"
        with self.assertRaises(AccessError):
            feedback.with_user(self.ann).write({"state": "solved", "done_text": "x"})

    def test_portal_user_sees_none(self):
        portal = new_test_user(self.env, login="portal", groups="base.group_portal")
        self.complain(self.lea)
        with self.assertRaises(AccessError):
            self.Feedback.with_user(portal).search([])
        self.env["mail.message"].with_user(portal).search([])


class TestResponsible(FeedbackCase):
    def test_leader_of_the_person_or_of_the_owner(self):
        self.assertEqual(self.complain(self.max).user_id, self.lea)
        self.assertEqual(self.complain(self.max, about=self.bob).user_id, self.lea)

    def test_manager_who_enters_when_there_is_no_leader(self):
        account = self.new_account("Solo", self.cid)
        self.assertEqual(self.complain(self.mia, account=account).user_id, self.mia)

    def test_superior_of_the_superior_when_both_are_meant(self):
        top = self.new_user("top", "Tom Top", "base.group_user")
        self.eva.employee_ids.parent_id = self.env["hr.employee"].create({"name": "Tom Top", "user_id": top.id})
        feedback = self.complain(self.lea, about=self.max)
        feedback.write({"user_id": False, "withheld_user_ids": [(6, 0, self.eva.ids)]})
        feedback._assign_responsible()
        self.assertEqual(feedback.user_id, top)

    def test_other_manager_when_there_is_no_superior(self):
        self.max.employee_ids.parent_id = False
        self.env.ref("churn_handover.group_churn_manager").all_user_ids.filtered(
            lambda user: user not in self.max | self.mia
        ).active = False
        self.assertEqual(self.complain(self.lea, about=self.max).user_id, self.mia)

    def test_the_person_is_never_responsible(self):
        feedback = self.complain(self.max, about=self.ann)
        with self.assertRaisesRegex(ValidationError, "concerned"):
            feedback.user_id = self.ann

    def test_responsible_has_one_task(self):
        feedback = self.complain(self.max, about=self.ann, severity="critical")
        self.assertRecordValues(feedback.activity_ids, [{"user_id": self.lea.id, "summary": "Answer the customer"}])
        feedback.with_user(self.max).user_id = self.mia
        self.assertEqual(feedback.activity_ids.user_id, self.mia)
        feedback.with_user(self.max).write({"state": "solved", "done_text": "Called"})
        self.assertFalse(feedback.activity_ids)
        feedback.with_user(self.max).action_reopen()
        self.assertEqual(feedback.activity_ids.user_id, self.mia)

    def test_responsible_who_left_is_replaced(self):
        feedback = self.complain(self.max)
        self.lea.active = False
        self.Feedback._cron_assign()
        self.assertTrue(feedback.user_id.active)
        self.assertEqual(feedback.activity_ids.user_id, feedback.user_id)

    def test_lost_task_is_given_back(self):
        feedback = self.complain(self.max)
        feedback.activity_ids.unlink()
        self.Feedback._cron_assign()
        self.assertEqual(feedback.activity_ids.user_id, self.lea)

    def test_task_of_whom_it_is_hidden_from_later_goes_to_the_responsible(self):
        feedback = self.complain(self.max)
        task = feedback.activity_schedule("mail.mail_activity_data_call", user_id=self.bob.id)
        feedback.with_user(self.lea).withheld_user_ids = self.bob
        self.assertEqual(task.user_id, self.lea)

    def test_handover_of_a_leader_leaves_tasks_on_feedback_alone(self):
        """They would go to successors, and a successor may be whom the feedback is about."""
        feedback = self.complain(self.max, about=self.ann)
        other = self.acme.activity_schedule("mail.mail_activity_data_call", user_id=self.lea.id)
        found = {row.id for row in self.env.ref("churn_handover.ownership_rule_activity")._find(self.lea)}
        self.assertIn(other.id, found)
        self.assertFalse(found & set(feedback.activity_ids.ids))

    def test_task_for_somebody_who_does_not_see_it_is_refused(self):
        feedback = self.complain(self.max, about=self.ann)
        for user in (self.ann, self.cid):
            with self.assertRaisesRegex(UserError, "does not see this feedback"):
                feedback.with_user(self.lea).activity_schedule("mail.mail_activity_data_call", user_id=user.id)
            with self.assertRaisesRegex(UserError, "does not see this feedback"):
                feedback.activity_ids.with_user(self.lea).user_id = user
        activity = feedback.with_user(self.lea).activity_schedule("mail.mail_activity_data_call", user_id=self.bob.id)
        self.assertEqual(activity.user_id, self.bob)


class TestCourse(FeedbackCase):
    @freeze_time("2026-03-02 08:00:00")
    def test_times_to_answer_and_solution(self):
        feedback = self.complain(self.max)
        with freeze_time("2026-03-02 14:30:00"):
            feedback.with_user(self.lea).action_answered()
        self.assertRecordValues(feedback, [{"state": "progress", "hours_to_answer": 6.5, "days_to_solve": 0}])
        with freeze_time("2026-03-05 08:00:00"):
            feedback.with_user(self.lea).write({"done_text": "New contact agreed"})
            feedback.with_user(self.lea).action_solve()
        self.assertRecordValues(
            feedback,
            [
                {
                    "state": "solved",
                    "solved_date": fields.Datetime.to_datetime("2026-03-05 08:00:00"),
                    "days_to_solve": 3.0,
                }
            ],
        )

    @freeze_time("2026-03-02 08:00:00")
    def test_averages_leave_out_what_is_still_open(self):
        done = self.complain(self.max)
        self.complain(self.max)
        with freeze_time("2026-03-02 18:00:00"):
            done.write({"state": "solved", "done_text": "Called"})
        groups = self.Feedback.with_user(self.max)._read_group(
            [("account_id", "=", self.acme.id)], [], ["hours_to_answer:avg", "days_to_solve:avg", "__count"]
        )
        self.assertEqual(groups, [(10.0, 10 / 24, 2)])

    def test_solved_needs_what_was_done(self):
        feedback = self.complain(self.max)
        with self.assertRaisesRegex(ValidationError, "what was done"):
            feedback.with_user(self.lea).action_solve()

    def test_nothing_is_answered_before_it_was_received(self):
        feedback = self.complain(self.max)
        with self.assertRaisesRegex(ValidationError, "before it was received"):
            feedback.answered_date = "2020-01-01"

    def test_reopened_feedback_has_no_solution(self):
        feedback = self.complain(self.max)
        feedback.write({"state": "solved", "done_text": "Called"})
        feedback.with_user(self.lea).action_reopen()
        self.assertRecordValues(feedback, [{"state": "progress", "solved_date": False, "days_to_solve": 0}])

    def test_mail_to_the_customer_is_the_first_answer(self):
        feedback = self.complain(self.max)
        feedback.with_user(self.lea).message_post(
            body="We are sorry", subtype_xmlid="mail.mt_note", message_type="comment"
        )
        self.assertFalse(feedback.answered_date, "an internal note is no answer")
        feedback.with_user(self.lea).message_post(
            body="We are sorry",
            subtype_xmlid="mail.mt_comment",
            message_type="comment",
            partner_ids=self.contact.ids,
        )
        self.assertTrue(feedback.answered_date)
        self.assertEqual(feedback.state, "progress")

    def test_ids_have_gaps_on_purpose(self):
        before = self.complain(self.max).id
        made = self.Feedback.with_user(self.max).create(
            [{"partner_id": self.acme.id, "text": str(number)} for number in range(30)]
        )
        self.assertGreater(made[-1].id - before, 30)
        self.assertFalse(self.Feedback.search_count([("id", "in", made.ids), ("text", "=", False)]))

    def test_leader_does_not_solve_what_is_about_the_manager(self):
        feedback = self.complain(self.lea, about=self.max)
        self.assertFalse(feedback.with_user(self.lea).can_handle)
        self.assertTrue(feedback.with_user(self.mia).can_handle)
        self.assertTrue(feedback.with_user(self.eva).can_handle, "the responsible, without any sales right")
        feedback.with_user(self.eva).write({"done_text": "Apologised", "state": "solved"})
        self.assertEqual(feedback.state, "solved")


class TestAboutWhom(FeedbackCase):
    def test_cannot_be_edited_in_place(self):
        feedback = self.complain(self.max)
        with self.assertRaisesRegex(UserError, "About Whom"):
            feedback.with_user(self.lea).about_user_id = self.ann

    def decide(self, feedback, by, user):
        dialog = self.env["churn.feedback.about"].with_user(by).with_context(active_id=feedback.id)
        action = dialog.create({"about_user_id": user.id}).action_apply()
        return self.Feedback.browse(action["res_id"]) if action.get("res_id") else feedback

    def test_unsorted_is_decided_in_place(self):
        feedback = self.Feedback.create({"partner_id": self.acme.id, "text": "x", "is_sorted": False})
        self.assertNotIn(feedback, self.visible_to(self.ann)[self.ann])
        self.assertEqual(self.decide(feedback, self.lea, self.ann), feedback)
        self.assertRecordValues(feedback, [{"about_user_id": self.ann.id, "is_sorted": True, "state": "new"}])

    def test_unsorted_about_nobody_becomes_visible(self):
        feedback = self.Feedback.create({"partner_id": self.acme.id, "text": "x", "is_sorted": False})
        self.assertEqual(self.decide(feedback, self.lea, self.env["res.users"]), feedback)
        self.assertIn(feedback, self.visible_to(self.ann)[self.ann])

    def test_what_the_person_knows_does_not_vanish(self):
        """Ann entered it: if it vanished before her eyes she would know why."""
        feedback = self.complain(self.ann, text="Late again")
        confidential = self.decide(feedback, self.lea, self.ann)
        self.assertNotEqual(confidential, feedback)
        self.assertIn(feedback, self.visible_to(self.ann)[self.ann])
        self.assertNotIn(confidential, self.visible_to(self.ann)[self.ann])
        self.assertRecordValues(confidential, [{"about_user_id": self.ann.id, "text": "Late again", "state": "new"}])
        self.assertEqual(feedback.state, "new")

    def test_former_part_in_it_counts_as_knowing(self):
        feedback = self.complain(self.max)
        feedback.with_user(self.ann).message_post(body="I will call", message_type="comment")
        self.acme.user_id = self.cid
        self.assertNotIn(feedback, self.visible_to(self.ann)[self.ann])
        self.assertNotEqual(self.decide(feedback, self.max, self.ann), feedback)

    def test_wrong_person_is_corrected_by_a_new_record(self):
        """Bob must not see what was written about Ann; Ann must not see that something was written."""
        feedback = self.complain(self.max, about=self.ann)
        feedback.with_user(self.lea).message_post(body="Ann again!", message_type="comment")
        corrected = self.decide(feedback, self.lea, self.bob)
        self.assertEqual(feedback.state, "withdrawn")
        self.assertEqual(corrected.about_user_id, self.bob)
        self.assertNotIn("Ann", " ".join(corrected.message_ids.mapped("body")))
        seen = self.visible_to(self.ann, self.bob)
        self.assertNotIn(feedback, seen[self.ann])
        self.assertIn(corrected, seen[self.ann])
        self.assertNotIn(corrected, seen[self.bob])

    def test_nobody_decides_that_it_is_about_himself(self):
        feedback = self.complain(self.max)
        with self.assertRaises(UserError):
            self.decide(feedback, self.lea, self.lea)

    def test_responsible_person_who_is_meant_is_replaced(self):
        feedback = self.Feedback.create({"partner_id": self.acme.id, "text": "x", "is_sorted": False})
        feedback.user_id = self.eva
        feedback.activity_ids.unlink()
        self.assertTrue(self.Feedback.with_user(self.eva).search([]) >= feedback)
        confidential = self.decide(feedback, self.max, self.eva)
        self.assertNotEqual(confidential.user_id, self.eva)
        self.assertTrue(confidential.user_id)


class TestAccountVoice(FeedbackCase):
    def test_open_and_solved_complaints_count_apart(self):
        self.complain(self.max)
        self.complain(self.max, kind="praise")
        solved = self.complain(self.max)
        solved.write({"state": "solved", "done_text": "Called"})
        self.complain(self.max).write({"state": "withdrawn"})
        other = self.new_account("Other", self.bob)
        voices = self.Feedback._voices((self.acme | other).ids)
        self.assertEqual(list(voices), [self.acme.id])
        self.assertEqual(voices[self.acme.id][:3], (4, 1, 1))
        self.assertEqual(self.Feedback._open_complaints((self.acme | other).ids), {self.acme.id: 1})

    @freeze_time("2026-03-02")
    def test_freeze(self):
        accounts = self.acme.ids
        self.assertEqual(self.Feedback._freeze_until(accounts), {})
        feedback = self.complain(self.max)
        self.assertEqual(self.Feedback._freeze_until(accounts), {self.acme.id: date.max})
        feedback.write({"state": "solved", "done_text": "Called"})
        self.assertEqual(self.Feedback._freeze_until(accounts), {self.acme.id: date(2026, 5, 31)})
        with freeze_time("2026-05-31"):
            self.assertTrue(self.Feedback._freeze_until(accounts))
        with freeze_time("2026-06-01"):
            self.assertFalse(self.Feedback._freeze_until(accounts))

    def test_wish_does_not_freeze(self):
        self.complain(self.max, kind="wish")
        self.assertEqual(self.Feedback._freeze_until(self.acme.ids), {})

    def test_answers_are_the_viewers_own(self):
        self.complain(self.max, about=self.ann)
        self.assertEqual(self.Feedback.with_user(self.bob)._open_complaints(self.acme.ids), {self.acme.id: 1})
        self.assertEqual(self.Feedback.with_user(self.ann)._open_complaints(self.acme.ids), {})

    def test_contact_screen(self):
        self.complain(self.max, about=self.ann)
        for partner in (self.acme, self.contact):
            self.assertRecordValues(
                partner.with_user(self.lea),
                [
                    {
                        "churn_feedback_count": 1,
                        "churn_open_complaint_count": 1,
                        "churn_has_open_complaint": True,
                    }
                ],
            )
        found = self.env["res.partner"].with_user(self.lea).search([("churn_has_open_complaint", "=", True)])
        self.assertEqual(found, self.acme | self.contact)
        others = self.env["res.partner"].with_user(self.lea).search([("churn_has_open_complaint", "=", False)])
        self.assertNotIn(self.acme, others)
        self.assertIn(self.lea.partner_id, others)

    def test_counts_of_many_contacts_take_constant_queries(self):
        accounts = self.env["res.partner"].create(
            [{"name": f"Account {number}", "is_company": True, "user_id": self.ann.id} for number in range(120)]
        )
        for account in accounts[:20]:
            self.complain(self.max, account=account)
        self.env.flush_all()
        partners = accounts.with_user(self.lea)
        names = [
            "churn_feedback_count",
            "churn_open_complaint_count",
            "churn_has_open_complaint",
            "churn_frozen_until",
        ]
        partners[:1].read(["name", *names])  # what Odoo itself keeps: rules, user, companies
        for some in (partners[1:30], partners[30:]):
            some.mapped("commercial_partner_id.name")
            with self.assertQueryCount(1):
                some.mapped("churn_open_complaint_count")


class TestRetention(FeedbackCase):
    def keep(self, received, months=12, **values):
        self.env.company.churn_feedback_months = months
        with freeze_time(received):
            feedback = self.complain(self.max)
            feedback.write(values)
            self.env.flush_all()
        with freeze_time("2026-06-15"):
            self.Feedback._gc_expired()
        return bool(feedback.exists())

    def test_ended_feedback_is_deleted_after_the_period(self):
        ended = {"state": "solved", "done_text": "Called"}
        self.assertFalse(self.keep("2025-06-14", **ended))
        self.assertTrue(self.keep("2025-06-16", **ended))
        self.assertTrue(self.keep("2015-06-14", months=0, **ended))

    def test_each_company_gets_its_turn(self):
        """One company whose feedback expires every day must not keep the others from deleting theirs."""
        other = self.env["res.company"].create({"name": "Other", "churn_feedback_months": 12})
        with freeze_time("2025-01-01"):
            there = self.Feedback.create({"kind": "complaint", "text": "Late", "company_id": other.id})
            there.write({"state": "solved", "done_text": "Called"})
            self.env.flush_all()
        self.assertFalse(self.keep("2025-01-01", state="solved", done_text="Called"))
        self.assertFalse(there.exists())

    def test_solved_without_a_day(self):
        """The responsible can empty the day; the customer's screen must stand it."""
        feedback = self.complain(self.max)
        feedback.write({"state": "solved", "done_text": "Called"})
        feedback.solved_date = False
        voice = self.Feedback._voices(feedback.account_id.ids)[feedback.account_id.id]
        self.assertEqual((voice.solved_complaints, voice.last_solved), (1, None or False))

    def test_open_feedback_is_kept_while_somebody_works_on_it(self):
        self.env.company.churn_feedback_months = 12
        with freeze_time("2024-01-01"):
            worked_on = self.complain(self.max)
            forgotten = self.complain(self.max)
            self.env.flush_all()
        with freeze_time("2026-06-01"):
            worked_on.text = "Still not solved"
            self.env.flush_all()
        # write_date is the transaction's, which freezegun does not reach
        self.env.cr.execute("UPDATE churn_feedback SET write_date = '2024-01-01' WHERE id = %s", [forgotten.id])
        self.env.invalidate_all()
        with freeze_time("2026-06-15"):
            self.Feedback._gc_expired()
        self.assertTrue(worked_on.exists())
        self.assertFalse(forgotten.exists())

    def test_nothing_is_left_of_deleted_feedback(self):
        feedback = self.complain(self.max)
        feedback.message_post(body="x", attachments=[("proof.txt", b"x")])
        ids = feedback.ids
        feedback.write({"state": "solved", "done_text": "Called"})
        with freeze_time("2036-06-15"):
            self.Feedback._gc_expired()
        for model, name in (
            ("mail.message", "model"),
            ("mail.activity", "res_model"),
            ("ir.attachment", "res_model"),
            ("mail.followers", "res_model"),
        ):
            left = (
                self.env[model]
                .with_context(active_test=False)
                .search([(name, "=", "churn.feedback"), ("res_id", "in", ids)])
            )
            self.assertFalse(left, model)


@tagged("mail_gateway")
class TestMail(FeedbackCase):
    MAIL = """From: {sender}
To: customer-voice@ours.example.com
Cc: {cc}
Subject: {subject}
Message-Id: <{id}@acme.example.com>
{headers}Content-Type: text/plain; charset="utf-8"

{body}
"""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["mail.alias.domain"].create({"name": "ours.example.com"})
        cls.env.ref("churn_handover.mail_alias_feedback").alias_domain_id = cls.env.company.alias_domain_id

    def receive(self, body, subject="Service", sender="Kim <kim@acme.example.com>", cc="", headers="", key="1"):
        mail = self.MAIL.format(sender=sender, cc=cc, subject=subject, body=body, headers=headers, id=key)
        return self.Feedback.browse(self.env["mail.thread"].message_process(False, mail))

    def test_mail_to_the_alias(self):
        feedback = self.receive("Your invoices are late.")
        self.assertRecordValues(
            feedback,
            [
                {
                    "partner_id": self.contact.id,
                    "account_id": self.acme.id,
                    "source": "mail",
                    "subject": "Service",
                    "text": "Your invoices are late.",
                    "is_sorted": False,
                    "user_id": self.lea.id,
                }
            ],
        )
        self.assertNotIn(feedback, self.visible_to(self.ann)[self.ann])
        self.assertIn(feedback, self.visible_to(self.lea)[self.lea])

    def test_unknown_sender_waits_for_a_manager(self):
        feedback = self.receive("Hello?", sender="nobody@nowhere.example.com")
        self.assertRecordValues(feedback, [{"account_id": False, "email_from": "nobody@nowhere.example.com"}])
        self.assertTrue(feedback.user_id)
        self.assertIn("nobody@nowhere.example.com", feedback.display_name)

    def test_address_of_several_accounts_is_left_to_the_leader(self):
        account = self.new_account("Twin", self.bob)
        account.email = self.contact.email
        self.assertFalse(self.receive("Hm").partner_id)
        account.user_id = False
        self.assertEqual(self.receive("Hm", key="2").partner_id, self.contact)

    def test_colleague_is_no_customer(self):
        self.assertFalse(self.receive("Kim is cross", sender=self.bob.email).partner_id)

    def test_who_is_mentioned_does_not_see_it_before_it_is_sorted(self):
        for number, body in enumerate(
            (
                "Max Manager was rude.",
                "I want to speak to Max's boss",
                "mail to max@ours.example.com bounced",
                "Max!",
            )
        ):
            with self.subTest(body=body):
                feedback = self.receive(body, key=str(number))
                self.assertEqual(feedback.withheld_user_ids, self.max)
                seen = self.visible_to(self.max, self.mia, self.lea)
                self.assertNotIn(feedback, seen[self.max])
                self.assertIn(feedback, seen[self.mia])
                self.assertNotIn(feedback, seen[self.lea], "a leader does not sort what is about a manager")
                self.assertEqual(feedback.user_id, self.eva)

    def test_who_is_only_greeted_sees_it(self):
        self.assertFalse(self.receive("Dear Max,\n\nYour invoices are late.").withheld_user_ids)
        self.assertFalse(self.receive("maximal 3 days", key="2").withheld_user_ids)

    def test_name_of_two_characters(self):
        self.bob.name = "李明"
        self.assertEqual(self.receive("李明态度很差").withheld_user_ids, self.bob)
        self.assertFalse(self.receive("李明您好！\n发票晚了", key="2").withheld_user_ids)

    def test_rather_seen_by_a_mentioned_manager_than_by_nobody(self):
        managers = self.env.ref("churn_handover.group_churn_manager").all_user_ids
        (managers - self.max).active = False
        self.team.user_id = False
        self.max.employee_ids.parent_id = False
        feedback = self.receive("Max was rude")
        self.assertFalse(feedback.withheld_user_ids)
        self.assertEqual(feedback.user_id, self.max)

    def test_reply_reaches_the_responsible_person_only(self):
        feedback = self.receive("Nobody calls back")
        feedback._set_about(self.ann)
        first = feedback.message_ids[-1]
        self.receive(
            "Still nothing",
            subject="Re: Service",
            cc=f"{self.ann.email}, {self.bob.email}",
            headers=f"In-Reply-To: {first.message_id}\n",
            key="reply",
        )
        reply = feedback.message_ids[0]
        self.assertIn("Still nothing", reply.body)
        self.assertEqual(reply.notified_partner_ids, self.lea.partner_id)
        self.assertFalse(self.env["mail.message"].with_user(self.ann).search([("id", "=", reply.id)]))
        self.assertTrue(self.env["mail.message"].with_user(self.bob).search([("id", "=", reply.id)]))

    def test_writing_to_the_person_is_refused(self):
        feedback = self.complain(self.max, about=self.ann)
        with self.assertRaisesRegex(UserError, "hidden from Ann Archer"):
            feedback.with_user(self.lea).message_post(body="Why?", partner_ids=self.ann.partner_id.ids)

    def test_the_person_is_not_proposed_as_recipient(self):
        feedback = self.receive("Nobody calls back", cc=f"{self.ann.email}, {self.bob.email}")
        self.assertEqual(feedback._set_about(self.ann), feedback)
        self.assertIn(self.ann.partner_id, feedback.message_ids.partner_ids)
        suggested = feedback.with_user(self.lea)._message_get_suggested_recipients(reply_discussion=True)
        emails = {row["email"] for row in suggested}
        self.assertIn(self.contact.email, emails)
        self.assertNotIn(self.ann.email, emails)

    def test_nobody_follows(self):
        self.acme.message_subscribe((self.ann | self.bob).partner_id.ids)
        feedback = self.complain(self.max, about=self.ann)
        feedback.with_user(self.lea).message_subscribe(self.lea.partner_id.ids)
        feedback.with_user(self.lea).message_post(
            body="Sorry",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.contact.ids,
        )
        self.assertFalse(feedback.message_follower_ids)
