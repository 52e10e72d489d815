"""Two managers start programmes at once: each test on its own copy of the database, with real connections."""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command

from .common_copy import CopyCase

# As the web client's request does it: what stood in the way at first is tried again.
START = """
from odoo.exceptions import UserError
from odoo.service.model import retrying
programme = env["churn.programme"].browse(%s)
programme.state
print("true", flush=True)
sys.stdin.readline()
try:
    retrying(programme.action_start, env)
    env.cr.commit()
    print("true", flush=True)
except UserError:
    print("false", flush=True)
"""


class TestTwoStarts(CopyCase):
    def setUp(self):
        super().setUp()
        with self.cursor() as cr:
            env = self.environment(cr)
            partners = env["res.partner"].create(
                [{"name": f"{self._testMethodName} {number}", "is_company": True} for number in range(30)]
            )
            accounts = env["churn.account"].create(
                [{"partner_id": partner.id, "company_id": env.company.id} for partner in partners]
            )
            self.accounts = accounts.ids
            # ten customers of each alone, ten of both
            self.programmes = [self.make(env, accounts[:20]), self.make(env, accounts[10:])]

    def make(self, env, accounts):
        programme = env["churn.programme"].create(
            {
                "name": "At once",
                "date_end": fields.Date.today() + timedelta(days=90),
                "measure_ids": [Command.set(env.ref("churn_handover.measure_call").ids)],
            }
        )
        programme._add_members(accounts)
        return programme.id

    def members(self, cr):
        members = self.environment(cr)["churn.programme.member"]
        return members.search([("account_id", "in", self.accounts)])

    def test_a_customer_of_both_is_in_one_of_them(self):
        answers = self.at_once(*(self.start(START % number) for number in self.programmes))
        self.assertEqual(answers, [True, True])
        with self.cursor() as cr:
            members = self.members(cr)
            self.assertEqual(set(members.programme_id.mapped("state")), {"running"})
            self.assertEqual(sorted(members.account_id.ids), sorted(self.accounts), "everybody is in one of them")
            self.assertEqual(len(members), 30, "nobody in two")
            self.assertEqual(set(members.mapped("running_purpose")), {"retain"})
            said = members.programme_id.message_ids.filtered(
                lambda one: "10 customers are left out" in (one.body or "")
            )
            self.assertEqual(len(said), 1, "and the second one says so")

    def test_a_programme_started_twice_is_started_once(self):
        answers = self.at_once(*(self.start(START % self.programmes[0]) for _ in range(2)))
        self.assertEqual(sorted(answers), [False, True])
        with self.cursor() as cr:
            members = self.members(cr).filtered(lambda member: member.programme_id.id == self.programmes[0])
            self.assertEqual(len(members.filtered(lambda member: member.group == "holdout")), 4)
            treated = members.filtered(lambda member: member.group == "treated")
            self.assertEqual([len(member.task_ids) for member in treated], [1] * 16)
