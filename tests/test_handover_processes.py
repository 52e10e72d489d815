"""Several managers, several servers, a server that dies: each test on its own copy of the database."""

import signal

from odoo import fields
from odoo.fields import Command

from .common_copy import CopyCase

ACCOUNTS = 30


class ProcessCase(CopyCase):
    def setUp(self):
        super().setUp()
        with self.cursor() as cr:
            self.make(self.environment(cr))

    def make(self, env):
        """A leaver with accounts, each with a quotation, and a draft plan that gives them to two colleagues."""
        group = env.ref("sales_team.group_sale_salesman")
        old, ann, bob = env["res.users"].create(
            [
                {"name": name, "login": f"{name}-{self._testMethodName}", "group_ids": [Command.link(group.id)]}
                for name in ("Olga", "Ann", "Bob")
            ]
        )
        accounts = env["res.partner"].create(
            [{"name": f"Account {n}", "is_company": True, "user_id": old.id} for n in range(ACCOUNTS)]
        )
        env["sale.order"].create([{"partner_id": account.id, "user_id": old.id} for account in accounts])
        handover = env["churn.handover"]._plan(old, fields.Date.context_today(old))
        handover.line_ids.successor_id = ann
        handover.line_ids[::2].successor_id = bob
        self.handover_id, self.old_id = handover.id, old.id

    def outcome(self):
        """What the database says: (lines by state, accounts of the leaver, quotations of the leaver, changes)."""
        with self.cursor() as cr:
            env = self.environment(cr)
            handover = env["churn.handover"].browse(self.handover_id)
            lines = env["churn.handover.line"]
            states = dict(lines._read_group([("handover_id", "=", handover.id)], ["state"], ["__count"]))
            changes = env["churn.change"].search([("handover_id", "=", handover.id)])
            keys = [(change.res_model, change.res_id, change.field_name, str(change.new_value)) for change in changes]
            self.assertEqual(len(keys), len(set(keys)), "a value was logged twice")
            return {
                "state": handover.state,
                "lines": states,
                "accounts": env["res.partner"].search_count([("user_id", "=", self.old_id)]),
                "quotations": env["sale.order"].search_count([("user_id", "=", self.old_id)]),
                "owners_logged": len(
                    changes.filtered(lambda row: (row.res_model, row.field_name) == ("res.partner", "user_id"))
                ),
                "messages": env["mail.message"].search_count(
                    [("model", "=", "res.partner"), ("body", "like", f"%{handover.name}%")]
                ),
            }

    def confirm(self):
        with self.cursor() as cr:
            self.environment(cr)["churn.handover"].browse(self.handover_id)._confirm()

    DONE = {
        "state": "done",
        "lines": {"done": ACCOUNTS + 1},
        "accounts": 0,
        "quotations": 0,
        "owners_logged": ACCOUNTS,
        "messages": ACCOUNTS,
    }


class TestTwoManagers(ProcessCase):
    def test_both_confirm_and_run_at_once(self):
        """Two server processes press Run Now in the same moment: everything moves once, nobody sees an error."""
        code = f"""
from functools import partial
from odoo.service.model import retrying
handover = env["churn.handover"].browse({self.handover_id})
handover.state
print("true", flush=True)
sys.stdin.readline()
retrying(partial(handover.action_run_now), env)
print("true", flush=True)
"""
        self.at_once(self.start(code), self.start(code))
        self.assertEqual(self.outcome(), self.DONE)

    def test_two_plans_for_the_same_accounts(self):
        """The second manager waits for the first, and is then told which plan has the accounts."""
        with self.cursor() as cr:
            env = self.environment(cr)
            old = env["res.users"].browse(self.old_id)
            second = env["churn.handover"]._plan(old, fields.Date.context_today(old))
            second.line_ids.successor_id = env["churn.handover"].browse(self.handover_id).line_ids.successor_id[0]
            second_id = second.id
        code = """
from functools import partial
from odoo.exceptions import UserError
from odoo.service.model import retrying
handover = env["churn.handover"].browse(%s)
handover.state
print("true", flush=True)
sys.stdin.readline()
import json
try:
    retrying(handover._confirm, env)
    print(json.dumps("confirmed"), flush=True)
except UserError as error:
    print(json.dumps(str(error)), flush=True)
"""
        answers = self.at_once(*(self.start(code % handover_id) for handover_id in (self.handover_id, second_id)))
        answers.sort(key=len)
        self.assertEqual(answers[0], "confirmed")
        self.assertIn("another open handover", answers[1])
        with self.cursor() as cr:
            plans = self.environment(cr)["churn.handover"].browse([self.handover_id, second_id])
            self.assertEqual(sorted(plans.mapped("state")), ["confirmed", "draft"])


