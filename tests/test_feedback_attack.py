"""Ways to learn that a complaint about oneself exists.

Every way is tried by two users, with and without the complaint: by whom it is about, and by a colleague with the
same rights who may see it. The person must get the same both times, the colleague must not: a way that finds
nothing, because it is mistyped or Odoo changed, fails too. With the hiding rules off, the person must learn of it.
"""

import inspect
import re
from datetime import timedelta

from odoo import fields
from odoo.models import MAGIC_COLUMNS
from odoo.service.model import call_kw
from odoo.tests import RecordCapturer
from odoo.tools import SQL, mute_logger

from .common_feedback import REP, FeedbackCase

SECRET = "xyzzy"  # a word that occurs in the complaint and everything around it, and nowhere else


def search_all(model, domain, field="id", **context):
    """Search as the web client does, and read one field of what is found."""
    return lambda env: (
        env[model].with_context(**context).search_read(domain, [field], order="id"),
        env[model].with_context(**context).search_count(domain),
    )


def rpc(model, method, *args, **kwargs):
    return lambda env: call_kw(env[model], method, args, kwargs)


def probe(method, *args, **kwargs):
    """Call a public method of the feedback model on one id."""
    return lambda env, record_id: call_kw(env["churn.feedback"], method, [[record_id], *args], kwargs)


IS_FEEDBACK = [("res_model", "=", "churn.feedback")]

