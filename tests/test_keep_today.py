"""What waits on the page Today of who keeps customers: for each reader what is theirs to do."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user

from .common_keep import LedCase
from .common_score import NOON, TODAY


@freeze_time(NOON)
class TestKeepToday(LedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time(NOON):
            cls.hers = cls.make_customers(4, cls.ann)
            cls.strangers = cls.make_customers(2, cls.bob, prefix="Stranger")
            cls.price = cls.env.ref("churn_handover.loss_reason_price")

    def counts(self, name):
        """What the card says to the rep, the rep of another team, the leader and the manager; None: no such card."""
        found = []
        for user in (self.ann, self.bob, self.lea, self.manager):
            card = self.env["churn.today"].with_user(user)
            card = card.search([("id", "=", self.env.ref(f"churn_handover.today_{name}").id)])
            card.invalidate_recordset()
            found.append(card.count if card else None)
        return tuple(found)

    def lose(self, accounts, **values):
        return self.env["churn.loss"].create(
            [{"account_id": account.id, "lost_on": TODAY - timedelta(days=5), **values} for account in accounts]
        )

    def test_who_is_lost_already_is_not_called_as_at_risk(self):
        """One customer, one piece of advice: win back, not keep."""
        self.hers.write({"base_band": "critical", "full_band": "critical", "public_band": "critical"})
        self.assertEqual(self.counts("critical"), (4, 0, 4, 4))
        loss = self.lose(self.hers[0])
        self.assertEqual(self.counts("critical"), (3, 0, 3, 3))
        loss.state = "closed"
        self.assertEqual(self.counts("critical"), (4, 0, 4, 4))

    def test_a_loss_without_a_reason_waits_for_whoever_serves_the_customer(self):
        self.assertEqual(self.counts("loss_reason"), (0, 0, 0, 0))
        losses = self.lose(self.hers[:2] | self.strangers[0])
        self.assertEqual(self.counts("loss_reason"), (2, 1, 2, 3))
        losses[0].reason_id = self.price
        self.assertEqual(self.counts("loss_reason"), (1, 1, 1, 2))
        losses[1].action_give_up()
        self.assertEqual(self.counts("loss_reason"), (0, 1, 0, 1))

    def test_a_loss_worth_its_play_waits_until_it_is_worked_on(self):
        losses = self.lose(self.hers[:2] | self.strangers[0], reason_id=self.price.id)
        losses.sudo().revenue = 1000  # sudo: a fact, which is the program's
        self.assertEqual(self.counts("win_back"), (None, None, 2, 3))
        losses[0].reason_id = self.env.ref("churn_handover.loss_reason_closed")
        self.assertEqual(self.counts("win_back"), (None, None, 1, 2), "these do not come back")
        programme = self.programme(losses[1:].account_id, "win_back", holdout_share=0)
        self.assertEqual(self.counts("win_back"), (None, None, 1, 2), "a draft does nothing yet")
        programme.action_start()
        self.assertEqual(self.counts("win_back"), (None, None, 0, 0), "a manager works on all of them")
        self.assertEqual(losses.with_user(self.manager).filtered("is_worked_on"), losses[1:])
        programme.action_stop()
        self.assertEqual(self.counts("win_back"), (None, None, 1, 2))

    def test_a_due_task_of_a_win_back_waits_for_the_one_who_has_it(self):
        losses = self.lose(self.hers[:2] | self.strangers[0], reason_id=self.price.id)
        programme = self.programme(losses.account_id, "win_back", holdout_share=0)
        programme.action_start()
        self.assertEqual(self.counts("win_back_task"), (0, 0, 0, 0), "due in a fortnight")
        with freeze_time(TODAY + timedelta(days=14)):
            self.assertEqual(self.counts("win_back_task"), (2, 1, 0, 0))
            own = losses.with_user(self.ann).search([("my_task_due", "=", True)])
            self.assertEqual(own, losses[:2])
            self.assertTrue(all(own.mapped("my_task_due")))
            programme.member_ids.filtered(lambda member: member.loss_id == losses[0]).task_ids.action_feedback()
            self.assertEqual(self.counts("win_back_task"), (1, 1, 0, 0))
        # a task of another programme at a lost customer is no win-back
        self.programme(self.hers[2], holdout_share=0).action_start()
        self.lose(self.hers[2])
        with freeze_time(TODAY + timedelta(days=30)):
            self.assertEqual(self.counts("win_back_task"), (1, 1, 0, 0))

    def test_the_loss_shows_the_task_to_the_one_who_has_it(self):
        losses = self.lose(self.hers[0], reason_id=self.price.id)
        programme = self.programme(losses.account_id, "win_back", holdout_share=0)
        programme.action_start()
        loss = losses.with_user(self.ann)
        self.assertRegex(loss.my_task_text, r"^Your task, due on .*: Win back: a price that fits\. A price bound to")
        for other in (self.lea, self.manager):
            self.assertFalse(losses.with_user(other).my_task_text)
        self.assertEqual(loss.action_open_customer()["res_id"], loss.partner_id.id)
        loss.action_my_task_done()
        self.env.invalidate_all()
        self.assertFalse(loss.my_task_text)
        self.assertEqual(programme.with_user(self.manager).task_done_count, 1)

    def test_programmes_wait_for_who_may_run_them(self):
        managers = self.programme(self.hers[:2], holdout_share=0)
        leaders = self.env["churn.programme"].with_user(self.lea).with_company(self.company)
        leaders = leaders._propose(self.hers[2:].with_env(leaders.env))
        leaders.holdout_share = 0
        self.assertEqual(self.counts("programme_draft"), (None, None, 1, 2))
        leaders.action_start()
        managers.action_start()
        self.assertEqual(self.counts("programme_draft"), (None, None, 0, 0))
        self.assertEqual(self.counts("programme_ending"), (None, None, 0, 0))
        with freeze_time(fields.Date.subtract(leaders.date_end, days=14)):
            self.assertEqual(self.counts("programme_ending"), (None, None, 1, 2))
        with freeze_time(fields.Date.add(leaders.date_end, days=1)):
            self.judge(managers)
            self.judge(leaders)
            self.assertEqual(self.counts("programme_ending"), (None, None, 0, 0))
            self.assertEqual(self.counts("programme_result"), (None, None, 1, 2))
        with freeze_time(fields.Date.add(leaders.date_end, days=16)):
            self.assertEqual(self.counts("programme_result"), (None, None, 0, 0))

    def test_a_mailing_waits_until_it_is_sent(self):
        self.hers.partner_id.email = "customer@example.com"
        measure = self.env.ref("churn_handover.measure_mailing")
        programme = self.programme(self.hers, holdout_share=0, measure_ids=measure.ids)
        programme.action_start()
        self.assertEqual(self.counts("programme_mailing"), (None, None, 0, 1))
        programme.user_id = self.lea
        self.assertEqual(self.counts("programme_mailing"), (None, None, 1, 1), "without any right in the mailing app")
        programme.action_send_mailing()
        self.assertEqual(self.counts("programme_mailing"), (None, None, 0, 0))

    def test_suggestions_wait_for_the_owner_of_the_customer(self):
        category, other = self.env["product.category"].create([{"name": "Seals"}, {"name": "Valves"}])
        suggestions = self.env["churn.suggestion"].create(
            [
                {"account_id": account.id, "category_id": one.id, "found_on": TODAY}
                for account, one in (
                    (self.hers[0], category),
                    (self.hers[0], other),
                    (self.strangers[0], other),
                )
            ]
        )
        self.assertEqual(self.counts("suggestion"), (2, 1, 0, 0), "who sees others' customers does not answer for them")
        self.assertEqual(suggestions[0].display_name, "Customer 0: Seals")
        suggestions[0].with_user(self.ann)._refuse("no_need")
        self.assertEqual(self.counts("suggestion"), (1, 1, 0, 0))

    def test_nothing_of_another_company_is_counted(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            login="today_stranger",
            groups="sales_team.group_sale_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.lose(self.hers)
        programme = self.programme(self.strangers, holdout_share=0)
        cards = self.env["churn.today"].with_user(stranger).with_context(allowed_company_ids=other.ids)
        names = ("loss_reason", "win_back", "programme_draft", "programme_ending", "suggestion")
        ids = [self.env.ref(f"churn_handover.today_{name}").id for name in names]
        self.assertEqual(cards.search([("id", "in", ids)]).mapped("count"), [0] * 5)
        self.assertTrue(programme)
