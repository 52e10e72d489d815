"""Archiving a user: from the screens a question, from code never a refusal; nothing is lost either way."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCase

from .common_doors import LeaverCase


class ArchiveCase(LeaverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = new_test_user(cls.env, login="ada", groups="base.group_erp_manager")
        cls.lead = cls.env["crm.lead"].create(
            {"name": "Bikes", "type": "opportunity", "partner_id": cls.account.id, "user_id": cls.leaver.id}
        )
        cls.activity = cls.account.activity_schedule("mail.mail_activity_data_todo", user_id=cls.leaver.id)

    def _emergency(self):
        return self.env["churn.handover"].search([("predecessor_id", "=", self.leaver.id), ("emergency", "=", True)])

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("churn_handover.cron_handover").method_direct_trigger()
        self.env.invalidate_all()


class TestArchiveByCode(ArchiveCase):
    def test_write_makes_an_emergency_handover_that_the_cron_runs(self):
        self.leaver.with_user(self.admin).write({"active": False})
        self.assertFalse(self.leaver.active)
        self.assertTrue(self.activity.exists())
        handover = self._emergency()
        self.assertEqual(handover.state, "confirmed")
        self.assertEqual(handover.change_date, fields.Date.today())
        line = handover.line_ids.filtered("account_id")
        self.assertEqual((line.account_id, line.successor_id), (self.account, self.backup))
        self._run_cron()
        self.assertEqual(self.account.user_id, self.backup)
        self.assertEqual(self.lead.user_id, self.backup)
        self.assertEqual(self.activity.user_id, self.backup)

    def test_action_archive_keeps_activities(self):
        self.leaver.with_user(self.admin).action_archive()
        self.assertTrue(self.activity.exists(), "stock Odoo deletes them")
        self.assertTrue(self._emergency())
        self._run_cron()
        self.assertEqual(self.activity.user_id, self.backup)

    def test_other_activities_are_deleted_as_ever(self):
        self.activity.with_context(churn_keep_activities=self.colleague.ids).unlink()
        self.assertFalse(self.activity.exists())

    def test_rpc_call_without_the_flag_of_the_web_client(self):
        answer = self.leaver.with_user(self.admin).with_context(churn_ask=False).action_archive()
        self.assertFalse(answer)
        self.assertFalse(self.leaver.active)

    def test_import(self):
        users = self.env["res.users"].with_user(self.admin)
        result = users.load([".id", "active"], [[str(self.leaver.id), "0"]])
        self.assertFalse(result["messages"])
        self.assertFalse(self.leaver.active)
        self.assertTrue(self._emergency())

    def test_several_at_once(self):
        (self.leaver | self.colleague).write({"active": False})
        self.assertEqual(len(self._emergency()), 1)
        self.assertFalse(
            self.env["churn.handover"].search([("predecessor_id", "=", self.colleague.id)]), "has nothing to hand over"
        )

    def test_nobody_to_take_over(self):
        self.account.churn_member_ids.unlink()
        self.team.user_id = False
        self.leaver.write({"active": False})
        handover = self._emergency()
        self.assertEqual(handover.line_ids.filtered("account_id").state, "stopped", "the manager's list")

    def test_without_backup_the_team_leader(self):
        self.account.churn_member_ids.unlink()
        self.leaver.write({"active": False})
        self.assertEqual(self._emergency().line_ids.filtered("account_id").successor_id, self.leader)

    def test_archive_only(self):
        self._archive_only()
        self.assertFalse(self._emergency())
        self.assertTrue(self.activity.exists())
        self.assertEqual(self.account.user_id, self.leaver)

    def test_a_user_who_owns_nothing(self):
        self.colleague.write({"active": False})
        self.assertFalse(self.env["churn.handover"].search([("predecessor_id", "=", self.colleague.id)]))

    def test_archived_again(self):
        self._archive_only()
        self.leaver.write({"active": False})
        self.assertFalse(self._emergency(), "was archived before: nothing new happens")

    def test_an_error_in_the_plan_does_not_keep_the_door_open(self):
        self.env["churn.ownership.rule"].search([("res_model", "=", "crm.lead")]).flush_recordset()
        self.env.cr.execute(
            "UPDATE churn_ownership_rule SET domain = '[(\"nonsense\", \"=\", 1)]' WHERE res_model = 'crm.lead'"
        )
        self.env["churn.ownership.rule"].invalidate_model()
        with mute_logger("odoo.addons.churn_handover.models.account.res_users"):
            self.leaver.write({"active": False})
        self.assertFalse(self.leaver.active)


class TestArchiveFromTheScreen(ArchiveCase):
    def _archive(self, users=None, user=None):
        users = users or self.leaver
        return users.with_user(user or self.admin).with_context(churn_ask=True).action_archive()

    def _dialog(self):
        action = self._archive()
        self.assertEqual(action["res_model"], "churn.archive")
        return self.env["churn.archive"].with_user(self.admin).browse(action["res_id"])

    def test_dialog_with_counts(self):
        dialog = self._dialog()
        self.assertTrue(self.leaver.active, "nothing is done before the answer")
        self.assertIn("Lea Leaver", dialog.open_summary)
        self.assertIn("Leads and opportunities", dialog.open_summary)

    def test_no_dialog_without_reason(self):
        self.assertFalse(self._archive(self.colleague))
        self.assertFalse(self.colleague.active)

    def test_counts_are_not_told_to_everybody(self):
        with self.assertRaises(AccessError):
            self._archive(user=self.manager)

    def test_hand_over_now(self):
        self._dialog().action_emergency()
        self.assertFalse(self.leaver.active)
        self.assertTrue(self.activity.exists())
        self._run_cron()
        self.assertEqual(self.account.user_id, self.backup)

    def test_archive_only(self):
        self._dialog().action_archive_only()
        self.assertFalse(self.leaver.active)
        self.assertTrue(self.activity.exists())
        self.assertFalse(self._emergency())

    def test_plan_opens_the_departure_door(self):
        self.admin.group_ids += self.env.ref("sales_team.group_sale_manager")
        action = self._dialog().action_plan()
        door = self.env["churn.departure"].with_user(self.admin).with_context(**action["context"]).create({})
        self.assertEqual((door.predecessor_id, door.archive_predecessor), (self.leaver, True))
        self.assertTrue(self.leaver.active)


class TestMailToFormerColleagues(LeaverCase, MailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leaver.email = "lea@example.com"
        cls.lead = cls.env["crm.lead"].create(
            {"name": "Bikes", "type": "opportunity", "partner_id": cls.account.id, "user_id": cls.leaver.id}
        )
        cls.lead.message_subscribe((cls.leaver | cls.backup).partner_id.ids)

    def _comment(self, **values):
        return self.lead.with_user(self.manager).message_post(
            body="News", message_type="comment", subtype_xmlid="mail.mt_comment", **values
        )

    def test_follower_who_has_left(self):
        with self.mock_mail_gateway(), self.mock_mail_app():
            self.assertIn(self.leaver.partner_id, self._comment().notified_partner_ids)
            self._archive_only()
            notified = self._comment().notified_partner_ids
        self.assertNotIn(self.leaver.partner_id, notified)
        self.assertIn(self.backup.partner_id, notified)

    def test_message_addressed_to_the_former_colleague(self):
        self._archive_only()
        with self.mock_mail_gateway(), self.mock_mail_app():
            message = self._comment(partner_ids=self.leaver.partner_id.ids)
        self.assertIn(self.leaver.partner_id, message.notified_partner_ids)

    def test_not_proposed_as_recipient(self):
        self.lead.message_unsubscribe(self.leaver.partner_id.ids)

        def proposed():
            lead = self.lead.with_user(self.manager)
            return [row["partner_id"] for row in lead._message_get_suggested_recipients()]

        self.assertIn(self.leaver.partner_id.id, proposed())
        self._archive_only()
        self.assertNotIn(self.leaver.partner_id.id, proposed())
        self.assertIn(self.account.id, proposed())

    def test_contact_with_another_active_user(self):
        other = new_test_user(self.env, login="lea2", groups="base.group_user")
        other.partner_id = self.leaver.partner_id
        self._archive_only()
        with self.mock_mail_gateway(), self.mock_mail_app():
            self.assertIn(self.leaver.partner_id, self._comment().notified_partner_ids)

    def test_followers_leave_with_the_emergency_handover(self):
        self.leaver.write({"active": False})
        handover = self.env["churn.handover"].search([("predecessor_id", "=", self.leaver.id)])
        handover._run()
        self.assertNotIn(self.leaver.partner_id, self.lead.message_partner_ids)

    def test_future_meeting(self):
        start = fields.Datetime.now() + timedelta(days=3)
        event = self.env["calendar.event"].create(
            {
                "name": "Visit",
                "start": start,
                "stop": start + timedelta(hours=1),
                "user_id": self.leaver.id,
                "partner_ids": [Command.set((self.account | self.leaver.partner_id).ids)],
            }
        )
        self.leaver.write({"active": False})
        self.env["churn.handover"].search([("predecessor_id", "=", self.leaver.id)])._run()
        self.assertEqual(event.user_id, self.backup)
        self.assertEqual(event.partner_ids, self.account | self.backup.partner_id)