# Without knowing an id: the same answer with and without the complaint.
BLIND = {
    # the model itself
    "search": search_all("churn.feedback", []),
    "search by text": search_all("churn.feedback", [("text", "ilike", SECRET)]),
    "search by person": search_all("churn.feedback", [("about_user_id", "!=", False)]),
    "search by account": search_all("churn.feedback", [("account_id.name", "=", "Acme")]),
    "search by contact below the account": search_all("churn.feedback", [("account_id", "child_of", ["Acme"])]),
    "search by message": search_all("churn.feedback", [("message_ids.body", "ilike", SECRET)]),
    "search by task": search_all("churn.feedback", [("activity_ids.summary", "ilike", SECRET)]),
    "search ordered by person": lambda env: env["churn.feedback"].search([], order="about_user_id, id").ids,
    "name search": rpc("churn.feedback", "name_search", "Acme"),
    "search and read": rpc("churn.feedback", "web_search_read", [], {"text": {}, "about_user_id": {"fields": {}}}),
    "pivot totals": rpc("churn.feedback", "formatted_read_group", [], ["kind"], ["__count", "hours_to_answer:avg"]),
    "pivot totals in all levels": rpc(
        "churn.feedback",
        "formatted_read_grouping_sets",
        [],
        [["kind"], ["about_user_id", "state"], []],
        ["__count"],
    ),
    "columns of the board": rpc("churn.feedback", "web_read_group", [], ["state"], ["__count"]),
    "progress bars of the board": lambda env: dict(
        env["churn.feedback"].read_progress_bar([], "state", {"field": "severity", "colors": {"high": "warning"}})
    ),
    "counters of the search panel": rpc("churn.feedback", "search_panel_select_range", "state", enable_counters=True),
    "filters of the search panel": rpc(
        "churn.feedback", "search_panel_select_multi_range", "kind", enable_counters=True, expand=True
    ),
    "export": lambda env: env["churn.feedback"].search([]).export_data(["id", "text", "about_user_id/name"]),
    # the account
    "counters of the contact": lambda env: env["res.partner"]
    .search([("name", "=", "Acme")])
    .read(
        [
            "churn_feedback_count",
            "churn_open_complaint_count",
            "churn_has_open_complaint",
            "churn_frozen_until",
        ]
    ),
    "contacts with a complaint": search_all("res.partner", [("churn_has_open_complaint", "=", True)]),
    "contacts without a complaint": search_all("res.partner", [("churn_has_open_complaint", "=", False)]),
    "contacts, no value excluded": search_all("res.partner", [("churn_has_open_complaint", "not in", [False])]),
    "opportunities of accounts with a complaint": search_all(
        "crm.lead", [("partner_id.churn_has_open_complaint", "=", True)]
    ),
    # messages
    "messages by model": search_all("mail.message", [("model", "=", "churn.feedback")], "body"),
    "messages by text": search_all("mail.message", [("body", "ilike", SECRET)], "subject"),
    "messages by attachment": search_all("mail.message", [("attachment_ids.name", "ilike", SECRET)]),
    "messages of the customer": lambda env: env["mail.message"].search([("author_id.name", "=", "Kim Customer")]).ids,
    "messages to oneself": lambda env: env["mail.message"]
    .search([("partner_ids", "!=", False), ("body", "ilike", SECRET)])
    .ids,
    "messages grouped": lambda env: env["mail.message"].formatted_read_group([], ["model"], ["__count"]),
    "answers to messages": search_all("mail.message", [("parent_id.body", "ilike", SECRET)]),
    "notifications": search_all("mail.notification", [], "mail_message_id"),
    "notifications by message": search_all("mail.notification", [("mail_message_id.body", "ilike", SECRET)]),
    "notifications of the customer": search_all("mail.notification", [("res_partner_id.name", "=", "Kim Customer")]),
    "messages to be sent later": search_all("mail.scheduled.message", [("model", "=", "churn.feedback")], "body"),
    "followers": search_all("mail.followers", IS_FEEDBACK, "partner_id"),
    # tasks, meetings, ratings, files
    "tasks": search_all("mail.activity", IS_FEEDBACK, "res_name"),
    "tasks by name of the customer": search_all("mail.activity", [("res_name", "ilike", "Acme")], "summary"),
    "tasks that are done": search_all("mail.activity", [*IS_FEEDBACK, ("active", "=", False)], active_test=False),
    "tasks grouped": lambda env: env["mail.activity"].formatted_read_group([], ["res_model"], ["__count"]),
    "task counter of the menu bar": lambda env: env["res.users"]._get_activity_groups(),
    "ratings": search_all("rating.rating", IS_FEEDBACK, "feedback"),
    "ratings of a colleague": search_all("rating.rating", [("rated_partner_id", "!=", False)], "res_name"),
    "files": search_all("ir.attachment", IS_FEEDBACK, "name"),
    "files by name": search_all("ir.attachment", [("name", "ilike", SECRET)], "res_id"),
    "files by content": search_all("ir.attachment", [("index_content", "ilike", SECRET)]),
    # what dialogs have kept
    "dialog about whom": search_all("churn.feedback.about", [], "about_user_id"),
    "dialog to plan a task": search_all("mail.activity.schedule", IS_FEEDBACK, "summary"),
    "dialog to invite": search_all("mail.followers.edit", IS_FEEDBACK, "message"),
    "dialog to write": search_all("mail.compose.message", [("model", "=", "churn.feedback")], "body"),
}
# needs the rights of an administrator
BLIND_ADMIN = {
    "number of rows of the model": lambda env: env["ir.model"]
    .search([("model", "=", "churn.feedback")])
    .read(["count"]),
    "outgoing mails": search_all("mail.mail", [("model", "=", "churn.feedback")], "body_html"),
    "outgoing mails by text": search_all("mail.mail", [("body", "ilike", SECRET)]),
    "notifications to be sent later": search_all("mail.message.schedule", [], "mail_message_id"),
}


HIDING = (
    "churn_handover.rule_feedback_hidden",
    "churn_handover.rule_feedback_about",
    "churn_handover.rule_feedback_activity_schedule",
    "churn_handover.rule_feedback_followers_edit",
    "mail.mail_compose_message_rule",  # Odoo's own: a dialog to write is its author's
)


