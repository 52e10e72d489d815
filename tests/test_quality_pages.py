from odoo.tests import HttpCase

from .common_quality import QualityCase


class TestKindPage(HttpCase, QualityCase):
    """The link "no more messages about this" in a mail."""

    def setUp(self):
        super().setUp()
        self.message(self.hiring)
        self.step = self.deliver(self.series(kinds=self.hiring, accounts=self.acme))
        self.path = self.acme._churn_kind_url(self.mailings(self.step).id, self.hiring.id).split("/churn/")[1]
        self.path = f"/churn/{self.path}"

    def refused(self):
        return self.env["churn.message.optout"].search([("email", "=", "acme@customer.test")]).kind_id

    def post(self, path, **values):
        page = self.url_open(path)
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        return self.url_open(path, data={"csrf_token": token, **values})

    def test_the_link_is_in_the_mail_and_not_shortened(self):
        self.assertIn(self.path, self._mails[0]["body"])

    def test_opening_the_link_changes_nothing(self):
        page = self.url_open(self.path)
        self.assertEqual(page.status_code, 200)
        self.assertIn("Hiring", page.text)
        self.assertFalse(self.refused())

    def test_pressing_the_button_refuses_this_kind_and_no_other(self):
        self.assertIn("no more messages", self.post(self.path).text)
        self.assertEqual(self.refused(), self.hiring)
        self.message(self.hiring, "More"), self.message(self.training, "Course")
        step = self.series(accounts=self.acme)._propose()
        self.assertEqual(self.places(step).kind_id, self.training)

    def test_and_back_again(self):
        self.post(self.path)
        self.post(self.path, wanted="1")
        self.assertFalse(self.refused())

    def test_the_page_is_in_the_language_of_the_contact(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.acme.lang = "zh_CN"
        view = self.env.ref("churn_handover.quality_kind_page")
        view.update_field_translations("arch_db", {"zh_CN": {"Stop these messages": "停止发送"}})
        self.hiring.with_context(lang="zh_CN").name = "招聘"
        page = self.url_open(self.path)
        for words in ('lang="zh-CN"', "停止发送", "招聘"):
            self.assertIn(words, page.text)

    def test_a_wrong_token_shows_nothing(self):
        head, token = self.path.rsplit("/", 1)
        for path in (f"{head}/{'0' * len(token)}", self.path.replace(f"/{self.acme.id}/", f"/{self.bolt.id}/")):
            page = self.url_open(path)
            self.assertEqual(page.status_code, 404)
            self.assertNotIn("customer.test", page.text)
            self.assertNotIn("Hiring", page.text)

    def test_without_the_token_of_the_form_nothing_is_refused(self):
        self.assertEqual(self.url_open(self.path, data={"wanted": ""}).status_code, 400)
        self.assertFalse(self.refused())
