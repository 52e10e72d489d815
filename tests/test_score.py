import csv
import io
import tempfile
from contextlib import redirect_stderr
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, TransactionCase

from odoo.addons.churn_handover.analytics import cli, reasons
from odoo.addons.churn_handover.analytics import model as core
from odoo.addons.churn_handover.models.score.score_book import day_number

from .common_score import NOON, TODAY, ScoreCase


@freeze_time(NOON)
class TestScore(ScoreCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time(NOON):
            cls.partners = cls.make_accounts(60)
            cls.orders = cls.rhythms(cls.partners)

    def train_and_score(self):
        self.train()
        self.score()

    def test_every_customer_gets_a_probability_a_band_and_reasons(self):
        self.train_and_score()
        self.assertEqual(self.model.state, "ready")
        figures = self.figures(self.partners)
        self.assertEqual(len(figures), 60)
        self.assertEqual(set(figures.mapped("scored_on")), {TODAY})
        for row in figures:
            self.assertGreater(row.probability, 0)
            self.assertLess(row.probability, 1)
            self.assertTrue(row.risk_band)
            self.assertAlmostEqual(row.expected_loss, row.probability * row.net_revenue_12m, delta=0.02)
        silent = figures.filtered(lambda row: (TODAY - row.last_buying_day).days > 120)
        buying = figures.filtered(lambda row: (TODAY - row.last_buying_day).days < 20)
        self.assertGreater(min(silent.mapped("probability")), max(buying.mapped("probability")))
        self.assertIn("usually every", silent[0].reason_text)

    def test_same_probabilities_as_the_command_line(self):
        """Orders entered in Odoo and the same orders as csv: equal to 1e-6."""
        self.orders += self._orders_through_the_orm()
        self.train_and_score()
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder, "orders.csv"), Path(folder, "scores.csv")
            with source.open("w", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(["customer_id", "date", "amount"])
                writer.writerows((partner.id, day, amount) for partner, day, amount in self.orders)
            with redirect_stderr(io.StringIO()):
                arguments = ["--at", str(TODAY), "--horizon", str(self.model.horizon), "--out", str(target)]
                self.assertEqual(cli.main([str(source), *arguments]), 0)
            with target.open() as file:
                rows = {int(row["customer_id"]): row for row in csv.DictReader(file)}
        found = self.probabilities()
        self.assertEqual(found.keys(), rows.keys())
        for partner, probability in found.items():
            self.assertAlmostEqual(probability, float(rows[partner]["probability"]), delta=1e-6)
        for row in self.env["churn.account"].search([("score_model_id", "=", self.model.id)]):
            self.assertAlmostEqual(row.expected_loss, float(rows[row.partner_id.id]["expected_loss"]), delta=0.02)

    def _orders_through_the_orm(self):
        product = self.env["product.product"].create({"name": "Pump", "taxes_id": False})
        rows = []
        for partner in self.make_accounts(3, prefix="Entered"):
            for number in range(5):
                day = TODAY - timedelta(days=31 * number + 7)
                order = self.env["sale.order"].create(
                    {
                        "partner_id": partner.id,
                        "order_line": [
                            (0, 0, {"product_id": product.id, "price_unit": 100 + number, "tax_ids": False})
                        ],
                    }
                )
                order.action_confirm()
                order.date_order = f"{day} 08:00:00"
                rows.append((partner, day, 100.0 + number))
        return rows

    def test_nothing_from_today_on_is_read(self):
        """Deleting everything from the cut-off on changes nothing."""
        later = [(partner, TODAY + timedelta(days=days), 999.0) for partner in self.partners for days in (0, 1, 30)]
        self.add_orders(later)
        self.train_and_score()
        before = self.probabilities()
        self.env.cr.execute(
            "DELETE FROM sale_order WHERE company_id = %s AND date_order >= %s", (self.company.id, TODAY)
        )
        self.env.cr.execute("UPDATE churn_account SET score_status = NULL, probability = NULL")
        self.env.invalidate_all()
        self.model._restart()
        self.train_and_score()
        self.assertEqual(self.probabilities(), before)

    def test_ranges_give_the_same_as_all_at_once(self):
        self.train_and_score()
        before = self.probabilities()
        self.env.cr.execute("UPDATE churn_account SET score_status = NULL, probability = NULL")
        self.env.invalidate_all()
        self.model.scored_on = False
        for __ in range(7):
            self.model._score_range(size=10)
        self.env.invalidate_all()
        after = self.probabilities()
        self.assertEqual(after.keys(), before.keys())
        for partner, probability in before.items():
            self.assertAlmostEqual(after[partner], probability, delta=1e-9)
        self.assertEqual(self.model.scored_on, TODAY)

    def test_queries_do_not_grow_with_the_accounts(self):
        self.train_and_score()
        self.make_accounts(1)
        counts = []
        for more in (0, 40):
            self.rhythms(self.make_accounts(more), seed=3)
            self.model._prepare(self.company, TODAY)
            self.env.flush_all()
            self.model.scored_on = False
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.model._score_range()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
        self.assertLess(counts[0], 20)

    def test_one_bad_account_stops_nobody(self):
        self.train()
        self.model._score_prepare()
        victim = self.figures(self.partners[7])
        whole = core.score

        def broken(params, inputs, *arguments, **keywords):
            if victim.id in inputs.account:
                raise ValueError("impossible figures")
            return whole(params, inputs, *arguments, **keywords)

        with patch.object(core, "score", broken), self.assertLogs("odoo.addons.churn_handover", "WARNING"):
            self.score()
        self.assertEqual(victim.score_status, "error")
        self.assertIn("impossible figures", victim.reason_text)
        self.assertEqual(len(self.probabilities()), 60)
        others = self.figures(self.partners - victim.partner_id)
        self.assertNotIn("error", others.mapped("score_status"))

    def test_bad_data_is_survived(self):
        """Zero and negative totals, a giant order, ten thousand orders of one account, duplicates."""
        odd = self.make_accounts(4, prefix="Odd")
        day = TODAY - timedelta(days=3)
        self.add_orders([(odd[0], day, 0.0), (odd[0], day, -50.0)])
        self.add_orders([(odd[1], day, 9e14), (odd[1], TODAY - timedelta(days=90), 10.0)])
        self.add_orders([(odd[3], day, 10.0)] * 20)
        self.env.cr.execute(
            """INSERT INTO sale_order (name, company_id, partner_id, partner_invoice_id, partner_shipping_id,
                                       date_order, state, currency_rate, amount_untaxed)
               SELECT 'many', %(company)s, %(partner)s, %(partner)s, %(partner)s,
                      timestamp '2026-03-01' - n * interval '2 hours', 'sale', 1, 5
                 FROM generate_series(1, 10000) n""",
            {"company": self.company.id, "partner": odd[2].id},
        )
        self.train_and_score()
        none, giant, many, duplicates = (self.figures(partner) for partner in odd)
        self.assertEqual(none.score_status, "no_data")
        self.assertEqual(none.reason_text, "No confirmed order yet")
        self.assertFalse(none.risk_band)
        self.assertGreater(giant.expected_loss, 0)
        self.assertEqual(many.score_status, "scored")
        self.assertLess(many.probability, 0.1)
        self.assertEqual(duplicates.score_status, "too_new")

    def test_cancelled_later(self):
        partner = self.partners[1]
        self.train_and_score()
        before = self.figures(partner).last_buying_day
        self.env.cr.execute(
            "UPDATE sale_order SET state = 'cancel' WHERE partner_id = %s AND date_order::date = %s",
            (partner.id, before),
        )
        self.model.scored_on = False
        self.score()
        self.assertLess(self.figures(partner).last_buying_day, before)
        self.env.cr.execute("UPDATE sale_order SET state = 'cancel' WHERE partner_id = %s", (partner.id,))
        self.model.scored_on = False
        self.score()
        row = self.figures(partner)
        self.assertEqual((row.score_status, row.probability, row.expected_loss), ("no_data", 0.0, 0.0))

    def test_merged_accounts_are_scored_as_one(self):
        self.train_and_score()
        kept, gone = self.partners[1], self.partners[2]
        gone_row = self.figures(gone)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((kept | gone).ids, kept)
        self.assertFalse(gone_row.exists())
        self.model.write({"scored_on": False, "prepared_on": False})
        self.score()
        self.assertEqual(len(self.figures(kept)), 1)
        self.env.cr.execute("SELECT count(*) FROM sale_order WHERE partner_id = %s", (kept.id,))
        days = {day for partner, day, __ in self.orders if partner in (kept, gone)}
        inputs = self.model._book().snapshot(day_number(TODAY), self.model.horizon)
        position = inputs.account.tolist().index(self.figures(kept).id)
        self.assertEqual(inputs.buying_days[position], len(days))

    def test_lost_stays_lost_until_a_new_order(self):
        self.train_and_score()
        row = self.figures(self.partners[0])
        row.write({"score_status": "lost", "probability": 0.97, "lost_since": "2026-01-01"})
        self.model.scored_on = False
        self.score()
        self.assertEqual((row.score_status, row.probability, row.lost_since), ("lost", 0.97, date(2026, 1, 1)))
        self.add_orders([(row.partner_id, TODAY - timedelta(days=1), 80.0)])
        self.model.scored_on = False
        self.score()
        self.assertNotEqual(row.score_status, "lost")
        self.assertNotEqual(row.probability, 0.97)
        self.assertFalse(row.lost_since)

    def test_history_by_month_and_change_since_last_month(self):
        self.train_and_score()
        row = self.figures(self.partners[1])
        march = row.probability
        self.assertFalse(row.probability_change)
        with freeze_time("2026-03-20 12:00:00"):
            self.score()
        self.assertEqual(row.score_ids.mapped("month"), [date(2026, 3, 1)])
        end_of_march = row.probability
        self.assertNotEqual(end_of_march, march)
        self.assertEqual(row.score_ids.probability, end_of_march)
        with freeze_time("2026-04-03 12:00:00"):
            self.score()
        self.assertEqual(row.score_ids.mapped("month"), [date(2026, 4, 1), date(2026, 3, 1)])
        self.assertAlmostEqual(row.probability_change, row.probability - end_of_march)
        self.assertEqual([point["month"] for point in row.history], ["2026-03-01", "2026-04-01"])
        self.env["res.lang"]._activate_lang("zh_CN")
        labels = {
            lang: [point["label"] for point in row.with_context(lang=lang).history] for lang in ("en_US", "zh_CN")
        }
        self.assertEqual(labels["en_US"], ["Mar 2026", "Apr 2026"])
        self.assertEqual(labels["zh_CN"], ["2026年3月", "2026年4月"])

    def test_old_history_is_dropped(self):
        self.train_and_score()
        row = self.figures(self.partners[1])
        old = self.env["churn.score"].create({"account_id": row.id, "month": "2020-01-01", "probability": 0.5})
        self.env["churn.score.model"]._gc_history()
        self.env.invalidate_all()
        self.assertFalse(old.exists())
        self.assertTrue(row.score_ids)

    def test_a_manager_may_train_now_and_change_what_is_judged(self):
        """What a training keeps between its steps is closed to everybody; starting anew is not."""
        model = self.model.with_user(self.manager)
        model.sudo().state = "ready"
        model.action_train()
        self.assertEqual(model.state, "new")
        model.sudo().state = "ready"
        model.horizon_choice = 120
        self.assertEqual(model.state, "new")

    def test_thresholds_are_proposed_once_and_then_the_manager_s(self):
        self.assertFalse(self.company.churn_money_critical)
        self.train_and_score()
        self.assertGreater(self.company.churn_money_critical, 0)
        model = self.model.with_user(self.manager)
        with Form(model) as form:
            form.watch, form.high, form.money_high, form.money_critical = 0.01, 0.02, 0.01, 0.02
        critical = self.figures(self.partners).filtered(lambda row: row.expected_loss > 1)
        self.assertEqual(
            set(critical.filtered(lambda row: row.score_status == "scored").mapped("base_band")), {"critical"}
        )
        self.model.scored_on = False
        self.score()
        self.assertEqual(self.company.churn_money_critical, 0.02)
        with self.assertRaises(ValidationError):
            self.company.write({"churn_money_high": 5, "churn_money_critical": 1})

    def test_a_rep_cannot_set_the_bands(self):
        with self.assertRaises(AccessError):
            self.model.with_user(self.ann).write({"watch": 0.1})

    def test_horizon_under_twice_the_usual_gap_is_refused_and_explained(self):
        self.train()
        self.assertGreaterEqual(self.model.horizon, 2 * self.model.usual_gap)
        with self.assertRaisesRegex(ValidationError, "usually order every"):
            self.model.horizon_choice = 5
        self.model.horizon_choice = self.model.horizon_least + 60
        self.assertEqual(self.model.horizon, self.model.horizon_least + 60)
        self.assertEqual(self.model.state, "new")
        self.model.horizon_least = 2000
        self.assertEqual(self.model.horizon, 2000)
        self.assertIn("not used", self.model.horizon_text)

    def test_a_segment_has_a_horizon_of_its_own(self):
        self.partners[:30].write({"ref": "wholesale"})
        segment = self.env["churn.score.model"].create(
            {
                "name": "Wholesale",
                "company_id": self.company.id,
                "domain": "[('ref', '=', 'wholesale')]",
                "horizon_choice": 200,
            }
        )
        self.train()
        self.train(segment)
        self.score()
        self.assertEqual(set(self.figures(self.partners[:30]).mapped("horizon")), {200})
        self.assertEqual(set(self.figures(self.partners[30:]).mapped("horizon")), {self.model.horizon})
        self.assertEqual(segment.trained_accounts + self.model.trained_accounts, 60)

    def test_a_broken_segment_filter_is_refused(self):
        with self.assertRaises(ValidationError):
            self.env["churn.score.model"].create(
                {"name": "Broken", "company_id": self.company.id, "domain": "[('no_such_field', '=', 1)]"}
            )

    def test_model_page_says_what_it_rests_on(self):
        self.train()
        self.assertEqual(self.model.trained_accounts, 60)
        self.assertTrue(self.model.window_ids)
        window = self.model.window_ids[0]
        self.assertTrue(0 <= window.brier <= 1 and 0 <= window.auc <= 1)
        self.assertEqual(self.model.calibration, window.bins)
        self.assertIn("Own history", self.model.layer_text)
        self.assertIn("60 customers", self.model.trained_text)
        self.assertIn("60 customers", self.model.source_text)

    def test_cron_trains_and_scores(self):
        with self.enter_registry_test_mode():
            self.env.ref("churn_handover.cron_score_train").method_direct_trigger()
            self.env.ref("churn_handover.cron_score").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.model.state, "ready")
        self.assertEqual(self.model.next_training, TODAY + timedelta(days=7))
        self.assertEqual(len(self.probabilities()), 60)

    def test_a_training_that_fails_says_why_and_keeps_the_scores(self):
        self.train_and_score()
        before = self.probabilities()
        self.model.next_training = False
        with (
            patch.object(type(self.model), "_start_training", side_effect=ZeroDivisionError("no spread")),
            self.assertLogs("odoo.addons.churn_handover", "ERROR"),
        ):
            self.assertTrue(self.model._training_step_safely())
        self.assertEqual((self.model.state, self.model.error), ("failed", "no spread"))
        self.assertEqual(self.probabilities(), before)

    def test_invoices_where_there_are_no_orders(self):
        self.env.cr.execute("UPDATE sale_order SET state = 'draft' WHERE company_id = %s", (self.company.id,))
        self.add_invoices(self.orders)
        self.train_and_score()
        self.assertEqual(self.model.source_used, "invoice")
        self.assertEqual(len(self.probabilities()), 60)

    def test_credit_notes_are_a_signal_and_no_order(self):
        partner = self.partners[1]
        self.add_invoices([(partner, TODAY - timedelta(days=1), -75.0)])
        self.train_and_score()
        row = self.figures(partner)
        self.assertLess(row.last_buying_day, TODAY - timedelta(days=1))
        inputs = self.model._book().snapshot(day_number(TODAY), self.model.horizon)
        position = inputs.account.tolist().index(row.id)
        self.assertEqual(inputs.credit_notes_365[position], 1)
        self.assertEqual(inputs.credit_amount_365[position], 75)

    def test_two_companies_know_nothing_of_each_other(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        partner = self.partners[1]
        self.add_orders([(partner, TODAY - timedelta(days=days), 10.0) for days in (400, 500)], company=other)
        general = self.env["churn.score.model"]._general(other)
        self.train()
        self.train(general)
        self.score()
        here, there = (
            self.figures(partner),
            self.env["churn.account"].sudo().search([("partner_id", "=", partner.id), ("company_id", "=", other.id)]),
        )
        self.assertEqual(there.last_buying_day, TODAY - timedelta(days=400))
        self.assertGreater(here.last_buying_day, there.last_buying_day)
        seen = self.env["churn.account"].with_user(self.manager).search([("partner_id", "=", partner.id)])
        self.assertEqual(seen.company_id, self.company)


@freeze_time(NOON)
class TestWithoutOrders(ScoreCase):
    def test_no_order_at_all_is_no_error(self):
        self.make_accounts(2)
        self.assertTrue(self.model._training_step_safely() or self.model._training_step_safely())
        self.assertEqual(self.model.state, "no_data")
        self.score()
        self.assertFalse(self.probabilities())

    def test_a_single_customer_with_a_single_order(self):
        partner = self.make_accounts(1)
        self.add_orders([(partner, TODAY - timedelta(days=2), 10.0)])
        self.train()
        self.score()
        self.assertEqual(self.figures(partner).score_status, "too_new")


class TestReasons(TransactionCase):
    def test_every_reason_of_the_core_has_words(self):
        words = self.env["churn.score.reason"]
        for code in reasons._ENGLISH:
            self.assertTrue(hasattr(words, f"_tell_{code}"), code)
