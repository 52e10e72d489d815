"""The departure door: from where it opens, what it proposes, what it refuses and how it says so."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user

from .common_doors import REP, LeaverCase


class TestDepartureDoor(LeaverCase):
    def _door(self, user=None, **context):
        return self.env["churn.departure"].with_user(user or self.manager).with_context(**context)

    def _plan(self, **values):
        door = self._door().create({"predecessor_id": self.leaver.id, **values})
        return self.env["churn.handover"].browse(door.action_plan()["res_id"])

    def assert_refused(self, message, **values):
        count = self.env["churn.handover"].search_count([])
        with self.assertRaisesRegex(UserError, message):
            self._plan(**values)
        self.assertEqual(self.env["churn.handover"].search_count([]), count)

    def test_plan_for_all_accounts(self):
        reason = self.env.ref("hr.departure_resigned")
        day = fields.Date.today() + timedelta(days=30)
        handover = self._plan(change_date=day, reason_id=reason.id)
        self.assertEqual((handover.state, handover.kind), ("draft", "departure"))
        self.assertEqual((handover.change_date, handover.reason_id), (day, reason))
        self.assertEqual(handover.user_id, self.manager)
        line = handover.line_ids.filtered("account_id")
        self.assertEqual((line.account_id, line.successor_id), (self.account, self.backup))
        self.assertEqual(handover.default_successor_id, self.leader, "proposed: the team leader")

    def test_whoever_was_archived_may_be_chosen_but_not_the_system_itself(self):
        self._archive_only()
        field = self.env["churn.departure"]._fields["predecessor_id"]
        people = self.env["res.users"].with_context(**field.context).search(field.domain)
        self.assertIn(self.leaver, people)
        self.assertNotIn(self.env.ref("base.user_root"), people)

    def test_the_last_day_leaves_room_for_the_overlap(self):
        today = fields.Date.today()
        self.env.company.churn_overlap_days = 14
        with Form(self._door()) as form:
            self.assertEqual(form.change_date, today + timedelta(days=14))
            form.predecessor_id = self.leaver
            self.assertEqual(form.change_date, today + timedelta(days=14))
            form.change_date = today + timedelta(days=3)
            form.predecessor_id = self.colleague
            self.assertEqual(form.change_date, today + timedelta(days=3), "what the manager entered stays")
        self._archive_only()
        door = self._door().create({"predecessor_id": self.leaver.id})
        self.assertEqual(door.change_date, today, "has left already")

    def test_a_plan_that_exists_is_offered(self):
        self.assertFalse(self._door().new({"predecessor_id": self.leaver.id}).known_plan_id)
        first = self._plan()
        self.assertIn("Lea Leaver", first.display_name)
        with Form(self._door()) as form:
            form.predecessor_id = self.leaver
            self.assertEqual(form.known_plan_id, first)
            form.predecessor_id = self.colleague
            self.assertFalse(form.known_plan_id)
            form.predecessor_id = self.leaver
        self.assertEqual(form.record.action_open_known_plan()["res_id"], first.id)
        admin = new_test_user(self.env, login="ada", groups="base.group_erp_manager,sales_team.group_sale_manager")
        door = self._door(admin).create({"predecessor_id": self.leaver.id, "archive_predecessor": True})
        door.action_open_known_plan()
        self.assertTrue(first.archive_predecessor, "asked for while archiving the user")
        first.action_cancel()
        self.assertFalse(self._door().new({"predecessor_id": self.leaver.id}).known_plan_id)

    def test_form_shows_what_is_open_and_proposes_the_leader(self):
        with Form(self._door()) as form:
            form.predecessor_id = self.leaver
            self.assertEqual(form.default_successor_id, self.leader)
            self.assertIn("Accounts and contacts", form.open_summary)
            form.predecessor_id = self.backup
            self.assertNotIn("Accounts and contacts", form.open_summary)

    def test_opened_from_a_user(self):
        door = self._door(active_model="res.users", active_ids=self.leaver.ids).create({})
        self.assertEqual(door.predecessor_id, self.leaver)
        self.assertFalse(door.account_ids)

    def test_opened_from_an_employee(self):
        employee = self.env["hr.employee"].create({"name": "Lea", "user_id": self.leaver.id})
        for model in ("hr.employee", "hr.employee.public"):
            door = self._door(active_model=model, active_ids=employee.ids).create({})
            self.assertEqual(door.predecessor_id, self.leaver)

    def test_opened_from_a_list_of_accounts(self):
        second = self.account.copy({"name": "Bolt", "user_id": self.leaver.id})
        contact = self.env["res.partner"].create({"name": "Ada", "parent_id": self.account.id})
        door = self._door(active_model="res.partner", active_ids=contact.ids).create({})
        self.assertEqual(door.predecessor_id, self.leaver)
        self.assertEqual(door.account_ids, self.account, "a contact stands for its account")
        handover = self.env["churn.handover"].browse(door.action_plan()["res_id"])
        self.assertEqual(handover.line_ids.account_id, self.account)
        self.assertNotIn(second, handover.line_ids.account_id)

    def test_contacts_that_are_no_customers_are_left_out(self):
        unowned = self.account.copy({"name": "Unowned", "user_id": False})
        ours = self.leaver.partner_id
        context = {"active_model": "res.partner", "active_ids": (self.account | unowned | ours).ids}
        door = self._door(**context).create({})
        self.assertEqual((door.predecessor_id, door.account_ids), (self.leaver, self.account))
        self.assertIn("Unowned", door.left_out)
        self.assertIn(ours.name, door.left_out)
        handover = self.env["churn.handover"].browse(door.action_plan()["res_id"])
        self.assertEqual(handover.line_ids.account_id, self.account)
        self.assertFalse(self._door(active_model="res.partner", active_ids=self.account.ids).create({}).left_out)

    def test_no_customer_among_the_contacts(self):
        context = {"active_model": "res.partner", "active_ids": self.leaver.partner_id.ids}
        with self.assertRaisesRegex(UserError, "None of the selected contacts is a customer"):
            self._door(**context).default_get(["account_ids"])

    def test_opened_from_accounts_of_two_owners(self):
        other = self.account.copy({"name": "Bolt", "user_id": self.colleague.id})
        door = self._door(active_model="res.partner", active_ids=(self.account | other).ids)
        self.assertFalse(door.default_get(["predecessor_id"]).get("predecessor_id"))
        with self.assertRaisesRegex(UserError, "not accounts of Lea Leaver: Bolt"):
            door.create({"predecessor_id": self.leaver.id}).action_plan()

    def test_a_leaver_who_was_archived_before(self):
        self._archive_only()
        self.assertEqual(self._plan().line_ids.account_id, self.account)

    def test_leaver_is_successor(self):
        self.assert_refused("cannot succeed themselves", default_successor_id=self.leaver.id)

    def test_archived_successor(self):
        self.colleague.action_archive()
        self.assert_refused("Cole Colleague is archived", default_successor_id=self.colleague.id)

    def test_successor_without_access_to_the_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.leaver.company_ids += company
        self.manager.company_ids += company
        self.assert_refused("has no access to Elsewhere", default_successor_id=self.colleague.id)
        with Form(self._door()) as form:
            form.predecessor_id = self.leaver
            self.assertFalse(form.default_successor_id, "a leader who would be refused is not proposed")

    def test_date_in_the_past(self):
        self.assert_refused("in the past", change_date=fields.Date.today() - timedelta(days=1))

    def test_account_in_another_open_handover(self):
        first = self._plan(default_successor_id=self.colleague.id)
        first._confirm()
        self.assert_refused(f"another open handover \\({first.name}\\): Acme")

    def test_user_without_accounts(self):
        newcomer = new_test_user(self.env, login="nina", name="Nina", groups=REP)
        self.assert_refused("Nina owns no account", predecessor_id=newcomer.id)

    def test_user_without_accounts_but_with_open_things(self):
        newcomer = new_test_user(self.env, login="nina", name="Nina", groups=REP)
        self.env["crm.lead"].create({"name": "x", "user_id": newcomer.id})
        self.assertTrue(self._plan(predecessor_id=newcomer.id).default_line_id)

    def test_reps_have_no_door(self):
        with self.assertRaises(AccessError):
            self._door(self.colleague).create({"predecessor_id": self.leaver.id})

    def test_only_administrators_have_users_archived(self):
        self.assertNotIn("archive_predecessor", self._door().fields_get())
        with self.assertRaises(AccessError):
            self._plan(archive_predecessor=True)
        self.manager.group_ids += self.env.ref("base.group_erp_manager")
        self.assertTrue(self._plan(archive_predecessor=True).archive_predecessor)
