"""Several servers launch at the same moment: each test on its own copy of the database, with real connections."""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command

from .common_copy import CopyCase

CONTACTS = 40

# Two launches by two managers in the same second, as the web client's requests do it.
LAUNCH = """
from odoo.service.model import retrying
step = env["churn.step"].browse(%s)
step.state
print("true", flush=True)
sys.stdin.readline()
retrying(step.action_approve, env)
env.cr.commit()
print("true", flush=True)
"""

# The nightly job of one server while the manager approves on another.
NIGHTLY = """
step = env["churn.step"].browse(%s)
step.state
print("true", flush=True)
sys.stdin.readline()
step._launch_retrying()
env.cr.commit()
print("true", flush=True)
"""


# A programme's mailing, sent by a click.
PROGRAMME = """
from odoo.service.model import retrying
programme = env["churn.programme"].browse(%s)
programme.state
print("true", flush=True)
sys.stdin.readline()
retrying(programme.action_send_mailing, env)
env.cr.commit()
print("true", flush=True)
"""


# Odoo's own job makes the mails of what is queued; where it meets another launch, its next run does it.
QUEUE = """
import psycopg2
job = env["mailing.mailing"]
job.search_count([])
print("true", flush=True)
sys.stdin.readline()
for run in range(5):
    try:
        job._process_mass_mailing_queue()
        break
    except psycopg2.OperationalError:
        env.cr.rollback()
        env.transaction.reset()
env.cr.commit()
print("true", flush=True)
"""


