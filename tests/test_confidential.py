"""Side doors to what is confidential: answers of customers, plans nobody knows of yet, files of others' accounts."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common_absence import AbsenceCase
from .common_feedback import FeedbackCase
from .common_handover import MANAGER
from .test_dossier import DossierCase
from .test_letter import LetterCase


class TestAnswers(LetterCase):
    """The customer's page promises: only our management reads it."""

    def item(self, account=None, **values):
        handover, _letters = self.told_plan(**values)
        return self.letter_to(handover, account or self.acme).item_ids.filtered(
            lambda item: item.account_id == (account or self.acme)
        )

    def test_words_with_any_answer_are_kept_from_the_successor(self):
        item = self.item(date=self.today + timedelta(days=10))
        item.sudo()._answer("call", "Not that Ann, please")
        feedback = self.env["churn.feedback"].search([("account_id", "=", self.acme.id)])
        self.assertTrue(feedback.user_id, "somebody takes care of it")
        serving = self.env["churn.team.member"].search(
            [("account_id", "=", self.acme.id), ("user_id", "=", self.ann.id), ("state", "=", "active")]
        )
        self.assertTrue(serving, "the overlap has begun")
        self.assertFalse(self.env["churn.feedback"].with_user(self.ann).search([]))
        self.assertFalse(self.env["churn.feedback"].with_user(self.old).search([]), "it may be about either of them")
        self.assertEqual(self.env["churn.feedback"].with_user(self.manager).search([]), feedback)

    def test_words_with_any_answer_are_sorted_by_a_leader(self):
        item = self.item()
        item.sudo()._answer("fine", "A pump leaks")
        feedback = self.env["churn.feedback"].search([("account_id", "=", self.acme.id)])
        feedback.with_user(self.manager)._set_about(self.env["res.users"])
        self.assertIn(
            feedback, self.env["churn.feedback"].with_user(self.old).search([]), "about no person: all see it"
        )

    def digests(self, user):
        return self.env["mail.message"].search(
            [("subject", "=", "Handovers: what needs you today"), ("partner_ids", "in", user.partner_id.ids)]
        )

    def test_a_manager_who_takes_over_is_not_told_who_wants_somebody_else(self):
        boss = new_test_user(self.env, login="boss", name="Boss", groups=MANAGER)
        item = self.item(user_id=boss.id, successors={self.acme: boss})
        item.sudo()._answer("other")
        self.env["churn.gate"]._cron_remind()
        self.assertNotIn("wait for a call", "".join(str(body) for body in self.digests(boss).mapped("body")))
        leader = item.line_id.handover_id._manager_of(boss)
        self.assertNotEqual(leader, boss)
        self.assertIn("Customers who wait for a call", str(self.digests(leader).body), "somebody else calls")


class TestPlans(LetterCase):
    def test_why_somebody_leaves_is_for_leaders(self):
        handover = self.confirmed()
        handover.sudo().reason_id = self.env.ref("hr.departure_fired")
        handover.with_user(self.ann).read(["state"])
        with self.assertRaises(AccessError):
            handover.with_user(self.ann).read(["reason_id"])
        with self.assertRaises(AccessError):
            self.env["churn.handover"].with_user(self.ann).search([("reason_id.name", "=", "Fired")])
        self.assertTrue(handover.with_user(self.manager).read(["reason_id"])[0]["reason_id"])

    def test_a_leader_does_not_point_a_plan_at_somebody_elses_people(self):
        self.leader.group_ids |= self.env.ref("churn_handover.group_churn_leader")
        handover = self.plan(user=self.leader, date=self.day)
        handover.line_ids.filtered("account_id").unlink()
        with self.assertRaises(AccessError):
            handover.with_user(self.leader).predecessor_id = self.bob
            handover.with_user(self.leader).action_preview()
        handover.with_user(self.manager).predecessor_id = self.bob
        self.assertEqual(handover.team_ids, self.south)
        self.assertFalse(handover.with_user(self.leader).has_access("read"))

    def test_a_draft_has_no_dossier_that_its_leaver_could_find(self):
        handover = self.plan(date=self.day)
        line = self.line(handover, self.acme)
        with self.assertRaises(UserError):
            line.action_dossier()
        self.assertFalse(self.env["churn.dossier"].with_user(self.old).search([]))


