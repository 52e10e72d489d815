"""A company that writes to its customers: a manager without rights in the mailing app, reps, accounts, messages."""

from odoo import fields
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user

from odoo.addons.base.models.ir_mail_server import MailDeliveryException
from odoo.addons.mail.tests.common import MockEmail

REP = "sales_team.group_sale_salesman"
MANAGER = "sales_team.group_sale_manager"


class QualityCase(TransactionCase, MockEmail):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True, no_reset_password=True))
        cls.company = cls.env.company
        cls.manager = new_test_user(cls.env, login="max", name="Max", groups=MANAGER, email="max@ours.test")
        cls.ann, cls.bob = (
            new_test_user(cls.env, login=name.lower(), name=name, groups=REP, email=f"{name}@ours.test".lower())
            for name in ("Ann", "Bob")
        )
        cls.person = {user: cls.employee(user.name, user) for user in (cls.ann, cls.bob)}
        cls.hiring, cls.training, cls.outside, cls.achieved, cls.team = (
            cls.env.ref(f"churn_handover.kind_{name}")
            for name in ("hiring", "training", "outside", "achievement", "team")
        )
        cls.acme, cls.bolt = (cls.account(name) for name in ("Acme", "Bolt"))
        # Mailings of others in this database are none of the test's business.
        cls.env["churn.series"].search([]).active = False

    @classmethod
    def employee(cls, name, user=None, **values):
        return cls.env["hr.employee"].create({"name": name, "user_id": user.id if user else False, **values})

    @classmethod
    def account(cls, name, owner=None, **values):
        values = {"email": f"{name}@customer.test".lower().replace(" ", ""), **values}
        return cls.env["res.partner"].create(
            {"name": name, "is_company": True, "user_id": (owner or cls.ann).id, "lang": "en_US", **values}
        )

    @classmethod
    def message(cls, kind=None, subject=None, ready=True, **values):
        kind = kind or cls.hiring
        message = cls.env["churn.message"].create(
            {
                "kind_id": kind.id,
                "subject": subject or f"News of {kind.name} {cls.env['churn.message'].search_count([])}",
                "body": f"<p>What is new about {kind.name}.</p>",
                **values,
            }
        )
        if ready:
            message.action_ready()
        return message

    @classmethod
    def series(cls, kinds=None, accounts=None, **values):
        kinds = kinds or cls.hiring | cls.training
        accounts = cls.acme | cls.bolt if accounts is None else accounts
        series = cls.env["churn.series"].create(
            {
                "name": "Our People",
                "holdout_percent": 0,
                "user_id": cls.manager.id,
                "kind_ids": [Command.set(kinds.ids)],
                "domain": repr([("id", "in", accounts.ids)]),
                **values,
            }
        )
        series.action_start()
        return series

    @classmethod
    def achievement(cls, person, name="Talk", agreed=True, **values):
        entry = cls.env["churn.achievement"].create({"employee_id": person.id, "name": name, **values})
        if agreed:
            entry.write({"consent": "given"})  # the superuser stands for the person here
        return entry

    @classmethod
    def serve(cls, account, user, **values):
        """Put somebody on the team of an account, whom the customer may see."""
        role = cls.env.ref("churn_handover.role_service")
        return cls.env["churn.team.member"].create(
            {"account_id": account.id, "user_id": user.id, "role_id": role.id, "customer_visible": True, **values}
        )

    # Doing

    def launch(self, series):
        step = series._propose()
        if step:
            step._launch()
        return step

    def send(self, mailings=None, fail=False):
        """What Odoo's own jobs do: mails from mailings, and mails to the world; ``fail``: no server takes them."""
        if mailings is None:
            mailings = self.env["mailing.mailing"].search([("state", "=", "in_queue")])
        with self.mock_mail_gateway():
            if fail:
                self.send_email_mocked.side_effect = MailDeliveryException("No server takes it")
            for mailing in mailings:
                if mailing._get_remaining_recipients():
                    mailing._action_send_mail()
            self.env["mail.mail"].search([("state", "=", "outgoing"), ("mailing_id", "!=", False)]).send()

    def deliver(self, series):
        step = self.launch(series)
        if step:
            self.send(self.mailings(step))
        return step

    def mailings(self, step):
        return self.env["mailing.mailing"].search([("churn_step_id", "in", step.ids)])

    def places(self, step, **values):
        domain = [("step_id", "in", step.ids)] + [(name, "=", value) for name, value in values.items()]
        return self.env["churn.place"].search(domain)

    def ordinary(self, *partners, **values):
        """A mailing from the mailing app."""
        return self.env["mailing.mailing"].create(
            {
                "subject": "Offer",
                "body_html": "<p>Buy now</p>",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": repr([("id", "in", [partner.id for partner in partners])]),
                "user_id": self.manager.id,
                **values,
            }
        )

    def today(self):
        return fields.Date.context_today(self.env.user)
