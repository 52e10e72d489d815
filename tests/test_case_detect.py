"""The nightly detectors: what they find, what they leave alone, and what they do not give away."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.fields import Command

from .common_case import CaseCase


class TestDetectors(CaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine = cls.acme | cls.bolt | cls.core
        cls.owned_since(cls.mine, 40)

    @classmethod
    def owned_since(cls, accounts, months):
        # sudo: the history is written by the engine only
        cls.env["churn.assignment"].sudo().search([("account_id", "in", accounts.ids)]).date_from = (
            cls.today - relativedelta(months=months)
        )

    def detect(self):
        with self.enter_registry_test_mode():
            self.env.ref("churn_handover.cron_case_detect").method_direct_trigger()
            self.env.ref("churn_handover.cron_case_complaint").method_direct_trigger()
        self.env.invalidate_all()
        return self.env["churn.case"].search([("state", "=", "proposed")])

    def sell(self, account, amounts):
        """Confirmed orders in SQL, one per quarter, oldest first, the last one in the last full month."""
        last = self.today + relativedelta(day=15, months=-1)
        rows = [
            (account.id, last - relativedelta(months=3 * (len(amounts) - 1 - number)), amount)
            for number, amount in enumerate(amounts)
            if amount
        ]
        for partner, day, amount in rows:
            self.env.cr.execute(
                """INSERT INTO sale_order (name, partner_id, partner_invoice_id, partner_shipping_id, company_id, state,
                                           date_order, amount_untaxed, amount_total, currency_rate, currency_id,
                                           create_date, invoice_status)
                   VALUES ('T', %s, %s, %s, %s, 'sale', %s, %s, %s, 1, %s, now(), 'no')""",
                [partner, partner, partner, self.env.company.id, day, amount, amount, self.env.company.currency_id.id],
            )

    def company_of(self, count):
        """Accounts of others that buy steadily: whom the account is compared with."""
        steady = self.env["res.partner"].create(
            [{"name": f"Steady {number}", "is_company": True, "user_id": self.ann.id} for number in range(count)]
        )
        self.owned_since(steady, 40)
        for number, account in enumerate(steady):
            self.sell(account, [1000 + 37 * ((number * 7 + quarter * 11) % 13) for quarter in range(12)])
        return steady

    def test_falling_demand_with_its_evidence(self):
        steady = self.company_of(20)
        self.sell(self.acme, [2000, 1900, 1800, 1700, 1500, 1400, 1300, 1200, 700, 600, 500, 300])
        self.env["churn.account"]._refresh(self.env.company)
        case = self.detect()
        self.assertRecordValues(
            case, [{"account_id": self.acme.id, "user_id": self.old.id, "cause": "demand", "state": "proposed"}]
        )
        self.assertEqual(case.evidence["revenue_now"], 2100)
        self.assertEqual(case.evidence["revenue_before"], 5400)
        self.assertEqual((case.evidence["orders_now"], case.evidence["orders_before"]), (4, 4))
        text = case.with_user(self.manager).evidence_text
        self.assertIn("2,100.00", text)
        self.assertFalse(self.env["churn.case"].search([("account_id", "in", steady.ids)]))

    def test_a_bad_quarter_is_no_case(self):
        self.company_of(20)
        self.sell(self.acme, [2000, 1900, 2100, 1950, 2050, 1900, 2000, 1980, 2020, 2000, 1990, 100])
        self.assertFalse(self.detect())

    def test_whoever_took_over_lately_is_not_asked(self):
        self.company_of(20)
        self.sell(self.acme, [2000, 1900, 1800, 1700, 1500, 1400, 1300, 1200, 700, 600, 500, 300])
        self.owned_since(self.acme, 6)
        self.assertFalse(self.detect())

    def complain(self, **values):
        return self.env["churn.feedback"].create(
            {"kind": "complaint", "text": "Rude", "partner_id": self.acme.id, "user_id": self.boss.id, **values}
        )

    def test_a_grave_complaint_about_the_owner_looks_like_any_decision_of_a_manager(self):
        """Nothing of the case says that it was detected, or why: the record equals one opened by hand."""
        self.complain(about_user_id=self.old.id)
        case = self.detect()
        cases = self.env["churn.case"].with_user(self.boss).with_context(tracking_disable=False)
        by_hand = cases.create({"account_id": self.bolt.id})
        own = ("id", "account_id", "display_name", "reason_text", "message_ids", "evidence_text")
        self.assertEqual(case.account_id, self.acme)
        for name, field in case._fields.items():
            if name not in own and field.type not in ("one2many", "many2many", "datetime") and field.store:
                self.assertEqual(case.sudo()[name], by_hand.sudo()[name], name)
        self.assertEqual((case.create_uid, case.cause), (self.boss, "decision"))
        self.assertEqual(case.message_ids.mapped("body"), by_hand.message_ids.mapped("body"))
        self.assertEqual(case.message_ids.author_id, by_hand.message_ids.author_id)
        self.assertEqual(case.message_partner_ids, by_hand.message_partner_ids)
        case.with_user(self.boss).reason_text = "A new start"
        case.with_user(self.boss).action_tell()
        seen = case.with_user(self.old)
        self.assertNotIn("omplain", f"{seen.evidence_text}{seen.evidence}{seen.message_ids.mapped('body')}")

    def test_a_case_after_a_complaint_is_opened_within_working_hours(self):
        """Opened at night it would tell that it was detected: the nightly run opens none and names a minute by day."""
        self.complain(about_user_id=self.old.id)
        cron = self.env.ref("churn_handover.cron_case_complaint")
        with self.enter_registry_test_mode():
            self.env.ref("churn_handover.cron_case_detect").method_direct_trigger()
        self.env.invalidate_all()
        self.assertFalse(self.env["churn.case"].search([]))
        day = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).call_at
        self.assertTrue(day > fields.Datetime.now())
        self.assertTrue(9 <= day.hour < 17 and day.weekday() < 5, day)
        minutes = {self.env["churn.case"]._some_working_minute() for _time in range(20)}
        self.assertGreater(len(minutes), 10)
        self.env.company.partner_id.tz = "Asia/Shanghai"
        self.assertTrue(1 <= self.env["churn.case"]._some_working_minute().hour < 9)

    def test_the_leader_of_the_team_decides_and_never_about_themselves(self):
        self.leader.group_ids += self.env.ref("churn_handover.group_churn_leader")
        cases = self.env["churn.case"]
        self.assertEqual(cases._manager_of(self.old.id, self.env.company), self.leader)
        self.north.crm_team_member_ids = [Command.create({"user_id": self.leader.id})]
        own = cases._manager_of(self.leader.id, self.env.company)
        self.assertTrue(own)
        self.assertNotEqual(own, self.leader)

    def test_a_loss_below_the_companys_smallest_is_no_case(self):
        self.company_of(20)
        self.sell(self.acme, [2000, 1900, 1800, 1700, 1500, 1400, 1300, 1200, 700, 600, 500, 300])
        self.env.company.churn_case_least_loss = 5000
        self.assertFalse(self.detect())
        self.env.company.churn_case_least_loss = 3000
        self.assertEqual(self.detect().account_id, self.acme)

    def test_complaints_about_others_or_small_ones_make_no_case(self):
        self.complain(about_user_id=self.bob.id)
        self.complain(about_user_id=self.old.id, severity="low")
        self.complain(about_user_id=self.old.id, state="withdrawn")
        self.complain(about_user_id=self.old.id, is_sorted=False)
        self.assertFalse(self.detect())

    def test_overload_proposes_small_accounts_that_are_nobodys_trouble(self):
        self.env["churn.capacity"].create({"user_id": self.old.id, "account_limit": 2})
        self.env["churn.feedback"].create({"kind": "complaint", "text": "Late", "partner_id": self.acme.id})
        self.env["churn.account"].create(
            {"partner_id": self.bolt.id, "company_id": self.env.company.id, "is_key_account": True}
        )
        case = self.detect()
        self.assertEqual((case.account_id, case.cause), (self.core, "overload"))
        self.assertEqual((case.evidence["accounts"], case.evidence["limit"]), (3, 2))
        self.assertIn("3 accounts; at most 2", case.with_user(self.manager).evidence_text)

    def test_too_many_deals_or_overdue_activities_are_an_overload_too(self):
        capacity = self.env["churn.capacity"].create({"user_id": self.old.id, "account_limit": 5, "deal_limit": 1})
        self.assertFalse(self.detect())
        self.lead(self.acme)
        self.lead(self.acme)
        cases = self.detect()
        self.assertEqual((len(cases), set(cases.mapped("cause"))), (3, {"overload"}))
        text = cases[0].with_user(self.manager).evidence_text
        self.assertIn("2 open deals; at most 1", text)
        cases.sudo().unlink()  # sudo: as if there had been none
        capacity.deal_limit = 0
        self.assertFalse(self.detect())
        for _number in range(6):
            self.todo(self.acme, date_deadline=self.today - timedelta(days=3))
        self.assertIn("6 overdue activities", self.detect()[0].with_user(self.manager).evidence_text)

    def test_nobody_is_asked_twice(self):
        """Neither while a case is open, nor for half a year after its end, nor while a handover runs."""
        self.env["churn.capacity"].create({"user_id": self.old.id, "account_limit": 2})
        cases = self.detect()
        self.assertEqual(len(cases), 1)
        cases.with_user(cases.manager_id).action_dismiss()
        self.env.flush_all()
        again = self.detect()
        self.assertNotIn(cases.account_id, again.account_id)
        again.with_user(again.manager_id).action_dismiss()
        self.env.flush_all()
        long_ago = fields.Datetime.now() - timedelta(days=181)
        self.env.cr.execute("UPDATE churn_case SET write_date = %s", [long_ago])
        self.env.invalidate_all()
        self.assertTrue(self.detect())

    def test_queries_do_not_grow_with_the_accounts(self):
        def queries():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["churn.case"]._detect(self.env.company)
            return self.env.cr.sql_log_count - before

        few = queries()
        self.company_of(30)
        self.assertLessEqual(queries(), few + 2)