class TestKilledServer(ProcessCase):
    def killed_run(self, after_batches):
        """A server runs the plan in batches of ten and is killed in the middle of a batch."""
        self.confirm()
        code = f"""
import os, signal
from odoo.addons.churn_handover.models.handover import handover_run
handover_run.BATCH = 10
transfer = type(env["churn.transfer"])
follow, batches = transfer._move_followers, []
def die_in_the_middle(self, *args):
    batches.append(1)
    if len(batches) > {after_batches}:
        self.env.flush_all()
        os.kill(os.getpid(), signal.SIGKILL)
    return follow(self, *args)
transfer._move_followers = die_in_the_middle
env["churn.handover"]._cron_run_due()
"""
        process = self.start(code)
        self.assertEqual(process.wait(), -signal.SIGKILL, process.stderr.read())

    def run_again(self):
        """The next server takes over: the cron runs what is left."""
        with self.cursor() as cr:
            self.environment(cr)["churn.handover"]._cron_run_due()

    def test_what_was_committed_stays_and_the_rest_follows(self):
        self.killed_run(after_batches=2)
        halfway = self.outcome()
        self.assertEqual(halfway["state"], "running")
        self.assertEqual(halfway["lines"], {"done": 20, "confirmed": ACCOUNTS + 1 - 20})
        for what in ("accounts", "quotations"):
            self.assertEqual(halfway[what], ACCOUNTS - 20, f"a batch is moved whole or not at all: {what}")
        self.assertEqual((halfway["owners_logged"], halfway["messages"]), (20, 20))
        self.run_again()
        self.assertEqual(self.outcome(), self.DONE)

    def test_killed_in_the_first_batch_nothing_has_happened(self):
        self.killed_run(after_batches=0)
        nothing = self.outcome()
        self.assertEqual(nothing["lines"], {"confirmed": ACCOUNTS + 1})
        self.assertEqual((nothing["accounts"], nothing["owners_logged"]), (ACCOUNTS, 0))
        self.run_again()
        self.assertEqual(self.outcome(), self.DONE)

    def test_two_servers_share_the_work(self):
        """Two crons at the same time: lines that one is moving are passed over by the other."""
        self.confirm()
        code = """
from odoo.addons.churn_handover.models.handover import handover_run
handover_run.BATCH = 5
print("true", flush=True)
sys.stdin.readline()
env["churn.handover"]._cron_run_due()
cr.commit()
print("true", flush=True)
"""
        self.at_once(self.start(code), self.start(code))
        self.run_again()
        self.assertEqual(self.outcome(), self.DONE)

    def test_lines_in_work_are_passed_over_not_waited_for(self):
        """One server stands in the middle of a batch; another one that looks for work leaves its lines alone.

        Without the row lock the second would move the same accounts, run into the first one's rows and wait: here it
        gives up after some seconds, and reports the error instead of an answer.
        """
        self.confirm()
        first = self.start(f"""
from odoo.addons.churn_handover.models.handover import handover_run
handover_run.BATCH = 10
transfer = type(env["churn.transfer"])
follow, waited = transfer._move_followers, []
def wait_in_the_middle(self, *args):
    if not waited:
        waited.append(1)
        self.env.flush_all()
        print("true", flush=True)
        sys.stdin.readline()
    return follow(self, *args)
transfer._move_followers = wait_in_the_middle
env["churn.handover"].browse({self.handover_id})._run()
cr.commit()
print("true", flush=True)
""")
        self.heard(first)
        second = self.start(f"""
import json
from odoo.addons.churn_handover.models.handover import handover_run
handover_run.BATCH = 10
cr.execute("SET lock_timeout = '5s'")
handover = env["churn.handover"].browse({self.handover_id})
handover._run()
env.flush_all()
print(json.dumps(len(handover.line_ids.filtered(lambda line: line.state == "done"))), flush=True)
cr.commit()
""")
        self.assertEqual(self.heard(second), 0, "nothing is left for it to do")
        self.assertEqual(second.wait(), 0)
        self.say(first, "go")
        self.heard(first)
        self.assertEqual(first.wait(), 0)
        self.assertEqual(self.outcome(), self.DONE)


