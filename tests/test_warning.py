from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .common_score import NOON, TODAY, ScoreCase


@freeze_time(NOON)
class TestWarning(ScoreCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2025-06-01 12:00:00"):
            cls.partners = cls.make_accounts(20)
            cls.contact = cls.env["res.partner"].create(
                {"name": "Eve", "parent_id": cls.partners[1].id, "function": "Buyer"}
            )
        with freeze_time(NOON):
            cls.rhythms(cls.partners)
            cls.train()
            cls.score()

    def sync(self, day=TODAY):
        self.env.flush_all()
        self.env["churn.warning"]._sync(self.company, day)
        self.env.invalidate_all()

    def warnings(self, partner, code, opened=True):
        return self.figures(partner).warning_ids.filtered(
            lambda warning: warning.kind_id.code == code and bool(warning.closed_on) != opened
        )

    def test_owner_changed(self):
        partner = self.partners[1]
        before = self.figures(partner).probability
        partner.user_id = self.bob
        self.sync()
        warning = self.warnings(partner, "owner_changed")
        self.assertEqual((warning.date, warning.text), (TODAY, "Owner changed from Ann to Bob"))
        self.assertEqual(self.figures(partner).probability, before)
        self.assertEqual(warning.with_user(self.bob).action_open_customer()["res_id"], partner.id)
        self.sync(TODAY + timedelta(days=100))
        self.assertFalse(self.warnings(partner, "owner_changed"))
        self.assertEqual(self.warnings(partner, "owner_changed", opened=False).closed_on, TODAY + timedelta(days=100))

    def test_an_open_warning_raises_the_band_by_one_step(self):
        partner = self.partners[1]
        row = self.figures(partner)
        row.base_band = "watch"
        self.sync()
        self.assertEqual((row.risk_band, row.is_lifted), ("watch", False))
        partner.user_id = self.bob
        self.sync()
        self.assertEqual((row.risk_band, row.base_band, row.is_lifted), ("high", "watch", True))
        self.env["churn.warning.kind"].search([("code", "=", "owner_changed")]).lifts = False
        self.sync()
        self.assertEqual(row.risk_band, "watch")

    def test_a_lost_customer_is_not_raised(self):
        row = self.figures(self.partners[1])
        row.write({"base_band": "watch", "score_status": "lost"})
        self.partners[1].user_id = self.bob
        self.sync()
        self.assertEqual(row.risk_band, "watch")

    def test_owner_leaving(self):
        plan = self.env["churn.handover"]._plan(
            self.ann, TODAY + timedelta(days=30), accounts=self.partners[1], company_ids=self.company.ids
        )
        plan.line_ids.successor_id = self.bob
        self.sync()
        self.assertFalse(self.warnings(self.partners[1], "owner_leaving"), "a draft is nobody's business yet")
        plan._confirm()
        self.sync()
        self.assertIn("Ann hands the customer over on", self.warnings(self.partners[1], "owner_leaving").text)
        plan.action_cancel()
        self.sync()
        self.assertFalse(self.warnings(self.partners[1], "owner_leaving"))

    def test_owner_archived(self):
        self.env.cr.execute("UPDATE res_users SET active = FALSE WHERE id = %s", (self.ann.id,))
        self.env.invalidate_all()
        self.sync()
        self.assertIn("Ann no longer works here", self.warnings(self.partners[1], "owner_archived").text)

    def archive_contact(self, day=TODAY):
        """Archive the contact on a day; Odoo's write date is the transaction's, whatever the frozen clock says."""
        self.contact.action_archive()
        self.env.flush_all()
        self.env.cr.execute("UPDATE res_partner SET write_date = %s WHERE id = %s", (day, self.contact.id))
        self.env.invalidate_all()

    def test_contact_left_and_only_once(self):
        self.archive_contact()
        self.sync()
        warning = self.warnings(self.partners[1], "contact_left")
        self.assertEqual(warning.text, "Eve (Buyer) has left the customer")
        self.sync(TODAY + timedelta(days=100))
        self.assertTrue(warning.closed_on)
        self.archive_contact(TODAY + timedelta(days=100))  # a later change of the contact
        self.sync(TODAY + timedelta(days=101))
        self.assertFalse(self.warnings(self.partners[1], "contact_left"))

    def test_relationship_warnings_restart_at_a_handover(self):
        self.archive_contact(date(2026, 2, 1))
        self.sync()
        self.assertTrue(self.warnings(self.partners[1], "contact_left"))
        self.partners[1].with_context(churn_reason="handover").user_id = self.bob
        self.sync()
        self.assertFalse(self.warnings(self.partners[1], "contact_left"))
        self.assertTrue(self.warnings(self.partners[1], "owner_changed"))

    def test_less_contact(self):
        days = [100, 110, 120, 130, 140, 10]
        self.env["calendar.event"].with_context(dont_notify=True, no_mail_to_attendees=True).create(
            [
                {
                    "name": "Visit",
                    "start": f"{TODAY - timedelta(days=number)} 09:00:00",
                    "stop": f"{TODAY - timedelta(days=number)} 10:00:00",
                    "partner_ids": [(6, 0, self.partners[2].ids)],
                }
                for number in days
            ]
        )
        self.sync()
        warning = self.warnings(self.partners[2], "less_contact")
        self.assertEqual(warning.params, {"now": 1, "before": 5, "days": 90})
        self.assertFalse(self.warnings(self.partners[3], "less_contact"))

    def test_less_breadth(self):
        products = self.env["product.product"].create(
            [
                {"name": name, "categ_id": self.env["product.category"].create({"name": name}).id, "taxes_id": False}
                for name in ("Pump", "Hose", "Valve", "Seal")
            ]
        )
        for days, bought in ((250, products), (20, products[:1])):
            order = self.env["sale.order"].create(
                {
                    "partner_id": self.partners[2].id,
                    "order_line": [(0, 0, {"product_id": product.id, "price_unit": 10}) for product in bought],
                }
            )
            order.action_confirm()
            order.date_order = f"{TODAY - timedelta(days=days)} 08:00:00"
        self.sync()
        self.assertEqual(self.warnings(self.partners[2], "less_breadth").params, {"now": 1, "before": 4, "days": 180})

    def _overdue(self, partners):
        journal = self.env["account.journal"].create(
            {"name": "Sales", "code": "SC", "type": "sale", "company_id": self.company.id}
        )
        for partner in partners:
            self.env.cr.execute(
                """INSERT INTO account_move (name, company_id, journal_id, currency_id, partner_id,
                                             commercial_partner_id,
                                             move_type, state, auto_post, date, invoice_date, invoice_date_due,
                                             payment_state, amount_untaxed_signed, amount_residual_signed)
                   VALUES (%s, %s, %s, %s, %s, %s, 'out_invoice', 'posted', 'no', '2025-12-01', '2025-12-01',
                           '2026-01-01', 'not_paid', 100, 120)""",
                (f"SC/{partner.id}", self.company.id, journal.id, self.company.currency_id.id, partner.id, partner.id),
            )

    def test_overdue_invoices(self):
        self._overdue(self.partners[2])
        self.sync()
        warning = self.warnings(self.partners[2], "overdue")
        self.assertEqual((warning.params["count"], warning.params["amount"]), (1, 120))
        self.assertIn("overdue since", warning.text)

    def test_overdue_says_nothing_where_nobody_s_payments_are_kept(self):
        self._overdue(self.partners)
        self.sync()
        self.assertFalse(self.figures(self.partners).warning_ids)

    def test_queries_do_not_grow_with_the_accounts(self):
        self.sync()
        self.env.flush_all()
        counts = []
        for changed in (self.partners[:1], self.partners[1:2], self.partners[2:15]):  # the first fills Odoo's caches
            changed.user_id = self.bob
            self.env.flush_all()
            self.env.cr.precommit.run()
            before = self.env.cr.sql_log_count
            self.env["churn.warning"]._sync(self.company, TODAY)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])
        self.assertEqual(len(self.figures(self.partners).warning_ids), 15)

    def test_a_kind_that_fails_keeps_its_warnings_and_stops_no_other(self):
        self.partners[1].user_id = self.bob
        self.archive_contact()
        self.sync()
        warnings = type(self.env["churn.warning"])
        with (
            patch.object(warnings, "_rows_owner_changed", side_effect=UserError("broken")),
            self.assertLogs("odoo.addons.churn_handover", "ERROR"),
        ):
            self.sync(TODAY + timedelta(days=100))
        self.assertTrue(self.warnings(self.partners[1], "owner_changed"))
        self.assertFalse(self.warnings(self.partners[1], "contact_left"))


