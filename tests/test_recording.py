"""How much of each salesperson's contact is recorded: managers only, no ranking."""

from odoo.exceptions import AccessError

from .test_dependence import DependenceCase


class TestRecording(DependenceCase):
    def recording(self, user=None):
        return self.env["churn.recording"].with_user(self.manager).search([("user_id", "=", (user or self.old).id)])

    def setUp(self):
        super().setUp()
        for account in (self.acme, self.bolt, self.core):
            self.quotation(account).action_confirm()
        self.env["churn.account"]._refresh(self.env.company)

    def test_share_and_state_follow_the_settings(self):
        self.past_meeting(self.buyer)
        self.env.company.churn_contact_level = 0.3
        self.count()
        row = self.recording()
        self.assertEqual((row.buying, row.recorded, row.missing, row.state), (3, 1, 2, "told"))
        self.assertAlmostEqual(row.share, 1 / 3)
        self.env.company.churn_contact_level = 0.5
        self.env.invalidate_all()
        self.assertEqual(self.recording().state, "cannot_tell")

    def test_what_is_missing_is_one_click_away(self):
        self.past_meeting(self.buyer)
        self.count()
        action = self.recording().action_open_missing()
        found = self.env["churn.account"].search(action["domain"])
        self.assertEqual(found.partner_id, self.bolt | self.core)

    def test_the_contact_of_a_colleague_is_not_the_owners(self):
        self.past_meeting(self.buyer)
        self.mail(self.ann, self.bolt)
        self.count()
        self.assertEqual(self.recording().recorded, 1)

    def test_managers_only_and_own_companies(self):
        self.count()
        for user in (self.old, self.leader):
            with self.assertRaises(AccessError):
                self.env["churn.recording"].with_user(user).search([])
        other = self.env["res.company"].create({"name": "Other"})
        self.manager.company_ids += other
        elsewhere = self.env["churn.recording"].with_user(self.manager).with_context(allowed_company_ids=other.ids)
        self.assertFalse(elsewhere.search([]))

    def test_it_is_in_the_order_of_names(self):
        """Bob has everything recorded, Olga nothing; still the order says nothing about it."""
        account = self.account("Bobs", owner=self.bob)
        self.quotation(account, user_id=self.bob.id).action_confirm()
        self.env["churn.account"]._refresh(self.env.company)
        self.mail(self.bob, account)
        self.count()
        rows = (
            self.env["churn.recording"].with_user(self.manager).search([("user_id", "in", (self.old | self.bob).ids)])
        )
        self.assertEqual(rows.user_id.mapped("name"), ["Bob", "Olga"])
        account.user_id = self.ann
        self.count()
        names = self.env["churn.recording"].with_user(self.manager).search([]).mapped("user_id.name")
        self.assertEqual(names, sorted(names))
