from contextlib import ExitStack

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user

from .common_handover import HandoverCase


class SafeguardCase(HandoverCase):
    """Olga leaves and has every right a rep can have; Pia has the same rights and stays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rights = "sales_team.group_sale_salesman,base.group_allow_export,base.group_partner_manager"
        groups = [cls.env.ref(name).id for name in rights.split(",")]
        cls.old.group_ids = [(4, group) for group in groups]
        cls.pia = new_test_user(cls.env, login="pia", name="Pia", groups=rights)
        cls.kim = cls.env["res.partner"].create({"name": "Kim", "parent_id": cls.acme.id})
        cls.deal = cls.lead(cls.acme)
        cls.offer = cls.quotation(cls.acme)
        cls.file = cls.env["ir.attachment"].create(
            {"name": "contract.txt", "raw": b"signed", "res_model": "res.partner", "res_id": cls.acme.id}
        )
        cls.foreign = cls.account("Foreign", owner=cls.pia)
        # the limit on merges and such is not what is tested here
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        # what is logged on a connection of its own sees what the test has made
        stack = ExitStack()
        self.addCleanup(stack.close)
        stack.enter_context(self.enter_registry_test_mode())

    def leave(self):
        handover = self.plan(date=fields.Date.add(self.today, years=1))
        handover.action_confirm()
        self.env.flush_all()
        return handover

    def refusals(self, **values):
        self.env["churn.refusal"].invalidate_model()
        return self.env["churn.refusal"].search([(name, "=", value) for name, value in values.items()])

    def assert_refused(self, kind, function, *args):
        """It is refused in plain words, and written down once."""
        before = len(self.refusals(kind=kind, refused=True))
        try:
            function(*args)
        except UserError as error:
            self.assertIn("Max", str(error), "it says whom to ask")
        else:
            self.fail(f"{kind} was not refused")
        entries = self.refusals(kind=kind, refused=True)
        self.assertEqual(len(entries), before + 1)
        self.assertEqual(entries[0].user_id, self.old)
        return entries[0]
