import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.http import Request
from odoo.tests import HttpCase

from .common_copy import CopyCase
from .common_safeguard import SafeguardCase


class TestRefusalSurvives(CopyCase):
    """With real connections: the transaction of the refused attempt is rolled back, the entry stays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls.cursor(cls) as cr:
            env = cls.environment(cls, cr)
            groups = "sales_team.group_sale_salesman,base.group_allow_export,base.group_partner_manager"
            leaver, ann = env["res.users"].create(
                [
                    {
                        "name": name,
                        "login": name,
                        "group_ids": [(6, 0, [env.ref(group).id for group in groups.split(",")])],
                    }
                    for name in ("Olga", "Ann")
                ]
            )
            accounts = env["res.partner"].create(
                [{"name": name, "is_company": True, "user_id": leaver.id} for name in ("Acme", "Bolt")]
            )
            plan = env["churn.handover"]._plan(leaver, "2099-12-31")
            plan.line_ids.successor_id = ann
            plan.action_confirm()
            cls.leaver_id, cls.account_ids = leaver.id, accounts.ids

    def entries(self, kind):
        with self.cursor() as cr:
            return self.environment(cr)["churn.refusal"].search_read([("kind", "=", kind)], ["user_id", "names"])

    def test_after_a_rollback(self):
        with self.assertRaises(UserError), self.cursor() as cr:
            partners = self.environment(cr)["res.partner"].with_user(self.leaver_id).browse(self.account_ids)
            partners[0].phone = "changed before the attempt"
            partners.action_archive()
        with self.cursor() as cr:
            accounts = self.environment(cr)["res.partner"].browse(self.account_ids)
            self.assertEqual(accounts.mapped("active"), [True, True])
            self.assertFalse(accounts[0].phone)
        entry = self.entries("archive")
        self.assertEqual([row["user_id"][0] for row in entry], [self.leaver_id])
        self.assertEqual(entry[0]["names"], "Acme, Bolt")

    def test_after_an_import_that_catches_the_error(self):
        with self.cursor() as cr:
            partners = self.environment(cr)["res.partner"].with_user(self.leaver_id)
            result = partners.load([".id", "name"], [[str(account), "Gone"] for account in self.account_ids])
            self.assertFalse(result["ids"])
        self.assertEqual(len(self.entries("load")), 1, "one attempt, however many rows")


class TestRefusalRoutes(SafeguardCase, HttpCase):
    def enter_registry_test_mode(self):
        """HttpCase is in it already."""
        return self.env.cr.savepoint()

    def test_json_route(self):
        key = (
            self.env["res.users.apikeys"]
            .with_user(self.old)
            ._generate(None, "test", fields.Datetime.now() + timedelta(days=1))
        )
        path, headers = "/json/1/contacts", {"Authorization": f"Bearer {key}"}
        self.env["ir.config_parameter"].set_param("web.json.enabled", True)
        self.assertIn("Acme", self.url_open(path, headers=headers).text, "nothing is refused before the departure")
        self.leave()
        response = self.url_open(path, headers=headers)
        self.assertNotIn("Acme", response.text)
        self.assertGreaterEqual(response.status_code, 400)
        self.assertIn("cannot be fetched", response.text)

    def test_pivot_is_reported_not_refused(self):
        table = {
            "title": "Sales",
            "model": "sale.report",
            "measure_count": 1,
            "origin_count": 1,
            "col_group_headers": [],
            "measure_headers": [],
            "origin_headers": [],
            "rows": [],
        }
        self.leave()
        self.authenticate("old", "old")
        token = Request.csrf_token(self)
        response = self.url_open("/web/pivot/export_xlsx", data={"data": json.dumps(table), "csrf_token": token})
        self.assertEqual(response.status_code, 200)
        entry = self.refusals(kind="pivot")
        self.assertEqual((entry.user_id, entry.refused), (self.old, False))

    def post(self, path, data):
        return self.url_open(path, data={"data": json.dumps(data), "csrf_token": Request.csrf_token(self)})

    def test_export_buttons(self):
        """The routes behind the export dialog, grouped lists included; a colleague gets the file."""
        self.leave()
        table = {
            "model": "res.partner",
            "fields": [{"name": "name", "label": "Name", "type": "char"}],
            "ids": (self.acme | self.bolt).ids,
            "domain": [],
            "import_compat": False,
        }
        grouped = {**table, "ids": False, "domain": [("id", "in", self.acme.ids)], "groupby": ["user_id"]}
        cases = (("csv", table), ("xlsx", table), ("xlsx", grouped), ("csv", {**table, "import_compat": True}))
        for login, allowed in (("old", False), ("pia", True)):
            self.authenticate(login, login)
            for kind, asked in cases:
                with self.subTest(login=login, kind=kind, asked=asked):
                    response = self.post(f"/web/export/{kind}", asked)
                    self.assertEqual(response.status_code == 200, allowed)
                    self.assertEqual(b"being handed over" in response.content, not allowed)

    def test_business_cards_by_the_dozen(self):
        """Odoo gives anybody a file with all business cards: that is an export without the right to export."""
        self.leave()
        many = f"/web/partner/vcard?partner_ids={self.acme.id},{self.bolt.id}"
        one = f"/web/partner/vcard?partner_ids={self.acme.id}"
        for login, path, allowed in (("old", many, False), ("old", one, True), ("pia", many, True)):
            with self.subTest(login=login, path=path):
                self.authenticate(login, login)
                response = self.url_open(path)
                self.assertEqual(response.status_code == 200, allowed)
                self.assertEqual("being handed over" in response.text, not allowed)
