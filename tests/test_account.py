from datetime import datetime

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import new_test_user

from .common_account import AccountCase


@freeze_time("2026-03-01")
class FiguresCase(AccountCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.figures = cls.env["churn.account"]

    @classmethod
    def sell(cls, account, amount, day="2026-02-01", **values):
        order = cls.order(account, amount, **values)
        order.write({"state": "sale", "date_order": datetime.fromisoformat(day)})
        return order

    def refresh(self, companies=None, partners=None):
        return self.figures._refresh(companies or self.env.company, partners and partners.ids)

    def row(self, account, company=None):
        return self.figures.search(
            [("partner_id", "=", account.id), ("company_id", "=", (company or self.env.company).id)]
        )

    def tiers(self, accounts):
        return "".join(self.row(account).value_tier for account in accounts)


@freeze_time("2026-03-01")
class TestFigures(FiguresCase):
    def test_revenue_orders_and_last_date(self):
        self.sell(self.acme, 100, "2026-01-01")
        self.sell(self.acme, 50, "2025-03-01 00:00:00")
        self.sell(self.acme, 1000, "2025-02-28 23:59:59")
        self.order(self.acme, 5000)
        self.refresh()
        row = self.row(self.acme)
        self.assertEqual((row.revenue_12m, row.order_count_12m), (150, 2))
        self.assertEqual(str(row.last_order_date), "2026-01-01")

    def test_contacts_count_for_their_account(self):
        self.sell(self.buyer, 100)
        self.sell(self.acme, 100)
        self.refresh()
        self.assertEqual(self.row(self.acme).revenue_12m, 200)
        self.assertFalse(self.row(self.buyer))

    def test_revenue_is_without_tax(self):
        tax = self.env["account.tax"].create({"name": "10", "amount": 10})
        order = self.sell(self.acme, 100)
        order.order_line.tax_ids = tax
        self.refresh()
        self.assertEqual(self.row(self.acme).revenue_12m, 100)

    def test_currency_at_the_order_date(self):
        currency = self.env["res.currency"].create({"name": "CHU", "symbol": "C"})
        for day, rate in (("2026-01-01", 2), ("2026-02-01", 4)):
            currency.rate_ids.create(
                {"currency_id": currency.id, "name": day, "rate": rate, "company_id": self.env.company.id}
            )
        pricelist = self.env["product.pricelist"].create({"name": "C", "currency_id": currency.id})
        self.sell(self.acme, 100, "2026-01-15", pricelist_id=pricelist.id)
        self.sell(self.acme, 100, "2026-02-15", pricelist_id=pricelist.id)
        self.refresh()
        self.assertEqual(self.row(self.acme).revenue_12m, 75)

    def test_our_own_people_and_companies_are_no_customers(self):
        archived = new_test_user(self.env, login="gone", groups="base.group_user")
        self.sell(archived.partner_id, 100)
        archived.active = False
        self.sell(self.ann.partner_id, 100)
        self.sell(self.env.company.partner_id, 100)
        portal = new_test_user(self.env, login="portal", groups="base.group_portal")
        self.sell(portal.partner_id, 100)
        self.refresh()
        for partner, expected in {
            archived.partner_id: False,
            self.ann.partner_id: False,
            self.env.company.partner_id: False,
            portal.partner_id: True,
        }.items():
            self.assertEqual(bool(self.row(partner)), expected)
            domain = partner._churn_account_domain() & Domain("id", "=", partner.id)
            self.assertEqual(bool(partner.search(domain)), expected)
            self.assertEqual(bool(partner.filtered_domain(domain)), expected)

    def test_account_domain_leaves_contacts_out(self):
        both = self.acme | self.buyer
        self.assertEqual(both.search(both._churn_account_domain() & Domain("id", "in", both.ids)), self.acme)

    def test_each_company_has_its_own_figures(self):
        second = self.env["res.company"].create({"name": "Second"})
        self.sell(self.acme, 100)
        self.sell(self.acme, 30, company_id=second.id)
        self.refresh(self.env.company | second)
        self.assertEqual(self.row(self.acme).revenue_12m, 100)
        self.assertEqual(self.row(self.acme, second).revenue_12m, 30)
        self.assertEqual(self.acme.churn_revenue_12m, 100)
        self.assertEqual(self.acme.with_company(second).churn_revenue_12m, 30)
        self.manager.company_ids = self.env.company
        self.assertEqual(self.row(self.acme).search([]).with_user(self.manager).search([]).company_id, self.env.company)

    def test_tiers(self):
        """Shares 50, 25, 15, 6, 4: the third begins below 80 % and is still A; the fourth is B, the fifth C."""
        accounts = self.env["res.partner"].create([{"name": str(n), "is_company": True} for n in range(6)])
        for account, amount in zip(accounts, (50, 25, 15, 6, 4, 9), strict=True):
            self.sell(account, amount, "2024-01-01" if amount == 9 else "2026-02-01")
        self.refresh()
        self.assertEqual(self.tiers(accounts), "aaabcc")

    def test_refund_orders_do_not_disturb_the_shares(self):
        accounts = self.env["res.partner"].create([{"name": str(n), "is_company": True} for n in range(3)])
        for account, amount in zip(accounts, (90, 10, -50), strict=True):
            self.sell(account, amount)
        self.refresh()
        self.assertEqual(self.tiers(accounts), "abc")

    def test_nothing_changed_writes_nothing(self):
        self.sell(self.acme, 100)
        self.assertEqual(self.refresh(), 1)
        self.assertEqual(self.refresh(), 0)

    def test_cancelled_order_goes(self):
        order = self.sell(self.acme, 100)
        self.refresh()
        self.row(self.acme).is_key_account = True
        order._action_cancel()
        self.refresh()
        row = self.row(self.acme)
        self.assertEqual((row.revenue_12m, row.order_count_12m, row.last_order_date), (0, 0, False))
        self.assertEqual((row.value_tier, row.is_key_account), (False, True))

    def test_on_demand_compares_with_all_others(self):
        accounts = self.env["res.partner"].create([{"name": str(n), "is_company": True} for n in range(2)])
        for account, amount in zip(accounts, (90, 10), strict=True):
            self.sell(account, amount)
        self.refresh()
        self.assertEqual(self.tiers(accounts), "ab")
        self.sell(accounts[1], 1000)
        self.figures._refresh_partners(accounts[1].ids)
        self.assertEqual(self.tiers(accounts[1]), "a")
        self.assertEqual(self.row(accounts[0]).revenue_12m, 90)
        self.refresh()
        self.assertEqual(self.tiers(accounts), "ba")

    def test_one_statement(self):
        self.sell(self.acme, 100)
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.refresh()

    def test_cron_refreshes_each_company_once_a_day(self):
        self.sell(self.acme, 100)
        cron = self.env.ref("churn_handover.cron_account_refresh")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.row(self.acme).revenue_12m, 100)
        self.sell(self.acme, 100)
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.row(self.acme).revenue_12m, 100)
        with freeze_time("2026-03-02"), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.row(self.acme).revenue_12m, 200)