class FeedbackAttackCase(FeedbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bystander = cls.new_user("zoe", "Zoe Zimmer", REP)
        # what many companies give their reps, so that these ways are open at all
        extra = ("base.group_allow_export", "base.group_partner_manager", "base.group_no_one")
        for group in extra:
            (cls.ann | cls.bob | cls.max | cls.mia).group_ids |= cls.env.ref(group)
        for user in cls.ann | cls.bob:
            cls.env["crm.lead"].create({"name": "Deal", "partner_id": cls.acme.id, "user_id": user.id})

    def outcome(self, attack, user, *args):
        """What ``user`` gets, also when it is an error; nothing of the attempt remains."""
        self.env.flush_all()
        self.env.invalidate_all()
        savepoint = self.env.cr.savepoint()
        try:
            result = attack(self.env(user=user, su=False, context={"tz": "UTC"}), *args)
        except Exception as error:  # noqa: BLE001 any refusal is an outcome
            result = (type(error).__name__, str(error))
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()
        return repr(result)

    def complaint_with_traces(self, about, control):
        """A complaint with everything that Odoo hangs on a record.

        Also what should never happen, as if another module had written it by SQL: the person follows the
        complaint, has a task on it, is the author of a message and recipient of another.
        """
        feedback = self.complain(self.bystander, about=about, text=f"{SECRET} nobody calls back")
        feedback.user_id = control
        message = feedback.message_post(
            body=SECRET,
            subject=SECRET,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=self.contact.id,
            partner_ids=self.contact.ids,
            attachments=[(f"{SECRET}.txt", SECRET.encode())],
        )
        stray = feedback.message_post(body=SECRET, parent_id=message.id, author_id=about.partner_id.id)
        self.env["mail.notification"].create(
            {
                "mail_message_id": message.id,
                "res_partner_id": about.partner_id.id,
                "notification_type": "inbox",
            }
        )
        message.partner_ids |= about.partner_id
        self.env["mail.message.schedule"].create(
            {"mail_message_id": stray.id, "scheduled_datetime": fields.Datetime.now() + timedelta(days=1)}
        )
        feedback.activity_schedule("mail.mail_activity_data_call", summary=SECRET, user_id=control.id)
        done = feedback.activity_schedule("mail.mail_activity_data_call", summary=SECRET, user_id=control.id)
        done.action_feedback(feedback=SECRET)
        task = feedback.activity_schedule("mail.mail_activity_data_call", summary=SECRET, user_id=control.id)
        self.env.flush_all()
        self.env.cr.execute("UPDATE mail_activity SET user_id = %s WHERE id = %s", [about.id, task.id])
        self.env.cr.execute(
            "INSERT INTO mail_followers (res_model, res_id, partner_id) VALUES ('churn.feedback', %s, %s)",
            [feedback.id, about.partner_id.id],
        )
        self.env.invalidate_all()
        model_id = self.env["ir.model"]._get_id("churn.feedback")
        now = fields.Datetime.now()
        self.env["rating.rating"].create(
            {
                "res_model_id": model_id,
                "res_id": feedback.id,
                "rated_partner_id": about.partner_id.id,
                "partner_id": self.contact.id,
                "rating": 1,
                "feedback": SECRET,
                "consumed": True,
            }
        )
        self.leave_dialogs(feedback, about, control, now)
        self.env.flush_all()
        return feedback, message

    def leave_dialogs(self, feedback, about, control, now):
        env = self.env(user=control)
        env["mail.scheduled.message"].create(
            {
                "model": "churn.feedback",
                "res_id": feedback.id,
                "body": SECRET,
                "author_id": control.partner_id.id,
                "scheduled_date": now + timedelta(days=1),
            }
        )
        env["churn.feedback.about"].create({"about_user_id": about.id})
        env["mail.activity.schedule"].create(
            {"res_model": "churn.feedback", "res_ids": repr(feedback.ids), "summary": SECRET}
        )
        env["mail.followers.edit"].create(
            {"res_model": "churn.feedback", "res_ids": repr(feedback.ids), "message": SECRET}
        )
        env["mail.compose.message"].create(
            {
                "model": "churn.feedback",
                "res_ids": repr(feedback.ids),
                "body": SECRET,
                "composition_mode": "comment",
            }
        )

    def assert_blind(self, attacks, person, control):
        """Compare what both get before there is a complaint and after."""
        before = {
            (name, user): self.outcome(attack, user) for name, attack in attacks.items() for user in (person, control)
        }
        self.complaint_with_traces(person, control)
        for name, attack in attacks.items():
            with self.subTest(attack=name):
                self.assertEqual(self.outcome(attack, person), before[name, person], "the person learns of it")
                self.assertNotEqual(self.outcome(attack, control), before[name, control], "the way leads nowhere")
        for rule in HIDING:
            self.env.ref(rule).active = False
        for name, attack in attacks.items():
            with self.subTest(attack=name, hiding="off"):
                self.assertNotEqual(self.outcome(attack, person), before[name, person], "nothing was hidden here")


def write_then_read(model, field, /, **values):
    """Create a record that names the id, and read what Odoo says about it."""

    def attack(env, record_id):
        vals = {key: value(env, record_id) if callable(value) else value for key, value in values.items()}
        record = env[model].create(vals)
        env.flush_all()
        env.invalidate_all()
        return record.read([field])

    return attack


def model_id(env, _record_id):
    return env["ir.model"]._get_id("churn.feedback")


def the_id(_env, record_id):
    return record_id


def the_ids(_env, record_id):
    return repr([record_id])


def tomorrow(_env, _record_id):
    return fields.Datetime.now() + timedelta(days=1)


def own_partner(env, _record_id):
    return env.user.partner_id.id


def move_own_task(env, record_id):
    """One's own task may be written: point it at the complaint, and read what Odoo calls it."""
    task = (
        env["res.partner"]
        .search([("name", "=", "Acme")])
        .activity_schedule("mail.mail_activity_data_call", user_id=env.uid)
    )
    task.write({"res_model_id": model_id(env, record_id), "res_id": record_id})
    env.flush_all()
    env.invalidate_all()
    return task.read(["res_name"])


def preview_template(env, record_id):
    template = env["mail.template"].search([("name", "=", SECRET)])
    preview = env["mail.template.preview"].create(
        {"mail_template_id": template.id, "resource_ref": f"churn.feedback,{record_id}"}
    )
    return preview.read(["subject", "resource_ref"])


def import_over(env, record_id):
    return env["churn.feedback"].load([".id", "text"], [[str(record_id), "x"]])


def property_of_a_deal(env, record_id):
    """A user-defined field may point to any model."""
    team = env["crm.team"].search([("name", "=", "North")])
    team.sudo().lead_properties_definition = [
        {"name": "tell", "type": "many2one", "string": "Tell", "comodel": "churn.feedback"}
    ]
    lead = env["crm.lead"].create({"name": "x", "team_id": team.id, "lead_properties": {"tell": record_id}})
    env.flush_all()
    env.invalidate_all()
    return [value["value"] for value in lead.read(["lead_properties"])[0]["lead_properties"]]


# Knowing an id: the same answer for the complaint as for an id that never was.
PROBES = {
    "read": probe("read", ["text"]),
    "read like the web client": probe("web_read", {"display_name": {}, "text": {}}),
    "name": probe("read", ["display_name"]),
    "find the id": lambda env, record_id: env["churn.feedback"].search_count([("id", "=", record_id)]),
    "find the id by name": lambda env, record_id: env["churn.feedback"].name_search("", [("id", "=", record_id)]),
    "who created it": probe("get_metadata"),
    "may I": probe("has_access", "read"),
    "may I write": probe("has_access", "write"),
    "export": probe("export_data", ["text"]),
    "write": probe("write", {"text": "x"}),
    "write like the web client": probe("web_save", {"text": "x"}, {"text": {}}),
    "open in a form": probe("onchange", {}, ["text"], {"text": {}, "display_name": {}}),
    "delete": probe("unlink"),
    "copy": probe("copy"),
    "mark as solved": probe("action_solve"),
    "notice of the quick form": probe("action_note"),
    "say about whom": lambda env, record_id: env["churn.feedback.about"]
    .with_context(active_id=record_id)
    .create({})
    .action_apply(),
    "write a message": probe("message_post", body="x"),
    "write a mail": probe("message_post", body="x", partner_ids=[3]),
    "notify": probe("message_notify", body="x", partner_ids=[3]),
    "follow": lambda env, record_id: env["churn.feedback"].browse(record_id).message_subscribe(env.user.partner_id.ids),
    "list followers": probe("message_get_followers"),
    "plan a task": probe("activity_schedule", "mail.mail_activity_data_call", summary="x"),
    "move tasks": probe("activity_reschedule", ["mail.mail_activity_data_call"], new_user_id=1),
    "import over it": import_over,
    "task on it": write_then_read("mail.activity", "res_name", res_model_id=model_id, res_id=the_id),
    "own task moved onto it": move_own_task,
    "message on it": write_then_read("mail.message", "record_name", model="churn.feedback", res_id=the_id, body="x"),
    "private message about it": write_then_read(
        "mail.message",
        "record_name",
        model="churn.feedback",
        res_id=the_id,
        partner_ids=False,
        message_type="comment",
    ),
    "file on it": write_then_read("ir.attachment", "res_name", name="x", res_model="churn.feedback", res_id=the_id),
    "rating of it": write_then_read("rating.rating", "res_name", res_model_id=model_id, res_id=the_id),
    "meeting about it": write_then_read("calendar.event", "res_id", name="x", res_model_id=model_id, res_id=the_id),
    "message to be sent later": write_then_read(
        "mail.scheduled.message",
        "body",
        model="churn.feedback",
        res_id=the_id,
        author_id=own_partner,
        scheduled_date=tomorrow,
    ),
    "dialog to write": write_then_read(
        "mail.compose.message", "subject", model="churn.feedback", res_ids=the_ids, composition_mode="comment"
    ),
    "dialog to plan a task": write_then_read(
        "mail.activity.schedule", "has_error", res_model="churn.feedback", res_ids=the_ids
    ),
    "plan a task in the dialog": lambda env, record_id: env["mail.activity.schedule"]
    .create({"res_model": "churn.feedback", "res_ids": repr([record_id]), "summary": "x"})
    .action_schedule_activities(),
    "fill the dialog to plan a task": lambda env, record_id: call_kw(
        env["mail.activity.schedule"],
        "onchange",
        [
            [],
            {"res_model": "churn.feedback", "res_ids": repr([record_id])},
            ["res_ids"],
            {"error": {}, "company_id": {}},
        ],
        {},
    ),
    "preview of a mail template": preview_template,
    "user-defined field": property_of_a_deal,
}


class TestProbes(FeedbackAttackCase):
    """The ids are known: whoever enters feedback sees which ids were given out since the last time."""

    def setUp(self):
        super().setUp()
        self.env["mail.template"].create(
            {
                "name": SECRET,
                "model_id": self.env["ir.model"]._get_id("churn.feedback"),
                "subject": "{{ object.text }} {{ object.display_name }}",
            }
        )

    def public_methods(self):
        """Return every public method of the model that can be called with ids alone."""
        model = self.env.registry["churn.feedback"]
        for name, method in inspect.getmembers(model, inspect.isfunction):
            parameters = list(inspect.signature(method).parameters.values())[1:]
            optional = all(p.default is not p.empty or p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) for p in parameters)
            if not name.startswith("_") and optional and not getattr(method, "_api_private", False):
                yield name

    def compare(self, attack, user, hidden, missing):
        """Return the outcomes for both ids, with the ids themselves replaced."""
        outcomes = [self.outcome(attack, user, record_id) for record_id in (hidden, missing)]
        return [
            re.sub(r"0x[0-9a-f]+", "0x", re.sub(rf"\b{record_id}\b|(?<='id': )\d+", "ID", outcome))
            for outcome, record_id in zip(outcomes, (hidden, missing), strict=True)
        ]

    def probe_as(self, person, control):
        feedback, _message = self.complaint_with_traces(person, control)
        missing = feedback.id + 100_000
        for name, attack in PROBES.items():
            with self.subTest(probe=name):
                self.assertEqual(*self.compare(attack, person, feedback.id, missing))
                self.assertNotEqual(*self.compare(attack, control, feedback.id, missing), "the probe finds nothing")
        for name in self.public_methods():
            with self.subTest(method=name):
                self.assertEqual(*self.compare(probe(name), person, feedback.id, missing))

    @mute_logger("odoo.addons.mail.models.mail_thread", "odoo.sql_db", "odoo.models.unlink")
    def test_rep(self):
        self.probe_as(self.ann, self.bob)

    @mute_logger("odoo.addons.mail.models.mail_thread", "odoo.sql_db", "odoo.models.unlink")
    def test_manager(self):
        self.probe_as(self.max, self.mia)


