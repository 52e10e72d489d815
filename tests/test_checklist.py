import html
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.http import STORED_SESSION_BYTES, root
from odoo.tests import new_test_user

from .common_handover import MANAGER, HandoverCase


class ChecklistCase(HandoverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        handovers = cls.env["churn.handover"].with_user(cls.manager)
        cls.handover = handovers._plan(cls.old, cls.today + timedelta(days=20))
        cls.handover.line_ids.successor_id = cls.ann

    def item(self, name):
        task = self.env.ref(f"churn_handover.checklist_task_{name}")
        return self.handover.checklist_ids.filtered(lambda item: item.task_id == task)


class TestChecklist(ChecklistCase):
    def test_a_confirmed_departure_has_the_list(self):
        self.assertFalse(self.handover.checklist_ids)
        self.handover.action_confirm()
        self.assertEqual(self.handover.checklist_open_count, 6)
        self.assertEqual((self.item("mailbox").user_id, self.item("files").user_id), (self.manager, self.old))
        self.assertEqual(self.item("files").due_date, self.handover.change_date - timedelta(days=3))
        self.assertEqual(self.item("files").activity_ids.user_id, self.old)

    def test_one_mail_names_all_that_somebody_sees_to(self):
        self.handover.with_user(self.manager).action_confirm()
        sent = self.env["mail.message"].search([("subject", "like", "outside Odoo")])
        self.assertEqual(sent.partner_ids, self.old.partner_id, "who planned it knows")
        self.assertEqual(len(sent), 1)
        own = self.handover.checklist_ids.filtered(lambda item: item.user_id == self.old)
        self.assertGreater(len(own), 1)
        for item in own:
            self.assertIn(item.task_id.name, html.unescape(sent.body))
            self.assertIn(f"res_id={item.id}", sent.body)
        assigned = self.env["mail.message"].search([("subject", "like", "assigned to you")])
        self.assertFalse(assigned.filtered(lambda message: message.model == "churn.checklist.item"))
        self.handover.with_user(self.env.ref("base.user_root")).action_run_now()
        sent = self.env["mail.message"].search([("subject", "=", "Olga leaves: what you see to outside Odoo")])
        self.assertEqual(sent.partner_ids, self.manager.partner_id, "what the leaver did not do")

    def test_a_rotation_has_none(self):
        self.handover.action_cancel()
        rotation = self.plan(kind="rotation", date=self.today + timedelta(days=20))
        rotation.action_confirm()
        self.assertFalse(rotation.checklist_ids)

    def test_without_notice_nothing_is_asked_of_who_is_gone(self):
        self.handover.action_cancel()
        self.old.action_archive()
        emergency = self.env["churn.handover"].search([("predecessor_id", "=", self.old.id), ("emergency", "=", True)])
        self.assertTrue(emergency.checklist_ids)
        self.assertNotIn(self.old, emergency.checklist_ids.user_id)
        self.assertTrue(all(item.due_date >= self.today for item in emergency.checklist_ids))

    def test_what_the_leaver_did_not_do_comes_to_the_responsible(self):
        self.handover.action_confirm()
        done, left = self.item("files"), self.item("passwords")
        self.assertEqual((done | left).user_id, self.old)
        done.with_user(self.old).proof = "Team drive / Sales"
        done.with_user(self.old).action_done()
        self.handover.action_run_now()
        self.assertEqual((done.user_id, left.user_id), (self.old, self.manager))
        self.assertEqual(left.activity_ids.user_id, self.manager)

    def test_nobody_leaves_after_all(self):
        self.handover.action_confirm()
        self.assertTrue(self.handover.checklist_ids.activity_ids)
        self.handover.action_cancel()
        self.assertFalse(self.handover.checklist_ids.activity_ids)

    def test_done_with_proof_only(self):
        self.handover.action_confirm()
        item = self.item("files").with_user(self.old)
        with self.assertRaisesRegex(UserError, "what proves it"):
            item.action_done()
        with self.assertRaises(AccessError):
            item.done_date = self.today
        item.proof = "Team drive, folder North"
        item.action_done()
        self.assertEqual((item.done_date, item.done_by_id), (self.today, self.old))
        self.assertFalse(item.sudo().activity_ids)
        item.action_not_done()
        self.assertEqual(self.handover.checklist_open_count, 6)
        self.assertEqual(item.sudo().activity_ids.user_id, self.old)

    def test_somebody_else_sees_to_it(self):
        self.handover.action_confirm()
        clerk = new_test_user(self.env, login="clerk", groups="base.group_user")
        item = self.item("mailbox")
        self.assertFalse(item.with_user(clerk).has_access("read"))
        item.with_user(self.manager).user_id = clerk
        self.assertEqual(item.activity_ids.user_id, clerk)
        self.assertTrue(item.with_user(clerk).has_access("write"))
        for user in (self.old, self.ann):
            self.assertFalse(item.with_user(user).has_access("read"))

    def test_not_in_another_company(self):
        self.handover.action_confirm()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env, login="eve", groups=MANAGER, company_id=other.id, company_ids=[Command.set(other.ids)]
        )
        self.assertFalse(self.item("mailbox").with_user(stranger).has_access("read"))


