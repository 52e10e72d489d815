from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase

from odoo.addons.churn_handover.demo import contact_demo
from odoo.addons.churn_handover.demo.demo import Demo


class TestDemoCompany(TransactionCase):
    """The addon's own demo company, loaded into a database without Odoo's demo data."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.made = cls.env["churn.demo"]._load()

    def ref(self, kind, key):
        return self.env.ref(f"churn_handover.demo_{kind}_{key}")

    def test_it_is_loaded_once(self):
        self.assertGreaterEqual(self.made["accounts"], 25)
        self.assertGreater(self.made["orders"], 300)
        self.assertGreater(self.made["invoices"], 100)
        self.assertEqual(self.env["churn.demo"]._load(), {})

    def test_the_one_who_leaves_has_something_of_everything(self):
        leaver = self.ref("person", "li")
        accounts = self.env["res.partner"].search([("user_id", "=", leaver.id), ("is_company", "=", True)])
        self.assertGreaterEqual(len(accounts), 10)
        self.assertEqual(accounts.child_ids.user_id, leaver)
        for model, domain in (
            ("crm.lead", [("user_id", "=", leaver.id)]),
            ("sale.order", [("user_id", "=", leaver.id), ("state", "in", ("draft", "sent"))]),
            ("sale.order", [("user_id", "=", leaver.id), ("invoice_status", "=", "to invoice")]),
            ("mail.activity", [("user_id", "=", leaver.id), ("res_model", "=", "res.partner")]),
            ("mail.activity", [("user_id", "=", leaver.id), ("res_model", "=", False)]),
            ("calendar.event", [("user_id", "=", leaver.id), ("start", ">", fields.Datetime.now())]),
        ):
            with self.subTest(model=model, domain=domain):
                self.assertTrue(self.env[model].search_count(domain))
        backups = self.env["churn.team.member"]._backups(accounts.ids)
        self.assertTrue(backups.get(self.ref("account", "hengyuan").id))
        self.assertFalse(backups.get(self.ref("account", "dongling").id), "some accounts have no backup")

    def test_handovers_of_the_past_have_results_and_leaders_visit(self):
        results = self.env["churn.result"].search([])
        self.assertGreaterEqual(len(results), 8)
        self.assertIn("early", results.mapped("state"))
        judged = results.filtered(lambda result: result.handover_id.predecessor_id == self.ref("person", "guo"))
        self.assertGreaterEqual(len(judged), 5)
        self.assertEqual(set(judged.mapped("state")), {"judged"}, "the year before the change has orders to compare")
        for result in judged:
            self.assertGreaterEqual(result.control_count, 10)
            self.assertGreater(result.usual_high, result.usual_low)
            self.assertIn("for four in five of them between", result.summary)
        self.assertTrue(self.env["churn.result.group"].search_count([("dimension", "=", "1_all")]))
        visits = self.env["churn.visit"]
        self.assertEqual({state for (state,) in visits._read_group([], ["state"])}, {"due", "planned", "held"})
        self.assertEqual(visits.search_count([("is_missed", "=", True)]), 1)

    def test_accounts_order_in_different_rhythms(self):
        today = fields.Date.context_today(self.env.user)
        orders = self.env["sale.order"]._read_group(
            [("state", "=", "sale")], ["partner_id"], ["date_order:min", "date_order:max"]
        )
        first = {partner: (today - start.date()).days for partner, start, _end in orders}
        silent = {partner: (today - end.date()).days for partner, _start, end in orders}
        self.assertLess(min(silent.values()), 10)
        self.assertLessEqual(max(first.values()), 915)
        self.assertGreater(max(first.values()), 850, "two years before a handover of the past")
        self.assertGreater(silent[self.ref("account", "haitong")], 365, "lost")
        self.assertGreater(silent[self.ref("account", "jinshan")], 2 * 40, "silent for more than two of its intervals")
        self.assertLess(first[self.ref("account", "yunfeng")], 90, "new")

    def test_the_former_owner_is_history(self):
        former, account = self.ref("person", "guo"), self.ref("account", "tianhe")
        self.assertFalse(former.active)
        self.assertFalse(self.env["res.partner"].search_count([("user_id", "=", former.id)]))
        rows = self.env["churn.assignment"].search(
            [("account_id", "=", account.id), ("kind", "=", "owner")], order="date_from"
        )
        self.assertEqual(rows.user_id, former + self.ref("person", "li"))
        self.assertEqual(rows[0].date_to, rows[1].date_from)
        last_of_former = self.env["sale.order"].search(
            [("partner_id", "=", account.id), ("user_id", "=", former.id)], order="date_order DESC", limit=1
        )
        self.assertLessEqual(last_of_former.date_order.date(), rows[0].date_to)
        self.assertGreater(last_of_former.date_order.date(), rows[0].date_to - timedelta(days=120))

    def test_the_figures_are_there(self):
        figures = self.env["churn.account"].search([("partner_id", "=", self.ref("account", "hengyuan").id)])
        self.assertTrue(figures.is_key_account)
        self.assertGreater(figures.revenue_12m, 50000)

    def test_a_departure_is_planned_and_another_one_is_not(self):
        plan = self.env["churn.handover"].search([("predecessor_id", "=", self.ref("person", "lindqvist").id)])
        self.assertEqual((plan.state, plan.missing_count, plan.stopped_count), ("confirmed", 0, 0))
        self.assertEqual(plan.user_id, self.ref("person", "chen"))
        self.assertFalse(self.env["churn.handover"].search([("predecessor_id", "=", self.ref("person", "li").id)]))

    def test_what_customers_said_is_hidden_from_whom_it_is_about(self):
        feedback = self.env["churn.feedback"].search([("about_user_id", "=", self.ref("person", "rossi").id)])
        self.assertEqual(len(feedback), 1)
        self.assertTrue(feedback.with_user(self.ref("person", "chen")).text)
        rossi = self.env["churn.feedback"].with_user(self.ref("person", "rossi"))
        self.assertFalse(rossi.search([("id", "=", feedback.id)]))

    def test_segments_are_about_owners_and_range(self):
        """Who changed hands within a year leaves most; the wide ones that stayed with their owner least."""
        model = self.env["churn.score.model"]._general(self.env.company)
        self.env["churn.statistics"]._refresh()
        model._score_prepare()
        found = self.env["churn.segment"]._find(model)
        self.assertEqual(
            found.mapped("rule"),
            [
                [["owner_days", None, 365]],
                [["breadth", None, 1], ["owner_days", 365, None]],
                [["breadth", 1, None], ["owner_days", 365, None]],
            ],
        )
        self.assertTrue(all(segment.account_count >= 30 for segment in found))
        self.assertGreater(found[0].rate_low, found[2].rate_high)
        self.assertEqual(
            found.mapped("measure_ids.name"), ["Visit of the leader", "Make an offer", "Call: how are we doing?"]
        )
        self.assertEqual((found[0].trend, found[0].months), ("up", 6))

    def test_customers_were_lost_for_several_reasons_and_one_came_back(self):
        losses = self.env["churn.loss"]
        losses._find_returned(self.env.company)
        self.assertEqual(len(losses.search([]).reason_id), 3)
        back = losses.search([("state", "=", "won_back")])
        self.assertEqual(back.partner_id, self.ref("account", "dongling"))
        self.assertGreater(back.revenue_back, 0)
        self.assertLess(back.last_order_on, back.lost_on)

    def test_of_one_programme_the_effect_is_told_and_of_another_there_are_too_few(self):
        programmes = self.env["churn.programme"].search([("state", "=", "done")]).grouped("kept_verdict")
        told, too_few = programmes["more"], programmes["too_few"]
        self.assertEqual((len(told), len(too_few)), (1, 1))
        self.assertGreaterEqual(min(told.treated_count, told.holdout_count), 30)
        self.assertGreater(told.kept_low, 0.1)
        self.assertIn("points more", told.result_text)
        self.assertIn("too few to tell", too_few.result_text)

    def test_somebody_waits_on_the_first_page(self):
        cards = self.env["churn.today"].with_user(self.ref("person", "chen")).search([("count", ">", 0)])
        self.assertIn(self.env.ref("churn_handover.today_handover_coming"), cards)
        self.assertIn(self.env.ref("churn_handover.today_feedback_unanswered"), cards)

    def test_a_year_of_talks_makes_bridges_visible(self):
        now, today = fields.Datetime.now(), fields.Date.context_today(self.env.user)
        for table in ("mails", "past meetings", "calls done"):
            self.assertGreater(self.made[table], 30, table)
        mails = self.env["mail.message"].search([("message_type", "in", ("email", "email_outgoing"))])
        self.assertLess(max(mails.mapped("date")), now)
        self.assertGreater(min(mails.mapped("date")), now - timedelta(days=366))
        self.assertGreater((today - min(mails.mapped("date")).date()).days, 300)
        rows = {row.partner_id: row for row in self.env["churn.account"].search([])}
        thin, wide = rows[self.ref("account", "dongling")], rows[self.ref("account", "hengyuan")]
        self.assertEqual((thin.dependence_level, thin.coverage_gap), ("high", "backup"))
        self.assertLess(wide.dependence, thin.dependence)
        self.assertGreater(wide.backup_contacts, 0)
        self.assertGreater(wide.people_count, 1)
        self.assertIn("of the value", rows[self.ref("account", "alpenwerk")].dependence_text.replace("%", ""))

    def test_a_year_of_rotation_is_planned_and_a_case_waits_for_its_leader(self):
        lines = self.env["churn.rotation.line"].search([])
        self.assertGreater(len(lines.filtered(lambda line: line.state == "proposed" and line.kind == "move")), 5)
        self.assertTrue(lines.filtered(lambda line: line.state == "held"))
        self.assertTrue(all(lines.mapped("why_now")))
        cases = self.env["churn.case"].search([]).grouped("state")
        self.assertEqual(
            {state: len(found) for state, found in cases.items()}, {"answered": 1, "probation": 1, "closed": 1}
        )
        self.assertEqual(cases["answered"].manager_id, self.ref("person", "zhao"))
        self.assertTrue(cases["answered"].with_user(self.ref("person", "zhao")).can_decide)

    def test_of_one_person_nothing_can_be_told(self):
        recording = self.env["churn.recording"].with_user(self.ref("person", "chen"))
        states = {row.user_id: row.state for row in recording.search([])}
        self.assertEqual(states[self.ref("person", "rossi")], "cannot_tell")
        self.assertEqual(states[self.ref("person", "li")], "told")

    def test_what_if_has_a_past(self):
        rows = self.env["churn.whatif"].with_user(self.ref("person", "chen")).search([("kind", "=", "company")])
        self.assertEqual(rows.mapped("is_latest"), [True] + [False] * 11)
        person = self.env["churn.whatif"].search(
            [("user_id", "=", self.ref("person", "li").id), ("is_latest", "=", True)]
        )
        self.assertEqual(sum(person.taker_ids.mapped("accounts")), person.accounts - person.unplaced)

    def test_the_same_day_makes_the_same_company(self):
        talks = contact_demo.talks(Demo(self.env))
        again = contact_demo.talks(Demo(self.env))
        self.assertEqual([list(talk.calls()) for talk in talks], [list(talk.calls()) for talk in again])

    def test_rights(self):
        self.assertTrue(self.ref("person", "chen").has_group("churn_handover.group_churn_manager"))
        self.assertFalse(self.ref("person", "chen").has_group("base.group_system"))
        self.assertTrue(self.ref("person", "zhao").has_group("churn_handover.group_churn_leader"))
        rep = self.ref("person", "li")
        self.assertFalse(rep.has_group("sales_team.group_sale_salesman_all_leads"))
        self.assertEqual(rep.sale_team_id.user_id, self.ref("person", "zhao"))
        self.assertEqual(rep.employee_id.parent_id.user_id, self.ref("person", "zhao"))

    def test_nobody_gets_mail(self):
        self.assertFalse(self.env["mail.mail"].search_count([]))
