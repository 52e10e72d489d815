import re
from datetime import timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import mute_logger

from .common_quality import QualityCase

# Two pictures of one dot.
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
OTHER = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="


class TestMessage(QualityCase):
    def test_content_past_its_shelf_life_is_refused_with_the_reason(self):
        message = self.message()
        self.assertFalse(message.refusal)
        with freeze_time(message.fresh_until + timedelta(days=1)):
            message.invalidate_recordset()
            self.assertIn("too old", message.refusal)
            self.assertFalse(self.series()._propose())
        stale = self.message(ready=False, facts_on=self.today() - timedelta(days=400))
        with self.assertRaisesRegex(UserError, "too old"):
            stale.action_ready()

    def test_facts_of_a_day_to_come_are_refused(self):
        message = self.message(ready=False).with_user(self.manager)
        with self.assertRaisesRegex(ValidationError, "a day to come"):
            message.facts_on = self.today() + timedelta(days=30)

    def test_a_new_edition_takes_the_place_of_what_is_too_old(self):
        old = self.message(self.hiring, "How we choose", facts_on=self.today())
        old.sudo().facts_on = self.today() - timedelta(days=400)
        self.env["res.lang"]._activate_lang("zh_CN")
        line = self.env["churn.message.line"].create({"message_id": old.id, "name": "9 of 214"})
        line.with_context(lang="zh_CN").name = "214人中录用9人"
        new = self.env["churn.message"].browse(old.with_user(self.manager).action_new_edition()["res_id"])
        self.assertEqual((old.state, new.state, new.subject), ("retired", "draft", "How we choose"))
        self.assertEqual((new.line_ids.name, new.facts_on), ("9 of 214", self.today()))
        self.assertEqual(new.with_context(lang="zh_CN").line_ids.name, "214人中录用9人")

    def test_content_that_grows_stale_between_proposal_and_launch_is_not_sent(self):
        message = self.message(facts_on=self.today() - timedelta(days=364))
        step = self.series(kinds=self.hiring)._propose()
        with freeze_time(message.fresh_until + timedelta(days=1)):
            step._launch()
        self.assertFalse(self.mailings(step))
        self.assertIn("too old", step.note)

    def test_the_same_words_are_flagged_as_unchanged_whatever_their_dress(self):
        first = self.message(subject="How we choose", body="<p>With care.</p>")
        again = self.message(ready=False, subject="How  we CHOOSE", body="<div><b>With care</b></div>")
        other = self.message(ready=False, subject="How we choose", body="<p>With more care.</p>")
        self.assertEqual((again.unchanged_id, other.unchanged_id), (first, self.env["churn.message"]))

    def test_unchanged_content_does_not_reach_who_knows_it(self):
        self.message(subject="How we choose")
        series = self.series(kinds=self.hiring, accounts=self.acme)
        self.deliver(series)
        copy = series.env["churn.message"].search([("kind_id", "=", self.hiring.id)]).copy()
        self.assertTrue(copy.unchanged_id)
        copy.action_ready()
        with freeze_time(self.today() + timedelta(days=60)):
            self.assertFalse(series._propose())

    def test_the_database_itself_refuses_the_same_content_twice(self):
        self.message()
        place = self.places(self.deliver(self.series(accounts=self.acme)))
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            place.copy()

    def test_a_ready_message_is_edited_only_after_taking_it_back(self):
        message = self.message().with_user(self.manager)
        with self.assertRaises(UserError):
            message.subject = "Other words"
        message.action_edit_again()
        message.subject = "Other words"
        message.action_ready()
        self.assertEqual((message.subject, message.state), ("Other words", "ready"))

    def test_a_message_with_nothing_in_it_is_refused(self):
        with self.assertRaisesRegex(UserError, "nothing"):
            self.message(body="<p><br></p>")

    def test_words_are_words_not_templates(self):
        """Whatever somebody writes into the register reaches the customer as it was written, and is not run."""
        bad = '<t t-out="7654*191191"/> {{ 7654*191191 }} <script>alert(1)</script>'
        entry = self.achievement(self.person[self.ann], name=bad, text=bad)
        message = self.env["churn.message"]._compose_bulletin(self.achieved, self.company)
        self.assertEqual(message.line_ids.achievement_id, entry)
        step = self.deliver(self.series(kinds=self.achieved, accounts=self.acme))
        self.assertEqual(self.places(step).state, "sent")
        body = self._mails[0]["body"]
        self.assertNotIn("1463375914", body)
        self.assertNotIn("<script>alert", body)
        self.assertIn("7654*191191", body)

    def test_a_manager_cannot_run_code_through_a_message_either(self):
        message = self.message(
            subject="S {{ 7654*191191 }}",
            body="<p t-out='7654*191191'>a</p><t t-out='7654*191191'></t><p t-if='0'>seen</p>"
            "<p>{{ 7654*191191 }} &lt;b&gt;</p>",
            line_ids=[Command.create({"name": "{{ 7654*191191 }}", "text": "<b onclick='x'>"})],
        )
        self.deliver(self.series(accounts=self.acme))
        self.assertNotIn("1463375914", self._mails[0]["body"] + self._mails[0]["subject"])
        self.assertIn("seen", self._mails[0]["body"])
        self.assertNotIn("<b onclick", self._mails[0]["body"])
        self.assertIn("&lt;b onclick", self._mails[0]["body"])
        self.assertTrue(message.preview_html)

    def test_each_customer_is_greeted_by_name_in_their_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.bolt.write({"lang": "zh_CN", "name": "<b>100% {{ 7 * 7 }}</b>"})
        self.message()
        self.deliver(self.series())
        texts = {mail["email_to"][0].split("<")[-1].strip(">"): mail for mail in self._mails}
        self.assertIn("Dear Acme,", texts["acme@customer.test"]["body_alternative"])
        self.assertIn("尊敬的<b>100% {{ 7 * 7 }}</b>：", texts["bolt@customer.test"]["body_alternative"])
        self.assertIn("&lt;b&gt;100%", texts["bolt@customer.test"]["body"])
        self.assertIn("overflow-wrap: anywhere", texts["bolt@customer.test"]["body"], "of long names without a space")

    def test_the_mail_in_plain_text_reads_well(self):
        self.message(subject="How we choose", body="<p>Everybody talks to three of us.</p>")
        self.deliver(self.series(accounts=self.acme))
        text = self._mails[0]["body_alternative"]
        self.assertIn("How we choose", text)
        self.assertEqual(text.count("Everybody talks to three of us."), 1, "not once more as the hidden preview")
        self.assertNotIn("border-collapse", text)
        self.assertNotIn("\n\n\n", text)

    def test_links_and_people_in_plain_text(self):
        """No pictures nor the letters in place of one, and the links are the recipient's own."""
        self.person[self.bob].image_1920 = PIXEL
        self.serve(self.acme, self.bob)
        self.message(self.team)
        self.deliver(self.series(kinds=self.team, accounts=self.acme))
        text = self._mails[0]["body_alternative"]
        self.assertRegex(text, r"(?m)^ann@ours\.test$")
        self.assertIn("/web/image/", self._mails[0]["body"])
        for picture in ("Image [", "/web/image", "blank.gif", "/mail/track"):
            self.assertNotIn(picture, text)
        self.assertNotRegex(text, r"(?m)^\s*A\s*$")
        self.assertNotIn("/unsubscribe_from_list", text)
        self.assertRegex(text, r"/mailing/\d+/\w*unsubscribe\?")


