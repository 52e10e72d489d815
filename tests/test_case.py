"""A case from the proposal to what follows from the decision, and who may see and do what."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user
from odoo.tools import mute_logger

from .common_case import CaseCase
from .common_handover import MANAGER


class TestAnswer(CaseCase):
    def test_the_salesperson_is_told_with_the_reason_and_a_deadline(self):
        case = self.open_case()
        self.assertFalse(self.env["churn.case"].with_user(self.old).search([]))
        case.action_tell()
        own = self.env["churn.case"].with_user(self.old).search([])
        self.assertEqual(own, case)
        self.assertEqual((own.state, own.reason_text, own.is_mine), ("told", "We lose ground", True))
        self.assertEqual(own.deadline, self.today + timedelta(days=7))
        self.assertEqual(case.activity_ids.user_id, self.old)

    def test_a_decision_of_the_manager_needs_words(self):
        case = self.open_case(reason_text=False)
        with self.assertRaisesRegex(UserError, "Write down the reason"):
            case.action_tell()

    def test_an_appeal_brings_its_plan_to_the_manager(self):
        case = self.answered()
        self.assertEqual((case.state, case.answer, case.answer_text), ("answered", "appeal", "Three visits by May"))
        self.assertEqual(case.activity_ids.user_id, self.manager)

    def test_only_the_salesperson_answers_and_once(self):
        case = self.open_case()
        case.action_tell()
        with self.assertRaises(AccessError):
            case.action_agree()
        with self.assertRaises(AccessError):
            case.with_user(self.ann).action_agree()
        case.with_user(self.old).action_agree()
        with self.assertRaisesRegex(UserError, "answered or decided already"):
            case.with_user(self.old).action_agree()

    def test_the_manager_waits_for_the_answer_or_the_deadline(self):
        case = self.open_case()
        case.action_tell()
        self.intended = {"decision": "keep", "decision_text": "Fine"}
        with self.assertRaisesRegex(UserError, "may answer until"):
            self.decide(case)
        self.run_flow(days=7)
        self.assertEqual(case.state, "told")
        self.run_flow(days=8)
        self.assertEqual((case.state, case.answer), ("answered", "silent"))
        self.decide(case)
        self.assertEqual(case.state, "closed")

    def test_a_late_answer_still_counts_until_the_decision(self):
        case = self.open_case()
        case.action_tell()
        self.run_flow(days=8)
        case.with_user(self.old).action_agree()
        self.assertEqual(case.answer, "agree")

    def test_a_dismissed_case_is_never_heard_of(self):
        case = self.open_case()
        case.action_dismiss()
        self.assertFalse(self.env["churn.case"].with_user(self.old).search([]))
        with self.assertRaises(UserError):
            case.action_tell()


class TestDecision(CaseCase):
    def test_keep(self):
        case = self.answered(decision="keep")
        self.decide(case)
        self.assertEqual((case.state, case.decided_by_id, case.decision_date), ("closed", self.manager, self.today))
        self.assertEqual(self.acme.user_id, self.old)
        self.assertFalse(case.handover_id)

    def test_a_decision_needs_its_reason(self):
        case = self.answered()
        with self.assertRaisesRegex(UserError, "say why"):
            case._carry_out({"decision": "keep", "decision_text": False})

    def test_probation_ends_with_a_measured_result_and_a_decision(self):
        end = self.today + timedelta(days=60)
        case = self.answered(decision="probation", target_amount=500, probation_to=end, help_visits=2, help_calls=1)
        self.decide(case)
        self.assertEqual((case.state, case.probation_from), ("probation", self.today))
        mine = case.activity_ids.filtered(lambda activity: activity.user_id == self.manager)
        self.assertEqual(len(mine), 3)
        self.assertTrue(all(self.today < activity.date_deadline < end for activity in mine))
        with self.assertRaisesRegex(UserError, "probation is running"):
            self.decide(case)
        self.ordered(self.acme, 600)
        self.ordered(self.acme, 900, date_order=fields.Datetime.now() - timedelta(days=30))
        self.run_flow(days=60)
        self.assertEqual(case.state, "probation")
        self.run_flow(days=61)
        self.assertEqual((case.state, case.result_amount, case.target_met), ("answered", 600, True))
        self.intended = {"decision": "keep", "decision_text": "Well done"}
        self.decide(case)
        self.assertEqual(case.state, "closed")

    def test_probation_by_number_of_orders_that_is_missed(self):
        case = self.answered(
            decision="probation", target_kind="orders", target_amount=3, probation_to=self.today + timedelta(days=30)
        )
        self.decide(case)
        self.ordered(self.acme)
        self.run_flow(days=31)
        self.assertEqual((case.result_amount, case.target_met), (1, False))

    def test_sharing_puts_a_second_person_on_the_team(self):
        case = self.answered(decision="share", colleague_id=self.bob.id)
        self.decide(case)
        member = self.env["churn.team.member"].search([("account_id", "=", self.acme.id)])
        self.assertEqual((member.user_id, member.date_from, self.acme.user_id), (self.bob, self.today, self.old))

    def test_a_move_becomes_a_handover(self):
        case = self.answered("agree", **self.move())
        self.decide(case)
        self.assertRecordValues(
            case.handover_id,
            [{"kind": "reassignment", "state": "confirmed", "predecessor_id": self.old.id, "user_id": self.manager.id}],
        )
        self.assertRecordValues(
            case.handover_id.line_ids, [{"account_id": self.acme.id, "successor_id": self.bob.id, "state": "confirmed"}]
        )
        self.carry_out(case)
        self.assertEqual(self.acme.user_id, self.bob)

    def test_nobody_is_overloaded_by_what_they_receive(self):
        self.account("Full", self.bob)
        self.env["churn.capacity"].create({"user_id": self.bob.id, "account_limit": 1})
        case = self.answered("agree", **self.move())
        with self.assertRaisesRegex(UserError, "Bob looks after 1 accounts and can serve 1 well"):
            self.decide(case)

    def test_compensation_does_not_overload_either(self):
        self.env["churn.capacity"].create({"user_id": self.old.id, "account_limit": 3})
        gifts = [Command.create({"kind": "account", "account_id": self.account(name, self.ann).id}) for name in "XY"]
        case = self.answered("agree", **self.move(compensation_ids=gifts))
        with self.assertRaisesRegex(UserError, "Olga looks after 3 accounts"):
            self.decide(case)

    def test_what_is_on_its_way_counts(self):
        """A handover that is confirmed and not carried out yet will fill the successor."""
        self.env["churn.capacity"].create({"user_id": self.bob.id, "account_limit": 1})
        self.plan(accounts=self.bolt, default=self.bob, kind="reassignment").action_confirm()
        case = self.answered("agree", **self.move())
        with self.assertRaisesRegex(UserError, "Bob looks after 1 accounts and can serve 1 well"):
            self.decide(case)

    def test_a_condition_without_a_day_is_reminded_too(self):
        case = self.answered("agree", **self.move(return_condition="When Ann is back"))
        self.decide(case)
        self.assertIn(self.today + timedelta(days=90), case.activity_ids.mapped("date_deadline"))

    def test_a_return_is_reminded(self):
        day = self.today + timedelta(days=200)
        case = self.answered("agree", **self.move(return_date=day, return_condition="When Ann is back"))
        self.decide(case)
        reminder = case.activity_ids.filtered(lambda activity: activity.date_deadline == day)
        self.assertEqual(reminder.user_id, self.manager)
        self.assertIn("When Ann is back", reminder.note)

    def test_the_task_to_decide_goes_whatever_language_it_was_written_in(self):
        case = self.open_case()
        case.action_tell()
        case.with_user(self.old).action_agree()
        case.activity_ids.summary = "Trancher le cas"
        self.intended = {"decision": "keep", "decision_text": "Fine"}
        self.decide(case)
        self.assertFalse(case.activity_ids)


class TestReturn(CaseCase):
    """A condition that data can answer is answered on its day; who may not know what it rests on is told nothing."""

    def moved(self, days=60, **values):
        """An account that moves today, and may come back after so many days."""
        values = {"change_date": self.today, "return_date": self.today + timedelta(days=days), **values}
        case = self.answered("agree", **self.move(**values))
        self.decide(case)
        return case

    def text(self, case, user, days=0):
        with freeze_time(fields.Datetime.now() + timedelta(days=days)):
            self.env.invalidate_all()
            return case.with_user(user).return_text

    def reminder(self, case):
        return case.activity_ids.filtered(lambda one: one.summary == "Does the account return?")

    def complaint(self, **values):
        return self.env["churn.feedback"].create(
            {"partner_id": self.acme.id, "kind": "complaint", "subject": "Late again", "text": "Late", **values}
        )

    def test_revenue_is_measured_on_the_day(self):
        case = self.moved(return_kind="revenue", return_target=500)
        self.assertIn("revenue since the change is $&nbsp;500.00 or more", self.reminder(case).note)
        self.assertIn("measured from the change", self.text(case, self.manager))
        self.ordered(self.acme, 300, date_order=fields.Datetime.now() + timedelta(days=5))
        self.ordered(self.acme, 900, date_order=fields.Datetime.now() - timedelta(days=5))
        self.assertIn("300.00. Not met so far", self.text(case, self.manager, days=30))
        self.ordered(self.acme, 201, date_order=fields.Datetime.now() + timedelta(days=59))
        self.ordered(self.acme, 700, date_order=fields.Datetime.now() + timedelta(days=60))
        self.run_flow(days=59)
        self.assertFalse(case.return_measured_on)
        self.run_flow(days=60)
        self.assertEqual((case.return_amount, case.return_met), (501, True))
        self.assertIn("501.00. The condition is met.", self.reminder(case).note)
        self.assertIn("501.00. The condition is met.", case.message_ids[0].body)
        self.ordered(self.acme, 5000, date_order=fields.Datetime.now() + timedelta(days=20))
        self.run_flow(days=70)
        self.assertEqual(case.return_amount, 501, "what was measured stays")
        self.assertIn("The condition is met.", self.text(case, self.old, days=70))

    def test_orders_that_do_not_suffice(self):
        case = self.moved(return_kind="orders", return_target=2, return_date=False)
        self.ordered(self.acme, date_order=fields.Datetime.now() + timedelta(days=5))
        self.run_flow(days=90)
        self.assertEqual((case.return_amount, case.return_met), (1, False), "without a day after 90 days")
        self.assertIn("not met", self.reminder(case).note)

    def test_the_salesperson_is_told_the_result_and_not_how_it_stands(self):
        case = self.moved(return_kind="revenue", return_target=500)
        self.ordered(self.acme, 300, date_order=fields.Datetime.now() + timedelta(days=5))
        self.assertRegex(self.text(case, self.old, days=30), "^Max looks at it on [^ ]*[.]$")

    def test_days_without_a_complaint_for_who_may_read_it(self):
        case = self.moved(return_kind="quiet", return_target=30)
        self.assertIn("No complaint", self.text(case, self.manager, days=60))
        self.assertIn("is met", self.text(case, self.manager, days=60))
        day = fields.Datetime.now() + timedelta(days=40)
        self.complaint(about_user_id=self.manager.id, received_date=day)
        self.assertRegex(self.text(case, self.boss, days=60), "before .*: 20. The condition is not met")
        self.assertIn("is met", self.text(case, self.manager, days=60), "a complaint about Max is hidden from Max")
        self.assertNotIn("met", self.text(case, self.old, days=60))
        self.run_flow(days=60)
        self.assertFalse(case.return_measured_on, "nothing of it is stored")
        self.assertEqual(
            self.reminder(case).note, "<p>It returns after 30 days without a complaint.</p>", "Olga reads it, too"
        )

    def test_withdrawn_complaints_and_later_ones_do_not_count(self):
        case = self.moved(return_kind="quiet", return_target=30)
        self.complaint(received_date=fields.Datetime.now() + timedelta(days=61))
        self.complaint(received_date=fields.Datetime.now() + timedelta(days=50), state="withdrawn")
        self.complaint(received_date=fields.Datetime.now() + timedelta(days=29))
        self.assertIn(": 31. The condition is met", self.text(case, self.manager, days=70))

    def test_the_average_rating(self):
        case = self.moved(return_kind="rating", return_target=4)
        self.assertIn("No rating", self.text(case, self.manager, days=60))
        self.assertIn("is not met", self.text(case, self.manager, days=60))
        contact = self.env["res.partner"].create({"name": "Buyer", "parent_id": self.acme.id})
        given = self.env["rating.rating"].create(
            [
                {
                    "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                    "res_id": self.acme.id,
                    "partner_id": contact.id,
                    "rating": value,
                    "consumed": True,
                }
                for value in (5, 3, 1)
            ]
        )
        self.env.flush_all()
        for rating, days in zip(given, (10, 50, 60), strict=True):
            self.env.cr.execute(
                "UPDATE rating_rating SET write_date = %s WHERE id = %s",
                (fields.Datetime.add(fields.Datetime.now(), days=days), rating.id),
            )
        self.assertIn(": 4.0. The condition is met", self.text(case, self.manager, days=60))
        self.assertNotIn("met", self.text(case, self.old, days=60))

    def test_a_condition_needs_its_number(self):
        for kind, target in (("revenue", 0), ("orders", -1), ("rating", 6)):
            with self.assertRaisesRegex(ValidationError, "needs a number above 0"):
                self.moved(return_kind=kind, return_target=target)
            self.env["churn.case"].search([]).unlink()

    def test_what_is_agreed_later_is_reminded_and_measured_anew(self):
        case = self.moved(return_kind="orders", return_target=1, days=10)
        self.run_flow(days=10)
        self.assertTrue(case.return_measured_on)
        later = self.today + timedelta(days=40)
        case.with_user(self.manager).write({"return_date": later, "return_target": 2})
        self.assertFalse(case.return_measured_on)
        self.assertEqual(self.reminder(case).mapped("date_deadline"), [later], "the same reminder, another day")
        case.with_user(self.manager).write({"return_date": False, "return_kind": "words", "return_condition": False})
        self.assertFalse(self.reminder(case))
        case.with_user(self.manager).return_condition = "When Ann is back"
        self.assertIn("When Ann is back", self.reminder(case).note)

    def test_only_the_night_writes_what_was_measured(self):
        case = self.moved(return_kind="orders", return_target=1)
        for values in ({"return_met": True}, {"return_amount": 7}, {"return_measured_on": self.today}):
            with self.assertRaises(AccessError):
                case.with_user(self.manager).write(values)


class TestCompensation(CaseCase):
    def test_promised_until_it_has_arrived(self):
        other = self.account("Dyna", self.ann)
        case = self.answered("agree", **self.move(**self.compensation(kind="account", account_id=other.id)))
        self.decide(case)
        line = case.compensation_ids
        self.assertEqual((line.state, case.compensation_open), ("promised", 1))
        with self.assertRaisesRegex(UserError, "Dyna still belongs to Ann"):
            line.action_given()
        other.user_id = self.old
        self.run_flow()
        self.assertEqual((line.state, case.compensation_open), ("given", 0))
        self.assertTrue(line.given_date)

    def test_help_is_given_when_the_manager_says_so_and_reminded_when_due(self):
        case = self.answered(
            "agree", **self.move(**self.compensation(kind="help", note="Fair stand", due_date=self.today))
        )
        self.decide(case)
        self.run_flow()
        self.assertIn("Compensation is due: Fair stand", case.activity_ids.mapped("summary"))
        case.compensation_ids.action_given()
        self.assertEqual(case.compensation_ids.state, "given")

    def test_the_salesperson_reads_what_was_promised_once_decided(self):
        case = self.answered("agree", **self.move(**self.compensation(kind="help", note="Fair stand")))
        lines = self.env["churn.case.compensation"].with_user(self.old)
        self.assertFalse(lines.search([]))
        self.decide(case)
        self.assertEqual(lines.search([]).note, "Fair stand")
        with self.assertRaises(AccessError):
            lines.search([]).action_given()


class TestCredit(CaseCase):
    def credits(self, user=None):
        self.env.invalidate_all()
        rows = (
            self.env["churn.credit"]
            .with_user(user or self.manager)
            .search([("user_id", "in", (self.old | self.bob).ids)])
        )
        return {(row.user_id, row.role): (row.percent, row.amount) for row in rows}

    def moved(self, **credit):
        deal = self.lead(self.acme, expected_revenue=1000)
        case = self.answered("agree", **self.move(credit_ids=[Command.create({"lead_id": deal.id, **credit})]))
        self.decide(case)
        self.carry_out(case)
        self.assertEqual(deal.user_id, self.bob)
        return case, deal

    def test_a_split_is_read_by_the_report(self):
        __, deal = self.moved(former_percent=30, date_to=self.today + timedelta(days=90))
        deal.action_set_won()
        self.assertEqual(self.credits(), {(self.bob, "owner"): (70, 700), (self.old, "former"): (30, 300)})
        self.assertEqual(self.credits(self.old), {(self.old, "former"): (30, 300)})

    def test_won_too_late_the_owner_is_credited_alone(self):
        __, deal = self.moved(former_percent=30, date_to=self.today - timedelta(days=1))
        deal.action_set_won()
        self.assertEqual(self.credits(), {(self.bob, "owner"): (100, 1000)})

    def test_every_open_deal_gets_a_line_and_without_a_word_its_owner_alone(self):
        deals = self.lead(self.acme) | self.lead(self.acme)
        case = self.answered("agree", **self.move())
        self.decide(case)
        self.assertEqual(case.credit_ids.lead_id, deals)
        self.assertEqual(set(case.credit_ids.mapped("former_percent")), {0})

    def test_the_screen_lists_the_open_deals(self):
        deal = self.lead(self.acme)
        self.lead(self.bolt)
        case = self.answered("agree")
        dialog = self.env["churn.case.decide"].with_user(self.manager).with_context(**case.action_decide()["context"])
        with Form(dialog) as form:
            form.decision, form.decision_text = "move", "Because"
            self.assertEqual(len(form.credit_ids), 1)
            form.successor_id, form.change_date = self.bob, self.today
        form.record.action_carry_out()
        self.assertEqual(case.credit_ids.lead_id, deal)

    def test_referrals_of_the_moved_account_for_a_set_time(self):
        case = self.answered("agree", **self.move(referral_percent=10, referral_until=self.today + timedelta(days=30)))
        self.decide(case)
        referred = self.lead(self.bolt, expected_revenue=500, user_id=self.bob.id, churn_referrer_id=self.acme.id)
        referred.action_set_won()
        self.assertEqual(self.credits(), {(self.bob, "owner"): (90, 450), (self.old, "referral"): (10, 50)})
        # sudo: as if the time had run out
        case.sudo().referral_until = self.today - timedelta(days=1)
        self.assertEqual(self.credits(), {(self.bob, "owner"): (100, 500)})


class TestRights(CaseCase):
    def test_whose_case_it_is_reads_all_of_it_but_confidential_feedback(self):
        self.env["churn.feedback"].create(
            {"kind": "complaint", "text": "Rude", "partner_id": self.acme.id, "about_user_id": self.old.id}
        )
        case = self.open_case()
        case.action_tell()
        self.assertIn("Complaints: 1 open", case.evidence_text)
        self.assertNotIn("Complaints", case.with_user(self.old).evidence_text)

    def test_a_manager_does_not_decide_the_own_case_nor_see_it_before_being_told(self):
        own = self.account("Own", self.manager)
        with self.assertRaisesRegex(UserError, "opened by somebody else"):
            self.open_case(own)
        case = self.open_case(own, self.boss)
        cases = self.env["churn.case"].with_user(self.manager)
        self.assertFalse(cases.search([("account_id", "=", own.id)]))
        case.action_tell()
        mine = cases.search([("account_id", "=", own.id)])
        self.assertTrue(mine.is_mine)
        with self.assertRaises(AccessError):
            mine.write({"decision": "keep"})
        with self.assertRaises(AccessError):
            mine.action_decide()
        with self.assertRaises(AccessError):
            mine._carry_out({"decision": "keep", "decision_text": "Fine"})
        mine.action_agree()

    def test_colleagues_see_nothing(self):
        case = self.open_case()
        case.action_tell()
        self.assertFalse(self.env["churn.case"].with_user(self.ann).search([]))

    def test_the_flow_is_not_written_by_hand(self):
        case = self.open_case()
        for values in ({"state": "closed"}, {"answer": "agree"}, {"decided_by_id": self.boss.id}):
            with self.assertRaises(AccessError):
                case.write(values)
        with self.assertRaises(AccessError):
            self.open_case(self.bolt, state="closed")
        with self.assertRaises(AccessError):
            case.with_user(self.old).write({"reason_text": "Nonsense"})

    def test_another_company_sees_nothing(self):
        case = self.open_case()
        case.action_tell()
        company = self.env["res.company"].create({"name": "Other"})
        other = new_test_user(
            self.env, login="other", groups=MANAGER, company_id=company.id, company_ids=[Command.set(company.ids)]
        )
        for model in ("churn.case", "churn.case.compensation", "churn.case.credit", "churn.credit"):
            self.assertFalse(self.env[model].with_user(other).search([]))

    def test_one_open_case_per_account(self):
        self.open_case()
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.open_case()

    def test_cases_are_deleted_after_the_retention_period(self):
        case = self.answered(decision="keep")
        self.decide(case)
        self.env.company.churn_feedback_months = 12
        self.env["churn.case"]._gc_expired()
        self.assertTrue(case.exists())
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE churn_case SET write_date = %s WHERE id = %s",
            [fields.Datetime.now() - relativedelta(months=13), case.id],
        )
        self.env.invalidate_all()
        self.env["churn.case"]._gc_expired()
        self.assertFalse(case.exists())

    def test_each_company_deletes_its_cases(self):
        other = self.env["res.company"].create({"name": "Other", "churn_feedback_months": 12})
        self.env.company.churn_feedback_months = 12
        cases = self.env["churn.case"].create({"account_id": self.acme.id, "state": "dismissed"})
        cases |= cases.copy({"company_id": other.id, "user_id": self.old.id, "state": "dismissed"})
        self.env.flush_all()
        self.env.cr.execute("UPDATE churn_case SET write_date = '2020-01-01' WHERE id = ANY(%s)", [cases.ids])
        self.env.invalidate_all()
        self.env["churn.case"]._gc_expired()
        self.assertFalse(cases.exists())

    def test_one_case_that_fails_does_not_stop_the_others(self):
        """Its salesperson cannot be told: say, a rule of the company's own refuses the write."""
        first, second = self.open_case(), self.open_case(self.bolt)
        (first | second).action_tell()
        self.env.flush_all()
        self.env.cr.execute(
            "ALTER TABLE churn_case ADD CONSTRAINT churn_test CHECK (id <> %s OR state <> 'answered')", [first.id]
        )
        with mute_logger("odoo.sql_db", "odoo.addons.churn_handover.models.common.steps"):
            self.run_flow(days=60)
        self.assertEqual((first.state, second.state), ("told", "answered"))

    def test_outcomes_are_counted_per_manager_and_reason(self):
        self.decide(self.answered(decision="keep"))
        rows = (
            self.env["churn.case"]
            .with_user(self.boss)
            ._read_group([], ["manager_id", "cause", "decision"], ["__count"])
        )
        self.assertEqual(rows, [(self.manager, "decision", "keep", 1)])
