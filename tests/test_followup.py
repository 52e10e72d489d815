from datetime import timedelta

from freezegun import freeze_time

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user
from odoo.tools import mute_logger

from .common_handover import MANAGER, HandoverCase


class FollowupCase(HandoverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kim = cls.env["res.partner"].create({"name": "Kim", "parent_id": cls.acme.id, "email": "kim@acme.test"})
        cls.env["churn.account"].create(
            {"partner_id": cls.acme.id, "company_id": cls.env.company.id, "is_key_account": True}
        )
        cls.handover = cls.env["churn.handover"].with_user(cls.manager)._plan(cls.old, cls.today)
        cls.handover.line_ids.successor_id = cls.ann
        cls.handover.action_run_now()
        cls.env["churn.followup"]._plan_all()
        cls.followups = cls.env["churn.followup"].search([("account_id", "=", cls.acme.id)])
        cls.env.flush_all()

    def run_cron(self, days):
        day = self.today + timedelta(days=days)
        with freeze_time(day), self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.env(cr=cr)["churn.followup"]._cron_followups()

    def rate(self, value, feedback=None, followup=None):
        followup = followup or self.followups[1]
        token = followup._rating_get_access_token()
        return followup.rating_apply(value, token=token, feedback=feedback)


class TestFollowup(FollowupCase):
    def test_the_tier_decides_when_and_how(self):
        days = [(followup.due_date - self.today).days for followup in self.followups]
        self.assertEqual(days, [7, 30, 90])
        self.assertEqual(self.followups.mapped("ask_customer"), [False, True, True])
        self.assertEqual((self.followups.successor_id, self.followups.predecessor_id), (self.ann, self.old))
        self.assertEqual((self.followups.user_id, self.followups.partner_id), (self.manager, self.kim))
        light = self.env["churn.followup"].search([("account_id", "=", self.bolt.id)])
        self.assertEqual([(f.due_date - self.today).days for f in light], [30])
        self.assertFalse(light.ask_manager)
        self.env["churn.followup"]._plan_all()
        self.assertEqual(self.env["churn.followup"].search_count([]), 5, "planned once")

    def test_one_that_fails_does_not_stop_the_others(self):
        first, other = self.followups[:2]
        self.env.flush_all()
        self.env.cr.execute(
            "ALTER TABLE churn_followup ADD CONSTRAINT churn_test CHECK (id <> %s OR state <> 'asked')", [first.id]
        )
        with mute_logger("odoo.sql_db", "odoo.addons.churn_handover.models.common.steps"):
            self.run_cron(30)
        self.env.invalidate_all()
        self.assertEqual((first.state, other.state), ("planned", "asked"))

    def test_nothing_before_its_day(self):
        self.run_cron(6)
        self.assertEqual(set(self.followups.mapped("state")), {"planned"})
        self.assertFalse(self.followups.activity_ids)

    def test_the_manager_gets_a_task_and_the_customer_a_mail(self):
        self.run_cron(7)
        self.assertEqual(self.followups.mapped("state"), ["asked", "planned", "planned"])
        self.assertEqual(self.followups.activity_ids.user_id, self.manager)
        to_customer = [("model", "=", "churn.followup"), ("recipient_ids", "in", self.kim.ids)]
        self.assertFalse(self.env["mail.mail"].search(to_customer), "the first week is a call")
        self.run_cron(30)
        mail = self.env["mail.mail"].search([*to_customer, ("res_id", "=", self.followups[1].id)])
        self.assertEqual(mail.recipient_ids, self.kim)
        self.assertIn("/rate/", mail.body_html)
        self.assertIn("Ann", mail.subject)
        rating = self.followups[1].rating_ids
        self.assertEqual((rating.rated_partner_id, rating.partner_id), (self.ann.partner_id, self.kim))

    def test_the_mail_is_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref("churn_handover.mail_template_followup")
        template.with_context(lang="fr_FR").subject = "Comment ça va avec {{ object.successor_id.name }} ?"
        self.kim.lang = "fr_FR"
        self.followups[1].with_user(self.manager).action_send_rating()
        mail = self.env["mail.mail"].search([("model", "=", "churn.followup")])
        self.assertEqual(mail.subject, "Comment ça va avec Ann ?")

    def test_without_a_language_it_is_that_of_the_company(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.kim.lang = False
        self.env.company.partner_id.lang = "fr_FR"
        self.assertEqual(self.followups[1]._lang(), "fr_FR")
        self.kim.lang = "en_US"
        self.assertEqual(self.followups[1]._lang(), "en_US")

    def test_nobody_to_mail(self):
        self.followups[1].partner_id = self.acme
        with self.assertRaisesRegex(UserError, "no.*mail address|nobody there"):
            self.followups[1].with_user(self.manager).action_send_rating()

    def test_done_needs_an_answer_and_passes_the_gate(self):
        followup = self.followups[0].with_user(self.manager)
        gate = followup.line_id._gates("followed_up")
        self.assertEqual(gate.state, "open")
        with self.assertRaisesRegex(UserError, "at least one answer"):
            followup.action_done()
        followup.answer_successor = "Friendly and quick"
        followup.action_done()
        self.assertEqual((followup.state, followup.done_by_id), ("done", self.manager))
        self.assertEqual(gate.state, "passed")

    def test_a_wish_becomes_a_promise(self):
        followup = self.followups[0].with_user(self.manager)
        followup.answer_wishes = "Delivery on Fridays"
        context = followup.action_promise()["context"]
        promise = self.env["churn.promise"].with_user(self.manager).with_context(**context).create({})
        self.assertEqual((promise.name, promise.account_id), ("Delivery on Fridays", self.acme))
        self.assertEqual((promise.user_id, promise.source_ref), (self.ann, followup.line_id))

    def test_a_wish_becomes_a_task_on_the_account(self):
        followup = self.followups[0].with_user(self.manager)
        followup.answer_wishes = "A spare part list\nand a visit in spring"
        task = self.env["mail.activity"].browse(followup.action_task()["res_id"])
        self.assertEqual((task.res_model, task.res_id), ("res.partner", self.acme.id))
        self.assertEqual((task.summary, task.user_id), ("A spare part list", self.ann))

    def test_given_back_lines_are_not_followed_up(self):
        self.handover.action_undo()
        self.env["churn.followup"]._plan_all()
        self.assertEqual(set(self.followups.mapped("state")), {"cancelled"})

    def test_somebody_above_asks_when_the_manager_is_gone_or_concerned(self):
        self.leader.group_ids |= self.env.ref("churn_handover.group_churn_leader")
        self.followups.sudo().user_id = False
        self.env["churn.followup"]._find_askers()
        self.assertEqual(self.followups.user_id, self.leader, "the leader of the successor's team")
        with self.assertRaises(UserError):
            self.followups[0].user_id = self.ann

    def test_side_by_side(self):
        self.rate(5)
        rows = dict(self.followups[1].with_user(self.manager)._compare((self.old, self.ann)))
        self.assertEqual(rows["Average rating (of 5)"], [None, 5.0])
        self.assertEqual(rows["Ratings"], [0, 1])
        self.assertIn("Ann", self.followups[1].with_user(self.manager).comparison)


class TestRating(FollowupCase):
    def test_nothing_reaches_chatter_or_followers(self):
        self.rate(1, "She never calls back")
        followup = self.followups[1]
        self.assertFalse(followup.message_ids.filtered(lambda message: "never calls" in (message.body or "")))
        self.assertFalse(followup.message_follower_ids)
        said = self.env["mail.message"].search([("body", "ilike", "never calls")])
        self.assertFalse(said)

    def test_a_low_rating_becomes_a_complaint_once(self):
        self.rate(1, "She never calls back")
        complaint = self.env["churn.feedback"].search([("account_id", "=", self.acme.id)])
        self.assertEqual((complaint.kind, complaint.source, complaint.about_user_id), ("complaint", "rating", self.ann))
        self.assertEqual(complaint.text, "She never calls back")
        self.assertTrue(complaint.user_id, "somebody takes care of it")
        self.assertIn(self.acme.id, self.env["churn.feedback"]._freeze_until(self.acme.ids), "no rotation now")
        self.rate(1, "Still the same")
        self.assertEqual(self.env["churn.feedback"].search_count([("account_id", "=", self.acme.id)]), 1)
        for user in (self.ann, self.bob):
            self.assertFalse(self.env["churn.feedback"].with_user(user).search([("account_id", "=", self.acme.id)]))

    def test_a_good_rating_is_no_complaint_and_passes_the_gate(self):
        self.rate(5)
        self.assertFalse(self.env["churn.feedback"].search([("account_id", "=", self.acme.id)]))
        self.assertEqual(self.followups[1].line_id._gates("followed_up").state, "passed")

    def test_a_mail_only_follow_up_ends_with_the_rating(self):
        light = self.env["churn.followup"].search([("account_id", "=", self.bolt.id)])
        light.partner_id = self.kim
        self.rate(5, followup=light)
        self.assertEqual(light.state, "done")
        self.rate(5)
        self.assertEqual(self.followups[1].state, "planned", "the manager still calls")

    def test_an_old_mail_is_answered_after_the_handover_was_taken_back(self):
        light = self.env["churn.followup"].search([("account_id", "=", self.bolt.id)])
        light.partner_id = self.kim
        light.sudo().state = "cancelled"
        gate = light.line_id._gates("followed_up")
        before = gate.state
        self.rate(1, "I liked the other one better", followup=light)
        self.assertEqual((light.state, gate.state), ("cancelled", before))
        self.assertEqual(light.rating_last_value, 1, "what the customer says is kept")
        self.assertTrue(self.env["churn.feedback"].search([("partner_id", "=", self.kim.id)]), "and somebody is told")

    def test_a_foreign_token_rates_nothing(self):
        token = self.followups[2]._rating_get_access_token()
        for wrong in (token, "nonsense", None):
            with self.assertRaises(ValueError):
                self.followups[1].rating_apply(1, token=wrong)


class TestConfidential(FollowupCase):
    def setUp(self):
        super().setUp()
        self.rating = self.rate(1, "She never calls back")
        self.followup = self.followups[1]
        self.old.group_ids = [Command.link(self.env.ref("sales_team.group_sale_manager").id)]
        self.ann.group_ids = [Command.link(self.env.ref("sales_team.group_sale_manager").id)]

    def sees(self, user):
        own = [record.with_user(user) for record in (self.followup, self.rating)]
        answers = {record.has_access("read") for record in own}
        answers |= {bool(record.search([("id", "=", record.id)])) for record in own}
        self.assertEqual(len(answers), 1)
        return answers.pop()

    def test_the_people_it_is_about_see_nothing_even_as_managers(self):
        self.assertTrue(self.sees(self.manager))
        for user in (self.ann, self.old, self.bob):
            with self.subTest(user=user.name):
                self.assertFalse(self.sees(user))
        with self.assertRaises(AccessError):
            self.rating.with_user(self.ann).read(["rating", "feedback", "access_token"])

    def test_the_leader_of_the_predecessors_team_sees_it(self):
        self.leader.group_ids = [Command.link(self.env.ref("churn_handover.group_churn_leader").id)]
        self.assertTrue(self.sees(self.leader))

    def test_who_asks_sees_it_without_being_in_sales(self):
        clerk = new_test_user(self.env, login="clerk", groups="base.group_user")
        self.assertFalse(self.sees(clerk))
        self.followup.user_id = clerk
        self.env.invalidate_all()  # another request
        self.assertTrue(self.sees(clerk))

    def test_only_managers_write_ratings_of_ours(self):
        clerk = new_test_user(self.env, login="clerk", groups="base.group_user")
        self.followup.user_id = clerk
        with self.assertRaises(AccessError):
            self.rating.with_user(clerk).write({"rating": 5})
        self.rating.with_user(self.manager).write({"rating": 2})
        values = {"res_model_id": self.env["ir.model"]._get_id("churn.followup"), "res_id": self.followup.id}
        with self.assertRaises(AccessError):
            self.env["rating.rating"].with_user(self.bob).create({**values, "rating": 5})
        # the opposite: ratings of other models are as stock Odoo has them
        values = {"res_model_id": self.env["ir.model"]._get_id("res.partner"), "res_id": self.acme.id}
        self.env["rating.rating"].with_user(self.bob).create({**values, "rating": 5})

    def test_no_rating_is_moved_onto_a_follow_up(self):
        """Employees may write ratings of other records: moved here, one would count as the customer's."""
        partners, ours = (self.env["ir.model"]._get_id(name) for name in ("res.partner", "churn.followup"))
        forged = self.env["rating.rating"].with_user(self.bob)
        forged = forged.create({"res_model_id": partners, "res_id": self.acme.id, "rating": 5, "consumed": True})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            forged.write({"res_model_id": ours, "res_id": self.followup.id})
        self.env.invalidate_all()
        self.assertEqual(forged.res_model, "res.partner")
        forged.write({"res_id": self.bolt.id})
        self.assertEqual(forged.res_id, self.bolt.id, "the opposite: elsewhere it is as stock Odoo has it")

    def test_no_way_of_reading_gives_a_rating_away(self):
        """The person rated asks in every way that a client has: each answer is empty or refused."""
        own = [("id", "=", self.rating.id)]
        for user in (self.ann, self.old, self.bob):
            ratings = self.env["rating.rating"].with_user(user)
            followups = self.env["churn.followup"].with_user(user)
            self.assertFalse(ratings.search_read(own, ["feedback"]))
            self.assertFalse(ratings.web_search_read(own, {"feedback": {}})["records"])
            self.assertFalse(ratings.formatted_read_group(own, ["rated_partner_id"], ["rating:avg"]))
            self.assertFalse(ratings.search([("feedback", "ilike", "never calls")]))
            self.assertFalse(ratings.search([("churn_followup_visible", "=", False)]))
            self.assertFalse(followups.search([("rating_ids.rating", "<", 3)]))
            self.assertFalse(followups.search([("rating_last_value", "<", 3)]))
            for call in (
                lambda ratings=ratings: ratings.browse(self.rating.id).web_read({"feedback": {}}),
                lambda followups=followups: followups.browse(self.followup.id).read(["rating_last_feedback"]),
            ):
                with self.assertRaises(AccessError):
                    call()
            with self.assertRaises(UserError):  # no access, or no right to export at all
                ratings.browse(self.rating.id).export_data(["feedback"])

    def test_the_state_changes_by_buttons_only(self):
        for values in ({"state": "done"}, {"successor_id": self.bob.id}, {"is_alerted": False}):
            with self.assertRaises(AccessError):
                self.followup.with_user(self.manager).write(values)

    def test_not_in_another_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env, login="eve", groups=MANAGER, company_id=other.id, company_ids=[Command.set(other.ids)]
        )
        self.assertFalse(self.sees(stranger))


class TestPage(FollowupCase, HttpCase):
    """What is behind the faces of the mail: our page for our ratings, Odoo's for all others."""

    def setUp(self):
        super().setUp()
        self.followup = self.followups[1]
        self.token = self.followup._rating_get_access_token()

    def post(self, **data):
        self.authenticate(None, None)
        return self.url_open(
            f"/rate/{self.token}/submit_feedback", data={"csrf_token": http.Request.csrf_token(self), **data}
        )

    def test_opening_it_sends_nothing_and_says_so(self):
        page = self.url_open(f"/rate/{self.token}/3")
        self.assertIn("How is it going with Ann?", page.text)
        self.assertIn("Nothing has been sent yet", page.text)
        self.assertRegex(page.text, r'value="3"[^>]*checked')
        self.assertIn("no-store", page.headers["Cache-Control"])
        self.assertFalse(self.followup.rating_ids.consumed)

    def test_the_button_sends_it_and_the_link_shows_it(self):
        page = self.post(rate="5", feedback="<b>Very</b> kind")
        self.assertEqual(self.followup.rating_ids.rating, 5)
        self.assertIn("Thank you. Your answer: Good.", page.text)
        self.assertIn("&lt;b&gt;Very&lt;/b&gt; kind", page.text)
        self.assertIn("Your answer: Good.", self.url_open(f"/rate/{self.token}/1").text, "a GET changes nothing")
        self.post(rate="1", feedback="Changed my mind")
        self.assertEqual(self.followup.rating_ids.rating, 1)
        self.assertTrue(self.followup.is_alerted)

    @mute_logger("odoo.http")
    def test_what_is_no_face_is_not_taken(self):
        for rate in ("4", "-1", "x", ""):
            self.post(rate=rate)
            self.assertFalse(self.followup.rating_ids.consumed)
        self.assertEqual(self.url_open("/rate/nobody/5").status_code, 404)

    def test_a_colleague_who_opens_the_link_cannot_answer(self):
        self.authenticate("bob", "bob")
        self.assertNotIn("How is it going", self.url_open(f"/rate/{self.token}/5").text)
        self.url_open(
            f"/rate/{self.token}/submit_feedback", data={"csrf_token": http.Request.csrf_token(self), "rate": "1"}
        )
        self.assertFalse(self.followup.rating_ids.consumed)
