"""Two of us who tell one customer different things, found in documents; settled or dismissed with a reason."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user

from .common_handover import MANAGER
from .common_team import TeamCase


class ContradictionCase(TeamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pump = cls.env["product.product"].create({"name": "Pump X", "taxes_id": False, "list_price": 100})

    def offer(self, user, price, days=0, account=None, quantity=1, discount=0, product=None, **values):
        order = self.env["sale.order"].create(
            {
                "partner_id": (account or self.acme).id,
                "user_id": user.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": (product or self.pump).id,
                            "price_unit": price,
                            "product_uom_qty": quantity,
                            "discount": discount,
                            **{key: values.pop(key) for key in ("product_uom_id",) if key in values},
                        }
                    )
                ],
                **values,
            }
        )
        order.date_order = fields.Datetime.now() - timedelta(days=days)
        return order

    def find(self, company=None):
        self.env["churn.contradiction"]._find(company or self.env.company)
        self.env.invalidate_all()
        return self.env["churn.contradiction"].search([("state", "=", "open")])


class TestOffers(ContradictionCase):
    def test_two_prices_for_one_product(self):
        low, high = self.offer(self.ann, 100), self.offer(self.old, 115, days=20)
        found = self.find()
        self.assertEqual((found.account_id, found.kind, found.product_id), (self.acme, "price", self.pump))
        self.assertEqual(found.user_ids, self.ann | self.old)
        self.assertAlmostEqual(found.difference, 0.15)
        for word in (low.name, high.name, "Ann", "Olga", "100.00", "115.00", "15 % apart"):
            self.assertIn(word, found.text)
        self.assertEqual(set(found.action_open_evidence()["domain"][0][2]), {low.id, high.id})

    def test_what_is_no_contradiction(self):
        other = self.env["product.product"].create({"name": "Pump Y", "taxes_id": False})
        self.offer(self.ann, 100)
        self.offer(self.old, 110)
        self.offer(self.old, 200, product=other)
        self.offer(self.old, 200, account=self.bolt)
        self.offer(self.old, 200, days=31)
        self.offer(self.ann, 120)
        self.offer(self.old, 300).action_cancel()
        self.assertFalse(self.find(), "10 % are not more than 10 %; other product, customer, day, person; cancelled")

    def test_the_level_is_a_setting(self):
        self.offer(self.ann, 100)
        self.offer(self.old, 110)
        self.env.company.churn_contradiction = 0.05
        self.assertEqual(self.find().kind, "price")

    def test_two_discounts(self):
        self.offer(self.ann, 100, discount=10)
        self.offer(self.old, 120, discount=25)
        found = self.find()
        self.assertEqual(found.kind, "discount", "90 each: one price, two stories")
        self.assertAlmostEqual(found.difference, 0.15)
        self.assertIn("discount 10 %", found.text)
        self.assertIn("25 %", found.text)

    def test_units_and_currencies_are_converted(self):
        dozen = self.env["uom.uom"].create(
            {"name": "Test Dozen", "relative_factor": 12, "relative_uom_id": self.pump.uom_id.id}
        )
        self.offer(self.ann, 100)
        self.offer(self.old, 1200, product_uom_id=dozen.id)
        self.assertFalse(self.find(), "100 each")
        currency = (
            self.env["res.currency"]
            .with_context(active_test=False)
            .search([("id", "!=", self.env.company.currency_id.id)], limit=1)
        )
        currency.active = True
        self.env["res.currency.rate"].search([("currency_id", "=", currency.id)]).unlink()
        self.env["res.currency.rate"].create({"currency_id": currency.id, "name": "2020-01-01", "rate": 2})
        pricelist = self.env["product.pricelist"].create({"name": "Foreign", "currency_id": currency.id})
        foreign = self.offer(self.old, 200, pricelist_id=pricelist.id)
        self.assertEqual(foreign.currency_rate, 2)
        self.assertFalse(self.find(), "200 of theirs are 100 of ours")
        foreign.order_line.price_unit = 100
        self.assertEqual(self.find().kind, "price")

    def test_one_row_per_pair_with_the_largest_difference(self):
        self.offer(self.ann, 100)
        self.offer(self.old, 120)
        self.offer(self.old, 150)
        found = self.find()
        self.assertEqual((len(found), round(found.difference, 2)), (1, 0.5))

    def test_it_goes_when_it_is_mended_and_comes_back(self):
        self.offer(self.ann, 100)
        order = self.offer(self.old, 130)
        found = self.find()
        order.order_line.price_unit = 105
        self.assertFalse(self.find())
        self.assertEqual(found.state, "gone")
        order.order_line.price_unit = 130
        self.assertEqual(self.find(), found)

    def test_old_offers_are_forgotten(self):
        self.offer(self.ann, 100, days=40)
        self.offer(self.old, 130, days=35)
        self.assertFalse(self.find(), "both are older than 30 days")
        self.offer(self.old, 150, days=25)
        self.assertEqual(len(self.find()), 1)

    def test_dismissed_with_a_reason_it_stays_so_until_there_is_new_evidence(self):
        self.offer(self.ann, 100, quantity=500)
        self.offer(self.old, 130)
        found = self.find().with_user(self.manager)
        wizard = self.env["churn.contradiction.dismiss"].with_user(self.manager).with_context(active_ids=found.ids)
        with self.assertRaises(UserError):
            wizard.create({"reason": " "}).action_dismiss()
        wizard.create({"reason": "500 pieces"}).action_dismiss()
        self.assertFalse(self.find())
        self.assertRecordValues(
            found, [{"state": "dismissed", "reason": "500 pieces", "dismissed_by_id": self.manager.id}]
        )
        self.offer(self.old, 170)
        self.assertEqual(len(self.find()), 1, "the larger difference is another one")
        found.action_reopen()
        self.assertEqual((found.state, found.reason), ("open", False))


class TestDeals(ContradictionCase):
    def test_two_owners_of_open_deals(self):
        mine, theirs = self.lead(self.acme), self.lead(self.buyer, user_id=self.ann.id)
        self.lead(self.bolt)
        self.lead(self.bolt)
        found = self.find()
        self.assertEqual((found.account_id, found.kind, found.user_ids), (self.acme, "owners", self.old | self.ann))
        self.assertIn(mine.name, found.text)
        self.assertEqual(found.action_open_evidence()["domain"], [("id", "in", [mine.id, theirs.id])])
        theirs.user_id = self.old
        self.assertFalse(self.find())

    def test_a_won_or_lost_deal_is_none(self):
        self.lead(self.acme)
        self.lead(self.acme, user_id=self.ann.id).action_set_lost()
        self.lead(self.acme, user_id=self.bob.id).action_set_won()
        self.lead(self.acme, user_id=self.dan.id, type="lead")
        self.assertFalse(self.find())

    def test_a_third_one_is_new(self):
        self.lead(self.acme)
        self.lead(self.acme, user_id=self.ann.id)
        self.find().with_user(self.manager)._dismiss("They share the customer")
        self.assertFalse(self.find())
        self.lead(self.acme, user_id=self.bob.id)
        self.assertEqual(len(self.find().user_ids), 3)


class TestContradictionAccess(ContradictionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader.group_ids += cls.env.ref("churn_handover.group_churn_leader")

    def setUp(self):
        super().setUp()
        self.lead(self.acme)
        self.lead(self.acme, user_id=self.ann.id)
        self.found = self.find()

    def test_who_sees_it_and_who_decides(self):
        found = self.found
        for user, sees, decides in (
            (self.old, True, False),
            (self.ann, False, False),
            (self.bob, False, False),
            (self.leader, True, True),
            (self.manager, True, True),
        ):
            own = found.with_user(user)
            self.assertEqual(bool(own.search([("id", "=", own.id)])), sees, user.name)
            self.assertEqual(own.has_access("write"), decides, user.name)
            if not decides:
                with self.assertRaises(AccessError):
                    own._dismiss("No")
                with self.assertRaises(AccessError):
                    own.write({"state": "dismissed"})
        with self.assertRaises(AccessError):
            found.with_user(self.manager).write({"evidence": {}})
        with self.assertRaises(AccessError):
            found.with_user(self.manager).unlink()
        found.with_user(self.leader)._dismiss("Agreed between them")

    def test_a_leader_of_others_sees_nothing(self):
        self.acme.user_id = self.bob
        self.assertFalse(self.found.with_user(self.leader).has_access("read"))

    def test_the_page_and_the_card(self):
        self.assertEqual(self.acme.with_user(self.old).churn_contradiction_count, 1)
        self.assertEqual(self.acme.with_user(self.bob).churn_contradiction_count, 0)
        card = self.env.ref("churn_handover.today_contradiction").with_user(self.manager)
        self.assertEqual(card.count, 1)
        self.assertFalse(
            self.env["churn.today"].with_user(self.old).search([("id", "=", card.id)]), "for leaders and managers"
        )

    def test_another_company_has_its_own(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env, login="eve", groups=MANAGER, company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        self.assertFalse(self.found.with_user(stranger).has_access("read"))
        self.env["crm.lead"].search([("partner_id", "=", self.acme.id)]).company_id = self.env.company
        self.env["churn.contradiction"]._find(other)
        self.assertEqual(self.env["churn.contradiction"].search([("account_id", "=", self.acme.id)]), self.found)

    def test_it_goes_with_a_merged_account(self):
        self.env["base.partner.merge.automatic.wizard"].create({})._merge((self.acme | self.bolt).ids, self.bolt)
        self.env.invalidate_all()
        self.assertEqual(self.found.account_id, self.bolt)
        self.assertEqual(self.find(), self.found)

    def test_two_statements_and_their_writing(self):
        for at in range(30):
            product = self.env["product.product"].create({"name": f"P{at}", "taxes_id": False})
            self.offer(self.ann, 100, product=product)
            self.offer(self.old, 150, product=product)
        self.find()
        self.env.flush_all()
        with self.assertQueryCount(6):
            self.assertEqual(self.env["churn.contradiction"]._find(self.env.company), 31)