class TestTwoLaunches(CopyCase):
    def setUp(self):
        super().setUp()
        with self.cursor() as cr:
            self.steps = self.make(self.environment(cr)).ids

    def make(self, env):
        """Two series that want to write to the same people, each with a step waiting; the cap is one message."""
        env.company.churn_message_cap = 1
        accounts = env["res.partner"].create(
            [
                {
                    "name": f"Account {n}",
                    "is_company": True,
                    "email": f"a{n}-{self._testMethodName}@customer.test".lower(),
                }
                for n in range(CONTACTS)
            ]
        )
        kind = env.ref("churn_handover.kind_hiring")
        steps = env["churn.step"]
        for name in ("North", "South"):
            message = env["churn.message"].create(
                {"kind_id": kind.id, "subject": f"{name} {self._testMethodName}", "body": "<p>News</p>"}
            )
            message.action_ready()
            series = env["churn.series"].create(
                {
                    "name": name,
                    "kind_ids": [Command.link(kind.id)],
                    "domain": repr([("id", "in", accounts.ids)]),
                    "user_id": env.ref("base.user_admin").id,
                    "holdout_percent": 0,
                }
            )
            series.action_start()
            steps |= series._propose()
        self.assertEqual(steps.mapped("planned_count"), [CONTACTS, CONTACTS])
        return steps

    def outcome(self):
        """:return: (states of the steps, most places of one address, places reserved, places left out)"""
        with self.cursor() as cr:
            env = self.environment(cr)
            steps = env["churn.step"].browse(self.steps)
            counts = env["churn.place"]._read_group(
                [("step_id", "in", steps.ids), ("state", "=", "reserved")], ["email"], ["__count"]
            )
            left_out = env["churn.place"].search([("step_id", "in", steps.ids), ("state", "=", "left_out")])
            self.assertEqual(set(left_out.mapped("reason")), {"churn_cap"})
            return (
                set(steps.mapped("state")),
                max(count for _email, count in counts),
                sum(count for _email, count in counts),
                len(left_out),
            )

    def test_two_managers_approve_two_series_at_once(self):
        self.at_once(*(self.start(LAUNCH % step) for step in self.steps))
        self.assertEqual(self.outcome(), ({"launched"}, 1, CONTACTS, CONTACTS))

    def test_a_manager_and_the_nightly_job_at_once(self):
        self.at_once(self.start(LAUNCH % self.steps[0]), self.start(NIGHTLY % self.steps[1]))
        self.assertEqual(self.outcome(), ({"launched"}, 1, CONTACTS, CONTACTS))

    def test_what_was_sent_a_month_ago_gives_room_to_one_of_both(self):
        with self.cursor() as cr:
            env = self.environment(cr)
            place = env["churn.place"].search([("step_id", "=", self.steps[0])], limit=1)
            old = fields.Date.today() - timedelta(days=30)
            place.copy({"step_id": False, "state": "sent", "sent_on": old, "content_key": "old", "mailing_id": False})
        self.at_once(*(self.start(LAUNCH % step) for step in self.steps))
        self.assertEqual(self.outcome(), ({"launched"}, 1, CONTACTS, CONTACTS))

    def test_a_programme_and_a_series_at_once(self):
        with self.cursor() as cr:
            env = self.environment(cr)
            steps = env["churn.step"].browse(self.steps)
            accounts = env["churn.account"].create(
                [{"partner_id": one.id, "company_id": env.company.id} for one in steps[0].place_ids.account_id]
            )
            programme = env["churn.programme"].create(
                {
                    "name": "Mail",
                    "date_end": fields.Date.today() + timedelta(days=90),
                    "holdout_share": 0,
                    "measure_ids": [Command.set(env.ref("churn_handover.measure_mailing").ids)],
                }
            )
            programme._add_members(accounts)
            programme._start()
            number = programme.id
            self.assertEqual(len(env["churn.place"].search([("mailing_id", "=", programme.mailing_id.id)])), CONTACTS)
        self.at_once(self.start(LAUNCH % self.steps[0]), self.start(PROGRAMME % number))
        with self.cursor() as cr:
            places = self.environment(cr)["churn.place"]
            ours = [("email", "like", self._testMethodName)]
            counts = places._read_group([("state", "=", "reserved"), *ours], ["email"], ["__count"])
            self.assertEqual({count for _email, count in counts}, {1})
            self.assertEqual(len(counts), CONTACTS)
            left_out = places.search([("state", "=", "left_out"), *ours])
            self.assertEqual((len(left_out), set(left_out.mapped("reason"))), (CONTACTS, {"churn_cap"}))

    def mailing_at_once(self, **values):
        """Launch a step while Odoo's job sends a mailing to the same people; nobody gets both."""
        with self.cursor() as cr:
            env = self.environment(cr)
            env["ir.config_parameter"].set_param("mail.mail.force.send.limit", "0")  # made and queued, not sent
            steps = env["churn.step"].browse(self.steps)
            mailing = env["mailing.mailing"].create(
                {
                    "subject": "Offer",
                    "body_html": "<p>Buy now</p>",
                    "mailing_model_id": env["ir.model"]._get_id("res.partner"),
                    "mailing_domain": repr([("id", "in", steps[0].place_ids.partner_id.ids)]),
                    **values,
                }
            )
            mailing.action_launch()
            number = mailing.id
        self.at_once(self.start(LAUNCH % self.steps[0]), self.start(QUEUE))
        with self.cursor() as cr:
            env = self.environment(cr)
            ours = [("email", "like", self._testMethodName)]
            places = env["churn.place"]
            counts = places._read_group([("state", "=", "reserved"), *ours], ["email"], ["__count"])
            self.assertEqual(({count for _email, count in counts}, len(counts)), ({1}, CONTACTS))
            left_out = places.search([("state", "=", "left_out"), *ours])
            refused = env["mailing.trace"].search([("mass_mailing_id", "=", number), ("trace_status", "=", "cancel")])
            self.assertEqual(set(refused.mapped("failure_type") + left_out.mapped("reason")), {"churn_cap"})
            self.assertEqual(len(left_out) + len(refused), CONTACTS)

    def test_a_mailing_opened_from_a_segment_and_a_series_at_once(self):
        self.mailing_at_once(churn_reserved=True)

    def test_an_ordinary_mailing_and_a_series_at_once_where_these_obey(self):
        with self.cursor() as cr:
            self.environment(cr).company.churn_mailings_obey = True
        self.mailing_at_once()
