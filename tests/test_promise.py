from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user

from .common_handover import MANAGER, REP, HandoverCase


class PromiseCase(HandoverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kim = cls.env["res.partner"].create({"name": "Kim", "parent_id": cls.acme.id})
        cls.promise = cls.env["churn.promise"].create(
            {"name": "A spare pump", "account_id": cls.acme.id, "due_date": cls.today + timedelta(days=5)}
        )
        cls.env.flush_all()


class TestPromise(PromiseCase):
    def test_promised_to_a_contact_is_promised_to_the_account(self):
        promise = self.env["churn.promise"].create({"name": "Call", "account_id": self.kim.id})
        self.assertEqual((promise.account_id, promise.contact_id), (self.acme, self.kim))
        self.assertEqual(promise.user_id, self.old, "the owner of the account keeps it")

    def test_somebody_elses_contact_is_refused(self):
        with self.assertRaises(ValidationError):
            self.env["churn.promise"].create({"name": "Call", "account_id": self.bolt.id, "contact_id": self.kim.id})

    def test_overdue_is_open_and_past(self):
        promises = self.env["churn.promise"]
        self.assertFalse(self.promise.is_overdue)
        self.promise.write({"date": self.today - timedelta(days=9), "due_date": self.today - timedelta(days=1)})
        self.assertTrue(self.promise.is_overdue)
        self.assertIn(self.promise, promises.search([("is_overdue", "=", True)]))
        self.assertNotIn(self.promise, promises.search([("is_overdue", "=", False)]))
        self.assertEqual(self.acme.churn_overdue_promise_count, 1)
        self.promise.action_keep()
        self.assertFalse(self.promise.is_overdue)
        self.assertEqual((self.promise.state, self.promise.closed_date), ("kept", self.today))
        self.assertEqual(self.acme.churn_open_promise_count, 0)

    def test_dropping_needs_what_the_customer_was_told(self):
        with self.assertRaisesRegex(UserError, "what the customer was told"):
            self.promise.action_drop()
        self.promise.outcome = "Not built any more; offered the successor model"
        self.promise.action_drop()
        self.assertEqual(self.promise.state, "dropped")
        self.promise.action_reopen()
        self.assertEqual((self.promise.state, self.promise.closed_date), ("open", False))

    def test_a_handover_moves_open_promises_and_gives_them_back(self):
        kept = self.env["churn.promise"].create({"name": "Done", "account_id": self.acme.id})
        kept.action_keep()
        handover = self.run_plan(successors={self.acme: self.bob})
        self.assertEqual(self.promise.user_id, self.bob)
        self.assertEqual(kept.user_id, self.old, "what is closed keeps its name")
        handover.action_undo()
        self.assertEqual(self.promise.user_id, self.old)

    def test_promises_go_with_a_merged_account(self):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.acme | self.bolt).ids, self.bolt)
        self.assertEqual(self.promise.account_id, self.bolt)

    def test_promises_go_with_an_account_that_becomes_a_contact(self):
        self.acme.write({"is_company": False, "parent_id": self.bolt.id})
        self.assertEqual(self.promise.account_id, self.bolt)


class TestPromiseAccess(PromiseCase):
    def sees(self, user):
        own = self.promise.with_user(user)
        found = bool(own.search([("id", "=", own.id)]))
        self.assertEqual((own.has_access("read"), own.has_access("write")), (found, found))
        return found

    def test_it_follows_the_account_team(self):
        self.assertTrue(self.sees(self.old))
        self.assertTrue(self.sees(self.manager))
        self.assertFalse(self.sees(self.ann))
        member = self.env["churn.team.member"].create(
            {
                "account_id": self.acme.id,
                "user_id": self.ann.id,
                "role_id": self.env["churn.team.role"].search([])[0].id,
            }
        )
        self.assertTrue(self.sees(self.ann))
        member.unlink()
        self.assertFalse(self.sees(self.ann))
        self.promise.user_id = self.ann
        self.assertTrue(self.sees(self.ann), "who has to keep it sees it")

    def test_a_rep_promises_on_own_accounts_only(self):
        promises = self.env["churn.promise"]
        mine = promises.with_user(self.old).create({"name": "A visit", "account_id": self.acme.id})
        self.assertEqual(mine.user_id, self.old)
        with self.assertRaises(AccessError):
            promises.with_user(self.bob).create({"name": "X", "account_id": self.acme.id, "user_id": self.old.id})
        with self.assertRaises(AccessError):
            mine.unlink()
        mine.with_user(self.manager).unlink()

    def test_a_promise_cannot_be_moved_to_a_customer_one_does_not_serve(self):
        mine = self.env["churn.promise"].with_user(self.old).create({"name": "A visit", "account_id": self.acme.id})
        foreign = self.acme.copy({"name": "Foreign", "user_id": self.bob.id})
        with self.assertRaisesRegex(UserError, "stays with its customer"):
            mine.account_id = foreign
        mine.account_id = self.acme

    def test_no_promise_of_another_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env, login="eve", groups=MANAGER, company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        self.assertTrue(self.sees(stranger), "an account of no company is everybody's")
        self.acme.company_id = self.env.company
        self.assertFalse(self.sees(stranger))
        rep = new_test_user(self.env, login="ron", groups=REP, company_id=other.id, company_ids=[(6, 0, other.ids)])
        with self.assertRaises(ValidationError):
            self.promise.user_id = rep
