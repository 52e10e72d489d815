from odoo.tests import TransactionCase

from odoo.addons.churn_handover.hooks import uninstall_hook


class TestUninstall(TransactionCase):
    def test_nothing_of_ours_stays_in_the_settings(self):
        """A new installation would believe that its nightly work was done today."""
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("churn_handover.contacts_messages_on", "2026-06-15")
        parameters.set_param("churn_handover.safeguard_limit", "5")
        parameters.set_param("sale.of_others", "stays")
        uninstall_hook(self.env)
        self.assertFalse(parameters.search([("key", "=like", "churn_handover.%")]))
        self.assertEqual(parameters.get_param("sale.of_others"), "stays")
