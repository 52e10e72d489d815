from freezegun import freeze_time
from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, TransactionCase

from .common_absence import AbsenceCase
from .common_feedback import FeedbackCase
from .common_keep import KeepCase
from .common_quality import QualityCase
from .common_score import NOON
from .test_case_leader import LeaderCase
from .test_followup import FollowupCase
from .test_promise import PromiseCase
from .test_rotation import RotationCase

REFUSED = "Only the program writes this"


@freeze_time(NOON)
class TestGuarded(KeepCase):
    def test_what_follows_from_another_record_is_not_written_either(self):
        """Customer and company of a record come from its account: written by RPC, they would hang it on another one."""
        account, other = self.make_customers(2)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.manager.company_ids |= elsewhere
        loss = self.env["churn.loss"].with_user(self.manager).create({"account_id": account.id})
        for values in ({"partner_id": other.partner_id.id}, {"company_id": elsewhere.id}):
            with self.assertRaisesRegex(AccessError, REFUSED):
                loss.write(values)
        self.assertEqual((loss.partner_id, loss.company_id), (account.partner_id, account.company_id))

    def test_figures_of_an_account_are_computed_and_never_typed(self):
        account = self.make_customers(1).with_user(self.manager)
        with self.assertRaisesRegex(AccessError, REFUSED):
            account.probability = 0.01
        self.assertEqual(account.probability, 0.6)

    def test_what_the_score_was_learned_from_is_not_typed(self):
        with self.assertRaisesRegex(AccessError, REFUSED):
            self.model.with_user(self.manager).write({"trained_accounts": 100_000, "layer": "D"})

    def test_a_copy_begins_without_results(self):
        segment = self.env["churn.segment"].with_user(self.manager).create({"name": "All", "domain": "[]"})
        segment.sudo().churn_rate = 0.5
        self.assertEqual(segment.copy().churn_rate, 0)
        loss = self.env["churn.loss"].with_user(self.manager).create({"account_id": self.make_customers(1).id})
        loss.sudo().write({"state": "won_back", "revenue_back": 900})
        self.env.flush_all()
        again = loss.copy()
        self.assertEqual((again.account_id, again.state, again.revenue_back), (loss.account_id, "lost", 0))


class TestScreens(TransactionCase):
    def test_no_screen_sends_what_only_the_program_writes(self):
        """A view can make a field editable, or send it although it is not: then nobody could save."""
        ours = self.env["ir.model.data"].search([("module", "=", "churn_handover"), ("model", "=", "ir.ui.view")])
        views = self.env["ir.ui.view"].browse(ours.mapped("res_id"))
        guarded = self.env.registry["churn.guarded"]
        shown = []
        for view in views.filtered(lambda view: view.model in self.env and view.type in ("form", "list", "kanban")):
            for node, model in self.fields_of(etree.fromstring(view.arch), self.env[view.model]):
                field = model._fields[node.get("name")]
                if isinstance(model, guarded) and field.readonly and field.store:
                    shown.append(field)
                    sent = node.get("readonly", "1") not in ("1", "True") or node.get("force_save") in ("1", "True")
                    self.assertFalse(sent, f"{view.name}: {field}")
        self.assertGreater(len(shown), 100)

    def fields_of(self, node, model):
        """Yield (node, model) of the fields of a view, those of embedded lists and forms with their own model."""
        for child in node:
            field = model._fields.get(child.get("name")) if child.tag == "field" else None
            if field is not None:
                yield child, model
            inside = self.env[field.comodel_name] if field is not None and field.comodel_name else model
            yield from self.fields_of(child, inside)


class TestGuardedPlan(LeaderCase):
    """Lea is a leader: what she may plan she may not declare done."""

    def plan_of(self, **context):
        values = {"predecessor_id": self.old.id, "change_date": self.today}
        return self.env["churn.handover"].with_user(self.lea).with_context(**context).create(values)

    def test_a_default_of_the_caller_is_no_way_round(self):
        plan = self.plan_of(default_state="done", default_emergency=True)
        self.assertEqual((plan.state, plan.emergency), ("draft", False))
        lines = self.env["churn.handover.line"].with_user(self.lea).with_context(default_state="done", default_fit=1)
        line = lines.create({"handover_id": plan.id, "account_id": self.acme.id})
        self.assertEqual((line.state, line.fit), ("draft", 0))

    def test_a_departure_stays_one(self):
        plan = self.plan_of()
        for values in ({"kind": "rotation"}, {"name": "HO/1"}, {"match_result": {"saved": 9}}):
            with self.assertRaisesRegex(AccessError, "buttons only"):
                plan.write(values)

    def test_fit_and_next_gate_are_computed_and_never_typed(self):
        plan = self.env["churn.handover"].with_user(self.lea)._plan(self.old, self.today)
        for values in ({"fit": 1.0}, {"next_gate": False}):
            with self.assertRaisesRegex(AccessError, "buttons"):
                plan.line_ids.write(values)

    def test_nobody_is_put_on_a_team_as_if_a_handover_or_an_absence_had_done_it(self):
        values = {
            "account_id": self.acme.id,
            "user_id": self.ann.id,
            "role_id": self.env.ref("churn_handover.role_second_face").id,
        }
        members = self.env["churn.team.member"].with_user(self.lea)
        with self.assertRaisesRegex(AccessError, REFUSED):
            members.create({**values, "origin": "cover"})
        self.assertEqual(members.with_context(default_origin="cover").create(values).origin, "manual")


