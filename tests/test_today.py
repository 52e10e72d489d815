from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user

from .common_handover import REP, HandoverCase


@freeze_time("2026-03-02 09:00:00")
class TestToday(HandoverCase):
    """One page shows each person what waits for them, counted with their own rights."""

    def card(self, name, user):
        card = self.env.ref(f"churn_handover.today_{name}").with_user(user)
        card.invalidate_recordset()
        return card

    def waiting(self, user):
        return self.env["churn.today"].with_user(user).search([("count", ">", 0)])

    def draft(self, day):
        plan = self.env["churn.handover"].with_user(self.manager)._plan(self.old, day, self.acme)
        plan.line_ids.successor_id = self.ann
        return plan

    def test_a_plan_comes_nearer(self):
        plan = self.draft(date(2026, 3, 20))
        coming = self.card("handover_coming", self.manager)
        self.assertEqual((coming.count, coming.examples), (1, plan.display_name))
        self.assertNotIn("handover_draft_due", self.names(self.manager))
        plan.change_date = date(2026, 3, 9)
        self.assertEqual(self.card("handover_coming", self.manager).count, 0)
        self.assertEqual(self.card("handover_draft_due", self.manager).count, 1)
        plan.action_confirm()
        self.assertEqual(self.card("handover_draft_due", self.manager).count, 0)

    def names(self, user):
        return {name.removeprefix("churn_handover.today_") for name in self.waiting(user).get_external_id().values()}

    def test_both_sides_of_a_handover_see_their_accounts(self):
        self.draft(date(2026, 3, 20)).action_confirm()
        self.assertIn("line_mine", self.names(self.ann))
        self.assertIn("line_from_me", self.names(self.old))

    def test_everything_else_is_no_account(self):
        self.draft(date(2026, 3, 20)).action_confirm()
        for name, user in (("line_mine", self.ann), ("line_from_me", self.old)):
            card = self.card(name, user)
            self.assertEqual((card.count, card.examples), (1, "Acme"))
        self.assertFalse({"line_mine", "line_from_me"} & self.names(self.bob))

    def test_more_than_the_examples_are_counted(self):
        for name in ("Dune", "Echo"):
            self.account(name)
        accounts = self.env["res.partner"].search([("user_id", "=", self.old.id)])
        self.old.with_context(churn_archive_only=True).active = False
        self.env["churn.account"].search([("partner_id", "in", accounts.ids)]).unlink()
        self.env["churn.account"].create(
            [{"partner_id": account.id, "company_id": self.env.company.id} for account in accounts]
        )
        card = self.card("owner_left", self.manager)
        self.assertEqual((card.count, len(card.examples.splitlines())), (len(accounts), 3))

    def test_the_card_opens_the_list_that_it_counted(self):
        self.draft(date(2026, 3, 20))
        card = self.card("handover_coming", self.manager)
        action = card.action_open()
        records = self.env[action["res_model"]].with_user(self.manager).search(action["domain"])
        self.assertEqual((len(records), action["name"]), (card.count, card.name))

    def test_counted_with_the_reader_s_rights(self):
        """A complaint about Ann does not wait for Ann, nor does it show by its number."""
        self.env["churn.feedback"].create(
            {
                "account_id": self.acme.id,
                "partner_id": self.acme.id,
                "text": "She never calls back",
                "kind": "complaint",
                "about_user_id": self.ann.id,
                "received_date": "2026-03-01 00:00:00",
            }
        )
        self.acme.user_id = self.ann
        self.assertEqual(self.card("feedback_unanswered", self.ann).count, 0)
        self.assertEqual(self.card("feedback_unanswered", self.manager).count, 1)

    def test_cards_of_other_groups_do_not_exist(self):
        seen = self.env["churn.today"].with_user(self.ann).search([])
        self.assertNotIn(self.env.ref("churn_handover.today_line_stopped"), seen)
        self.assertIn(self.env.ref("churn_handover.today_line_stopped"), seen.with_user(self.manager).search([]))
        with self.assertRaises(AccessError):
            seen[0].name = "Mine"

    def test_every_card_can_be_counted_by_everybody(self):
        """A card whose list the reader may not read counts nothing instead of failing the page."""
        for user in (self.ann, self.leader, self.manager, new_test_user(self.env, login="new", groups=REP)):
            cards = self.env["churn.today"].with_user(user).search([])
            self.assertTrue(cards)
            self.assertTrue(all(card.count >= 0 for card in cards))

    def test_own_card_with_a_wrong_domain_is_refused(self):
        action = self.env.ref("churn_handover.handover_action")
        cards = self.env["churn.today"].with_user(self.manager)
        mine = cards.create({"name": "Olga's", "action_id": action.id, "domain": "[('predecessor_id', '=', uid)]"})
        for domain in ("[('nonsense', '=', 1)]", "[(", "42", "__import__('os')"):
            with self.subTest(domain=domain), self.assertRaisesRegex(ValidationError, "does not fit"):
                mine.domain = domain
