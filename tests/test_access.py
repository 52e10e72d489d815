from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user

from .common_account import REP, AccountCase


class AccessCase(AccountCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.quotation = cls.order(cls.buyer, user=cls.ann)
        cls.lead = cls.env["crm.lead"].create(
            {"name": "Pumps", "type": "opportunity", "partner_id": cls.buyer.id, "user_id": cls.ann.id}
        )
        cls.documents = (cls.quotation, cls.quotation.order_line, cls.lead)

    def sees(self, user):
        """Whether the user finds, may read and may write all documents of the account; all must agree."""
        answers = set()
        for record in self.documents:
            own = record.with_user(user)
            answers |= {own.has_access("read"), own.has_access("write"), bool(own.search([("id", "=", own.id)]))}
        self.assertEqual(len(answers), 1)
        return answers.pop()


class TestAccessFollowsTheTeam(AccessCase):
    def test_stranger_is_denied(self):
        self.assertTrue(self.sees(self.ann))
        self.assertFalse(self.sees(self.bob))

    def test_access_begins_and_ends_with_the_dates(self):
        """Nothing is cleared between the days: rules are cached for the life of a server."""
        self.member(self.bob, date_from="2026-03-02", date_to="2026-03-31")
        for day, expected in {
            "2026-03-01": False,
            "2026-03-02": True,
            "2026-03-31": True,
            "2026-04-01": False,
        }.items():
            with self.subTest(day=day), freeze_time(day):
                self.assertEqual(self.sees(self.bob), expected)

    def test_access_without_end(self):
        self.member(self.bob, date_from="2026-03-02")
        with freeze_time("2036-01-01"):
            self.assertTrue(self.sees(self.bob))

    def test_the_day_is_the_users_own(self):
        """At 20:00 UTC on 1 March it is 2 March in Tokyo already."""
        self.member(self.bob, date_from="2026-03-02")
        with freeze_time("2026-03-01 20:00:00"):
            for tz, expected in {"UTC": False, "Asia/Tokyo": True}.items():
                quotation = self.quotation.with_user(self.bob).with_context(tz=tz)
                self.assertEqual(quotation.has_access("read"), expected)
                self.assertEqual(bool(quotation.search([("id", "=", quotation.id)])), expected)

    def test_cover_and_successor_in_overlap(self):
        for origin in ("cover", "overlap"):
            with self.subTest(origin=origin), freeze_time("2026-03-02"):
                self.assertFalse(self.sees(self.bob))
                member = self.member(self.bob, origin=origin, date_from="2026-03-02", date_to="2026-03-02")
                self.assertTrue(self.sees(self.bob))
                member.unlink()

    def test_removal_ends_access_at_once(self):
        member = self.member(self.bob)
        self.assertTrue(self.sees(self.bob))
        member.unlink()
        self.assertFalse(self.sees(self.bob))

    def test_other_accounts_stay_closed(self):
        other = self.env["res.partner"].create({"name": "Other", "is_company": True, "user_id": self.ann.id})
        self.member(self.bob)
        self.assertFalse(self.order(other, user=self.ann).with_user(self.bob).has_access("read"))

    def test_new_owner_keeps_seeing_the_predecessors_orders(self):
        """Closed orders keep the predecessor's name; without this rule the successor would not see the history."""
        self.acme.user_id = self.bob
        self.assertTrue(self.sees(self.bob))
        self.acme.user_id = self.cid
        self.assertFalse(self.sees(self.bob))

    def test_long_lists_are_searched_as_well(self):
        """Beyond a size the list of accounts is given to PostgreSQL in another form."""
        from odoo.addons.churn_handover.models.access import access

        self.member(self.bob)
        self.patch(access, "SHORT_LIST", 0)
        self.assertTrue(self.sees(self.bob))
        self.assertFalse(self.sees(self.cid))

    def test_filter_my_accounts(self):
        self.member(self.bob)
        orders = self.env["sale.order"].with_user(self.bob)
        foreign = self.order(self.env["res.partner"].create({"name": "X"}), user=self.bob)
        self.assertEqual(orders.search([("churn_my_account", "=", True)]), self.quotation)
        self.assertIn(foreign, orders.search([("churn_my_account", "=", False)]))
        self.assertNotIn(self.quotation, orders.search([("churn_my_account", "=", False)]))


class TestWorkForTheOwner(AccessCase):
    def setUp(self):
        super().setUp()
        self.member(self.bob)

    def test_member_makes_a_quotation_for_the_owner(self):
        order = self.order(self.buyer.with_user(self.bob).with_env(self.env))
        form = Form(self.env["sale.order"].with_user(self.bob))
        form.partner_id = self.buyer
        with form.order_line.new() as line:
            line.product_id = order.order_line.product_id
        quotation = form.save()
        self.assertEqual(quotation.user_id, self.ann)
        quotation.action_confirm()
        self.assertEqual(quotation.state, "sale")

    def test_stranger_cannot(self):
        """The opposite: what stock Odoo does, since the quotation defaults to the owner."""
        form = Form(self.env["sale.order"].with_user(self.cid))
        form.partner_id = self.buyer
        with self.assertRaises(AccessError):
            form.save()

    def test_member_changes_and_deletes_lines(self):
        line = self.quotation.order_line.with_user(self.bob)
        line.product_uom_qty = 3
        line.unlink()
        self.assertFalse(self.quotation.order_line)

    def test_member_makes_an_opportunity_for_the_owner(self):
        values = {"name": "More pumps", "type": "opportunity", "partner_id": self.acme.id, "user_id": self.ann.id}
        lead = self.env["crm.lead"].with_user(self.bob).create(values)
        self.assertEqual(lead.user_id, self.ann)
        with self.assertRaises(AccessError):
            self.env["crm.lead"].with_user(self.cid).create(values)

    def test_member_opens_an_invoiced_order(self):
        """The order's form reads its invoices, which only their salesperson may."""
        self.quotation.action_confirm()
        self.quotation.order_line.qty_delivered = 1
        self.quotation._create_invoices()
        self.env.invalidate_all()
        order = self.quotation.with_user(self.bob)
        order.web_read({"name": {}, "invoice_count": {}, "invoice_status": {}, "order_line": {"fields": {"name": {}}}})

    def test_member_sees_the_analysis(self):
        self.lead.activity_schedule("mail.mail_activity_data_call", user_id=self.ann.id).action_feedback()
        self.env.flush_all()
        for model in ("sale.report", "crm.activity.report"):
            with self.subTest(model=model):
                domain = [("partner_id", "=", self.buyer.id)]
                self.assertTrue(self.env[model].with_user(self.bob).search(domain))
                self.assertFalse(self.env[model].with_user(self.cid).search(domain))

    def test_contacts_are_open(self):
        self.buyer.with_user(self.bob).phone = "123"
        self.assertEqual(self.buyer.phone, "123")

    def test_through_relations(self):
        """Rules hold also where documents are reached from the partner."""
        self.env.invalidate_all()
        self.assertEqual(self.acme.with_user(self.bob).child_ids.sale_order_ids, self.quotation)
        found = self.env["res.partner"].with_user(self.bob).search([("sale_order_ids.name", "=", self.quotation.name)])
        self.assertEqual(found, self.buyer)
        found = self.env["res.partner"].with_user(self.cid).search([("sale_order_ids.name", "=", self.quotation.name)])
        self.assertFalse(found)


class TestCompanies(AccessCase):
    def test_membership_gives_no_other_company(self):
        """A team row never opens a company in which the member does not work."""
        second = self.env["res.company"].create({"name": "Second"})
        boss = new_test_user(self.env, login="boss", groups=REP, company_ids=[(6, 0, (self.env.company | second).ids)])
        order = self.order(self.acme, user=self.ann, company_id=second.id)
        for user in (self.bob, boss):
            self.member(user)
        self.assertFalse(order.with_user(self.bob).has_access("read"))
        for companies, expected in ((self.env.company, False), (self.env.company | second, True)):
            with self.subTest(companies=companies.ids):
                own = order.with_user(boss).with_context(allowed_company_ids=companies.ids)
                self.assertEqual(own.has_access("read"), expected)
