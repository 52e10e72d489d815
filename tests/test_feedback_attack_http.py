"""The same as ``test_feedback_attack``, through the web server: its controllers ask and refuse in their own ways."""

import json
import re

from odoo.http import Request
from odoo.tests import HttpCase
from odoo.tools import mute_logger

from .test_feedback_attack import SECRET, FeedbackAttackCase


def get(path):
    return lambda test, record_id: test.url_open(path.format(id=record_id), allow_redirects=False)


def post(path, **params):
    """Call a JSON route; ``"ID"`` among the parameters stands for the id."""

    def attack(test, record_id):
        filled = json.loads(json.dumps(params).replace('"ID"', str(record_id)))
        return test.url_open(path, json={"jsonrpc": "2.0", "method": "call", "params": filled})

    return attack


def upload(test, record_id):
    return test.url_open(
        "/mail/attachment/upload",
        data={
            "csrf_token": Request.csrf_token(test),
            "thread_model": "churn.feedback",
            "thread_id": record_id,
            "is_pending": False,
        },
        files={"ufile": ("x.txt", b"x", "text/plain")},
    )


THREAD = {"thread_model": "churn.feedback", "thread_id": "ID"}
ON_RECORD = {
    "link from a mail": get("/mail/view?model=churn.feedback&res_id={id}"),
    "content of a field": get("/web/content/churn.feedback/{id}/text"),
    "picture of a field": get("/web/image/churn.feedback/{id}/text"),
    "path for spreadsheets": get("/json/churn-feedback/{id}"),
    "breadcrumb": post("/web/action/load_breadcrumbs", actions=[{"model": "churn.feedback", "resId": "ID"}]),
    "breadcrumb of the screen": post(
        "/web/action/load_breadcrumbs", actions=[{"action": "churn-feedback", "resId": "ID"}]
    ),
    "chatter": post("/mail/thread/messages", **THREAD),
    "what the chatter loads": post(
        "/mail/data",
        fetch_params=[
            [
                "mail.thread",
                {
                    **THREAD,
                    "request_list": ["activities", "attachments", "followers", "scheduledMessages", "display_name"],
                },
            ]
        ],
    ),
    "whom to write to": post("/mail/thread/recipients", **THREAD),
    "whom else to write to": post("/mail/thread/recipients/get_suggested_recipients", **THREAD, partner_ids=[]),
    "write": post("/mail/message/post", **THREAD, post_data={"body": "x", "message_type": "comment"}),
    "follow": post("/mail/thread/subscribe", res_model="churn.feedback", res_id="ID", partner_ids=[3]),
    "call a method": post(
        "/web/dataset/call_kw", model="churn.feedback", method="read", args=[["ID"], ["text"]], kwargs={}
    ),
    "call a button": post(
        "/web/dataset/call_button", model="churn.feedback", method="action_note", args=[["ID"]], kwargs={}
    ),
    "upload a file": upload,
}
# The bare form of these answers is the same for everybody.
ANSWER_SAME = {"content of a field", "picture of a field", "path for spreadsheets", "follow"}


class TestWebServer(FeedbackAttackCase, HttpCase):
    def answer(self, user, attack, record_id):
        self.authenticate(user.login, user.login)
        response = attack(self, record_id)
        text = f"{response.status_code} {response.headers.get('Location', '')} {response.text}"
        text = re.sub(rf"\b{record_id}\b", "ID", text)
        return re.sub(r'"debug": ".*?[^\\]"|"id": null|csrf_token: "\w+"', "", text)

    def probe_as(self, person, control):
        feedback, message = self.complaint_with_traces(person, control)
        missing = feedback.id + 100_000
        for name, attack in ON_RECORD.items():
            with self.subTest(probe=name):
                hidden = self.answer(person, attack, feedback.id)
                self.assertNotIn(SECRET, hidden)
                self.assertEqual(hidden, self.answer(person, attack, missing))
                if name not in ANSWER_SAME:
                    self.assertNotEqual(hidden, self.answer(control, attack, feedback.id), "the probe finds nothing")
        traces = {
            "inbox": post("/mail/inbox/messages"),
            "file": get(f"/web/content/{message.attachment_ids.id}"),
            "link to a message": get(f"/mail/message/{message.id}"),
            "translate or edit a message": post(
                "/mail/message/update_content", message_id=message.id, update_data={"body": "x"}
            ),
            "react to a message": post("/mail/message/reaction", message_id=message.id, content="!", action="add"),
        }
        for name, attack in traces.items():
            with self.subTest(trace=name):
                got = self.answer(person, attack, feedback.id)
                self.assertNotIn(SECRET, got)
                self.assertNotIn("churn.feedback", got)
                self.assertNotIn("churn-feedback", got)

    @mute_logger("odoo.http", "odoo.addons.mail.controllers.mail")
    def test_rep(self):
        self.probe_as(self.ann, self.bob)

    @mute_logger("odoo.http", "odoo.addons.mail.controllers.mail")
    def test_manager(self):
        self.probe_as(self.max, self.mia)
