from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user

from .common_handover import MANAGER, HandoverCase


class DossierCase(HandoverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kim = cls.env["res.partner"].create(
            {"name": "Kim <Kern>", "parent_id": cls.acme.id, "function": "Buyer", "email": "kim@acme.test"}
        )
        cls.env["churn.account"].create(
            {"partner_id": cls.acme.id, "company_id": cls.env.company.id, "is_key_account": True}
        )
        order = cls.quotation(cls.acme)
        order.action_confirm()
        order.date_order = fields.Datetime.now() - timedelta(days=40)
        cls.offer = cls.quotation(cls.kim)
        cls.deal = cls.lead(cls.acme, name="Ten pumps")
        cls.promise = cls.env["churn.promise"].create({"name": "A spare pump", "account_id": cls.acme.id})
        cls.env.flush_all()
        handovers = cls.env["churn.handover"].with_user(cls.manager)
        cls.handover = handovers._plan(cls.old, cls.today + timedelta(days=40))
        cls.handover.line_ids.successor_id = cls.ann
        cls.handover.action_confirm()
        cls.line_acme = cls.handover.line_ids.filtered(lambda line: line.account_id == cls.acme)
        cls.dossier = cls.env["churn.dossier"].search([("line_id", "=", cls.line_acme.id)])
        cls.env.flush_all()

    def answer(self, user=None):
        self.dossier.with_user(user or self.old).answer_ids.write({"answer": "Ask Kim first"})

    def state(self, record):
        return record.sudo().state


class TestDossier(DossierCase):
    def test_lines_with_the_gate_have_one(self):
        dossiers = self.env["churn.dossier"].search([])
        self.assertEqual(dossiers.line_id, self.line_acme, "the light tier asks for none")
        self.assertEqual(len(self.dossier.answer_ids), 6)
        self.assertEqual(self.dossier.answered, "0/6")
        bolt = self.handover.line_ids.filtered(lambda line: line.account_id == self.bolt)
        action = bolt.with_user(self.ann).action_dossier()
        self.assertEqual(self.env["churn.dossier"].browse(action["res_id"]).line_id, bolt)
        self.assertEqual(bolt.with_user(self.ann).action_dossier()["res_id"], action["res_id"], "one, not two")

    def test_a_tier_that_asks_for_it_later_has_it_at_once(self):
        bolt = self.line(self.handover, self.bolt)
        self.assertFalse(bolt.dossier_ids)
        bolt.with_user(self.manager).tier_id = self.env.ref("churn_handover.tier_key")
        self.assertEqual(bolt.dossier_ids.mapped("answered"), ["0/6"])

    def test_given_accepted_gate_passed(self):
        gate = self.line_acme._gates("dossier")
        giver, taker = self.dossier.with_user(self.old), self.dossier.with_user(self.ann)
        with self.assertRaisesRegex(UserError, "Not answered yet"):
            giver.action_give()
        self.answer()
        giver.action_give()
        self.assertEqual(self.dossier.activity_ids.user_id, self.ann)
        taker.action_accept()
        self.assertEqual((self.state(self.dossier), self.state(gate)), ("accepted", "passed"))
        self.assertEqual(gate.proof_id, self.dossier.id)
        self.assertEqual(self.dossier.accepted_by_id, self.ann)
        self.assertFalse(self.dossier.activity_ids)
        with self.assertRaisesRegex(UserError, "accepted"):
            self.answer()

    def test_sent_back_with_what_is_missing(self):
        giver, taker = self.dossier.with_user(self.old), self.dossier.with_user(self.ann)
        self.answer()
        giver.action_give()
        with self.assertRaisesRegex(UserError, "what is missing"):
            taker._return("  ")
        action = taker.action_return()
        form = Form(self.env[action["res_model"]].with_user(self.ann).with_context(**action["context"]))
        form.missing = "Who signs <b>contracts</b>?"
        form.save().action_return()
        self.assertEqual(self.state(self.dossier), "returned")
        task = self.dossier.activity_ids
        self.assertEqual(task.user_id, self.old)
        self.assertIn("&lt;b&gt;", task.note)
        self.assertEqual(self.dossier.with_user(self.manager).missing, "Who signs <b>contracts</b>?")
        giver.action_give()
        taker.action_accept()
        taker._return("The price list")
        self.assertEqual(self.line_acme._gates("dossier").state, "reopened", "what was accepted holds no more")

    def test_the_manager_reads_what_was_missing_also_when_it_is_accepted(self):
        giver, taker = self.dossier.with_user(self.old), self.dossier.with_user(self.ann)
        self.answer()
        giver.action_give()
        taker._return("Who signs?")
        giver.action_give()
        taker._return("What about <i>March</i>?")
        giver.action_give()
        taker.action_accept()
        self.assertFalse(self.dossier.missing)
        history = self.dossier.with_user(self.manager).message_ids.sorted("id")
        text = " ".join(history.mapped("body"))
        for part in ("given to Ann", "Who signs?", "&lt;i&gt;March", "accepted"):
            self.assertIn(part, text)
        self.assertEqual(history[-1].author_id, self.ann.partner_id)

    def test_another_successor_checks_anew(self):
        self.answer()
        self.dossier.with_user(self.old).action_give()
        self.dossier.with_user(self.ann).action_accept()
        self.line_acme.with_user(self.manager).successor_id = self.bob
        self.assertEqual((self.state(self.dossier), self.line_acme._gates("dossier").state), ("given", "reopened"))
        self.dossier.with_user(self.bob).action_accept()

    def test_readiness_is_planned_before_the_introduction(self):
        introduction = self.line_acme._gates("introduced").due_date
        self.assertEqual(self.dossier.ready_by, introduction)
        self.assertEqual(len(self.dossier.readiness_ids), 3)
        self.assertEqual(self.dossier.readiness_ids.teacher_id, self.old)
        self.assertTrue(all(step.due_date < introduction for step in self.dossier.readiness_ids))
        self.assertFalse(self.dossier.readiness_late)
        for user, expected in ((self.bob, False), (self.ann, True)):
            self.assertEqual(self.dossier.readiness_ids[0].with_user(user).has_access("read"), expected)
        self.dossier.readiness_ids[0].sudo().teacher_id = self.bob
        taught = self.env["churn.readiness"].with_user(self.bob).search([])
        self.assertEqual((taught, taught.account_id), (self.dossier.readiness_ids[0], self.acme))
        with self.assertRaises(AccessError):
            taught.done = True
        step = self.dossier.readiness_ids[0].with_user(self.ann)
        step.due_date = introduction + timedelta(days=1)
        self.assertTrue(self.dossier.readiness_late)
        step.done = True
        self.assertEqual((self.dossier.readiness_open, self.dossier.readiness_late), (2, False))

    def test_an_earlier_introduction_brings_the_plan_forward(self):
        steps = self.dossier.readiness_ids
        steps[0].sudo().done = True
        learned, due = steps[0].due_date, steps[1].due_date
        self.handover.with_user(self.manager).change_date = self.handover.change_date - timedelta(days=10)
        self.assertEqual((steps[0].due_date, steps[1].due_date), (learned, due - timedelta(days=10)))
        self.assertFalse(self.dossier.readiness_late)
        self.handover.with_user(self.manager).change_date = self.handover.change_date + timedelta(days=20)
        self.assertEqual(steps[1].due_date, due - timedelta(days=10), "what was agreed with the teacher stays")

    def test_nothing_is_to_be_learned_in_the_past(self):
        """A plan of tomorrow asks for what is to be learned today, not last week."""
        self.handover.action_cancel()
        plan = self.env["churn.handover"].with_user(self.manager)._plan(self.old, self.today + timedelta(days=1))
        plan.line_ids.successor_id = self.ann
        plan.action_confirm()
        steps = self.line(plan, self.acme).dossier_ids.readiness_ids
        self.assertEqual(set(steps.mapped("due_date")), {self.today})
        self.assertFalse(any(steps.mapped("is_overdue")))


class TestDossierContent(DossierCase):
    def content(self, user):
        return str(self.dossier.with_user(user).content)

    def test_what_the_data_says(self):
        said = self.content(self.ann)
        for text in ("Kim &lt;Kern&gt;", "Buyer", "Ten pumps", self.offer.name, "A spare pump", "Widget", "<svg"):
            self.assertIn(text, said)
        self.assertFalse(self.offer.with_user(self.ann).has_access("read"), "shown before access begins")

    def test_the_chart_is_made_of_24_months(self):
        months = self.dossier._months(self.acme, self.env.company)
        self.assertEqual(len(months), 24)
        self.assertEqual(sum(amount for _month, amount in months), 10)
        day = self.today - timedelta(days=40)
        self.assertEqual([month for month, amount in months if amount], [day.replace(day=1)])
        bars = self.dossier._bars(months)
        self.assertEqual([bar["height"] for bar in bars if bar["height"]], [110])

    def test_feedback_is_shown_as_far_as_the_viewer_may_see_it(self):
        self.env["churn.feedback"].with_user(self.manager).create(
            {"partner_id": self.acme.id, "text": "Olga is always late", "about_user_id": self.old.id}
        )
        self.assertIn("always late", self.content(self.manager))
        self.assertNotIn("always late", self.content(self.old))

    def test_overdue_invoices(self):
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.acme.id,
                "invoice_date": self.today - timedelta(days=60),
                "invoice_date_due": self.today - timedelta(days=30),
                "invoice_line_ids": [Command.create({"name": "Pump", "price_unit": 5, "quantity": 1, "tax_ids": []})],
            }
        )
        self.assertNotIn("Overdue Invoices", self.content(self.ann))
        move.action_post()
        self.dossier.invalidate_recordset()
        self.assertIn(move.name, self.content(self.ann))

    def test_only_companies_that_the_viewer_works_in(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.handover.sudo().company_ids |= other
        self.quotation(self.acme, company_id=other.id, name="FOREIGN/1", user_id=False, order_line=[])
        self.assertNotIn("FOREIGN/1", self.content(self.ann))

    def test_queries_do_not_grow_with_documents(self):
        content = self.dossier.with_user(self.ann)._content
        counts = []
        for _round in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            content()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            content()
            counts.append(self.env.cr.sql_log_count - before)
            for _index in range(5):
                self.lead(self.acme)
                self.quotation(self.acme)
        self.assertLessEqual(counts[1], counts[0])


class TestDossierAccess(DossierCase):
    def test_both_sides_leader_and_manager(self):
        self.leader.group_ids = [Command.link(self.env.ref("churn_handover.group_churn_leader").id)]
        for user, expected in (
            (self.old, True),
            (self.ann, True),
            (self.leader, True),
            (self.manager, True),
            (self.bob, False),
        ):
            with self.subTest(user=user.name):
                for record in (self.dossier, self.dossier.answer_ids, self.dossier.readiness_ids):
                    self.assertEqual(record.with_user(user).has_access("read"), expected)

    def test_each_side_its_own_part(self):
        taker, giver = self.dossier.with_user(self.ann), self.dossier.with_user(self.old)
        with self.assertRaises(AccessError):
            taker.answer_ids[0].answer = "I know better"
        with self.assertRaises(AccessError):
            taker.action_give()
        with self.assertRaises(AccessError):
            giver.missing = "Nothing"
        with self.assertRaises(AccessError):
            giver.readiness_ids[0].done = True
        for refused in (giver.action_accept, giver.action_return):
            with self.assertRaises(AccessError):
                refused()
        dialog = self.env["churn.dossier.return"].with_user(self.old)
        with self.assertRaises(AccessError):
            dialog.create({"dossier_id": self.dossier.id, "missing": "Nothing"}).action_return()
        for values in ({"state": "accepted"}, {"line_id": 1}, {"accepted_by_id": 1}):
            with self.assertRaises(AccessError):
                taker.write(values)
        self.answer(self.manager)
        self.dossier.with_user(self.manager).action_give()
        self.dossier.with_user(self.manager).action_accept()

    def test_not_in_another_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env, login="eve", groups=MANAGER, company_id=other.id, company_ids=[Command.set(other.ids)]
        )
        self.assertFalse(self.dossier.with_user(stranger).has_access("read"))


class TestDossierReport(DossierCase):
    def test_the_report_says_what_the_screen_says(self):
        self.answer()
        self.dossier.readiness_ids[0].sudo().note = "The season"
        report = self.env["ir.actions.report"].with_user(self.ann)
        html, _kind = report._render_qweb_html("churn_handover.report_dossier", self.dossier.ids)
        for text in ("Ask Kim first", "The season", "Ten pumps", "<svg", "Olga"):
            self.assertIn(text, html.decode())
