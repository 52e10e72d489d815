from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user

from .common_handover import MANAGER
from .common_safeguard import SafeguardCase


class TestSafeguard(SafeguardCase):
    def setUp(self):
        super().setUp()
        self.handover = self.leave()
        self.mine = {record._name: record.with_user(self.old) for record in (self.acme, self.deal, self.offer)}

    # Each refusal

    def test_export(self):
        for record in self.mine.values():
            with self.subTest(model=record._name):
                entry = self.assert_refused("export", record.export_data, ["name"])
                self.assertEqual((entry.res_model, entry.record_count), (record._name, 1))
                self.assertEqual(entry.handover_id, self.handover)

    def test_export_of_what_only_hangs_on_the_customer(self):
        self.assert_refused("export", self.offer.order_line.with_user(self.old).export_data, ["name"])

    def test_import_over_existing_records(self):
        load = self.env["res.partner"].with_user(self.old).load
        result = load([".id", "name"], [[str(self.acme.id), "Gone"], [str(self.bolt.id), "Gone"]])
        self.assertFalse(result["ids"])
        self.assertIn("overwritten by an import", result["messages"][0]["message"])
        self.assertEqual(self.acme.name, "Acme")

    def test_import_over_existing_records_by_external_id(self):
        self.env["ir.model.data"].create(
            {"module": "__import__", "name": "acme", "model": "res.partner", "res_id": self.acme.id}
        )
        result = self.env["res.partner"].with_user(self.old).load(["id", "name"], [["__import__.acme", "Gone"]])
        self.assertFalse(result["ids"])
        self.assertIn("overwritten by an import", result["messages"][0]["message"])

    def test_import_of_new_records_goes_on(self):
        result = self.env["crm.lead"].with_user(self.old).load(["name", "partner_id/.id"], [["New", str(self.acme.id)]])
        self.assertTrue(result["ids"], result["messages"])

    def test_merge_whoever_the_dialog_is(self):
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(self.old)
        for environment in (wizard, wizard.sudo()):
            self.assert_refused("merge", environment._merge, (self.acme | self.foreign).ids, self.foreign)
        self.assertTrue(self.acme.exists())

    def test_merge_by_its_button(self):
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(self.old)
        partners = self.foreign | self.acme
        dialog = wizard.create({"partner_ids": [Command.set(partners.ids)], "dst_partner_id": self.foreign.id})
        entry = self.assert_refused("merge", dialog.action_merge)
        self.assertEqual((entry.res_model, entry.names), ("res.partner", "Acme"))
        self.assertEqual(partners.exists(), partners)

    def test_deletion_of_files_of_documents(self):
        for record in (self.deal, self.offer):
            with self.subTest(model=record._name):
                file = self.env["ir.attachment"].create(
                    {"name": "drawing.pdf", "raw": b"x", "res_model": record._name, "res_id": record.id}
                )
                self.assert_refused("unlink", file.with_user(self.old).unlink)
                self.assertTrue(file.exists())

    def test_deletion(self):
        targets = (*self.mine.values(), self.kim.with_user(self.old), self.file.with_user(self.old))
        for record in targets:
            with self.subTest(model=record._name):
                self.assert_refused("unlink", record.unlink)
                self.assert_refused("unlink", record.sudo().unlink)
                self.assertTrue(record.exists())

    def test_archiving(self):
        for record in (self.acme, self.kim, self.deal):
            with self.subTest(record=record.name):
                self.assert_refused("archive", record.with_user(self.old).action_archive)
                self.assert_refused("archive", record.with_user(self.old).write, {"active": False})
                self.assertTrue(record.active)

    def test_many_at_once(self):
        self.env["ir.config_parameter"].set_param("churn_handover.safeguard_limit", 2)
        several = (self.acme | self.bolt | self.core).with_user(self.old)
        self.assert_refused("write", several.write, {"phone": False})

    def test_many_in_an_hour(self):
        self.env["ir.config_parameter"].set_param("churn_handover.safeguard_limit", 2)
        acme, bolt, core = ((a.with_user(self.old)) for a in (self.acme, self.bolt, self.core))
        acme.phone = "1"
        acme.phone = "2"
        bolt.phone = "3"
        with self.assertRaises(UserError):  # rolls back, as a request would
            core.phone = "4"
        acme.phone = "5"  # what was changed before may be changed again
        with freeze_time(self.env.cr.now() + timedelta(hours=1, minutes=1)):
            core.phone = "6"
        self.assertEqual(self.core.phone, "6")

    def test_what_hangs_on_no_account_is_protected_by_its_holder(self):
        loose = self.env["crm.lead"].create({"name": "Walk-in", "user_id": self.old.id})
        self.assert_refused("unlink", loose.with_user(self.old).unlink)
        other = self.env["crm.lead"].create({"name": "Walk-in", "user_id": self.pia.id})
        other.with_user(self.old).sudo().unlink()
        self.assertFalse(other.exists())

    def test_an_account_that_came_after_the_plan(self):
        late = self.account("Late")
        self.assert_refused("archive", late.with_user(self.old).action_archive)

    # What goes on

    def test_the_leaver_goes_on_working(self):
        acme, deal, offer = self.mine.values()
        acme.phone = "+49 1"
        offer.action_confirm()
        self.env["crm.lead"].with_user(self.old).create({"name": "New", "partner_id": acme.id, "type": "opportunity"})
        deal.action_set_lost(lost_reason_id=self.env["crm.lost.reason"].search([], limit=1).id)
        self.assertFalse(self.deal.active)
        self.todo(self.acme).with_user(self.old).action_feedback(feedback="done")
        acme.message_post(body="Called")
        acme.read(["name"])
        acme.formatted_read_group([("id", "=", acme.id)], ["user_id"], ["__count"])
        self.assertFalse(self.refusals())

    def test_what_belongs_to_others_is_not_protected(self):
        """The opposite: the leaver keeps the rights that the leaver has on everything else."""
        foreign = self.foreign.with_user(self.old)
        foreign.export_data(["name"])
        foreign.action_archive()
        self.assertFalse(self.foreign.active)
        self.assertFalse(self.refusals())

    def test_colleagues_are_not_hindered(self):
        self.env["ir.config_parameter"].set_param("churn_handover.safeguard_limit", 1)
        pia = self.acme.with_user(self.pia)
        pia.export_data(["name"])
        (self.acme | self.bolt | self.core).with_user(self.pia).write({"phone": "1"})
        self.kim.with_user(self.pia).unlink()
        self.file.with_user(self.pia).unlink()
        self.env["res.partner"].with_user(self.pia).load([".id", "name"], [[str(self.acme.id), "Acme Ltd"]])
        self.assertEqual(self.acme.name, "Acme Ltd")
        self.assertFalse(self.refusals())

    def test_before_and_after(self):
        self.handover.action_cancel()
        self.acme.with_user(self.old).export_data(["name"])
        self.kim.with_user(self.old).unlink()
        self.assertFalse(self.refusals())

    def test_until_the_end_of_the_last_day(self):
        self.handover.action_run_now()
        self.assertEqual((self.handover.state, self.acme.user_id), ("done", self.ann))
        self.assert_refused("export", self.acme.with_user(self.old).export_data, ["name"])
        with freeze_time(self.today + timedelta(days=1)):
            self.acme.with_user(self.old).export_data(["name"])

    def test_a_rotation_is_no_departure(self):
        self.handover.action_cancel()
        rotation = self.plan(kind="rotation", date=self.today + timedelta(days=30))
        rotation.action_confirm()
        self.acme.with_user(self.old).export_data(["name"])
        self.assertFalse(self.refusals())

    def test_a_leaving_manager_may_run_the_own_plan(self):
        self.env["ir.config_parameter"].set_param("churn_handover.safeguard_limit", 1)
        self.old.group_ids = [Command.link(self.env.ref("sales_team.group_sale_manager").id)]
        self.handover.with_user(self.old).action_run_now()
        self.assertEqual((self.acme | self.bolt | self.core).user_id, self.ann)
        self.handover.with_user(self.old).action_undo()
        self.assertEqual((self.acme | self.bolt | self.core).user_id, self.old)
        self.assertFalse(self.refusals())

    def test_a_client_cannot_send_the_permission(self):
        for value in (True, 1, "ALLOWED", {}):
            acme = self.acme.with_user(self.old).with_context(churn_safeguard=value, churn_lost=value)
            self.assert_refused("archive", acme.action_archive)

    # Cost

    def test_it_costs_nothing_while_nobody_leaves(self):
        self.handover.action_cancel()
        watch = self.env["churn.safeguard"].with_user(self.pia)
        watch._watches()
        with self.assertQueryCount(0):
            self.assertFalse(watch._watches())

    def test_colleagues_pay_no_query(self):
        watch = self.env["churn.safeguard"].with_user(self.pia)
        watch._watches()
        with self.assertQueryCount(0):
            self.assertFalse(watch._watches())

    def test_queries_do_not_grow_with_the_records(self):
        partners = self.env["res.partner"].create([{"name": f"C{i}", "parent_id": self.acme.id} for i in range(20)])
        guard = self.env["churn.safeguard"].with_user(self.old)
        counts = []
        guard._protected(partners[:1])  # what is kept in memory is there
        for records in (partners[:2], partners):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(guard._protected(records.with_user(self.old))), len(records))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])


