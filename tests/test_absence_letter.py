"""Letters that tell customers who stands in: wanted by a leader, sent by hand, corrected when the cover changes."""

from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError

from odoo.addons.mail.tests.common import MailCase

from .common_absence import AbsenceCase


class AbsenceLetterCase(AbsenceCase, MailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.acme.email, cls.bolt.email, cls.core.email = "info@acme.example", "Office@Bolt.example", False
        cls.old.email, cls.ann.email = "olga@us.example", "ann@us.example"
        figures = cls.env["churn.account"]
        own = figures.search([("partner_id", "=", cls.acme.id)])
        own = own or figures.create({"partner_id": cls.acme.id, "company_id": cls.env.company.id})
        own.is_key_account = True

    def written(self, absence, scope="all", by=None):
        """The letters of an absence, written by its leader."""
        absence = absence.with_user(by or self.leader)
        absence.letter_scope = scope
        absence.action_prepare_letters()
        return self.letters(absence)

    def letters(self, absence, state="draft"):
        domain = [("notice_ids.absence_id", "=", absence.id), ("state", "=", state)]
        return self.env["churn.letter"].search(domain, order="id")

    def send(self, letters):
        with self.mock_mail_gateway():
            letters.action_send()
            self.env["mail.mail"].sudo().search([("model", "=", "churn.letter"), ("state", "=", "outgoing")]).send()
        return self._mails

    def words(self, account):
        """What the last mail to an account said."""
        return next(mail["body"] for mail in self._mails if account.email.lower() in mail["email_to"][0].lower())


class TestAbsenceLetter(AbsenceLetterCase):
    def test_nobody_is_written_to_unless_it_is_wanted(self):
        absence = self.away()
        self.assertEqual(absence.with_user(self.leader).untold_count, 0)
        self.assertFalse(self.letters(absence))

    def test_key_accounts_only(self):
        letters = self.written(self.away(), scope="key")
        self.assertEqual(letters.partner_id, self.acme)
        self.assertEqual(letters.mapped("state"), ["draft"], "it is looked at, and sent by hand")

    def test_the_customer_reads_who_is_there_and_until_when(self):
        absence = self.away(first=2, last=6)
        letters = self.written(absence)
        self.assertEqual(letters.partner_id, self.acme | self.bolt)
        acme = letters.filtered(lambda letter: letter.partner_id == self.acme)
        self.assertEqual((acme.account_names, acme.user_id), ("Acme", self.old))
        self.assertIn("Ann", acme.preview)
        self.send(letters.with_user(self.leader))
        body = self.words(self.acme)
        first, last = (
            absence.env["ir.qweb.field.date"].value_to_html(absence[name], {"format": "MMMM d, y"})
            for name in ("date_from", "date_to")
        )
        for word in ("Dear Acme", "Olga", "is away", f"From {first} to {last}", "<b>Ann</b>", "ann@us.example"):
            self.assertIn(word, body)
        self.assertNotIn("/handover/", body, "there is nothing to answer")
        self.assertEqual(set(letters.mapped("state")), {"arrived"})
        self.assertEqual(absence.with_user(self.leader).untold_count, 1, "Core has no address")

    def test_while_it_runs_whoever_answers_for_it_writes(self):
        letters = self.written(self.away())
        self.assertEqual(letters.user_id, self.env["churn.handover"]._manager_of(self.old))

    def test_without_an_address_somebody_calls(self):
        absence = self.away()
        self.written(absence)
        self.assertIn("No e-mail address, to be told by phone: Core", str(absence.message_ids[0].body))
        with self.assertRaisesRegex(UserError, "Core"):
            absence.with_user(self.leader).action_prepare_letters()

    def test_one_letter_for_several_accounts_of_an_address(self):
        self.core.email = "INFO@acme.example"
        letters = self.written(self.away())
        self.assertEqual(sorted(letters.mapped("account_names")), ["Acme, Core", "Bolt"])

    def test_never_two_letters_to_one_person_on_a_day(self):
        self.old.group_ids += self.env.ref("churn_handover.group_churn_leader")
        plan = self.env["churn.handover"]._plan(self.old, self.today + timedelta(days=20))
        plan.line_ids.successor_id = self.bob
        plan.action_confirm()
        self.env["churn.letter"]._prepare(plan.line_ids.filtered(lambda line: line.account_id == self.acme))
        letters = self.written(self.away(), scope="key")
        self.assertEqual(letters.day, self.today + timedelta(days=1), "the letter about the new person goes today")
        self.assertEqual(letters.purpose, "absence")
        self.assertFalse(letters.item_ids)

    def test_covers_of_covers_and_each_with_own_days(self):
        self.away(first=2, last=3, user=self.ann, cover=self.bob)
        letters = self.written(self.away(first=1, last=4), scope="key")
        told = [
            (user.name, (first - self.today).days, (last - self.today).days)
            for user, first, last in letters.notice_ids._covers()
        ]
        self.assertEqual(told, [("Ann", 1, 1), ("Bob", 2, 3), ("Ann", 4, 4)])

    def test_a_draft_follows_the_cover(self):
        absence = self.away(first=1)
        letters = self.written(absence, scope="key")
        absence.cover_id = self.bob
        self.assertEqual(letters.notice_ids._covers()[0][0], self.bob)
        self.assertEqual(self.letters(absence), letters, "nothing to correct before it has been sent")
        absence.action_cancel()
        self.assertEqual(letters.state, "cancelled")

    def test_another_cover_after_the_letter_is_a_correction(self):
        absence = self.away(first=1)
        self.send(self.written(absence, scope="key").with_user(self.leader))
        absence.cover_id = self.bob
        correction = self.letters(absence)
        self.assertEqual(correction.notice_ids.kind, "changed")
        self.assertTrue(correction.is_correction)
        self.assertEqual(correction.day, self.today + timedelta(days=1))
        self.assertEqual(absence.with_user(self.leader).letter_draft_count, 1)
        with freeze_time(self.later(1)):
            self.send(correction.with_user(self.leader))
        self.assertIn("Something has changed", self.words(self.acme))
        self.assertIn("<b>Bob</b>", self.words(self.acme))

    def test_what_changes_for_somebody_else_is_no_correction(self):
        absence = self.away(first=1)
        self.send(self.written(absence, scope="key").with_user(self.leader))
        self.line_of(absence, self.bolt).with_user(self.old).cover_id = self.bob
        self.assertFalse(self.letters(absence))

    def test_back_earlier_is_told(self):
        absence = self.away()
        self.send(self.written(absence, scope="key").with_user(self.leader))
        with freeze_time(self.later(2)):
            absence.action_return()
            there_again = self.letters(absence)
            self.assertEqual((there_again.notice_ids.kind, there_again.partner_id), ("off", self.acme))
            self.send(there_again.with_user(self.leader))
        self.assertIn("is there for you as before", self.words(self.acme))

    def test_the_ordinary_return_is_no_news(self):
        absence = self.away()
        sent = self.written(absence, scope="key")
        self.send(sent.with_user(self.leader))
        late = self.written(absence, scope="all")
        with freeze_time(self.later(6)):
            self.run_cron()
        self.assertEqual(absence.state, "over")
        self.assertEqual((sent.state, late.state), ("arrived", "cancelled"), "what was not sent in time is dropped")
        self.assertFalse(self.letters(absence))

    def test_an_account_given_away_meanwhile_is_not_called_off(self):
        absence = self.away(first=1)
        self.send(self.written(absence, scope="key").with_user(self.leader))
        self.acme.user_id = self.bob
        absence.action_cancel()
        self.assertFalse(self.letters(absence), "the new owner serves Acme, nobody is there as before")


class TestAbsenceLetterRights(AbsenceLetterCase):
    def test_a_rep_writes_no_letters(self):
        absence = self.away()
        absence.with_user(self.leader).letter_scope = "all"
        self.assertEqual(absence.with_user(self.old).untold_count, 0)
        with self.assertRaises(AccessError):
            absence.with_user(self.old).action_prepare_letters()

    def test_a_leader_sees_those_of_own_members(self):
        letters = self.written(self.away())
        self.assertEqual(letters.with_user(self.leader).mapped("account_names"), letters.mapped("account_names"))
        self.env["crm.team"].search([("user_id", "=", self.leader.id)]).user_id = self.env.user
        self.assertFalse(self.env["churn.letter"].with_user(self.leader).search([("id", "in", letters.ids)]))

    def test_its_page_shows_nothing(self):
        letters = self.written(self.away(), scope="key")
        self.send(letters.with_user(self.leader))
        token = letters.sudo().access_token
        self.assertFalse(self.env["churn.letter"]._by_token(letters.id, token))


class TestAbsenceCount(AbsenceLetterCase):
    def test_the_forms_of_users_and_employees_count_and_open_them(self):
        employee = self.env["hr.employee"].create({"name": "Olga", "user_id": self.old.id})
        self.away(first=1)
        self.away(first=20, last=22)
        self.away(first=1, user=self.bob)
        public = self.env["hr.employee.public"].browse(employee.id)
        for record in (self.old, employee, public):
            with self.subTest(model=record._name):
                record = record.with_user(self.leader)
                self.assertEqual(record.churn_absence_count, 2)
                action = record.action_churn_absences()
                found = self.env["churn.absence"].search(action["domain"])
                self.assertEqual((len(found), found.user_id), (2, self.old))
                plan = self.env["churn.absence.plan"].with_context(**action["context"])
                self.assertEqual(plan.default_get(["user_id"])["user_id"], self.old.id)

    def test_others_absences_are_not_counted_for_a_rep(self):
        self.away(first=1)
        self.assertEqual(self.old.with_user(self.cid).churn_absence_count, 0)