class TestKnownTraces(FeedbackAttackCase):
    """The ids of what hangs on the complaint are known; its content does not come out."""

    def setUp(self):
        super().setUp()
        self.feedback, self.message = self.complaint_with_traces(self.ann, self.bob)

    def assert_secret(self, attack):
        self.assertNotIn(SECRET, self.outcome(attack, self.ann))
        self.assertIn(SECRET, self.outcome(attack, self.bob), "the way leads nowhere")

    def test_message_addressed_to_the_person(self):
        self.assert_secret(lambda env: env["mail.message"].browse(self.message.id).read(["body", "subject"]))

    def test_message_of_which_the_person_is_author(self):
        stray = self.feedback.message_ids.filtered(lambda m: m.author_id == self.ann.partner_id)
        self.assert_secret(lambda env: env["mail.message"].browse(stray.id).read(["body"]))

    def test_file(self):
        file = self.message.attachment_ids
        self.assert_secret(lambda env: env["ir.attachment"].browse(file.id).read(["name", "raw"]))

    def test_task_given_to_the_person_by_another_module(self):
        task = self.env["mail.activity"].search([("res_model", "=", "churn.feedback"), ("user_id", "=", self.ann.id)])
        self.assertEqual(len(task), 1)
        self.assert_secret(lambda env: env["mail.activity"].browse(task.id).read(["summary", "res_name"]))

    def test_notification(self):
        rows = self.message.notification_ids
        self.assertIn(self.ann.partner_id, rows.res_partner_id)
        self.assert_secret(lambda env: env["mail.notification"].browse(rows.ids).read(["mail_message_id"]))

    def test_rating(self):
        rating = self.env["rating.rating"].search([("res_model", "=", "churn.feedback")])
        self.assert_secret(lambda env: env["rating.rating"].browse(rating.id).read(["feedback"]))
        self.assertIn("Error", self.outcome(lambda env: rating.with_env(env).write({"feedback": "fine"}), self.ann))

    def test_cache_filled_by_somebody_else(self):
        """Odoo's cache is common to all users of a transaction; reading through it is refused."""

        def read_warm(env):
            warm = env["churn.feedback"].sudo().browse(self.feedback.id)  # sudo: what other code may have read before
            warm.read()
            return warm.sudo(False).read(["text"])

        self.assert_secret(read_warm)

    def test_name_in_the_language_of_other_code(self):
        """Odoo names records as superuser in many places; the name is the viewer's all the same."""
        name = lambda env: env["churn.feedback"].sudo().browse(self.feedback.id).display_name  # noqa: E731
        self.assertEqual(self.outcome(name, self.ann), "'Feedback'")
        self.assertEqual(self.outcome(name, self.bob), "'Complaint: Acme'")