class TestAccess(ChecklistCase):
    """The last task of the list is done by Odoo: no API key and no session survives the departure."""

    def setUp(self):
        super().setUp()
        self.handover.action_confirm()
        self.access = self.item("access")
        self.officer = new_test_user(self.env, login="off", name="Off", groups=f"{MANAGER},base.group_erp_manager")

    def open_access(self, user):
        """An API key and a session in a browser, as Odoo writes them."""
        keys = self.env["res.users.apikeys"]
        keys.with_user(user)._generate(None, "Spreadsheet", fields.Datetime.now() + timedelta(days=1))
        session = root.session_store.new()
        session.uid = user.id
        root.session_store.save(session)
        self.addCleanup(root.session_store.delete, session)
        self.env["res.device.log"].create(
            {
                "session_identifier": session.sid[:STORED_SESSION_BYTES],
                "platform": "linux",
                "browser": "firefox",
                "user_id": user.id,
                "first_activity": fields.Datetime.now(),
                "last_activity": fields.Datetime.now(),
            }
        )
        self.env.flush_all()
        return session

    def is_open(self, session):
        return not root.session_store.get_missing_session_identifiers([session.sid[:STORED_SESSION_BYTES]])

    def keys(self, user):
        return self.env["res.users.apikeys"].sudo().search_count([("user_id", "=", user.id)])

    def test_the_button_ends_keys_and_sessions_and_says_what_it_ended(self):
        session, other = self.open_access(self.old), self.open_access(self.ann)
        item = self.access.with_user(self.officer)
        self.assertIn("API keys: 1; open sessions: 1", item.access_summary)
        item.action_end_access()
        self.assertFalse(self.is_open(session))
        self.assertEqual((self.keys(self.old), self.keys(self.ann)), (0, 1))
        self.assertTrue(self.is_open(other), "only the leaver's")
        self.assertIn("API keys revoked: 1 (Spreadsheet); sessions ended: 1; login active", item.proof)
        self.assertFalse(item.done_date, "whoever has a login can sign in again")
        self.old.action_archive()
        self.assertEqual(item.done_date, self.today)
        self.assertIn("login archived", item.proof)

    def test_archiving_ends_it_by_itself(self):
        session = self.open_access(self.old)
        self.old.action_archive()
        self.assertEqual(self.access.done_date, self.today)
        self.assertEqual((self.keys(self.old), self.is_open(session)), (0, False))

    def test_archived_without_a_plan(self):
        self.handover.action_cancel()
        session = self.open_access(self.old)
        self.old.write({"active": False})
        plan = self.env["churn.handover"].search([("predecessor_id", "=", self.old.id), ("emergency", "=", True)])
        access = plan.checklist_ids.filtered(lambda item: item.kind == "access")
        self.assertEqual((access.done_date, self.keys(self.old), self.is_open(session)), (self.today, 0, False))

    def test_who_may_not(self):
        self.open_access(self.old)
        item = self.access
        self.assertFalse(item.with_user(self.manager).may_end_access)
        with self.assertRaisesRegex(AccessError, "only an administrator"):
            item.with_user(self.manager).action_end_access()
        with freeze_time(self.handover.change_date):
            item.with_user(self.manager).action_end_access()
        self.assertEqual(self.keys(self.old), 0)
        item.user_id = self.old
        with self.assertRaisesRegex(AccessError, "Somebody else"):
            item.with_user(self.old).action_end_access()
        for user in (self.ann, self.bob):
            with self.assertRaises(AccessError):
                item.with_user(user).action_end_access()
        with self.assertRaisesRegex(UserError, "outside Odoo"):
            self.item("phone").with_user(self.officer).action_end_access()

    def test_nobody_ends_the_access_of_somebody_with_more_rights(self):
        self.old.group_ids = [Command.link(self.env.ref("base.group_erp_manager").id)]
        with freeze_time(self.handover.change_date), self.assertRaisesRegex(AccessError, "more rights"):
            self.access.with_user(self.manager).action_end_access()

    def test_a_departure_that_does_not_take_place(self):
        self.open_access(self.old)
        self.handover.action_cancel()
        with self.assertRaisesRegex(AccessError, "does not take place"):
            self.access.with_user(self.officer).action_end_access()
        self.assertEqual(self.keys(self.old), 1)


