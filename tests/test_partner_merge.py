from datetime import date

from freezegun import freeze_time

from .common_account import AccountCase

CREATED = date(2026, 1, 10)
TODAY = date(2026, 3, 1)


@freeze_time(TODAY)
class TestPartnerMerge(AccountCase):
    """Merging Zoe Ltd (Bob's) into Acme (Ann's) by the stock wizard loses nothing of either."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-01-10"):
            cls.zoe = cls.env["res.partner"].create({"name": "Zoe Ltd", "is_company": True, "user_id": cls.bob.id})
            cls.zoe_buyer = cls.env["res.partner"].create({"name": "Zoe's buyer", "parent_id": cls.zoe.id})

    def merge(self, target=None):
        target = target or self.acme
        wizard = self.env["base.partner.merge.automatic.wizard"].create(
            {"partner_ids": [(6, 0, (self.acme | self.zoe).ids)], "dst_partner_id": target.id, "state": "selection"}
        )
        wizard.action_merge()
        self.env.invalidate_all()
        self.assertEqual((self.acme | self.zoe).exists(), target)

    def plan(self, user, accounts, confirm=False, day=date(2026, 3, 20)):
        handover = self.env["churn.handover"]._plan(user, day, accounts, default_successor_id=self.cid.id)
        handover.line_ids.successor_id = self.cid
        if confirm:
            handover._confirm()
        return handover

    def test_history_of_both_is_kept(self):
        self.merge()
        self.assertEqual(
            self.history(self.acme),
            [(self.ann, CREATED, False, "created", False), (self.bob, CREATED, TODAY, "created", "merge")],
        )
        bobs = self.acme.churn_assignment_ids.filtered(lambda row: row.user_id == self.bob)
        self.assertEqual(bobs.account_name, "Zoe Ltd")

    def test_account_without_owner_gets_the_other_ones(self):
        self.acme.user_id = False
        self.merge()
        self.assertEqual(self.acme.user_id, self.bob)
        self.assertEqual(self.history(self.acme)[-1], (self.bob, TODAY, False, "merge", False))

    def test_both_teams_serve(self):
        here, there = self.member(self.cid), self.member(self.cid, self.zoe, role_id=self.other_role.id)
        self.merge()
        self.assertEqual(self.acme.churn_member_ids, here | there)
        self.assertEqual(len(self.history(self.acme, "team")), 2)

    def test_member_of_both_serves_in_one_row(self):
        here = self.member(self.cid, date_from="2026-02-01", date_to="2026-03-10")
        there = self.member(
            self.cid, self.zoe, date_from="2026-01-15", date_to="2026-06-30", is_backup=True, backup_rank=2
        )
        self.merge()
        self.assertEqual(self.acme.churn_member_ids, here)
        self.assertFalse(there.exists())
        self.assertEqual((here.date_from, here.date_to), (date(2026, 1, 15), date(2026, 6, 30)))
        self.assertEqual((here.is_backup, here.backup_rank), (True, 2))
        self.assertIn((self.cid, date(2026, 1, 15), TODAY, "manual", "merge"), self.history(self.acme, "team"))
        self.assertIn(
            (self.cid, date(2026, 1, 15), date(2026, 6, 30), "manual", "merge"), self.history(self.acme, "team")
        )

    def test_open_line_goes_on(self):
        handover = self.plan(self.bob, self.zoe, confirm=True)
        line = handover.line_ids.filtered("account_id")
        self.merge()
        self.assertEqual((line.account_id, line.state), (self.acme, "confirmed"))
        self.assertEqual(self.acme.churn_member_ids.user_id, self.cid)

    def test_two_open_lines_become_one(self):
        mine, theirs = self.plan(self.ann, self.acme, confirm=True), self.plan(self.bob, self.zoe, confirm=True)
        line, dropped = mine.line_ids.filtered("account_id"), theirs.line_ids.filtered("account_id")
        self.merge()
        self.assertEqual((line.account_id, line.state), (self.acme, "confirmed"))
        self.assertEqual((dropped.account_id.id, dropped.account_name, dropped.state), (False, "Zoe Ltd", "cancelled"))
        self.assertIn("Acme", dropped.stop_reason)
        self.assertEqual(len(self.acme.churn_member_ids), 1)

    def test_closed_lines_of_one_plan(self):
        """Both were moved by the same plan; a plan has one line per account."""
        self.zoe.user_id = self.ann
        handover = self.plan(self.ann, self.acme | self.zoe, confirm=True, day=TODAY)
        handover._run()
        self.assertEqual((self.acme | self.zoe).user_id, self.cid)
        self.merge()
        self.assertEqual(set(handover.line_ids.mapped("account_name")) - {False}, {"Acme", "Zoe Ltd"})
        self.assertEqual(set(handover.line_ids.mapped("state")), {"done"})

    def test_figures_are_added_and_a_key_account_stays_one(self):
        for account, amount in ((self.acme, 100), (self.zoe_buyer, 50)):
            self.order(account, amount).action_confirm()
        self.env["churn.account"]._refresh(self.env.company)
        self.zoe.churn_is_key_account = True
        self.merge()
        self.assertEqual(self.acme.churn_revenue_12m, 150)
        self.assertTrue(self.acme.churn_is_key_account)
        self.assertEqual(len(self.acme.churn_account_ids), 1)

    def test_merging_contacts_of_one_account_touches_nothing(self):
        other = self.env["res.partner"].create({"name": "Buyer", "parent_id": self.acme.id})
        before = self.history(self.acme)
        self.env["base.partner.merge.automatic.wizard"].create({})._merge((self.buyer | other).ids, self.buyer)
        self.assertEqual(self.history(self.acme), before)
