"""Names in a row: separated as the reader's language does it, on every screen."""

from odoo.addons.churn_handover.models.common.listed import listed

from .common_handover import HandoverCase


class TestListed(HandoverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.chinese = cls.env(context={"lang": "zh_CN"})

    def test_names_are_separated_as_the_language_does(self):
        self.assertEqual(listed(self.env, ["Ann", "", False, "Bob", "Cid"]), "Ann, Bob, Cid")
        self.assertEqual(listed(self.chinese, ["Ann", "", False, "Bob", "Cid"]), "Ann、Bob、Cid")
        self.assertEqual(listed(self.chinese, []), "")

    def test_so_are_accounts_in_a_message(self):
        lines = self.plan().line_ids.filtered("account_id")
        names = lines.mapped("display_name")
        self.assertGreater(len(names), 1)
        self.assertEqual(lines.with_env(self.chinese)._listed(), "、".join(names))
