from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user

from .common_handover import MANAGER, HandoverCase


class CaseCase(HandoverCase):
    """Olga owns Acme; Max decides, Bob would take it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = new_test_user(cls.env, login="boss", name="Boss", groups=MANAGER)

    @classmethod
    def open_case(cls, account=None, user=None, **values):
        return (
            cls.env["churn.case"]
            .with_user(user or cls.manager)
            .create({"account_id": (account or cls.acme).id, "reason_text": "We lose ground", **values})
        )

    @classmethod
    def answered(cls, answer="appeal", **decision):
        """A case whose salesperson has answered.

        :param decision: what the manager is about to enter, see :meth:`decide`
        """
        case = cls.open_case()
        case.action_tell()
        own = case.with_user(cls.old)
        if answer == "appeal":
            cls.env["churn.case.appeal"].with_user(cls.old).with_context(active_id=own.id).create(
                {"text": "Three visits by May"}
            ).action_appeal()
        else:
            own.action_agree()
        cls.intended = {"decision_text": "Because", **decision}
        return case

    def decide(self, case, user=None, **decision):
        """Decide through the dialog, as intended when the case was made."""
        case = case.with_user(user or self.manager)
        action = case.action_decide()
        dialog = case.env["churn.case.decide"].with_context(**action["context"])
        return dialog.create({**self.intended, **decision}).action_carry_out()

    def run_flow(self, days=0):
        with freeze_time(fields.Datetime.now() + timedelta(days=days)), self.enter_registry_test_mode():
            self.env.ref("churn_handover.cron_case_flow").method_direct_trigger()
        self.env.invalidate_all()

    def ordered(self, account, amount=100, **values):
        order = self.quotation(account, **values)
        order.order_line.price_unit = amount
        order.action_confirm()
        if "date_order" in values:
            order.date_order = values["date_order"]
        return order

    @classmethod
    def move(cls, **values):
        return {
            "decision": "move",
            "successor_id": cls.bob.id,
            "change_date": fields.Date.add(cls.today, days=14),
            **values,
        }

    @classmethod
    def compensation(cls, **values):
        return {"compensation_ids": [Command.create(values)]}

    def carry_out(self, case):
        """Run the handover of a move, its gates waived."""
        handover = case.handover_id.with_user(self.manager)
        handover.line_ids.gate_ids._waive("Everybody knows each other")
        handover.action_run_now()
