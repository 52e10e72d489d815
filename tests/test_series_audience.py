"""Whom a series reaches: segment, person dependence, a change of owner ahead."""

from datetime import timedelta

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form

from .common_quality import QualityCase


class TestAudience(QualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.core = cls.account("Core")
        cls.figures = cls.env["churn.account"].create(
            [
                {"partner_id": account.id, "company_id": cls.company.id, "dependence_level": level}
                for account, level in ((cls.acme, "high"), (cls.bolt, "medium"), (cls.core, "low"))
            ]
        )
        cls.message()

    def reached(self, **values):
        accounts = self.acme | self.bolt | self.core
        return self.places(self.series(kinds=self.hiring, accounts=accounts, **values)._propose()).account_id

    def test_by_person_dependence(self):
        self.assertEqual(self.reached(dependence="high"), self.acme)
        self.assertEqual(self.reached(dependence="medium"), self.acme | self.bolt)

    def test_by_a_segment_that_was_found(self):
        segment = self.env["churn.segment"].create({"name": "Rare orders"})
        segment.kind = "found"
        self.figures[1].segment_id = segment
        self.assertEqual(self.reached(segment_ids=[Command.link(segment.id)]), self.bolt)

    def test_by_a_segment_defined_by_hand_or_another(self):
        found = self.env["churn.segment"].create({"name": "Rare orders"})
        found.kind = "found"
        self.figures[1].segment_id = found
        self.figures.score_status = "scored"
        manual = self.env["churn.segment"].create({"name": "Core", "domain": repr([("partner_id", "=", self.core.id)])})
        self.assertEqual(self.reached(segment_ids=[Command.set((manual | found).ids)]), self.bolt | self.core)

    def test_a_segment_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Other"})
        segment = self.env["churn.segment"].create({"name": "Theirs", "company_id": other.id})
        with self.assertRaises(UserError):
            self.series(segment_ids=[Command.link(segment.id)])

    def test_the_company_s_address_its_people_or_both(self):
        person = self.env["res.partner"].create(
            {"name": "Sue", "parent_id": self.acme.id, "email": "sue@customer.test"}
        )
        for recipients, reached in (("main", self.acme), ("people", person), ("all", self.acme | person)):
            step = self.series(accounts=self.acme, recipients=recipients)._propose()
            self.assertEqual(self.places(step).partner_id, reached, recipients)

    def test_a_rotation_that_is_only_proposed_counts_as_a_change_ahead(self):
        schedule = self.env["churn.rotation.schedule"].create({"name": "Yearly"})
        rounds = self.env["churn.rotation.round"]
        date = self.today() + timedelta(days=30)
        round_ = rounds.create({"schedule_id": schedule.id, "date": date})
        self.env["churn.rotation.line"].create(
            {
                "schedule_id": schedule.id,
                "round_id": round_.id,
                "account_id": self.core.id,
                "predecessor_id": self.ann.id,
                "successor_id": self.bob.id,
            }
        )
        self.assertEqual(self.reached(due_days=40), self.core)
        self.assertFalse(self.reached(due_days=20))
        self.assertEqual(self.reached(budget=1), self.core, "first in every series")

    def test_the_number_of_accounts_follows_the_form(self):
        form = Form(self.series(accounts=self.acme | self.bolt | self.core))
        self.assertEqual(form.audience_count, 3)
        form.dependence = "high"
        self.assertEqual(form.audience_count, 1)

    def test_a_place_whose_account_is_gone_hides_nobody(self):
        self.env["churn.place"].create(
            {
                "email": "gone@customer.test",
                "company_id": self.company.id,
                "state": "sent",
                "sent_on": self.today(),
                "kind_id": self.hiring.id,
            }
        )
        self.assertEqual(self.reached(silent_days=30), self.acme | self.bolt | self.core)


class TestTwoCompanies(QualityCase):
    """Contacts are shared; who sells to whom, who heard from whom and who writes is a matter of each company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other House", "city": "Hamburg", "phone": "+49 40 1"})
        cls.manager.company_ids = cls.company | cls.other
        cls.env["churn.account"].create(
            [
                {"partner_id": cls.acme.id, "company_id": cls.company.id},
                {"partner_id": cls.bolt.id, "company_id": cls.other.id},
            ]
        )
        cls.nobody = cls.account("Nobody's Yet")

    def reached(self, company, **values):
        accounts = self.acme | self.bolt | self.nobody
        series = self.series(kinds=self.hiring, accounts=accounts, company_id=company.id, **values)
        return self.places(series._propose()).account_id

    def test_who_buys_from_another_company_only_is_not_written_to(self):
        self.message()
        self.message(company_id=self.other.id)
        self.assertEqual(self.reached(self.company), self.acme | self.nobody)
        self.assertEqual(self.reached(self.other), self.bolt | self.nobody)

    def test_silence_is_that_of_the_own_company(self):
        self.message()
        self.env["churn.place"].create(
            {
                "email": self.acme.email,
                "account_id": self.acme.id,
                "company_id": self.other.id,
                "state": "sent",
                "sent_on": self.today() - timedelta(days=40),
                "kind_id": self.hiring.id,
            }
        )
        self.assertIn(self.acme, self.reached(self.company, silent_days=90))

    def test_the_mail_names_the_company_that_writes(self):
        self.message(company_id=self.other.id)
        self.deliver(self.series(kinds=self.hiring, accounts=self.bolt, company_id=self.other.id))
        self.assertEqual(len(self._mails), 1)
        self.assertIn("Other House · Hamburg · +49 40 1", self._mails[0]["body"])
        self.assertNotIn(self.company.name, self._mails[0]["body"])


class TestWhatIsMissing(QualityCase):
    def test_a_running_series_says_what_its_kinds_need(self):
        series = self.series(kinds=self.hiring | self.achieved)
        self.assertIn("Achievements: there is nobody new to show", series.missing_text)
        self.assertIn("Hiring: no message is ready", series.missing_text)
        planned = series.next_date
        self.assertIn("Hiring", series.action_propose()["params"]["message"])
        self.assertEqual(series.next_date, planned, "asking in vain puts nothing off")
        self.env["churn.message"].search([("kind_id", "=", self.hiring.id)]).action_ready()
        self.achievement(self.person[self.ann])
        series.invalidate_recordset()
        self.assertFalse(series.missing_text)

    def test_a_draft_does_not_complain(self):
        series = self.series(kinds=self.hiring)
        series.state = "draft"
        self.assertFalse(series.missing_text)


class TestReadyMade(QualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shipped = cls.env.ref("churn_handover.series_work")
        cls.shipped.active = True

    def test_every_company_has_them_as_drafts(self):
        other = self.env["res.company"].create({"name": "Other"})
        series = self.env["churn.series"].with_context(active_test=False).search([("company_id", "=", other.id)])
        self.assertEqual(len(series), 4)
        self.assertEqual(set(series.mapped("state")), {"draft"})
        self.assertIn(self.shipped.name, series.mapped("name"))
        self.assertFalse(series.user_id)

    def test_whoever_starts_one_is_responsible_and_finds_what_is_to_write(self):
        self.env["churn.message"].search([("state", "in", ("draft", "ready"))]).state = "retired"
        action = self.shipped.with_user(self.manager).action_start()
        self.assertEqual((self.shipped.state, self.shipped.user_id), ("running", self.manager))
        drafts = self.env["churn.message"].search(action["domain"])
        self.assertEqual(drafts.kind_id, self.shipped.kind_ids)
        standard = drafts.filtered(lambda message: message.source == "standard")
        self.assertIn(self.env.ref("churn_handover.standard_answer").text, standard.line_ids.mapped("text"))
        drafts.with_user(self.manager).action_ready()
        self.shipped.action_pause()
        self.assertEqual(self.shipped.with_user(self.manager).action_start(), True, "nothing is missing now")

    def test_the_team_needs_no_writing(self):
        self.env["churn.message"].search([("state", "in", ("draft", "ready"))]).state = "retired"
        series = self.env.ref("churn_handover.series_bridges").with_user(self.manager)
        self.assertEqual(series.action_start(), True)
        message = self.env["churn.message"].search([("kind_id", "=", self.team.id), ("state", "=", "ready")])
        self.assertEqual(message.subject, self.team.default_subject)

    def test_a_running_series_keeps_somebody_responsible(self):
        self.shipped.with_user(self.manager).action_start()
        with self.assertRaises(ValidationError):
            self.shipped.user_id = False

    def test_a_series_that_wrote_to_customers_is_kept(self):
        self.message()
        series = self.series()
        self.deliver(series)
        with self.assertRaises(UserError):
            series.unlink()
        self.series(name="Never sent").unlink()

    def test_default_words_and_facts_come_in_all_languages(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        kind = self.env.ref("churn_handover.kind_standard")
        kind.with_context(lang="zh_CN").default_subject = "我们的承诺"
        kind.update_field_translations(
            "default_body", {"zh_CN": {"Whoever of us you talk to, this is how we work:": "我们这样工作："}}
        )
        self.env.ref("churn_handover.standard_answer").with_context(lang="zh_CN").text = "您总会得到答复。"
        message = self.env["churn.message"].create({"kind_id": kind.id})
        message.action_take_facts()
        chinese = message.with_context(lang="zh_CN")
        self.assertEqual((chinese.subject, message.subject), ("我们的承诺", kind.default_subject))
        self.assertIn("我们这样工作", chinese.body)
        self.assertIn("Whoever of us", message.body)
        self.assertIn("您总会得到答复。", chinese.line_ids.mapped("text"))
