"""A key account changes hands, seen by all four: manager, customer on a phone, predecessor, successor."""

import json
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import HttpCase

from .test_letter import LetterCase

# What a customer does on the page: sees a button, taps it, waits for the next page, reads it. In a frame of the phone's
# size, because this script would end with the page that it runs in.
ON_THE_PHONE = """
    (async () => {
        const frame = document.createElement("iframe");
        frame.style = "position: fixed; inset: 0; width: 100%%; height: 100%%; border: 0";
        const loaded = () => new Promise((resolve) => frame.addEventListener("load", resolve, {once: true}));
        const page = () => frame.contentDocument;
        const opened = loaded();
        frame.src = location.href;
        document.body.replaceChildren(frame);
        await opened;
        for (const [button, seen] of %(steps)s) {
            if (page().documentElement.scrollWidth > frame.clientWidth) throw new Error("wider than the phone");
            const element = page().querySelector(button);
            if (!element) throw new Error("no " + button);
            element.scrollIntoView({block: "center"});
            const box = element.getBoundingClientRect();
            const touched = page().elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
            if (touched !== element) throw new Error("cannot be touched: " + button);
            const next = loaded();
            element.click();
            await next;
            if (!page().body.innerText.includes(seen)) throw new Error("not seen: " + seen);
        }
        if (page().querySelector("form")) throw new Error("there is still something to answer");
        console.log("test successful");
    })().catch((error) => console.error(error.message));
"""


class TestKeyAccount(LetterCase, HttpCase):
    def test_a_key_account_changes_hands(self):
        handover = self.plan(accounts=self.acme, date=self.day)
        line = self.line(handover, self.acme)
        url = f"/odoo/churn-handover-lines/{line.id}"
        self.tour(f"/odoo/churn-handovers/{handover.id}", "churn_transition_manager", "max")
        letter = self.letters(handover)
        self.assertEqual(letter.state, "sent")
        with self.mock_mail_gateway():
            self.queue().send()
        self.assertEqual(line._gates("notified").state, "passed")

        self.on_the_phone(letter)
        self.assertEqual(letter.item_ids.answer, "fine")
        introduction = line.introduction_ids
        self.assertEqual((introduction.state, introduction.by_customer), ("planned", True))

        self.tour(url, "churn_transition_heard", "max")
        self.tour(url, "churn_transition_predecessor", "old")
        self.assertEqual(line.dossier_ids.state, "given")
        self.tour(url, "churn_transition_dossier_back", "ann")
        self.assertEqual(line.dossier_ids.state, "returned")
        self.tour(url, "churn_transition_dossier_again", "old")
        self.assertEqual(line.dossier_ids.state, "given")
        self.tour(url, "churn_transition_dossier", "ann")
        self.assertEqual((line._gates("dossier").state, line._gates("dossier").user_id), ("passed", self.ann))
        introduction.sudo().start = fields.Datetime.now() - timedelta(days=1)
        self.tour(url, "churn_transition_successor", "ann")
        self.assertEqual((introduction.state, introduction.note), ("held", "Prices stay until June"))
        self.assertEqual(self.acme.with_user(self.ann).env["churn.promise"].search([]).name, "Send the price list")

        with freeze_time(self.day):
            handover.sudo()._run()
        self.assertEqual(self.acme.user_id, self.ann)
        self.assertFalse(line.moved_without)
        self.tour(url, "churn_transition_moved", "max")

        with freeze_time(self.day + timedelta(days=8)):
            self.env["churn.followup"]._plan_all()
        followup = self.env["churn.followup"].search([("line_id", "=", line.id)], order="due_date", limit=1)
        self.tour(f"/odoo/churn-followups/{followup.id}", "churn_transition_followup", "max")
        self.assertEqual(followup.answer_wishes, "A price list in euro")
        self.assertEqual(line._gates("followed_up").state, "passed")

    def test_a_manager_does_without_a_gate(self):
        handover = self.plan(accounts=self.acme, date=self.day)
        handover.action_confirm()
        line = self.line(handover, self.acme)
        self.tour(f"/odoo/churn-handover-lines/{line.id}", "churn_transition_waive", "max")
        self.assertEqual(line._gates("dossier").state, "waived")

    def tour(self, path, name, login):
        self.start_tour(path, name, login=login, timeout=300)

    def on_the_phone(self, letter):
        """The customer taps the link in the mail, sends the answer that it chose, and takes the second time offered."""
        self.browser_size, before = "390x844", self.browser_size
        path = letter.item_ids._links()["fine"].replace(letter.get_base_url(), "")
        steps = [
            ("form.answer button[type=submit]", "You answered: that is fine"),
            ("form.slots .day button:nth-of-type(2)", "An invitation is on its way"),
        ]
        self.browser_js(path, ON_THE_PHONE % {"steps": json.dumps(steps)}, ready="document.readyState === 'complete'")
        self.browser_size = before