class TestSecondCompany(ProcessCase):
    """A leaver who works for two companies; each has its manager, who sees nothing of the other."""

    PER_COMPANY = 8

    def make(self, env):
        seller, manager = env.ref("sales_team.group_sale_salesman"), env.ref("sales_team.group_sale_manager")
        first = env.company
        second = env["res.company"].create({"name": f"Second {self._testMethodName}"})

        def user(name, group, companies):
            return env["res.users"].create(
                {
                    "name": name,
                    "login": f"{name}-{self._testMethodName}",
                    "group_ids": [Command.link(group.id)],
                    "company_id": companies[0].id,
                    "company_ids": [Command.set(companies.ids)],
                }
            )

        old = user("Olga", seller, first | second)
        self.old_id, self.sides = old.id, []
        for number, company in enumerate((first, second)):
            heir, boss = user(f"Heir{number}", seller, company), user(f"Boss{number}", manager, company)
            values = {"is_company": True, "user_id": old.id, "company_id": company.id}
            accounts = env["res.partner"].create(
                [{"name": f"{company.name} {n}", **values} for n in range(self.PER_COMPANY)]
            )
            env["sale.order"].create(
                [{"partner_id": account.id, "user_id": old.id, "company_id": company.id} for account in accounts]
            )
            self.sides.append((company.id, boss.id, heir.id, accounts.ids))

    def run_as(self, boss_id, company_id, heir_id):
        """Start a server process in which a manager plans and runs the departure, when told to."""
        return self.start(
            f"""
from functools import partial
from odoo import fields
from odoo.service.model import retrying
env = env(user={boss_id}, context={{"allowed_company_ids": [{company_id}], "tracking_disable": True}})
leaver = env["res.users"].browse({self.old_id})
def job():
    plan = env["churn.handover"]._plan(leaver, fields.Date.context_today(leaver))
    plan.line_ids.successor_id = {heir_id}
    plan.action_run_now()
    return plan.state
print("true", flush=True)
sys.stdin.readline()
import json
print(json.dumps(retrying(job, env)), flush=True)
"""
        )

    def test_both_companies_hand_over_at_once(self):
        processes = [self.run_as(boss, company, heir) for company, boss, heir, _accounts in self.sides]
        self.assertEqual(self.at_once(*processes), ["done", "done"])
        with self.cursor() as cr:
            env = self.environment(cr)
            for company_id, boss_id, heir_id, account_ids in self.sides:
                self.assertEqual(env["res.partner"].browse(account_ids).user_id.ids, [heir_id])
                orders = env["sale.order"].search([("partner_id", "in", account_ids)])
                self.assertEqual((len(orders), orders.user_id.ids), (self.PER_COMPANY, [heir_id]))
                plan = env["churn.handover"].search([("user_id", "=", boss_id)])
                self.assertEqual(plan.company_ids.ids, [company_id])
                self.assertEqual(plan.line_ids.account_id.ids, account_ids)

    def test_what_is_left_in_the_other_company_is_counted_and_not_shown(self):
        company_id, boss_id, heir_id, _accounts = self.sides[0]
        process = self.run_as(boss_id, company_id, heir_id)
        self.heard(process)
        self.say(process, "go")
        self.assertEqual(self.heard(process), "done")
        self.assertEqual(process.wait(), 0)
        others = self.sides[1][3]
        with self.cursor() as cr:
            env = self.environment(cr)
            self.assertEqual(env["res.partner"].browse(others).user_id.ids, [self.old_id])
            plan = env["churn.handover"].search([("user_id", "=", boss_id)])
            self.assertEqual(plan.elsewhere_count, 2 * self.PER_COMPANY, "accounts and quotations")
            changes = env["churn.change"].search([("handover_id", "=", plan.id), ("res_model", "=", "res.partner")])
            self.assertTrue(changes)
            self.assertFalse(set(changes.mapped("res_id")) & set(others))
