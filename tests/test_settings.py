"""The few settings, each per company."""

from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.tests import Form

from .common_doors import LeaverCase


class TestSettings(LeaverCase):
    def test_page_writes_the_company(self):
        with Form(self.env["res.config.settings"]) as form:
            self.assertEqual((form.churn_overlap_days, form.churn_key_overlap_days), (21, 30))
            form.churn_overlap_days = 14
        form.record.execute()
        self.assertEqual(self.env.company.churn_overlap_days, 14)

    def test_every_setting_has_a_name_and_a_reason_and_there_are_few(self):
        arch = self.env["res.config.settings"].get_view(
            self.env.ref("churn_handover.res_config_settings_view_form").id, "form"
        )["arch"]
        settings = etree.fromstring(arch).xpath("//app[@name='churn_handover']//setting")
        self.assertTrue(settings)
        for setting in settings:
            # Odoo takes the label of a field that is the setting's first child, and of nothing else.
            named = setting.get("string") or (len(setting) and setting[0].tag == "field")
            self.assertTrue(named and setting.get("help"), setting.get("id"))
        fields_shown = {field.get("name") for setting in settings for field in setting.iter("field")}
        self.assertLessEqual(len({name for name in fields_shown if name.startswith("churn_")}), 25)

    def _overlap(self, account):
        member = account.churn_member_ids.filtered(lambda member: member.origin == "overlap")
        return (member.date_to - member.date_from).days

    def test_overlap_of_a_plan_and_of_its_key_accounts(self):
        self.env.company.churn_overlap_days = 14
        key = self.account.copy({"name": "Key", "user_id": self.leaver.id})
        self.env["churn.account"].search([("partner_id", "=", key.id)]).unlink()
        self.env["churn.account"].create(
            {"partner_id": key.id, "company_id": self.env.company.id, "is_key_account": True}
        )
        handover = self.env["churn.handover"]._plan(self.leaver, fields.Date.today() + timedelta(days=60))
        self.assertEqual(handover.overlap_days, 14)
        handover.line_ids.successor_id = self.colleague
        handover._confirm()
        self.assertEqual((self._overlap(self.account), self._overlap(key)), (14, 30))
        handover.overlap_days = 0
        self.assertFalse(key.churn_member_ids.filtered(lambda member: member.origin == "overlap"), "none, for nobody")