class TestDossierAfterwards(DossierCase):
    """What a dossier collects from the data is read with all rights: so it ends with the handover."""

    def content(self, user):
        self.dossier.invalidate_recordset()
        return str(self.dossier.with_user(user).content or "")

    def test_the_predecessor_does_not_watch_the_account_for_ever(self):
        self.assertIn(self.offer.name, self.content(self.old))
        self.handover.action_run_now()
        self.env["churn.team.member"].search(
            [("account_id", "=", self.acme.id), ("user_id", "=", self.old.id)]
        ).unlink()
        later = self.quotation(self.acme, user_id=self.ann.id, name="LATER/1")
        self.assertFalse(later.with_user(self.old).has_access("read"))
        self.assertNotIn("LATER/1", self.content(self.old))
        for user in (self.ann, self.manager):
            self.assertIn("LATER/1", self.content(user), user.name)

    def test_who_does_not_take_over_after_all_sees_no_more(self):
        self.assertIn(self.offer.name, self.content(self.ann))
        self.handover.action_cancel()
        self.assertFalse(self.offer.with_user(self.ann).has_access("read"))
        self.assertNotIn(self.offer.name, self.content(self.ann))
        self.assertIn(self.offer.name, self.content(self.old), "still the owner")


class TestAbsenceNote(AbsenceCase):
    def test_the_note_is_for_covers_not_for_everybody_who_sees_the_team(self):
        self.away(note="I am in hospital", cover=self.ann)
        row = self.env["churn.team.member"].search([("account_id", "=", self.acme.id), ("origin", "=", "cover")])
        self.assertEqual(row.user_id, self.ann)
        self.assertTrue(row.with_user(self.bob).has_access("read"), "everybody sees who serves a customer")
        self.assertFalse(row.with_user(self.bob).absence_note)
        for user in (self.ann, self.old, self.leader, self.manager):
            row.invalidate_recordset()
            self.assertEqual(row.with_user(user).absence_note, "I am in hospital", user.name)


class TestStoredFilters(FeedbackCase):
    """Filters that managers store are searched by the system at night: nothing hidden may come out in numbers."""

    def test_a_segment_does_not_count_complaints_about_its_reader(self):
        figures = self.env["churn.account"].create(
            {
                "partner_id": self.acme.id,
                "company_id": self.env.company.id,
                "score_status": "scored",
                "base_band": "high",
                "public_band": "high",
                "full_band": "critical",
            }
        )
        self.complain(self.lea, about=self.max)
        for domain in ("[('partner_id.churn_has_open_complaint', '=', True)]", "[('risk_band', '=', 'critical')]"):
            self.env["churn.warning"].create(
                {
                    "account_id": figures.id,
                    "company_id": self.env.company.id,
                    "kind_id": self.env.ref("churn_handover.warning_kind_complaint").id,
                    "key": domain,
                    "date": fields.Date.today(),
                    "confidential_user_id": self.max.id,
                    "restricted": True,
                }
            )
            with self.subTest(domain=domain):
                segment = self.env["churn.segment"].with_user(self.max).create({"name": "Angry", "domain": domain})
                self.assertFalse(segment.account_count)
                segment.sudo()._refresh_figures(self.env.company)
                self.env["churn.segment"].with_user(self.env.ref("base.user_root"))._refresh_figures(self.env.company)
                self.assertFalse(segment.account_count)
        self.complain(self.lea)
        self.env["churn.segment"].with_user(self.env.ref("base.user_root"))._refresh_figures(self.env.company)
        first = self.env["churn.segment"].search([("domain", "like", "open_complaint")], limit=1)
        self.assertEqual(first.account_count, 1, "a complaint that all may know counts")

    def test_a_rotation_does_not_leave_out_who_complained_in_confidence(self):
        schedule = self.env["churn.rotation.schedule"].create(
            {"name": "All", "domain": "[('churn_has_open_complaint', '=', True)]"}
        )
        self.complain(self.lea, about=self.ann)
        root = schedule.with_user(self.env.ref("base.user_root"))
        self.assertNotIn(self.acme.id, root._inputs())
