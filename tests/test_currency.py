"""Money of several currencies is added up in one: at the rate of the order, or of the company today."""

from odoo.fields import Command

from .common_handover import HandoverCase
from .test_dossier import DossierCase
from .test_handover_match import MatchCase


class CheapCase(HandoverCase):
    """A hundred of the foreign currency are worth one of ours."""

    @classmethod
    def sold(cls, account, product, amount, foreign=False):
        order = cls.env["sale.order"].create(
            {
                "partner_id": account.id,
                "user_id": cls.old.id,
                "order_line": [Command.create({"product_id": product.id, "price_unit": amount, "tax_ids": False})],
            }
        )
        order.action_confirm()
        if foreign:
            cls.env.flush_all()
            cls.env.cr.execute("UPDATE sale_order SET currency_rate = 100 WHERE id = %s", [order.id])
            cls.env.invalidate_all()
        return order

    @classmethod
    def product(cls, name, category):
        return cls.env["product.product"].create({"name": name, "categ_id": category.id, "invoice_policy": "order"})


class TestDossierMoney(DossierCase, CheapCase):
    def test_what_was_bought_most(self):
        category = self.env["product.category"].create({"name": "Machines"})
        self.sold(self.acme, self.product("Ours", category), 900)
        self.sold(self.acme, self.product("Theirs", category), 9000, foreign=True)
        shares = self.dossier._products(self.acme, self.env.company)
        self.assertEqual([name for name, _share, _amount in shares[:2]], ["Ours", "Theirs"])
        self.assertEqual(shares[1][2], 90)


class TestFitMoney(MatchCase, CheapCase):
    def test_revenue_of_several_companies(self):
        currency = self.env["res.currency"].create({"name": "CHP", "symbol": "c"})
        other = self.env["res.company"].create({"name": "Other", "currency_id": currency.id})
        for company, money, rate in (
            (self.env.company, currency, 100),
            (other, self.env.company.currency_id, 0.01),
            (other, currency, 1),
        ):
            self.env["res.currency.rate"].create(
                {"currency_id": money.id, "company_id": company.id, "rate": rate, "name": "2020-01-01"}
            )
        self.env["churn.account"].create(
            {"partner_id": self.acme.id, "company_id": other.id, "revenue_12m": 5000, "order_count_12m": 1}
        )
        fits = self.env["churn.fit"]._compare(self.acme.ids, self.ann | self.bob, self.env.company | other)
        self.assertAlmostEqual(fits.revenue[0], 1050)

    def test_mix_of_an_account(self):
        one, two = self.env["product.category"].create([{"name": "One"}, {"name": "Two"}])
        self.sold(self.acme, self.product("Ours", one), 300)
        self.sold(self.acme, self.product("Theirs", two), 10000, foreign=True)
        mix, _served = self.env["churn.fit"]._mixes(self.acme.ids, self.bob.ids, self.env.company)
        self.assertEqual(sorted(mix[0]), [100, 300])

    def test_weight_of_a_service(self):
        service, goods = self.env["product.category"].create(
            [{"name": "Service", "churn_service": 1.0}, {"name": "Goods", "churn_alike": 1.0}]
        )
        self.sold(self.acme, self.product("Ours", service), 300)
        self.sold(self.acme, self.product("Theirs", goods), 10000, foreign=True)
        self.env.flush_all()
        rows = self.env.execute_query(self.env["churn.account"]._sql_products(self.env.company))
        found = {row[0]: (float(row[1]), float(row[2])) for row in rows}
        self.assertEqual(found[self.acme.id], (0.75, 0.25))
