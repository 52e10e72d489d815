"""Person dependence from real contacts: what counts as a contact, what is said, to whom."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command

from .common_handover import HandoverCase


class DependenceCase(HandoverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyer = cls.env["res.partner"].create(
            {"name": "Buyer", "parent_id": cls.acme.id, "email": "buyer@acme.example"}
        )
        cls.boss = cls.env["res.partner"].create(
            {"name": "Boss", "parent_id": cls.acme.id, "email": "boss@acme.example"}
        )
        cls.role = cls.env.ref("churn_handover.role_inside_sales")

    def mail(self, user, person, record=None, days=0, **values):
        """A message of the user to a person of the customer."""
        message = (record or self.acme).message_post(
            body="Hello",
            author_id=user.partner_id.id,
            partner_ids=person.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            **values,
        )
        message.date = fields.Datetime.now() - timedelta(days=days)
        return message

    def past_meeting(self, *partners, days=10):
        return self.meeting(*partners, days=-days)

    def done(self, record, user=None, days=0):
        activity = self.todo(
            record,
            user_id=(user or self.old).id,
            activity_type_id=self.env.ref("mail.mail_activity_data_call").id,
        )
        activity.action_done()
        activity.date_done = self.today - timedelta(days=days)

    def count(self):
        for step in self.env["churn.contact"]._pending_steps(self.today):
            self.env["churn.contact"]._run_step(step, self.today)
        self.env["churn.account"]._refresh_dependence(self.env.company)
        self.env["churn.account"]._refresh_teams(self.env.company)

    def again(self):
        self.env["ir.config_parameter"].search([("key", "=like", "churn_handover.contacts_%")]).unlink()
        self.count()

    def contacts(self, account, user=None):
        rows = self.env["churn.contact"].search(
            [("account_id", "=", account.id), ("user_id", "=", (user or self.old).id)]
        )
        return {row.kind: (row.days, row.people_count) for row in rows}

    def row(self, account):
        return self.env["churn.account"].search(
            [("partner_id", "=", account.id), ("company_id", "=", self.env.company.id)]
        )


class TestContact(DependenceCase):
    def test_mails_in_both_directions_and_documents(self):
        self.mail(self.old, self.buyer)
        self.mail(self.old, self.buyer)
        self.mail(self.old, self.boss, days=3)
        self.mail(self.old, self.buyer, record=self.quotation(self.acme))
        answer = self.mail(self.old, self.buyer, days=5)
        answer.write({"author_id": self.boss.id, "partner_ids": [Command.set(self.old.partner_id.ids)]})
        answer.notification_ids.unlink()
        self.count()
        self.assertEqual(self.contacts(self.acme), {"mail": (3, 2), "document": (1, 1)})

    def test_notes_and_what_is_older_than_a_year_are_no_contact(self):
        self.acme.message_post(body="Note", author_id=self.old.partner_id.id, subtype_xmlid="mail.mt_note")
        self.mail(self.old, self.buyer, days=380)
        self.mail(self.old, self.ann.partner_id)
        self.past_meeting(self.buyer, days=400)
        self.meeting(self.buyer, days=5)
        self.done(self.acme, days=370)
        self.count()
        self.assertEqual(self.contacts(self.acme), {})

    def test_meetings_count_for_every_colleague_who_was_there(self):
        meeting = self.past_meeting(self.buyer, self.boss, self.ann.partner_id)
        self.past_meeting(self.buyer, days=20)
        self.count()
        self.assertEqual(self.contacts(self.acme), {"meeting": (3, 2)})
        self.assertEqual(self.contacts(self.acme, self.ann), {"meeting": (2, 2)})
        meeting.attendee_ids.filtered(lambda attendee: attendee.partner_id == self.ann.partner_id).state = "declined"
        self.again()
        self.assertEqual(self.contacts(self.acme, self.ann), {})

    def test_calls_done_on_the_account_and_its_deals(self):
        self.done(self.buyer)
        self.done(self.lead(self.acme), user=self.ann)
        self.done(self.quotation(self.acme), user=self.ann, days=1)
        self.todo(self.acme, user_id=self.bob.id)
        self.count()
        self.assertEqual(self.contacts(self.acme), {"activity": (1, 1)})
        self.assertEqual(self.contacts(self.acme, self.ann), {"activity": (2, 1)})
        self.assertEqual(self.contacts(self.acme, self.bob), {})

    def test_a_day_runs_every_step_once(self):
        self.assertEqual(len(self.env["churn.contact"]._pending_steps(self.today)), 3)
        self.count()
        self.assertEqual(self.env["churn.contact"]._pending_steps(self.today), [])


class TestDependence(DependenceCase):
    def backup(self, user, account=None):
        return self.env["churn.team.member"].create(
            {
                "account_id": (account or self.acme).id,
                "user_id": user.id,
                "role_id": self.role.id,
                "is_backup": True,
                "date_from": self.today - timedelta(days=60),
            }
        )

    def test_the_lone_fighter_and_what_a_backup_with_contact_changes(self):
        for day in range(8):
            self.past_meeting(self.buyer, days=10 + day)
        self.count()
        alone = self.row(self.acme)
        self.assertEqual((alone.dependence_status, alone.dependence), ("told", 60), "50 share + 10 one person")
        self.assertEqual(alone.dependence_level, "high")
        self.assertEqual(alone.coverage_gap, "backup")
        self.assertIn("8 of our 8 contacts", alone.dependence_text)
        self.assertIn("no backup", alone.dependence_text)
        self.assertIn("Have a backup meet this customer", alone.dependence_advice)
        self.assertEqual(alone.dependence_help, "A backup with contact: 35")
        self.backup(self.ann)
        self.again()
        self.assertEqual(alone.dependence, 60, "a backup on paper changes nothing")
        self.assertIn("without any contact", alone.dependence_text)
        for day in range(2):
            self.past_meeting(self.buyer, self.ann.partner_id, days=30 + day)
        self.again()
        self.assertEqual(alone.dependence, 37, "50 × 10/12 − 5 colleague − 10 backup + 10 one person")
        self.assertEqual(alone.backup_contacts, 2)
        self.assertFalse(alone.coverage_gap)

    def test_nothing_recorded_is_said_not_scored(self):
        order = self.quotation(self.bolt)
        order.action_confirm()
        self.env["churn.account"]._refresh(self.env.company)
        self.count()
        row = self.row(self.bolt)
        self.assertEqual((row.dependence_status, row.dependence, row.dependence_level), ("cannot_tell", 0, False))
        self.assertIn("No contact with this customer is recorded", row.dependence_text)

    def test_below_the_level_of_the_settings_it_cannot_tell(self):
        for account in (self.acme, self.bolt, self.core):
            self.quotation(account).action_confirm()
        self.env["churn.account"]._refresh(self.env.company)
        self.past_meeting(self.buyer)
        self.env.company.churn_contact_level = 0.5
        self.count()
        self.assertEqual(self.row(self.acme).dependence_status, "cannot_tell")
        self.assertIn("recorded with 33 %", self.row(self.acme).dependence_text)
        self.env.company.churn_contact_level = 0.3
        self.again()
        self.assertEqual(self.row(self.acme).dependence_status, "told")

    def test_tenure_and_products_have_their_points(self):
        category = self.env["product.category"].create({"name": "Advice", "churn_service": 1, "churn_alike": 0.5})
        below = self.env["product.category"].create({"name": "Advice on Pumps", "parent_id": category.id})
        order = self.quotation(self.acme)
        order.order_line.product_id.categ_id = below
        order.action_confirm()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE churn_assignment SET date_from = %s WHERE account_id = %s AND date_to IS NULL",
            [fields.Date.subtract(self.today, months=18), self.acme.id],
        )
        self.env["churn.account"]._refresh(self.env.company)
        self.past_meeting(self.buyer, self.boss)
        self.count()
        points = {reason["code"]: reason["points"] for reason in self.row(self.acme).dependence_reasons["reasons"]}
        self.assertEqual(points, {"share": 50, "person": 12, "service": 10, "alike": 5, "colleagues": 0, "backup": 0})
        self.assertEqual(self.row(self.acme).dependence, 77)
        with self.assertRaises(ValidationError):
            category.churn_service = 1.2

    def test_a_category_says_what_counts_and_inherits_it(self):
        above = self.env["product.category"].create({"name": "Advice", "churn_service": 0.8, "churn_alike": 0.5})
        below = self.env["product.category"].create({"name": "Pumps", "parent_id": above.id, "churn_alike": 0.2})
        self.assertIn("80 % of the value is the person", below.churn_marks_text)
        self.assertIn("20 % like competing products", below.churn_marks_text)
        above.churn_service = 0.6
        self.assertIn("60 % of the value", below.churn_marks_text)

    def test_an_empty_list_of_thin_bridges_is_good_news_only_when_something_can_be_told(self):
        self.env["churn.account"].search([]).unlink()
        actions = self.env["ir.actions.act_window"].with_user(self.manager)
        xmlid = "churn_handover.account_dependence_action"
        self.assertIn("Nothing can be told yet", actions._for_xml_id(xmlid)["help"])
        self.past_meeting(self.buyer, self.ann.partner_id)
        self.count()
        self.assertEqual(self.row(self.acme).dependence_status, "told")
        self.assertIn("No customer hangs on one person alone", actions._for_xml_id(xmlid)["help"])
        stranger = actions.with_user(self.bob)
        self.assertIn("Nothing can be told yet", stranger._for_xml_id(xmlid)["help"], "nothing that Bob may see")

    def test_coverage_rules(self):
        for account in (self.acme, self.bolt, self.core):
            self.past_meeting(account)
        self.backup(self.ann, self.acme)
        self.backup(self.bob, self.bolt)
        self.bob.with_context(churn_archive_only=True).active = False
        self.count()
        self.row(self.core).is_key_account = True
        self.backup(self.ann, self.core)
        self.again()
        gaps = {account.name: self.row(account).coverage_gap for account in (self.acme, self.bolt, self.core)}
        self.assertEqual(gaps, {"Acme": False, "Bolt": "archived", "Core": "size"})
        self.acme.user_id = False
        self.again()
        self.assertEqual(
            (self.row(self.acme).coverage_gap, self.row(self.acme).dependence_status), ("owner", "no_owner")
        )

    def test_who_sees_it(self):
        self.past_meeting(self.buyer)
        self.count()
        self.assertEqual(self.row(self.acme).with_user(self.old).dependence_level, "high")
        domain = [("partner_id", "=", self.acme.id)]
        self.assertFalse(self.env["churn.account"].with_user(self.ann).search(domain))
        self.assertTrue(self.env["churn.account"].with_user(self.manager).search(domain))
        with self.assertRaises(AccessError):
            self.env["churn.contact"].with_user(self.old).search([])
        self.assertTrue(self.env["churn.contact"].with_user(self.manager).search([("account_id", "=", self.acme.id)]))

    def test_contacts_show_and_find_it(self):
        self.past_meeting(self.buyer)
        self.count()
        partners = self.env["res.partner"].with_user(self.manager)
        thin = partners.search([("churn_dependence_level", "=", "high")])
        self.assertEqual(thin, self.acme | self.buyer | self.boss)
        self.assertEqual(partners.browse(self.buyer.id).churn_dependence, 60)
        action = partners.browse(self.acme.id).action_open_dependence()
        self.assertEqual(action["res_id"], self.row(self.acme).id)

    def test_companies_apart(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.acme.company_id = other
        self.past_meeting(self.buyer)
        self.count()
        self.assertFalse(self.row(self.acme))
        self.env["churn.account"]._refresh_dependence(other)
        row = self.env["churn.account"].search([("partner_id", "=", self.acme.id)])
        self.assertEqual((row.company_id, row.dependence_level), (other, "high"))

    def test_the_night_does_all_steps(self):
        self.past_meeting(self.buyer)
        self.env["res.company"].search([]).churn_dependence_on = False
        with self.enter_registry_test_mode():
            self.env.ref("churn_handover.cron_dependence").method_direct_trigger()
        self.assertEqual(self.env.company.churn_dependence_on, self.today)
        self.assertEqual(self.row(self.acme).dependence_level, "high")
