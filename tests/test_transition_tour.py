"""A key account changes hands, seen by all four: manager, customer on a phone, predecessor, successor."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import HttpCase

from .test_letter import LetterCase

# Fills in a form of the customer's page and sends it as the browser would, then waits for the answer.
SEND = """
    (async () => {
        const form = document.querySelector(%(form)r);
        const choice = form.querySelector("input[name=answer][value=fine]");
        if (choice) choice.click();
        if (document.documentElement.scrollWidth > window.innerWidth) throw new Error("wider than the phone");
        const data = new FormData(form, form.querySelector("button[type=submit]"));
        const response = await fetch(form.action, {method: "POST", body: data});
        const text = await response.text();
        if (!text.includes(%(seen)r)) throw new Error("not seen afterwards: " + text);
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

        self.on_the_phone(letter, "form.answer", "You answered: that is fine")
        self.assertEqual(letter.item_ids.answer, "fine")
        self.on_the_phone(letter, "form.slots", "Your meeting")
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

    def on_the_phone(self, letter, form, seen):
        self.browser_size, before = "390x844", self.browser_size
        path = letter._page_url().replace(letter.get_base_url(), "")
        self.browser_js(path, SEND % {"form": form, "seen": seen}, ready="document.readyState === 'complete'")
        self.browser_size = before