class TestBulletin(QualityCase):
    def compose(self, kind=None):
        return self.env["churn.message"]._compose_bulletin(kind or self.achieved, self.company)

    def test_only_with_consent(self):
        self.achievement(self.person[self.ann], agreed=False)
        self.assertFalse(self.compose())

    def test_outside_first_and_in_one_list(self):
        self.achievement(self.person[self.ann], "Exam")
        self.achievement(self.person[self.bob], "Talk", is_outside=True)
        self.assertEqual(self.compose().line_ids.mapped("name"), ["Bob: Talk", "Ann: Exam"])

    def test_the_outside_kind_takes_nothing_else(self):
        self.achievement(self.person[self.ann], "Exam")
        talk = self.achievement(self.person[self.bob], "Talk", is_outside=True)
        self.assertEqual(self.compose(self.outside).line_ids.achievement_id, talk)

    def test_nobody_twice_before_everybody_once(self):
        people = [self.employee(f"P{number}") for number in range(7)]
        for person in people:
            for number in range(2):
                self.achievement(person, f"Deed {number}")
        shown = []
        day = self.today()
        for number in range(3):
            with freeze_time(day + timedelta(days=number)):
                bulletin = self.compose()
                shown.append(bulletin.line_ids.achievement_id.employee_id.ids)
                bulletin.state = "retired"
        self.assertEqual([len(some) for some in shown], [6, 6, 2])
        everybody = {person.id for person in people}
        self.assertEqual(
            everybody - set(shown[0]), set(shown[1]) - set(shown[0]), "the seventh comes before a second time"
        )
        self.assertEqual(
            {one: sum(some.count(one) for some in shown) for one in everybody}, dict.fromkeys(everybody, 2)
        )

    def test_a_leaver_is_not_shown(self):
        for user in (self.ann, self.bob):
            self.achievement(self.person[user])
        self.person[self.ann].departure_date = self.today() + timedelta(days=20)
        self.env["churn.handover"].create({"predecessor_id": self.bob.id, "change_date": self.today()})
        self.assertFalse(self.compose())

    def test_a_leaver_drops_out_of_a_bulletin_on_its_way(self):
        for user in (self.ann, self.bob):
            self.achievement(self.person[user], f"Talk of {user.name}")
        step = self.series(kinds=self.achieved, accounts=self.acme)._propose()
        self.assertIn("Talk of Bob", self.mailings(step).body_html)
        self.person[self.bob].departure_date = self.today()
        step._launch()
        self.assertNotIn("Talk of Bob", self.mailings(step).body_html)
        self.assertIn("Talk of Ann", self.mailings(step).body_html)

    def test_consent_withdrawn_leaves_what_is_still_to_be_sent(self):
        entry = self.achievement(self.person[self.ann], "Talk")
        step = self.series(kinds=self.achieved, accounts=self.acme)._propose()
        entry.with_user(self.ann).action_withdraw_consent()
        step._launch()
        self.assertFalse(self.mailings(step))
        self.assertIn("nobody", step.note)

    def test_the_subject_names_nobody_who_dropped_out(self):
        """The subject was written when the bulletin was made: it must not tell of somebody who left since."""
        for user in (self.ann, self.bob):
            self.achievement(self.person[user], f"Talk of {user.name}")
        step = self.series(kinds=self.achieved, accounts=self.acme)._propose()
        self.person[self.bob].departure_date = self.today()
        step._launch()
        self.assertNotIn("Bob", self.mailings(step).subject)

    def test_a_bulletin_is_in_the_languages_of_the_register(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        entry = self.achievement(self.person[self.ann], "Talk", text="In Bonn.")
        entry.with_context(lang="zh_CN").write({"name": "报告", "text": "在波恩。"})
        line = self.compose().line_ids
        self.assertEqual((line.name, line.text), ("Ann: Talk", "In Bonn."))
        chinese = line.with_context(lang="zh_CN")
        self.assertIn("报告", chinese.name)
        self.assertEqual(chinese.text, "在波恩。")

    def test_one_bulletin_waits_at_a_time(self):
        self.achievement(self.person[self.ann])
        first = self.compose()
        self.achievement(self.person[self.bob])
        self.assertFalse(self.compose())
        first.action_retire()
        self.assertEqual(len(self.compose().line_ids), 2, "what nobody got goes back to the register")

    def test_the_photo_is_an_image_that_anybody_can_load(self):
        self.person[self.ann].image_1920 = PIXEL
        self.achievement(self.person[self.ann])
        step = self.series(kinds=self.achieved, accounts=self.acme)._propose()
        self.assertIn("data:image", step.with_context(bin_size=True).preview_html, "as the web client reads it")
        body = self.mailings(step).body_html
        self.assertNotIn("data:image", body)
        self.assertRegex(body, r"/web/image/\d+\?access_token=")

    def test_meet_the_team_shows_each_customer_their_own_people(self):
        self.bolt.user_id = self.bob
        self.serve(self.acme, self.bob)
        self.serve(self.bolt, self.manager)
        self.message(self.team)
        self.deliver(self.series(kinds=self.team))
        bodies = {mail["email_to"][0]: mail["body"] for mail in self._mails}
        acme = next(body for to, body in bodies.items() if "acme" in to)
        bolt = next(body for to, body in bodies.items() if "bolt" in to)
        self.assertIn("ann@ours.test", acme)
        self.assertIn("bob@ours.test", acme)
        self.assertNotIn("ann@ours.test", bolt)
        self.assertIn("After-Sales Service", acme)


class TestTeamInMails(QualityCase):
    """Who serves a customer, as a mail shows it: photo, name, role in the customer's words."""

    def shown(self, account=None):
        return [(user.name, role) for user, role in (account or self.acme)._churn_people()]

    def team_mail(self, account=None):
        return str((account or self.acme)._churn_mail_team())

    def test_the_photos_are_images_that_anybody_can_load(self):
        self.person[self.ann].image_1920 = PIXEL
        self.serve(self.acme, self.bob)
        self.serve(self.bolt, self.bob)
        self.message(self.team)
        self.deliver(self.series(kinds=self.team))
        bodies = [mail["body"] for mail in self._mails]
        self.assertEqual(len(bodies), 2)
        sources = {re.search(r'src="(https?://[^"]*/web/image/[^"]*)"', body).group(1) for body in bodies}
        self.assertEqual(len(sources), 1, "one picture for all customers")
        number, token = re.search(r"/web/image/(\d+)\?access_token=([\w-]+)", sources.pop()).groups()
        photo = self.env["ir.attachment"].browse(int(number))
        self.assertEqual((photo.access_token, photo.mimetype), (token, "image/png"))
        self.assertNotIn("data:image", bodies[0])

    def test_who_has_no_photo_is_shown_by_two_letters(self):
        self.serve(self.acme, self.bob)
        self.assertNotIn("<img", self.team_mail())
        self.assertEqual(self.team_mail().count('data-churn="initials"'), 2)

    def test_a_new_photo_leaves_the_old_mails_as_they_were(self):
        person = self.person[self.ann]
        person.image_1920 = PIXEL
        first = person._churn_photo_urls()
        self.assertEqual(person._churn_photo_urls(), first)
        person.image_1920 = OTHER
        self.assertNotEqual(person._churn_photo_urls(), first)
        kept = self.env["ir.attachment"].search([("res_model", "=", "hr.employee"), ("res_id", "=", person.id)])
        self.assertEqual(len(kept.filtered("access_token")), 2)

    def test_a_customer_whom_one_person_serves_gets_no_mail_about_the_team(self):
        self.serve(self.acme, self.bob)
        self.message(self.team)
        self.assertEqual(self.places(self.series(kinds=self.team)._propose()).account_id, self.acme)
        self.person[self.bob].departure_date = self.today() + timedelta(days=9)
        self.assertFalse(self.series(kinds=self.team)._propose(), "the second one is leaving")

    def test_they_hear_of_other_things_instead(self):
        self.message(self.team), self.message(self.hiring)
        step = self.series(kinds=self.team | self.hiring, accounts=self.acme)._propose()
        self.assertEqual(self.places(step).kind_id, self.hiring)

    def test_a_successor_is_not_betrayed_and_who_stands_in_is_said_so(self):
        self.serve(self.acme, self.bob, origin="overlap", role_id=self.env.ref("churn_handover.role_successor").id)
        self.assertEqual(self.shown(), [("Ann", "Your salesperson")])
        until = self.today() + timedelta(days=3)
        cover = {"role_id": self.env.ref("churn_handover.role_cover").id, "date_to": until}
        self.serve(self.acme, self.manager, origin="cover", **cover)
        self.assertEqual(self.shown()[1][0], "Max")
        self.assertIn("Stands in for a colleague until", self.shown()[1][1])

    def test_roles_are_in_the_language_of_the_mail_whoever_sends_it(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env.ref("churn_handover.role_service").with_context(lang="zh_CN").name = "售后服务"
        self.message(self.team)
        self.acme.lang = "zh_CN"
        self.serve(self.acme, self.bob)
        self.deliver(self.series(kinds=self.team, accounts=self.acme))
        self.assertIn("售后服务", self._mails[0]["body"])

    def test_the_preview_shows_a_customer_as_an_example(self):
        message = self.message(self.team)
        self.assertNotIn("ann@ours.test", message.preview_html)
        self.serve(self.acme, self.bob)
        self.env["churn.account"].create(
            {"partner_id": self.acme.id, "company_id": self.company.id, "revenue_12m": 10**12}
        )
        message.invalidate_recordset()
        self.assertIn("ann@ours.test", message.preview_html)
        self.assertIn("This is what Acme sees", message.preview_html)
