"""Won back is a real order of the customer, in this company, that stands: for as long as it does."""

from datetime import timedelta

from freezegun import freeze_time

from odoo.fields import Command

from .common_keep import KeepCase
from .common_score import NOON, TODAY

BACK = TODAY + timedelta(days=19)


@freeze_time(NOON)
class TestLossReturn(KeepCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time(NOON):
            cls.account = cls.make_customers(1)
            cls.partner = cls.account.partner_id
            cls.loss = cls.env["churn.loss"].create({"account_id": cls.account.id})

    def tonight(self):
        with freeze_time(f"{BACK + timedelta(days=5)} 12:00:00"):
            self.env["churn.loss"]._find_returned(self.company)
        self.env.invalidate_all()
        return self.loss.state

    def order(self, amount=80.0, **values):
        self.add_orders([(values.pop("partner", self.partner), BACK, amount)], **values)
        return self.env["sale.order"].search([], order="id desc", limit=1)

    def cancel(self, order):
        order._write({"state": "cancel"})

    def test_a_cancelled_order_was_no_return(self):
        order = self.order()
        self.assertEqual(self.tonight(), "won_back")
        self.cancel(order)
        self.assertEqual(self.tonight(), "lost")
        self.assertEqual((self.loss.returned_on, self.loss.revenue_back), (False, 0))
        self.order(50)
        self.assertEqual(self.tonight(), "won_back")

    def test_another_order_that_stands_is_enough(self):
        order = self.order(80)
        self.order(20)
        self.tonight()
        self.assertEqual(self.loss.revenue_back, 100)
        self.cancel(order)
        self.assertEqual((self.tonight(), self.loss.revenue_back), ("won_back", 20))

    def test_of_two_losses_one_is_open_again(self):
        """As two customers that were merged have them."""
        other = self.env["churn.loss"].create({"account_id": self.make_customers(1, prefix="Twin").id})
        order, twin = self.order(), self.order(partner=other.partner_id)
        self.tonight()
        other._write({"account_id": self.account.id, "partner_id": self.partner.id})
        self.cancel(order | twin)
        self.assertEqual((self.tonight(), other.state), ("relapsed", "lost"))

    def test_beside_an_open_loss_it_is_no_second_one(self):
        order = self.order()
        self.tonight()
        later = self.env["churn.loss"].create({"account_id": self.account.id, "lost_on": BACK + timedelta(days=1)})
        self.loss._write({"state": "won_back"})
        self.cancel(order)
        self.assertEqual((self.tonight(), later.state), ("relapsed", "lost"))

    def test_an_order_of_nothing_or_of_another_company_is_none(self):
        self.order(0.0)
        self.order(80, company=self.env["res.company"].create({"name": "Other"}))
        self.order(80, state="sent")
        self.assertEqual(self.tonight(), "lost")

    def test_an_order_of_a_colleague_of_the_same_customer_counts(self):
        contact = self.env["res.partner"].create({"name": "Eve", "parent_id": self.partner.id})
        self.order(60, partner=contact)
        self.assertEqual((self.tonight(), self.loss.revenue_back), ("won_back", 60))

    def test_an_order_of_another_customer_of_the_group_does_not(self):
        sister = self.make_accounts(1, prefix="Sister")
        self.order(60, partner=sister)
        self.assertEqual(self.tonight(), "lost")

    def test_an_order_in_foreign_currency_is_worth_what_it_was_then(self):
        self.order(60, rate=2.0)
        self.tonight()
        self.assertEqual(self.loss.revenue_back, 30)

    # Credit notes

    def sold(self):
        """A confirmed order, delivered and invoiced, as people enter it."""
        journals = self.env["account.journal"]
        values = {"company_id": self.company.id}
        if not journals.search([("type", "=", "sale"), ("company_id", "=", self.company.id)]):
            journals.create({"name": "Sales", "code": "RT", "type": "sale", **values})
        accounts = self.env["account.account"].with_company(self.company)
        income, owed = (
            accounts.create(
                {"name": kind, "code": code, "account_type": kind, "company_ids": [(6, 0, self.company.ids)]}
            )
            for kind, code in (("income", "RT1"), ("asset_receivable", "RT2"))
        )
        self.partner.with_company(self.company).property_account_receivable_id = owed
        product = (
            self.env["product.product"]
            .with_company(self.company)
            .create(
                {
                    "name": "Service",
                    "type": "service",
                    "invoice_policy": "order",
                    "taxes_id": False,
                    "property_account_income_id": income.id,
                }
            )
        )
        orders = self.env["sale.order"].with_company(self.company)
        order = orders.create(
            {
                "partner_id": self.partner.id,
                "company_id": self.company.id,
                "order_line": [Command.create({"product_id": product.id, "price_unit": 100.0, "tax_ids": False})],
            }
        )
        order.action_confirm()
        order.date_order = f"{BACK} 10:00:00"
        invoice = order._create_invoices()
        invoice.invoice_date = BACK
        invoice.action_post()
        return order, invoice

    def credit(self, invoice, price=None):
        wizard = self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=invoice.ids)
        note = invoice.browse(
            wizard.create({"journal_id": invoice.journal_id.id, "date": BACK}).reverse_moves()["res_id"]
        )
        if price:
            note.invoice_line_ids.price_unit = price
        with freeze_time(f"{BACK} 12:00:00"):
            note.action_post()
        return note

    def test_an_order_credited_in_full_was_no_return(self):
        __, invoice = self.sold()
        self.assertEqual((self.tonight(), self.loss.revenue_back), ("won_back", 100))
        self.credit(invoice)
        self.assertEqual(self.tonight(), "lost")

    def test_an_order_credited_in_part_stands(self):
        __, invoice = self.sold()
        self.credit(invoice, price=30.0)
        self.assertEqual(self.tonight(), "won_back")

    def test_a_programme_counts_no_order_credited_in_full(self):
        """Neither by orders nor by invoices, and the money of the credit note is gone."""
        programmes = self.env["churn.programme"]
        for purpose, basis in (("win_back", "sale"), ("deepen", "invoice")):
            programme = self.programme(self.account, purpose, holdout_share=0, basis=basis)
            programme.measure_ids = self.env.ref("churn_handover.measure_call")
            programme.action_start()
            programmes |= programme
        self.credit(self.sold()[1])
        with freeze_time("2026-06-10 12:00:00"):
            for programme in programmes:
                self.judge(programme)
        self.assertEqual([(member.kept, member.revenue) for member in programmes.member_ids], [(False, 0)] * 2)