@freeze_time(NOON)
class TestConfidential(ScoreCase):
    """A warning about a person does not exist for that person, nor does what follows from it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.make_accounts(1)
        with freeze_time(NOON):
            cls.add_orders([(cls.partner, TODAY - timedelta(days=days), 50.0) for days in (5, 25, 45, 70)])
            cls.train()
            cls.score()
        cls.row = cls.figures(cls.partner)
        cls.row.base_band = "watch"
        kind = cls.env["churn.warning.kind"].create({"name": "About a person", "code": "about", "lifts": True})
        cls.warning = cls.env["churn.warning"].create(
            {
                "account_id": cls.row.id,
                "company_id": cls.company.id,
                "kind_id": kind.id,
                "key": "1",
                "date": date(2026, 3, 1),
                "confidential_user_id": cls.ann.id,
            }
        )
        cls.env["churn.account"]._lift_bands(cls.company)
        cls.env.invalidate_all()

    def seen(self, user):
        """What a user sees: band, warning text, number found and the groups by band."""
        self.env.invalidate_all()  # every request begins with an empty cache
        accounts = self.env["churn.account"].with_user(user)
        row = accounts.browse(self.row.id)
        high = accounts.search_count([("risk_band", "=", "high")])
        groups = dict(accounts._read_group([("id", "=", row.id)], ["risk_band"], ["__count"]))
        lifts = row.is_lifted
        contact = self.partner.with_user(user).churn_risk_band
        contacts = (
            self.env["res.partner"]
            .with_user(user)
            .search_count([("id", "=", self.partner.id), ("churn_risk_band", "=", "high")])
        )
        return row.risk_band, len(row.warning_ids), bool(row.warning_text), high, groups, lifts, contact, contacts

    def test_others_see_it(self):
        self.assertEqual(self.seen(self.manager), ("high", 1, True, 1, {"high": 1}, True, "high", 1))

    def test_the_person_does_not(self):
        self.assertEqual(self.seen(self.ann), ("watch", 0, False, 0, {"watch": 1}, False, "watch", 0))

    def test_not_even_a_manager_about_themselves(self):
        self.warning.confidential_user_id = self.manager
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.seen(self.manager), ("watch", 0, False, 0, {"watch": 1}, False, "watch", 0))
        self.assertEqual(self.seen(self.ann)[:3], ("high", 1, True))

    def test_a_known_warning_beside_it_raises_the_band_for_all(self):
        self.partner.user_id = self.bob
        self.env["churn.warning"]._sync(self.company, TODAY)
        self.warning.confidential_user_id = self.bob
        self.env.flush_all()
        self.env.invalidate_all()
        band, count, *__ = self.seen(self.bob)
        self.assertEqual((band, count), ("high", 1))

    def test_the_stored_bands_cannot_be_read(self):
        row = self.row.with_user(self.ann)
        for name in ("full_band", "public_band"):
            with self.assertRaises(AccessError):
                row.read([name])
            with self.assertRaises(AccessError):
                self.env["churn.account"].with_user(self.ann).search([(name, "=", "high")])

    def test_a_row_of_a_provider_can_be_confidential(self):
        warnings = type(self.env["churn.warning"])
        kinds = {"about": ("_rows_about", "_text_about")}
        rows = SQL("SELECT %s, '2', DATE '2026-03-02', '{}'::jsonb, %s", self.row.id, self.bob.id)
        with (
            patch.object(warnings, "_warning_kinds", lambda self: kinds),
            patch.object(warnings, "_rows_about", lambda self, company, today: rows, create=True),
            patch.object(warnings, "_text_about", lambda self, params: "About Bob", create=True),
        ):
            self.env["churn.warning"]._sync(self.company, TODAY)
        found = self.row.warning_ids.filtered(lambda warning: warning.key == "2")
        self.assertEqual(found.sudo().confidential_user_id, self.bob)
        self.assertFalse(self.env["churn.warning"].with_user(self.bob).search([("id", "=", found.id)]))