class TestColleagues(ChecklistCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(cls.env, login="sel", name="Sel", groups="sales_team.group_sale_salesman")
        cls.former = new_test_user(cls.env, login="for", name="For", groups="sales_team.group_sale_salesman")
        cls.writer = new_test_user(cls.env, login="wri", name="Wri", groups="base.group_user")
        cls.quotation(cls.acme, user_id=cls.seller.id)
        cls.quotation(cls.bolt, user_id=cls.former.id, date_order=fields.Datetime.now() - timedelta(days=300))
        cls.bolt.message_post(body="Their fan is broken", message_type="comment", author_id=cls.writer.partner_id.id)
        cls.quotation(cls.core, user_id=cls.ann.id)
        cls.handover.action_confirm()
        cls.env.flush_all()

    def test_who_worked_on_which_account_lately(self):
        worked = self.handover.sudo()._who_worked()
        names = {
            self.env["res.users"].browse(user): self.env["churn.handover.line"].browse(lines).account_id
            for user, lines in worked.items()
        }
        self.assertEqual(names, {self.seller: self.acme, self.writer: self.bolt})

    def test_one_notice_each_and_only_once(self):
        self.handover.action_tell_colleagues()
        sent = self.env["mail.message"].search([("subject", "like", "new contact person")])
        self.assertEqual(sent.partner_ids, (self.seller | self.writer).partner_id)
        mine = sent.filtered(lambda message: message.partner_ids == self.seller.partner_id)
        self.assertIn("Acme", mine.body)
        self.assertIn("Ann", mine.body)
        self.assertNotIn("Bolt", mine.body)
        with self.assertRaisesRegex(UserError, "already"):
            self.handover.action_tell_colleagues()

    def test_with_nobody_to_tell_it_is_said_and_can_be_sent_later(self):
        self.patch(type(self.handover), "_who_worked", lambda plan: {})
        action = self.handover.action_tell_colleagues()
        self.assertIn("nobody to tell", action["params"]["message"])
        self.assertFalse(self.handover.colleagues_told_at)

    def test_a_rep_cannot_send_it(self):
        with self.assertRaises(AccessError):
            self.handover.with_user(self.old).action_tell_colleagues()
