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
        self.start_tour(f"/odoo/churn-handovers/{handover.id}", "churn_transition_manager", login="max")
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

        self.start_tour(url, "churn_transition_predecessor", login="old")
        introduction.sudo().start = fields.Datetime.now() - timedelta(days=1)
        self.start_tour(url, "churn_transition_successor", login="ann")
        self.assertEqual((introduction.state, introduction.note), ("held", "Prices stay until June"))
        self.assertEqual(self.acme.with_user(self.ann).env["churn.promise"].search([]).name, "Send the price list")

        self.start_tour(url, "churn_transition_waive", login="max")
        self.assertEqual(line._gates("dossier").state, "waived")
        with freeze_time(self.day):
            handover.sudo()._run()
        self.assertEqual(self.acme.user_id, self.ann)
        self.assertFalse(line.moved_without)

    def on_the_phone(self, letter, form, seen):
        self.browser_size, before = "390x844", self.browser_size
        path = letter._page_url().replace(letter.get_base_url(), "")
        self.browser_js(path, SEND % {"form": form, "seen": seen}, ready="document.readyState === 'complete'")
        self.browser_size = before
