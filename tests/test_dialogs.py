from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user

LEADER = "sales_team.group_sale_salesman_all_leads,churn_handover.group_churn_leader"


class TestDialogs(TransactionCase):
    """What somebody typed into a dialog stays in the database for a while; it is nobody else's business."""

    def test_who_is_about_to_leave(self):
        """A team leader looks through the dialogs of the manager, and finds their own departure."""
        leader = new_test_user(self.env, login="lea", groups=LEADER)
        manager = new_test_user(self.env, login="max", groups="sales_team.group_sale_manager")
        reason = self.env["hr.departure.reason"].create({"name": "Fired"})
        dialog = (
            self.env["churn.departure"]
            .with_user(manager)
            .create({"predecessor_id": leader.id, "change_date": "2030-01-31", "reason_id": reason.id})
        )
        dialogs = dialog.with_user(leader)
        self.assertFalse(dialogs.search([]))
        with self.assertRaises(AccessError):
            dialogs.read(["predecessor_id"])
        self.assertEqual(dialog.with_user(manager).predecessor_id, leader)

    def test_every_dialog_is_its_authors(self):
        rules = self.env["ir.rule"].search([("domain_force", "=", "[('create_uid', '=', user.id)]")])
        dialogs = {name for name, model in self.env.registry.items() if model._transient and name.startswith("churn.")}
        self.assertFalse(dialogs - set(rules.model_id.mapped("model")))
