"""Somebody sends a letter in the moment in which somebody else changes what it says: real connections."""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command

from .test_handover_processes import ProcessCase

# Another server in the middle of a request: it has read the letters, and changes the plan when told to.
CHANGE = """
from odoo.service.model import retrying
line = env["churn.handover.line"].browse(%s)
line.handover_id._letters().mapped("state")
print("true", flush=True)
sys.stdin.readline()
retrying(lambda: %s, env)
print("true", flush=True)
"""


class TestSentMeanwhile(ProcessCase):
    def make(self, env):
        """Two accounts with one address: the letter tells of the first, the second is in another plan."""
        group = env.ref("sales_team.group_sale_salesman")
        names = ("Olga", "Ann", "Bob")
        values = [
            {"name": name, "login": f"{name}-{self._testMethodName}", "email": f"{name}@us.example"} for name in names
        ]
        old, ann, bob = env["res.users"].create([{**one, "group_ids": [Command.link(group.id)]} for one in values])
        first, second = env["res.partner"].create(
            [
                {"name": name, "is_company": True, "user_id": old.id, "email": f"{self._testMethodName}@customer.test"}
                for name in (f"First {self._testMethodName}", f"Second {self._testMethodName}")
            ]
        )
        day = fields.Date.context_today(old) + timedelta(days=40)
        lines = env["churn.handover.line"]
        for account in (first, second):
            plan = env["churn.handover"]._plan(old, day, accounts=account, kind="reassignment")
            plan.line_ids.successor_id = ann
            plan.line_ids.tier_id = env.ref("churn_handover.tier_key")
            plan.action_confirm()
            lines |= plan.line_ids
        lines[0].handover_id.action_prepare_letters()
        self.first_id, self.second_id, self.bob_id = *lines.ids, bob.id

    def sent_meanwhile(self, line_id, change):
        """Send the letter of the first account while another server, with what it read before, makes a change."""
        server = self.start(CHANGE % (line_id, change))
        self.heard(server)
        with self.cursor() as cr:
            letter = self.environment(cr)["churn.handover.line"].browse(self.first_id).letter_item_ids.letter_id
            letter.action_send()
            self.assertEqual(letter.state, "sent")
            sent_id = letter.id
        self.say(server, "go")
        self.heard(server)
        self.assertEqual(server.wait(), 0)
        return sent_id

    def kinds(self, env, line_id):
        """What the line's letters tell: [(letter, kind, successor told)]."""
        items = env["churn.handover.line"].browse(line_id).letter_item_ids.sorted("id")
        return [(item.letter_id.id, item.kind, item.told_user_id.id) for item in items]

    def test_an_account_does_not_join_a_letter_that_has_left(self):
        sent_id = self.sent_meanwhile(self.second_id, "line.handover_id.action_prepare_letters()")
        with self.cursor() as cr:
            ((letter_id, kind, _told),) = self.kinds(self.environment(cr), self.second_id)
            self.assertNotEqual(letter_id, sent_id, "what was sent does not name it")
            self.assertEqual(kind, "new")

    def test_another_successor_is_told_in_a_correction(self):
        sent_id = self.sent_meanwhile(self.first_id, f"line.write({{'successor_id': {self.bob_id}}})")
        with self.cursor() as cr:
            before, after = self.kinds(self.environment(cr), self.first_id)
            self.assertEqual(before[:2], (sent_id, "new"))
            self.assertNotEqual(before[2], self.bob_id, "the letter that has left named the former one")
            self.assertEqual(after[1:], ("changed", self.bob_id))

    def test_what_is_called_off_is_told_when_it_was_announced(self):
        sent_id = self.sent_meanwhile(self.first_id, "line.handover_id.action_cancel()")
        with self.cursor() as cr:
            kinds = self.kinds(self.environment(cr), self.first_id)
            self.assertEqual([(one[0] == sent_id, one[1]) for one in kinds], [(True, "new"), (False, "off")])