class TestGuardedAbsence(AbsenceCase):
    def test_an_absence_does_not_begin_as_running(self):
        absences = self.env["churn.absence"].with_user(self.old).with_context(default_state="running")
        values = {"user_id": self.old.id, "date_from": self.today, "date_to": self.today, "cover_id": self.ann.id}
        self.assertEqual(absences.create(values).state, "draft")


class TestGuardedPromise(PromiseCase):
    def test_what_became_of_a_promise_is_told_by_its_buttons(self):
        promise = self.promise.with_user(self.old)
        for values in ({"state": "dropped"}, {"closed_date": self.today}):
            with self.assertRaisesRegex(AccessError, REFUSED):
                promise.write(values)
        with self.assertRaises(AccessError):
            self.promise.with_user(self.bob).action_keep()
        promise.action_keep()
        self.assertEqual((promise.state, promise.closed_date), ("kept", self.today))
        promise.action_reopen()
        self.assertEqual((promise.state, promise.closed_date), ("open", False))


class TestGuardedFollowup(FollowupCase):
    def test_what_was_asked_of_whom_stays(self):
        for values in ({"account_id": self.bolt.id}, {"ask_manager": False}, {"rating_last_value": 5}):
            with self.assertRaisesRegex(AccessError, "buttons only"):
                self.followups[0].with_user(self.manager).write(values)


class TestGuardedFeedback(FeedbackCase):
    def test_who_may_know_of_feedback_is_not_typed(self):
        feedback = self.complain(self.bob, about=self.lea).with_user(self.max)
        self.assertTrue(feedback.about_superior)
        for values in ({"about_superior": False}, {"is_sorted": False}, {"account_id": False}, {"days_to_solve": 0.1}):
            with self.assertRaisesRegex(AccessError, REFUSED):
                feedback.write(values)

    def test_a_mail_stays_the_one_of_its_sender_when_it_is_entered_again(self):
        feedback = self.complain(self.bob, about=self.ann)
        feedback.email_from = "kim@acme.example.com"
        self.assertEqual(feedback.with_user(self.max)._set_about(self.cid).email_from, "kim@acme.example.com")


class TestGuardedCase(LeaderCase):
    def test_a_compensation_is_given_when_it_has_arrived(self):
        case = self.led()
        rows = self.env["churn.case.compensation"].with_user(self.lea)
        values = {"case_id": case.id, "kind": "account", "account_id": self.core.id}
        with self.assertRaisesRegex(AccessError, REFUSED):
            rows.create({**values, "state": "given"})
        self.assertEqual(rows.with_context(default_state="given").create(values).state, "promised")

    def test_a_case_is_opened_in_its_form(self):
        with Form(self.env["churn.case"].with_user(self.manager)) as form:
            form.account_id = self.acme
            form.reason_text = "We lose ground"
        self.assertEqual(form.record.user_id, self.old)

    def test_what_is_new_has_no_name_yet(self):
        """The page of a new record is called New; with half a name it was called False, False."""
        for model in ("churn.case", "churn.team.member"):
            self.assertFalse(self.env[model].with_user(self.manager).new().display_name, model)

    def test_a_copy_of_a_case_is_a_new_one(self):
        case = self.led().with_user(self.lea)
        case.sudo().state = "dismissed"
        self.env.flush_all()
        again = case.copy()
        self.assertEqual((again.account_id, again.state, again.answer), (case.account_id, "proposed", False))

    def test_the_outcome_of_a_probation_is_measured_and_never_typed(self):
        case = self.open_case(user=self.lea)
        with self.assertRaisesRegex(AccessError, REFUSED):
            case.write({"result_amount": 1_000_000, "target_met": True})
        self.assertFalse(case.target_met)


class TestGuardedAchievement(QualityCase):
    def test_an_achievement_stays_in_the_company_of_the_person(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        entry = self.env["churn.achievement"].with_user(self.ann).create({"name": "Talk"})
        with self.assertRaisesRegex(AccessError, REFUSED):
            entry.company_id = elsewhere
        self.assertEqual(entry.company_id, self.env.company)


class TestGuardedRotation(RotationCase):
    def test_the_date_of_a_round_is_planned_and_never_typed(self):
        self.schedule.action_plan()
        line = self.env["churn.rotation.line"].search([("schedule_id", "=", self.schedule.id)], limit=1)
        self.assertTrue(line)
        with self.assertRaisesRegex(AccessError, REFUSED):
            line.with_user(self.manager).tenure_months = 0
        schedule = self.schedule.with_user(self.manager)
        for record, values in (
            (schedule, {"planned_on": False}),
            (schedule.round_ids[:1], {"date": fields.Date.add(self.first, days=1)}),
        ):
            self.assertTrue(record)
            with self.assertRaisesRegex(AccessError, REFUSED):
                record.write(values)

    def test_past_sales_performance_stays_at_zero(self):
        weight = self.env["churn.fit.weight"].with_user(self.manager).search([("is_fixed", "=", True)], limit=1)
        self.assertTrue(weight)
        with self.assertRaisesRegex(AccessError, REFUSED):
            weight.write({"is_fixed": False, "weight": 1})
