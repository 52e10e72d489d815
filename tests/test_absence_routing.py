"""What comes in while somebody is away reaches the cover: activities, leads, mails, the customer's page. And what
happens when people leave in the middle."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import new_test_user

from odoo.addons.mail.tests.common import MailCase

from .common_absence import AbsenceCase


class TestActivities(AbsenceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.old_task = cls.todo(cls.acme, summary="Planned long ago")
        cls.order = cls.quotation(cls.acme)

    def new(self, record=None, by=None, days=0, **values):
        values = {"user_id": self.old.id, "date_deadline": self.today + timedelta(days=days), **values}
        record = self.order if record is None else record
        return record.with_user(by or self.manager).activity_schedule("mail.mail_activity_data_call", **values)

    def test_what_comes_in_goes_to_the_cover_and_back(self):
        absence = self.away()
        task = self.new()
        self.assertEqual((task.user_id, task.churn_absence_id), (self.ann, absence))
        self.assertEqual(self.old_task.user_id, self.old, "what was there before stays: nothing to undo")
        done = self.new()
        done.with_user(self.ann).action_feedback()
        with freeze_time(self.later(5)):
            self.run_cron()
        self.assertEqual(absence.state, "over")
        self.assertEqual((task.user_id, task.churn_absence_id), (self.old, self.env["churn.absence"]))
        self.assertEqual(done.user_id, self.ann, "who did it stays")
        told = self.told(absence, self.old)[-1]
        self.assertEqual(told.subject, "Welcome back")
        self.assertIn("still open: 1", told.body)

    def test_assigning_an_activity_to_somebody_away(self):
        task = self.new(user_id=self.bob.id)
        absence = self.away()
        task.with_user(self.manager).user_id = self.old
        self.assertEqual((task.user_id, task.churn_absence_id), (self.ann, absence))
        task.with_user(self.manager).user_id = self.bob
        self.assertFalse(task.churn_absence_id, "given to somebody on purpose: it does not go back")

    def test_today_opens_in_another_company_while_somebody_here_is_covered(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            login="cover_stranger",
            groups="sales_team.group_sale_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.away()
        there = {"allowed_company_ids": other.ids}
        card = self.env.ref("churn_handover.today_cover_activity")
        self.assertEqual(card.with_user(stranger).with_context(**there).count, 0)
        self.assertEqual(card.with_user(self.ann).count, 1, "what is due for the one who is away")

    def test_what_can_wait_waits(self):
        self.away(last=4)
        self.assertEqual(self.new(days=4).user_id, self.ann)
        self.assertEqual(self.new(days=5).user_id, self.old)

    def test_own_and_personal_activities_stay(self):
        self.away()
        own = self.new(by=self.old)
        personal = self.env["mail.activity"].create({"user_id": self.old.id, "summary": "Dentist"})
        self.assertEqual((own.user_id, personal.user_id), (self.old, self.old))

    def test_each_account_has_its_own_cover(self):
        self.backup(self.bolt, self.bob)
        self.away()
        self.assertEqual([self.new(account).user_id for account in (self.acme, self.bolt)], [self.ann, self.bob])

    def test_nothing_is_routed_before_and_after(self):
        self.away(first=2, last=3)
        for days, user in {1: self.old, 2: self.ann, 3: self.ann, 4: self.old}.items():
            with freeze_time(self.later(days)):
                task = self.new(date_deadline=self.today + timedelta(days=days))
                self.assertEqual(task.user_id, user, days)

    def test_the_covers_cover(self):
        absence = self.away(last=9)
        self.away(user=self.ann, cover=self.bob, last=2)
        task = self.new()
        self.assertEqual((task.user_id, task.churn_absence_id), (self.bob, absence))

    def test_documents_that_the_cover_may_not_read_stay(self):
        """Feedback about the cover is hidden from the cover; covering does not open it."""
        feedback = self.env["churn.feedback"].create(
            {"partner_id": self.acme.id, "kind": "complaint", "text": "Ann was rude", "about_user_id": self.ann.id}
        )
        self.away()
        self.assertEqual(self.new(feedback).user_id, self.old)

    def test_what_was_planned_is_shown_to_the_cover(self):
        later = self.todo(self.acme, summary="After the return", date_deadline=self.today + timedelta(days=9))
        personal = self.env["mail.activity"].create({"user_id": self.old.id, "summary": "Dentist"})
        foreign = self.todo(self.account("Foreign", owner=self.bob), summary="Not covered")
        self.away()
        mine = self.env["mail.activity"].with_user(self.ann)
        found = mine.search([("churn_covered_by_me", "=", True)])
        self.assertIn(self.old_task, found)
        for other in (later, personal):
            self.assertNotIn(other, found)
        self.assertFalse(mine.with_user(self.bob).search([("churn_covered_by_me", "=", True)]) & self.old_task)
        self.assertTrue(foreign.exists())
        found.filtered(lambda one: one == self.old_task).action_churn_take()
        self.assertEqual(self.old_task.user_id, self.ann)
        self.env["churn.absence"].search([("user_id", "=", self.old.id)]).action_cancel()
        self.assertEqual(self.old_task.user_id, self.old)

    def test_nobody_takes_what_is_not_covered(self):
        self.old_task.with_user(self.bob).action_churn_take()
        self.assertEqual(self.old_task.user_id, self.old)

    def test_a_call_that_the_customer_asks_for_reaches_who_covers_the_manager(self):
        boss = new_test_user(self.env, login="boss", name="Boss", groups="sales_team.group_sale_manager")
        self.away(user=self.manager, cover=boss)
        item = self.env["churn.letter.item"]
        plan = self.plan(accounts=self.acme, kind="reassignment", date=self.today + timedelta(days=30))
        plan.user_id = self.manager
        letter = self.env["churn.letter"].create(
            {
                "partner_id": self.acme.id,
                "email": "acme@example.com",
                "day": self.today,
                "company_id": self.env.company.id,
                "user_id": self.manager.id,
                "template_id": self.env.ref("churn_handover.letter_template").id,
            }
        )
        item = item.create({"letter_id": letter.id, "line_id": self.line(plan, self.acme).id})
        item._answer("call")
        call = self.acme.activity_ids.filtered(lambda one: "asks for a call" in (one.summary or ""))
        self.assertEqual(call.user_id, boss)

    def test_as_many_queries_for_many_activities(self):
        self.away()

        def queries(count):
            accounts = self.env["res.partner"].search([("user_id", "=", self.old.id)], limit=1)
            values = [
                {
                    "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                    "res_id": accounts.id,
                    "user_id": self.old.id,
                    "summary": f"{count}-{number}",
                }
                for number in range(count)
            ]
            activities = self.env["mail.activity"].with_user(self.manager)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            activities._churn_route(values)
            return self.env.cr.sql_log_count - before

        queries(1)
        self.assertLessEqual(queries(60), queries(2))


class TestLeads(AbsenceCase):
    def test_a_new_lead_keeps_its_owner_and_is_on_the_covers_list(self):
        absence = self.away()
        lead = self.lead(self.acme)
        loose = self.env["crm.lead"].create({"name": "Call me", "user_id": self.old.id})
        for one in (lead, loose):
            self.assertEqual(one.user_id, self.old)
            self.assertEqual(one.activity_ids.user_id, self.ann)
            self.assertEqual(one.activity_ids.churn_absence_id, absence)
            self.assertTrue(one.with_user(self.ann).has_access("write"))

    def test_a_lead_assigned_later(self):
        lead = self.env["crm.lead"].create({"name": "Call me", "user_id": self.bob.id})
        self.away()
        lead.with_user(self.manager).user_id = self.old
        self.assertEqual((lead.user_id, lead.activity_ids.user_id), (self.old, self.ann))

    def test_nobody_is_told_of_own_work_or_without_an_absence(self):
        self.assertFalse(self.lead(self.acme).activity_ids)
        self.away()
        own = self.env["crm.lead"].with_user(self.old).create({"name": "Mine", "partner_id": self.acme.id})
        covers = self.env["crm.lead"].with_user(self.ann).create({"name": "Ann's", "partner_id": self.acme.id})
        self.assertFalse((own | covers).activity_ids)


class TestMails(AbsenceCase, MailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.env["res.partner"].create(
            {"name": "Buyer", "parent_id": cls.acme.id, "email": "buyer@acme.example"}
        )
        cls.order = cls.quotation(cls.acme)
        cls.order.message_subscribe(partner_ids=cls.old.partner_id.ids)

    def answer(self, record=None, **values):
        """A customer answers by mail."""
        record = self.order if record is None else record
        with self.mock_mail_gateway():
            return record.message_post(
                body="Yes please",
                author_id=self.customer.id,
                message_type="email",
                subtype_xmlid="mail.mt_comment",
                **values,
            )

    def test_a_customers_answer_reaches_the_cover_as_well(self):
        self.assertEqual(self.answer().notified_partner_ids, self.old.partner_id)
        self.away()
        self.assertEqual(self.answer().notified_partner_ids, self.old.partner_id | self.ann.partner_id)
        with freeze_time(self.later(5)):
            self.assertEqual(self.answer().notified_partner_ids, self.old.partner_id)
        self.assertNotIn(self.ann.partner_id, self.order.message_partner_ids, "nothing to undo")

    def test_one_who_writes_gets_no_own_mail(self):
        self.away()
        message = self.order.with_user(self.ann).message_post(
            body="Done", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertEqual(message.notified_partner_ids, self.old.partner_id)

    def test_what_is_for_the_person_alone_stays(self):
        self.away()
        message = self.order.message_notify(partner_ids=self.old.partner_id.ids, body="Just you", subject="Hm")
        self.assertEqual(message.notified_partner_ids, self.old.partner_id)

    def test_records_that_the_cover_may_not_read_stay(self):
        self.away()
        foreign = self.account("Foreign", owner=self.bob)
        order = self.quotation(foreign, user_id=self.bob.id)
        order.message_subscribe(partner_ids=self.old.partner_id.ids)
        self.assertEqual(self.answer(order).notified_partner_ids, self.old.partner_id)

    def test_the_covers_cover(self):
        self.away()
        self.away(user=self.ann, cover=self.bob)
        self.assertEqual(self.answer().notified_partner_ids, self.old.partner_id | self.bob.partner_id)

    def test_no_query_more_while_nobody_is_away(self):
        self.env["churn.absence"]._entries()
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self.assertEqual(self.env["churn.absence"]._there_now({(self.old.id, self.acme.id)}), {})
        self.assertEqual(self.env["churn.absence"]._covered_users(), [])
        self.assertEqual(self.env.cr.sql_log_count, before)

    def test_customers_get_an_automatic_answer_if_wanted(self):
        absence = self.away(auto_reply=True)
        self.assertTrue(self.old.is_out_of_office)
        with self.mock_mail_gateway():
            self.order.message_post(
                body="Yes please",
                author_id=self.customer.id,
                message_type="email",
                subtype_xmlid="mail.mt_comment",
            )
        auto = self.order.message_ids.filtered(lambda message: message.message_type == "out_of_office")
        self.assertIn("Ann is there for you", auto.body)
        absence.with_user(self.old).auto_reply = False
        self.assertFalse(self.old.is_out_of_office)
        self.assertFalse(self.old.out_of_office_message)

    def test_an_answer_of_the_persons_own_stays(self):
        self.old.write({"out_of_office_from": fields.Datetime.now(), "out_of_office_message": "<p>Gone fishing</p>"})
        absence = self.away(auto_reply=True)
        absence.action_cancel()
        self.assertEqual(self.old.out_of_office_message, "<p>Gone fishing</p>")

    def test_the_automatic_answer_follows_the_dates_and_ends_with_the_return(self):
        absence = self.away(first=-1, auto_reply=True)
        absence.with_user(self.old).date_to = self.today + timedelta(days=9)
        self.assertEqual(self.old.out_of_office_to, absence._moments()[1])
        absence.with_user(self.old).action_return()
        self.assertFalse(self.old.out_of_office_message)


class TestPeopleLeave(AbsenceCase):
    def test_a_cover_who_is_archived_is_replaced_by_the_next_backup(self):
        self.backup(self.acme, self.bob)
        self.backup(self.acme, self.cid, rank=2)
        absence = self.away(first=-2)
        self.bob.active = False
        lines = self.line_of(absence, self.acme).sorted("date_from")
        self.assertEqual([line.cover_id for line in lines], [self.bob, self.cid])
        self.assertEqual(lines[0].date_to, self.today - timedelta(days=1))
        active = self.acme.churn_member_ids.filtered(lambda one: one.origin == "cover" and one.state == "active")
        self.assertEqual(active.user_id, self.cid)
        task = absence.activity_ids
        self.assertEqual(task.user_id, self.leader)
        self.assertIn("Bob leaves and covered for Olga", task.note)
        self.assertIn("Cid", task.note)

    def test_who_covers_everything_else_is_replaced_by_the_leader(self):
        absence = self.away()
        order = self.quotation(self.acme)
        self.ann.active = False
        self.assertEqual(absence.cover_id, self.leader)
        self.assertTrue(order.with_user(self.leader).has_access("read"))
        self.assertIn(self.leader, self.acme.churn_member_ids.user_id)

    def test_when_nobody_is_left_the_accounts_are_listed(self):
        self.north.user_id = False
        absence = self.away()
        self.ann.active = False
        self.assertFalse(absence.cover_id)
        self.assertEqual(absence.uncovered_count, 3)
        card = self.env.ref("churn_handover.today_absence_uncovered").with_user(self.manager)
        self.assertEqual(card.count, 3)
        self.assertIn("Accounts that nobody covers now: 3.", absence.activity_ids.note)

    def test_a_cover_with_a_planned_last_day_covers_up_to_it(self):
        self.backup(self.acme, self.bob)
        self.backup(self.acme, self.cid, rank=2)
        mine = self.account("Bob's", owner=self.bob)
        absence = self.away(last=9)
        plan = self.env["churn.handover"]._plan(self.bob, self.today + timedelta(days=3), accounts=mine)
        plan.line_ids.successor_id = self.cid
        plan.action_confirm()
        lines = self.line_of(absence, self.acme).sorted("date_from")
        self.assertEqual([line.cover_id for line in lines], [self.bob, self.cid])
        self.assertEqual([line.date_to for line in lines], [self.today + timedelta(days=n) for n in (3, 9)])

    def test_the_person_who_is_away_leaves(self):
        """Archived in the middle: not away but gone. Who covers takes over, with what came in meanwhile."""
        self.backup(self.acme, self.bob)
        order = self.quotation(self.acme)
        absence = self.away(first=-1, last=9)
        self.line_of(absence, self.acme).with_user(self.old).cover_id = self.cid
        task = order.with_user(self.manager).activity_schedule(
            "mail.mail_activity_data_call", user_id=self.old.id, date_deadline=self.today
        )
        self.assertEqual(task.user_id, self.cid)
        self.old.active = False
        self.assertEqual((absence.state, absence.date_to), ("over", self.today))
        handover = self.env["churn.handover"].search([("predecessor_id", "=", self.old.id), ("emergency", "=", True)])
        self.assertEqual(self.line(handover, self.acme).successor_id, self.cid, "who covers knows the account best")
        with self.enter_registry_test_mode():
            self.env.ref("churn_handover.cron_handover").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((self.acme.user_id, order.user_id, task.user_id), (self.cid, self.cid, self.cid))
        self.assertFalse(task.churn_absence_id)
        with freeze_time(self.later(1)):
            self.assertFalse(
                self.acme.churn_member_ids.filtered(lambda one: one.state == "active" and one.origin == "cover")
            )

    def test_in_an_emergency_a_backup_who_is_away_comes_last(self):
        self.backup(self.acme, self.bob)
        self.backup(self.acme, self.cid, rank=2)
        self.away(user=self.bob, cover=self.ann)
        self.old.active = False
        handover = self.env["churn.handover"].search([("predecessor_id", "=", self.old.id), ("emergency", "=", True)])
        self.assertEqual(self.line(handover, self.acme).successor_id, self.cid)

    def test_a_draft_of_somebody_archived_is_cancelled(self):
        absence = self.away(first=3, last=4, confirm=False)
        self.old.active = False
        self.assertEqual(absence.state, "cancelled")

    def test_an_account_that_changes_hands_is_covered_no_more(self):
        absence = self.away(first=-1)
        task = self.acme.with_user(self.manager).activity_schedule(
            "mail.mail_activity_data_call", user_id=self.old.id, date_deadline=self.today
        )
        self.assertEqual(task.user_id, self.ann)
        self.acme.user_id = self.bob
        active = self.acme.churn_member_ids.filtered(lambda one: one.origin == "cover" and one.state == "active")
        self.assertFalse(active)
        self.assertEqual(self.line_of(absence, self.acme).date_to, self.today - timedelta(days=1))
        with freeze_time(self.later(5)):
            self.run_cron()
        self.assertEqual(task.user_id, self.bob, "what is open goes to who owns the account now")

    def test_an_account_that_comes_in_the_middle_is_covered(self):
        absence = self.away(first=-1)
        new = self.account("New")
        self.assertEqual(self.line_of(absence, new).date_from, self.today)
        self.assertEqual(new.churn_member_ids.user_id, self.ann)

    def test_a_handover_in_the_middle(self):
        """A reassignment of one account while its owner is away: the cover ends, nothing else changes."""
        absence = self.away(first=-1)
        self.run_plan(accounts=self.acme, successors={self.acme: self.bob}, kind="departure")
        current = absence._current_lines().account_id
        self.assertNotIn(self.acme, current)


class TestScreens(AbsenceCase):
    def test_nobody_away_is_asked_to_meet_a_customer(self):
        first, last = (fields.Datetime.now() + timedelta(days=days) for days in (7, 14))
        diary = self.env["churn.diary"]
        self.assertFalse(diary._busy(self.old, first, last)[self.old.partner_id.id])
        self.away(first=7, last=14)
        [(begin, end)] = diary._busy(self.old, first, last)[self.old.partner_id.id]
        self.assertEqual((begin.date(), end.date()), (first.date(), last.date()))

    def test_the_customers_page_names_the_stand_in(self):
        plan = self.plan(accounts=self.acme, kind="reassignment", date=self.today + timedelta(days=30))
        self.acme.email = "info@acme.example"
        letter = self.env["churn.letter"]._prepare(plan.line_ids)
        item = letter.sudo().item_ids
        self.assertFalse(item._page()["stand_in"])
        self.away()
        self.ann.phone = "+1 555 0100"
        page = letter.sudo()._page()
        self.assertEqual(page["items"][0]["stand_in"]["name"], "Ann")
        self.assertEqual(page["items"][0]["team"][0]["name"], "Ann")
        shown = {**page["items"][0], "may_answer": False, "slots": []}  # its forms need a visitor
        html = self.env["ir.qweb"]._render("churn_handover.letter_page_account", {"one": shown, "page": page})
        self.assertIn("is there for you", html)
        self.assertIn("+1 555 0100", html)
        with freeze_time(self.later(5)):
            self.assertFalse(item._page()["stand_in"])


class TestDaysGoBy(AbsenceCase):
    def test_states_follow_the_days(self):
        absence = self.away(first=1, last=2)
        for days, state in {0: "confirmed", 1: "running", 2: "running", 3: "over"}.items():
            with freeze_time(self.later(days)):
                self.run_cron()
                self.assertEqual(absence.state, state)

    def test_todays_cards(self):
        self.away(user=self.bob, first=6, last=8, cover=self.ann, confirm=False)
        self.away(user=self.cid, first=9, last=9, cover=self.ann, confirm=False)
        card = self.env.ref("churn_handover.today_absence_unplanned")
        self.assertEqual([card.with_user(user).count for user in (self.manager, self.bob, self.cid)], [1, 1, 0])
        self.todo(self.acme)
        self.away()
        card = self.env.ref("churn_handover.today_cover_account")
        self.assertEqual([card.with_user(user).count for user in (self.ann, self.bob)], [3, 0])
        self.assertIn("Acme", card.with_user(self.ann).examples)
        card = self.env.ref("churn_handover.today_cover_activity")
        self.assertEqual([card.with_user(user).count for user in (self.ann, self.bob)], [1, 0])