class TestNoTraces(FeedbackAttackCase):
    """Where nothing may be left at all, whoever looks."""

    def complain_about_ann(self):
        feedback = self.complain(self.lea, about=self.ann, text=SECRET)
        feedback.with_user(self.lea).message_post(
            body=SECRET, message_type="comment", subtype_xmlid="mail.mt_comment", partner_ids=self.contact.ids
        )
        feedback.with_user(self.lea).write({"state": "solved", "done_text": SECRET})
        self.env.flush_all()
        return feedback

    def test_account_and_person_are_not_touched(self):
        """No message, follower, task, date or history entry of the account and of the person tells of it."""
        tables = (self.acme | self.contact | self.ann.partner_id, self.ann, self.acme.churn_assignment_ids)
        for records in tables[:2]:
            self.env.cr.execute(SQL("UPDATE %s SET write_date = '2020-01-01'", SQL.identifier(records._table)))

        def stored():
            self.env.flush_all()
            self.env.invalidate_all()
            return [
                records.read([name for name, field in records._fields.items() if field.store]) for records in tables
            ]

        before = stored()
        self.complain_about_ann()
        self.assertEqual(stored(), before)

    def test_nobody_but_the_addressed_is_told(self):
        """No mail, push or bus message goes to the person, who follows the account and its opportunity."""
        self.acme.message_subscribe(self.ann.partner_id.ids)
        self.env.cr.precommit.run()  # what creating the users has put on the bus
        self.env.cr.execute("DELETE FROM bus_bus")
        with RecordCapturer(self.env["mail.mail"]) as capture:
            feedback = self.complain_about_ann()
        mails = capture.records
        told = feedback.message_ids.notified_partner_ids
        self.assertEqual(told, self.contact)
        self.assertTrue(mails, "the customer was written to")
        self.assertNotIn(self.ann.partner_id, mails.recipient_ids)
        self.assertNotIn(self.ann.email, "".join(f"{mail.email_to} {mail.email_cc}" for mail in mails))
        self.env.cr.precommit.run()
        self.env.cr.execute("SELECT string_agg(channel, ' ') FROM bus_bus")
        channels = self.env.cr.fetchone()[0] or ""
        self.assertNotIn(f'"res.partner",{self.ann.partner_id.id}]', channels)
        self.assertNotIn(f'"res.users",{self.ann.id}]', channels)

    def test_activity_and_meeting(self):
        feedback = self.complain(self.lea, about=self.ann, text=SECRET)
        task = feedback.with_user(self.lea).activity_schedule(
            "mail.mail_activity_data_meeting", user_id=self.lea.id, note=SECRET
        )
        context = task.action_create_calendar_event()["context"]
        self.assertNotIn("Complaint", str(context))
        self.assertNotIn(SECRET, str(context))
        event = (
            self.env["calendar.event"]
            .with_user(self.lea)
            .with_context(context, active_model="churn.feedback", active_id=feedback.id)
            .create({"start": fields.Datetime.now(), "stop": fields.Datetime.now()})
        )
        self.assertEqual(task.calendar_event_id, event)
        self.assertRecordValues(event, [{"res_model": False, "res_id": False, "privacy": "private"}])
        self.assertFalse(self.env["calendar.event"].with_user(self.ann).search([("res_model", "=", "churn.feedback")]))
        event.write({"res_model_id": self.env["ir.model"]._get_id("churn.feedback"), "res_id": feedback.id})
        self.assertFalse(event.res_id)

    def test_export_makes_no_lasting_id(self):
        """Odoo notes an external id for every exported record in a table that administrators may read."""
        feedback = self.complain(self.lea, about=self.ann)
        data = feedback.with_user(self.max).export_data(["id", "text"])["datas"]
        self.assertEqual(data, [[str(feedback.id), feedback.text]])
        self.assertFalse(self.env["ir.model.data"].search([("model", "=", "churn.feedback")]))

    def test_no_field_leads_to_feedback(self):
        """Odoo finds ids in a relational field without record rules, and names what a many2one points to."""
        leading = [
            str(field)
            for model in self.env.registry.values()
            for field in model._fields.values()
            if field.comodel_name == "churn.feedback"
        ]
        self.assertEqual(leading, [])

    def test_no_unique_value_tells(self):
        """An error that a value exists already would tell that somebody entered it."""
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'churn_feedback' AND indexdef LIKE '%UNIQUE%'"
        )
        self.assertEqual([row[0] for row in self.env.cr.fetchall() if "churn_feedback_pkey" not in row[0]], [])

    def test_deleting_the_account_or_the_person_is_not_refused(self):
        """An error that something depends on the record would tell that there is something."""
        self.env.cr.execute(
            """
            SELECT confdeltype FROM pg_constraint
             WHERE contype = 'f' AND conrelid = 'churn_feedback'::regclass
               AND confrelid IN ('res_partner'::regclass, 'res_users'::regclass)
            """
        )
        self.assertEqual({row[0] for row in self.env.cr.fetchall()}, {"n"}, "all are set to NULL")

    def test_confidential_fields_are_neither_tracked_nor_copied(self):
        own = [field for field in self.Feedback._fields.values() if field._module == "churn_handover" and field.store]
        self.assertGreater(len(own), 20)
        self.assertEqual([field.name for field in own if getattr(field, "tracking", False)], [])
        copied = {field.name for field in own if field.copy and field.name not in MAGIC_COLUMNS}
        self.assertEqual(copied, {"company_id"})

    def test_dialog_points_to_no_feedback(self):
        self.assertNotIn("churn.feedback", [f.comodel_name for f in self.env["churn.feedback.about"]._fields.values()])


class TestRepBlind(FeedbackAttackCase):
    """Ann is complained about; Bob serves the same account."""

    def test_lists_counts_and_traces(self):
        self.assert_blind(BLIND, self.ann, self.bob)


class TestManagerBlind(FeedbackAttackCase):
    """Max is complained about; Mia has the same rights, and both administer the server."""

    def test_lists_counts_and_traces(self):
        (self.max | self.mia).group_ids |= self.env.ref("base.group_system")
        self.assert_blind({**BLIND, **BLIND_ADMIN}, self.max, self.mia)