@freeze_time("2026-03-01")
class TestFiguresOnContacts(FiguresCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.big, cls.small, cls.none = cls.env["res.partner"].create(
            [{"name": name, "is_company": True} for name in ("Big", "Small", "None")]
        )
        cls.contact = cls.env["res.partner"].create({"name": "Contact", "parent_id": cls.big.id})
        cls.sell(cls.contact, 1000)
        cls.sell(cls.small, 10)
        cls.figures._refresh(cls.env.company)
        cls.all = cls.big | cls.small | cls.none | cls.contact

    def found(self, *condition):
        return self.all.search([("id", "in", self.all.ids), condition])

    def test_contacts_show_their_accounts_figures(self):
        self.assertEqual(self.contact.churn_revenue_12m, 1000)
        self.assertEqual(self.contact.churn_value_tier, "a")
        self.assertEqual(self.none.churn_revenue_12m, 0)
        self.assertFalse(self.none.churn_value_tier)

    def test_search(self):
        for condition, expected in (
            (("churn_value_tier", "=", "a"), self.big | self.contact),
            (("churn_value_tier", "!=", "a"), self.small | self.none),
            (("churn_value_tier", "=", False), self.none),
            (("churn_value_tier", "!=", False), self.big | self.contact | self.small),
            (("churn_value_tier", "in", ["c", False]), self.small | self.none),
            (("churn_value_tier", "not in", ["c", False]), self.big | self.contact),
            (("churn_revenue_12m", ">", 10), self.big | self.contact),
            (("churn_revenue_12m", "<=", 10), self.small | self.none),
            (("churn_revenue_12m", "=", 0), self.none),
            (("churn_revenue_12m", "!=", 0), self.big | self.contact | self.small),
            (("churn_is_key_account", "=", True), self.all.browse()),
            (("churn_is_key_account", "=", False), self.all),
        ):
            with self.subTest(condition=condition):
                self.assertEqual(set(self.found(*condition)), set(expected))
                self.assertEqual(set(self.all.filtered_domain([condition])), set(expected))

    def test_key_account_by_the_manager_only(self):
        self.none.with_user(self.manager).churn_is_key_account = True
        self.contact.with_user(self.manager).churn_is_key_account = True
        self.assertEqual(self.found("churn_is_key_account", "=", True), self.big | self.none | self.contact)
        self.assertTrue(self.contact.churn_is_key_account)
        with self.assertRaises(AccessError):
            self.small.with_user(self.ann).churn_is_key_account = True
        self.small.user_id = self.ann
        row = self.figures.with_user(self.ann).search([])
        self.assertEqual(row.partner_id, self.small)
        with self.assertRaises(AccessError):
            row.is_key_account = True

    def test_sort_and_group(self):
        domain = [("id", "in", self.all.ids)]
        ordered = self.all.search(domain, order="churn_revenue_12m DESC, id")
        self.assertEqual(list(ordered), [self.big, self.contact, self.small, self.none])
        groups = self.env["res.partner"]._read_group(domain, ["churn_value_tier"], ["__count"])
        self.assertEqual(dict(groups), {"a": 2, "c": 1, False: 1})
        described = self.all.fields_get(["churn_value_tier", "churn_revenue_12m"], ["sortable", "groupable"])
        self.assertTrue(all(field["sortable"] for field in described.values()))

    def test_opportunities(self):
        leads = self.env["crm.lead"].create(
            [{"name": p.name, "partner_id": p.id, "type": "opportunity"} for p in (self.contact, self.small)]
        )
        domain = [("id", "in", leads.ids)]
        self.assertEqual(leads.search([*domain, ("churn_value_tier", "=", "a")]), leads[0])
        self.assertEqual(leads.search(domain, order="churn_value_tier DESC")[0], leads[1])
        groups = self.env["crm.lead"]._read_group(domain, ["churn_value_tier"], ["__count"])
        self.assertEqual(dict(groups), {"a": 1, "c": 1})
        self.assertEqual(leads[0].with_user(self.manager).churn_value_tier, "a")

    def test_portal_and_clerk_do_not_see_figures(self):
        clerk = new_test_user(self.env, login="clerk", groups="base.group_user,base.group_partner_manager")
        self.assertNotIn("churn_value_tier", self.big.with_user(clerk).fields_get())
        self.big.with_user(clerk).read(["name"])
        with self.assertRaises(AccessError):
            self.big.with_user(clerk).read(["churn_value_tier"])
        self.big.with_user(clerk).write({"name": "Big!", "parent_id": self.small.id, "is_company": False})
        self.assertFalse(self.row(self.big))

    def test_read_takes_one_query_for_many(self):
        names = ["churn_revenue_12m", "churn_value_tier", "churn_is_key_account"]
        self.all.mapped("churn_revenue_12m")
        self.env.flush_all()
        self.all.invalidate_recordset(names)
        with self.assertQueryCount(1):
            self.assertEqual(sum(self.all.mapped("churn_revenue_12m")), 2010)
            self.all.mapped("churn_value_tier")