class TestReport(SafeguardCase):
    def setUp(self):
        super().setUp()
        self.handover = self.leave()

    def reports(self):
        return self.env["mail.message"].search(
            [("partner_ids", "in", self.manager.partner_id.ids), ("subject", "like", "Safeguards")]
        )

    def test_a_report_a_day_and_none_without_news(self):
        self.env["churn.refusal"]._cron_report()
        self.assertFalse(self.reports())
        self.assert_refused("export", self.acme.with_user(self.old).export_data, ["name"])
        self.assert_refused("unlink", self.kim.with_user(self.old).unlink)
        self.env["churn.refusal"]._cron_report()
        report = self.reports()
        self.assertEqual(len(report), 1)
        self.assertIn("Export", report.body)
        self.assertIn("Kim", report.body)
        self.assertFalse(report.model, "it hangs on nothing that the leaver may read")
        self.env["churn.refusal"]._cron_report()
        self.assertEqual(self.reports(), report)

    def test_times_are_those_of_the_manager(self):
        self.manager.tz = "Asia/Shanghai"
        entry = self.assert_refused("export", self.acme.with_user(self.old).export_data, ["name"])
        entry.sudo().date = "2026-03-02 20:15:00"
        self.env["churn.refusal"]._cron_report()
        self.assertIn("3/3/26, 4:15", self.reports().body.replace("\u202f", " "))

    def test_names_are_escaped(self):
        self.acme.name = "<b>Acme</b>"
        self.assert_refused("export", self.acme.with_user(self.old).export_data, ["name"])
        self.env["churn.refusal"]._cron_report()
        self.assertIn("&lt;b&gt;Acme", self.reports().body)

    def test_reading_very_many_is_reported_not_refused(self):
        from odoo.addons.churn_handover.models.safeguard import safeguard_base

        self.patch(safeguard_base, "BULK_READ", 2)
        (self.acme | self.bolt).with_user(self.old).read(["name"])
        self.assertFalse(self.refusals())
        (self.acme | self.bolt | self.core).with_user(self.old).read(["name"])
        entry = self.refusals(kind="read")
        self.assertEqual((entry.refused, entry.record_count), (False, 3))
        (self.acme | self.bolt | self.core).with_user(self.pia).read(["name"])
        self.assertEqual(self.refusals(), entry)

    def test_unusually_many_changes_are_reported(self):
        self.env["ir.config_parameter"].set_param("churn_handover.safeguard_limit", 4)
        (self.acme | self.bolt | self.core).with_user(self.old).write({"phone": "1"})
        self.env["churn.refusal"]._cron_report()
        self.assertIn("unusually many", self.reports().body)

    def test_who_sees_the_entries(self):
        entry = self.assert_refused("export", self.acme.with_user(self.old).export_data, ["name"])
        self.assertTrue(entry.with_user(self.manager).has_access("read"))
        self.assertFalse(entry.with_user(self.manager).has_access("unlink"))
        for user in (self.old, self.ann):
            with self.assertRaises(AccessError):
                entry.with_user(user).read(["names"])
        self.old.group_ids = [Command.link(self.env.ref("sales_team.group_sale_manager").id)]
        self.assertFalse(entry.with_user(self.old).has_access("read"), "hidden from a leaving manager, too")
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env, login="eve", groups=MANAGER, company_id=other.id, company_ids=[Command.set(other.ids)]
        )
        self.assertFalse(entry.with_user(stranger).has_access("read"))

    def test_entries_are_forgotten_with_the_feedback(self):
        entry = self.assert_refused("export", self.acme.with_user(self.old).export_data, ["name"])
        self.env["churn.refusal"]._gc_refusals()
        self.assertTrue(entry.exists())
        entry.date = "2020-01-01"
        self.env["churn.refusal"]._gc_refusals()
        self.assertFalse(entry.exists())
