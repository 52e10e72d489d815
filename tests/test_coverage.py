from datetime import timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import mute_logger

from .common_quality import QualityCase


class TestCoverage(QualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["churn.account"].create(
            [{"partner_id": account.id, "company_id": cls.company.id} for account in cls.acme | cls.bolt]
        )
        cls.team_north = cls.env["crm.team"].create(
            {"name": "North", "crm_team_member_ids": [Command.create({"user_id": cls.ann.id})]}
        )

    def row(self, account, user=None):
        self.env.invalidate_all()  # each reader comes with a request of their own
        rows = self.env["churn.coverage"].with_user(user or self.manager)
        return rows.search([("account_id", "=", account.id), ("company_id", "=", self.company.id)])

    def change(self, account, days):
        handover = self.env["churn.handover"].create(
            {"predecessor_id": self.ann.id, "change_date": self.today() + timedelta(days=days), "kind": "rotation"}
        )
        self.env["churn.handover.line"].create(
            {
                "handover_id": handover.id,
                "account_id": account.id,
                "predecessor_id": self.ann.id,
                "change_date": handover.change_date,
            }
        )

    def test_who_heard_and_who_did_not(self):
        self.message()
        self.deliver(self.series(accounts=self.acme))
        self.assertEqual((self.row(self.acme).last_heard_on, self.row(self.acme).covered), (self.today(), 100))
        self.assertEqual((self.row(self.bolt).last_heard_on, self.row(self.bolt).covered), (False, 0))
        with freeze_time(self.today() + timedelta(days=90)):
            self.env.invalidate_all()
            self.assertEqual((self.row(self.acme).covered, self.row(self.acme).days_silent), (0, 90))

    def test_ordinary_mailings_are_no_quality_message(self):
        self.send(self.ordinary(self.acme))
        self.assertFalse(self.row(self.acme).last_heard_on)

    def test_those_about_to_change_hands_come_first(self):
        self.change(self.bolt, 60)
        both = self.env["churn.coverage"].search([("account_id", "in", (self.acme | self.bolt).ids)])
        self.assertEqual(both.mapped("account_id.name"), ["Bolt", "Acme"])
        self.assertEqual(both.mapped("due"), [True, False])

    def test_a_rep_learns_nothing_of_a_plan_that_is_a_draft(self):
        self.change(self.acme, 60)
        self.assertTrue(self.row(self.acme).next_change_on)
        self.assertFalse(self.row(self.acme, self.ann).next_change_on)
        self.assertFalse(self.row(self.acme, self.ann).due)
        lines = self.env["churn.handover.line"].search([("account_id", "=", self.acme.id)])
        lines.state = "confirmed"
        self.env.flush_all()
        self.assertTrue(self.row(self.acme, self.ann).next_change_on)

    def test_the_default_series_reaches_them_before_the_handover(self):
        self.change(self.bolt, 60)
        self.message()
        ready_made = self.env.ref("churn_handover.series_before_change")
        limits = {"due_days": ready_made.due_days, "silent_days": ready_made.silent_days}
        self.assertEqual(limits, {"due_days": 90, "silent_days": 90})
        step = self.deliver(self.series(**limits))
        self.assertEqual(self.places(step).account_id, self.bolt)
        self.assertFalse(self.row(self.bolt).due)

    def test_a_figure_per_team(self):
        self.message()
        self.deliver(self.series(accounts=self.acme))
        rows = self.env["churn.coverage"]._read_group(
            [("account_id", "in", (self.acme | self.bolt).ids)], ["team_id"], ["covered:avg"]
        )
        self.assertEqual(rows, [(self.team_north, 50.0)])

    def test_a_rep_sees_the_own_accounts(self):
        self.bolt.user_id = self.bob
        self.assertTrue(self.row(self.acme, self.ann))
        self.assertFalse(self.row(self.bolt, self.ann))

    def test_another_company_is_another_matter(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env["churn.account"].create({"partner_id": self.acme.id, "company_id": other.id})
        self.assertEqual(
            self.env["churn.coverage"].with_user(self.manager).search([("account_id", "=", self.acme.id)]).company_id,
            self.company,
        )


class TestEffect(QualityCase):
    def test_opened_clicked_answered_and_refused_per_kind(self):
        self.message()
        step = self.deliver(self.series(kinds=self.hiring))
        mailing = self.mailings(step)
        traces = {trace.email: trace for trace in mailing.mailing_trace_ids}
        traces["acme@customer.test"].set_opened()
        traces["acme@customer.test"].set_clicked()
        traces["bolt@customer.test"].set_replied()
        self.env["churn.message.optout"]._set("bolt@customer.test", self.hiring, mailing.id)
        rows = self.env["churn.message.effect"]._read_group(
            [("kind_id", "=", self.hiring.id), ("series_id", "=", step.series_id.id)],
            ["kind_id"],
            ["sent:sum", "opened:sum", "clicked:sum", "answered:sum", "refused:sum", "opened_share:avg"],
        )
        self.assertEqual(rows, [(self.hiring, 2, 2, 1, 1, 1, 100.0)])
        self.assertEqual((step.opened_count, step.clicked_count, step.answered_count), (2, 1, 1))

    def test_results_per_message_and_per_customer(self):
        message = self.message()
        self.deliver(self.series(kinds=self.hiring))
        found = self.env["churn.message.effect"].with_user(self.manager)
        ours = [("message_id", "=", message.id)]
        self.assertEqual(found._read_group(ours, ["message_id"], ["sent:sum"]), [(message, 2)])
        rows = found._read_group(ours, ["account_id"], ["sent:sum"], order="account_id")
        self.assertEqual(dict(rows), {self.acme: 1, self.bolt: 1})

    def test_a_rep_does_not_see_the_sums(self):
        with self.assertRaises(AccessError):
            self.env["churn.message.effect"].with_user(self.ann).search([])

    def test_the_mail_of_a_place_is_found_by_an_index(self):
        """Each message looks for its own trace: without an index that is the square of a mailing's recipients."""
        self.env.cr.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'mailing_trace'")
        self.assertTrue([text for (text,) in self.env.cr.fetchall() if text.endswith("(mass_mailing_id, email)")])

    def make_accounts(self, count):
        return self.env["res.partner"].create(
            [{"name": f"C {n}", "is_company": True, "email": f"c{n}@customer.test"} for n in range(count)]
        )

    def test_held_out_by_lot_and_always_the_same(self):
        accounts = self.make_accounts(200)
        self.message(subject="One"), self.message(subject="Two")
        series = self.series(kinds=self.hiring, accounts=accounts, holdout_percent=20, budget=0)
        step = series._propose()
        held = self.env["churn.series.member"].search([("series_id", "=", series.id), ("is_holdout", "=", True)])
        self.assertTrue(20 <= len(held) <= 60, len(held))
        self.assertFalse(self.places(step).account_id & held.account_id)
        self.assertEqual(step.planned_count + len(held), 200)
        other = self.series(kinds=self.hiring, accounts=accounts, holdout_percent=20, name="Another")
        self.assertFalse(self.places(other._propose()).account_id & held.account_id, "one lot for all series")
        self.assertEqual((series.member_count, series.holdout_count), (200, len(held)))

    def test_no_verdict_before_the_end_and_too_few_said_so(self):
        self.message()
        series = self.series(accounts=self.make_accounts(40), holdout_percent=20)
        series._propose()
        self.assertIn("Still running", series.effect_text)
        with freeze_time(self.today() + timedelta(days=300)):
            series.invalidate_recordset()
            self.assertIn("Too few to tell", series.effect_text)

    def test_a_difference_is_told_with_its_interval(self):
        self.message()
        series = self.series(accounts=self.make_accounts(200), holdout_percent=20)
        series._propose()
        members = self.env["churn.series.member"].search([("series_id", "=", series.id)])
        self.env["sale.order"].create(
            [
                {"partner_id": one.account_id.id, "date_order": self.today() + timedelta(days=20), "state": "sale"}
                for one in members
                if not one.is_holdout
            ]
        )
        with freeze_time(self.today() + timedelta(days=300)):
            series.invalidate_recordset()
            self.assertIn("100.0 % of the reached and 0.0 % of the held out", series.effect_text)
            self.assertIn("95 % sure", series.effect_text)
            self.assertIn("a churn probability is known of 0 reached", series.effect_risk_text)
            self.assertIn("0 of the reached", series.effect_rating_text)

    def joined(self, count):
        """A series of so many accounts, a fifth of them held out."""
        self.message()
        series = self.series(accounts=self.make_accounts(count), holdout_percent=20)
        series._propose()
        return series, self.env["churn.series.member"].search([("series_id", "=", series.id)])

    def test_churn_probability_and_ratings_of_the_reached_against_the_held_out(self):
        series, members = self.joined(200)
        figures = self.env["churn.account"].create(
            [{"partner_id": one.account_id.id, "company_id": self.company.id} for one in members]
        )
        month = self.today().replace(day=1) + timedelta(days=95)
        self.env["churn.score"].create(
            [
                {
                    "account_id": figure.id,
                    "month": month.replace(day=1),
                    "probability": (0.5 if one.is_holdout else 0.3) + 0.001 * (number % 10),
                }
                for number, (one, figure) in enumerate(zip(members, figures, strict=True))
            ]
        )
        model = self.env["ir.model"]._get("res.partner")
        with freeze_time(self.today() + timedelta(days=60)):
            self.env["rating.rating"].create(
                [
                    {
                        "res_model_id": model.id,
                        "res_id": one.account_id.id,
                        "partner_id": one.account_id.id,
                        "rating": 3 if one.is_holdout else 5 - number % 2,
                        "consumed": True,
                    }
                    for number, one in enumerate(members)
                ]
            )
            self.env.flush_all()
        self.env.cr.execute(
            "UPDATE rating_rating SET write_date = %s WHERE partner_id = ANY(%s)",
            [self.today() + timedelta(days=60), members.account_id.ids],
        )
        self.assertFalse(series.effect_risk_text, "nothing before the end")
        with freeze_time(self.today() + timedelta(days=300)):
            series.invalidate_recordset()
            self.assertRegex(
                series.effect_risk_text, r"30\.\d % of the reached and 50\.\d % .* difference of -(19|20)\.\d"
            )
            self.assertRegex(series.effect_rating_text, r"gave 4\.\d+ of 5, the held out 3\.0: a difference of 1\.\d+")

    def test_nobody_held_out_nothing_to_compare(self):
        self.message()
        series = self.series()
        series._propose()
        self.assertIn("No comparison", series.effect_text)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.series(name="Another", holdout_percent=80)
            self.env.flush_all()

    def test_the_share_is_not_changed_once_somebody_was_drawn(self):
        """Two lots in one series could not be told from chance, and a share could be tried until it shows something."""
        series, _members = self.joined(40)
        with self.assertRaisesRegex(UserError, "Duplicate the series"):
            series.with_user(self.manager).holdout_percent = 40
        series.with_user(self.manager).write({"holdout_percent": 20, "budget": 10})
        self.assertEqual(series.copy().holdout_percent, 20)

    def test_who_heard_from_us_lately_is_drawn_too(self):
        """Else a second series would find only the held out silent enough, and nobody to compare them with."""
        accounts = self.make_accounts(100)
        self.message(subject="One"), self.message(subject="Two")
        first = self.series(kinds=self.hiring, accounts=accounts, holdout_percent=20, budget=0)
        self.deliver(first)
        later = self.series(kinds=self.hiring, accounts=accounts, holdout_percent=20, silent_days=14, name="Later")
        self.assertFalse(later._propose(), "all but the held out heard from us today")
        self.assertEqual((later.member_count, later.holdout_count), (100, first.holdout_count))
        with freeze_time(self.today() + timedelta(days=14)):
            step = later._propose()
            self.assertEqual(step.planned_count, 100 - first.holdout_count)

    def test_held_out_accounts_that_heard_from_another_series_are_told(self):
        series, members = self.joined(200)
        held = members.filtered("is_holdout").account_id
        self.deliver(self.series(accounts=held[:3], holdout_percent=0, name="To all"))
        with freeze_time(self.today() + timedelta(days=300)):
            series.invalidate_recordset()
            self.assertIn("Of the held out, 3 got messages of other series", series.effect_text)

    def test_who_joins_later_is_drawn_by_the_same_lot_and_compared_only_in_the_first_month(self):
        series, members = self.joined(60)
        late = self.make_accounts(20)
        late.email = False
        series.domain = repr([("id", "in", (members.account_id | late).ids)])
        for number, one in enumerate(late):
            one.email = f"late{number}@customer.test"
        self.message(subject="Next")
        with freeze_time(self.today() + timedelta(days=31)):
            series._propose()
        self.assertEqual(series.member_count, 80)
        rows = series._effect_rows()
        self.assertEqual(len(series._cohort(rows)), 60)
        again = self.env["churn.series.member"].search([("series_id", "=", series.id)])
        self.assertEqual(
            [(one.account_id, one.is_holdout) for one in again if one in members],
            [(one.account_id, one.is_holdout) for one in members],
        )

    def test_of_two_merged_accounts_the_one_that_stays_keeps_its_group(self):
        series, members = self.joined(60)
        held, reached = members.filtered("is_holdout")[0].account_id, (members.filtered(lambda m: not m.is_holdout))[0]
        self.env["base.partner.merge.automatic.wizard"].create(
            {
                "partner_ids": [Command.set((held | reached.account_id).ids)],
                "dst_partner_id": held.id,
                "state": "selection",
            }
        ).action_merge()
        self.env.invalidate_all()
        row = self.env["churn.series.member"].search([("series_id", "=", series.id), ("account_id", "=", held.id)])
        self.assertEqual((len(row), row.is_holdout, series.member_count), (1, True, 59))

    def test_all_or_none_of_them_ordered(self):
        """An interval at 0 or 1 keeps a width, and equal shares are no effect."""
        series, members = self.joined(200)
        with freeze_time(self.today() + timedelta(days=300)):
            self.assertIn("0.0 % of the reached and 0.0 % of the held out", series.effect_text)
            self.assertNotIn("lies between 0.0 and 0.0", series.effect_text)
        self.env["sale.order"].create(
            [
                {"partner_id": one.account_id.id, "date_order": self.today() + timedelta(days=20), "state": "sale"}
                for one in members
            ]
        )
        with freeze_time(self.today() + timedelta(days=300)):
            series.invalidate_recordset()
            self.assertRegex(series.effect_text, r"100\.0 % of the reached and 100\.0 % of the held out")
            self.assertNotRegex(series.effect_text, r"difference of [1-9-]")

    def test_refusals_before_the_draw_are_in_neither_group_or_in_both(self):
        accounts = self.make_accounts(60)
        for one in accounts[:20]:
            self.env["mail.blacklist"]._add(one.email)
        kinds = self.hiring
        self.env["churn.message.optout"].create([{"email": one.email, "kind_id": kinds.id} for one in accounts[20:40]])
        self.message(kinds)
        series = self.series(kinds=kinds, accounts=accounts, holdout_percent=50)
        step = series._propose()
        self.assertEqual(series.member_count, 40, "whom nobody may write to is not in the series")
        self.assertFalse(self.places(step).account_id & accounts[:40])
        held = self.env["churn.series.member"].search([("series_id", "=", series.id), ("is_holdout", "=", True)])
        self.assertTrue(held.account_id & accounts[20:40], "who refused the kind is drawn like all others")


class TestRecognition(QualityCase):
    def row(self, person):
        self.env.flush_all()
        return self.env["churn.recognition"].with_user(self.manager).search([("employee_id", "=", person.id)])

    def test_who_has_nothing_to_show_for_a_year(self):
        ann, bob = self.person[self.ann], self.person[self.bob]
        self.achievement(ann, agreed=False)
        self.achievement(bob, date=self.today() - timedelta(days=400))
        self.assertEqual((self.row(ann).quiet, self.row(ann).open_count), (False, 1))
        self.assertTrue(self.row(bob).quiet)

    def test_they_are_asked_in_a_friendly_note(self):
        self.row(self.person[self.ann]).action_encourage()
        message = self.env["mail.message"].search([("partner_ids", "in", self.ann.partner_id.ids)], limit=1)
        self.assertIn("customers should know of", message.subject)
        with self.assertRaises(UserError):
            self.row(self.employee("No Login")).action_encourage()

    def test_a_rep_has_no_list_of_colleagues(self):
        with self.assertRaises(AccessError):
            self.env["churn.recognition"].with_user(self.ann).search([])
