from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user

from .common_handover import REP, HandoverCase


class TestTransfer(HandoverCase):
    """What moves, to whom, and what stays."""

    def test_each_account_goes_to_its_own_successor(self):
        self.run_plan({self.bolt: self.bob})
        self.assertEqual((self.acme | self.core).user_id, self.ann)
        self.assertEqual(self.bolt.user_id, self.bob)

    def test_contacts_move_only_without_rep_or_with_the_old_one(self):
        contacts = self.env["res.partner"].create(
            [{"name": name, "parent_id": self.acme.id} for name in ("Own", "None", "Other")]
        )
        contacts[1].user_id = False
        contacts[2].user_id = self.bob
        self.assertEqual(contacts[0].user_id, self.old)
        self.run_plan()
        self.assertEqual([contact.user_id for contact in contacts], [self.ann, self.ann, self.bob])

    def test_open_documents_move_and_closed_ones_keep_the_name(self):
        open_lead, won, lost = (self.lead(self.acme) for _ in range(3))
        won.action_set_won()
        lost.action_set_lost()
        quotation, to_invoice, invoiced, cancelled = (self.quotation(self.acme) for _ in range(4))
        (to_invoice | invoiced).action_confirm()
        invoiced._create_invoices().action_post()
        draft_invoice = to_invoice.copy()
        draft_invoice.action_confirm()
        draft_invoice = draft_invoice._create_invoices()
        cancelled.action_cancel()
        self.run_plan()
        moved = [open_lead, quotation, to_invoice]
        kept = [won, lost, invoiced, cancelled]
        self.assertEqual([record.user_id for record in moved], [self.ann] * 3)
        self.assertEqual([record.user_id for record in kept], [self.old] * 4)
        self.assertEqual(draft_invoice.invoice_user_id, self.ann)
        self.assertEqual(invoiced.invoice_ids.invoice_user_id, self.old)
        self.assertEqual(quotation.order_line.salesman_id, self.ann)

    def test_the_team_follows_the_successor(self):
        to_ann, to_bob = self.lead(self.acme), self.lead(self.bolt)
        self.assertEqual((to_ann | to_bob).team_id, self.north)
        quotation = self.quotation(self.bolt)
        self.run_plan({self.bolt: self.bob})
        self.assertEqual(to_ann.team_id, self.north)
        self.assertEqual(to_bob.team_id, self.south)
        self.assertEqual(quotation.team_id, self.south)

    def test_activities_move_with_the_account_of_their_record(self):
        on_account, on_lead = self.todo(self.bolt), self.todo(self.lead(self.bolt))
        on_nothing_of_ours = self.todo(self.env.ref("base.main_company").partner_id)
        done = self.todo(self.bolt)
        done.action_feedback()
        self.run_plan({self.bolt: self.bob})
        self.assertEqual((on_account | on_lead).user_id, self.bob)
        self.assertEqual(on_nothing_of_ours.user_id, self.ann)
        self.assertEqual(done.user_id, self.old)

    def test_personal_todos_are_closed_and_listed(self):
        todo = self.todo(summary="Empty my desk")
        handover = self.run_plan()
        self.assertFalse(todo.active)
        self.assertEqual(todo.user_id, self.old)
        self.assertTrue(todo.date_done)
        self.assertIn("Empty my desk", "".join(handover.message_ids.mapped("body")))

    def test_future_meetings_change_organiser_and_chair(self):
        contact = self.env["res.partner"].create({"name": "Carl", "parent_id": self.bolt.id, "email": "carl@bolt"})
        meeting, past = self.meeting(contact), self.meeting(contact, days=-7)
        attendee = meeting.attendee_ids.filtered(lambda attendee: attendee.partner_id == self.old.partner_id)
        token = attendee.access_token
        self.run_plan({self.bolt: self.bob})
        self.assertEqual(meeting.user_id, self.bob)
        self.assertEqual(meeting.partner_ids, contact | self.bob.partner_id)
        self.assertEqual(meeting.attendee_ids.partner_id, contact | self.bob.partner_id)
        self.assertEqual(attendee.partner_id, self.bob.partner_id)
        self.assertEqual(attendee.state, "needsAction")
        self.assertNotEqual(attendee.access_token, token)
        self.assertEqual(past.user_id, self.old)

    def test_successor_who_attends_already_is_not_invited_twice(self):
        meeting = self.meeting(self.bolt, self.bob.partner_id)
        self.run_plan({self.bolt: self.bob})
        self.assertEqual(meeting.partner_ids, self.bolt | self.bob.partner_id)
        self.assertEqual(meeting.attendee_ids.partner_id, self.bolt | self.bob.partner_id)

    def test_private_meetings_are_closed(self):
        meeting = self.meeting(privacy="private")
        self.run_plan()
        self.assertFalse(meeting.active)
        self.assertEqual(meeting.user_id, self.old)

    def test_attendees_are_told_once(self):
        contact = self.env["res.partner"].create(
            {"name": "Carl", "parent_id": self.bolt.id, "email": "carl@bolt.example"}
        )
        meetings = self.meeting(contact) | self.meeting(contact, days=9, name="Review")
        before = self.env["mail.mail"].search([])
        self.run_plan({self.bolt: self.bob})
        mails = (self.env["mail.mail"].search([]) - before).filtered(lambda mail: contact in mail.recipient_ids)
        self.assertEqual(len(mails), 1)
        for meeting in meetings:
            self.assertIn(meeting.name, mails.body_html)
        self.assertIn("Bob", mails.body_html)

    def test_successors_get_one_summary_each(self):
        self.lead(self.acme)
        handover = self.run_plan({self.bolt: self.bob})
        summaries = self.env["mail.message"].search(
            [("model", "=", handover._name), ("res_id", "=", handover.id), ("message_type", "=", "user_notification")]
        )
        to_ann = summaries.filtered(lambda message: self.ann.partner_id in message.partner_ids)
        to_bob = summaries.filtered(lambda message: self.bob.partner_id in message.partner_ids)
        self.assertEqual((len(to_ann), len(to_bob), len(summaries)), (1, 1, 2))
        self.assertIn("Leads and opportunities", to_ann.body)
        self.assertNotIn("Leads and opportunities", to_bob.body)
        self.assertIn("Bolt", to_bob.body)

    def test_one_line_on_each_account_in_plain_words(self):
        self.lead(self.bolt)
        lines = {account: len(account.message_ids) for account in (self.acme, self.bolt)}
        self.run_plan({self.bolt: self.bob})
        for account, count in lines.items():
            self.assertEqual(len(account.message_ids), count + 1)
        body = self.bolt.message_ids[0].body
        self.assertIn("Olga", body)
        self.assertIn("Bob", body)
        self.assertIn("Leads and opportunities: 1", body)
        self.assertNotIn("Leads and opportunities", self.acme.message_ids[0].body)

    def test_names_are_escaped_in_the_line(self):
        self.bob.name = "<b>Bob</b>"
        self.run_plan(default=self.bob)
        for account in (self.acme, self.bolt):
            self.assertIn("&lt;b&gt;Bob&lt;/b&gt;", account.message_ids[0].body)

    def test_followers_follow(self):
        """The leaver follows nothing any more; the successor follows what moved, and keeps own subtypes elsewhere."""
        closed, open_lead = self.lead(self.acme), self.lead(self.acme)
        closed.action_set_won()
        note = self.env.ref("mail.mt_note")
        (closed | open_lead).message_subscribe(self.old.partner_id.ids)
        contact = self.env["res.partner"].create({"name": "Carl", "parent_id": self.acme.id})
        (contact | self.acme).message_subscribe(self.old.partner_id.ids)
        self.acme.message_subscribe(self.ann.partner_id.ids, subtype_ids=note.ids)
        self.run_plan()
        for record in (closed, open_lead, contact, self.acme):
            self.assertNotIn(self.old.partner_id, record.message_partner_ids)
        self.assertNotIn(self.ann.partner_id, closed.message_partner_ids)
        for record in (open_lead, contact, self.acme):
            self.assertIn(self.ann.partner_id, record.message_partner_ids)
        own = self.acme.message_follower_ids.filtered(lambda follower: follower.partner_id == self.ann.partner_id)
        self.assertEqual(own.subtype_ids, note)

    def test_membership_ends_and_leadership_moves(self):
        self.south.user_id = self.old
        self.run_plan()
        self.assertEqual(self.south.user_id, self.ann)
        self.assertFalse(self.old.crm_team_member_ids)
        self.assertFalse(self.old.sale_team_id)

    def test_account_outside_the_plan_keeps_its_owner(self):
        """An opportunity of the leaver on somebody else's account goes to that account's owner."""
        foreign = self.account("Foreign", owner=self.bob)
        lead = self.lead(foreign)
        self.run_plan()
        self.assertEqual(lead.user_id, self.bob)
        self.assertEqual(foreign.user_id, self.bob)

    def test_account_whose_owner_is_archived_goes_to_the_default_successor(self):
        gone = new_test_user(self.env, login="gone", groups=REP)
        foreign = self.account("Foreign", owner=gone)
        gone.with_context(churn_archive_only=True).active = False
        lead = self.lead(foreign)
        self.run_plan()
        self.assertEqual(lead.user_id, self.ann)

    def test_what_hangs_on_no_account_goes_to_the_default_successor(self):
        lead = self.lead(self.acme, partner_id=False)
        self.run_plan(dict.fromkeys(self.acme | self.bolt | self.core, self.bob))
        self.assertEqual(lead.user_id, self.ann)

    def test_accounts_that_came_after_planning_are_not_left_behind(self):
        handover = self.plan()
        late = self.account("Late")
        handover.action_run_now()
        self.assertEqual(late.user_id, self.ann)

    def test_a_rotation_touches_its_own_accounts_only(self):
        on_acme, elsewhere, on_nothing = (
            self.lead(self.acme),
            self.lead(self.bolt),
            self.lead(self.bolt, partner_id=False),
        )
        handover = self.plan(accounts=self.acme, kind="rotation")
        self.assertFalse(handover.default_line_id)
        handover.line_ids.tier_id = False  # no gates to wait for
        handover.action_run_now()
        self.assertEqual(on_acme.user_id, self.ann)
        self.assertEqual((elsewhere | on_nothing).user_id, self.old)
        self.assertTrue(self.old.crm_team_member_ids)
        self.assertIn(self.old.partner_id, self.bolt.message_partner_ids | self.old.partner_id)

    def test_two_predecessors_in_one_plan(self):
        other = self.account("Other", owner=self.bob)
        lead = self.lead(other, user_id=self.bob.id)
        handover = self.plan(accounts=self.acme, kind="rotation")
        handover.line_ids = [
            Command.create({"account_id": other.id, "predecessor_id": self.bob.id, "successor_id": self.ann.id})
        ]
        handover.line_ids.tier_id = False  # no gates to wait for
        handover.action_run_now()
        self.assertEqual((self.acme | other).user_id, self.ann)
        self.assertEqual(lead.user_id, self.ann)

    def test_history_tells_the_handover(self):
        handover = self.run_plan()
        row = self.acme.churn_assignment_ids.filtered(lambda row: row.kind == "owner" and not row.date_to)
        self.assertEqual(row.user_id, self.ann)
        self.assertEqual(row.start_reason, "handover")
        self.assertEqual(row.handover_line_id, self.line(handover, self.acme))

    def test_every_value_is_logged(self):
        lead = self.lead(self.bolt)
        handover = self.run_plan({self.bolt: self.bob})
        changes = self.env["churn.change"].search([("res_model", "=", "crm.lead"), ("res_id", "=", lead.id)])
        values = {change.field_name: (change.old_value, change.new_value) for change in changes}
        self.assertEqual(values["user_id"], (self.old.id, self.bob.id))
        self.assertEqual(values["team_id"], (self.north.id, self.south.id))
        self.assertEqual(changes.line_id, self.line(handover, self.bolt))
        self.assertEqual(changes.handover_id, handover)

    def test_nothing_open_is_left(self):
        self.lead(self.acme)
        self.quotation(self.bolt)
        self.todo(self.core)
        self.meeting(self.acme)
        self.run_plan()
        self.assertEqual(self.env["churn.handover"]._open_counts(self.old), {})

    def test_queries_do_not_grow_with_the_accounts(self):
        """Thirty accounts with an opportunity, a quotation and an activity each take as many queries as three."""

        def handover_of(login, count):
            leaver = new_test_user(self.env, login=login, groups=REP)
            for number in range(count):
                account = self.account(f"{login} {number}", owner=leaver)
                self.lead(account, user_id=leaver.id)
                self.quotation(account, user_id=leaver.id)
                self.todo(account, user_id=leaver.id)
            handover = self.env["churn.handover"]._plan(leaver, self.today)
            handover.line_ids.successor_id = self.bob
            handover._confirm()
            self.env.flush_all()
            self.env.invalidate_all()
            return handover.sudo()

        handover_of("warm", 3)._run()
        few, many = handover_of("few", 3), handover_of("many", 30)
        start = self.env.cr.sql_log_count
        few._run()
        self.env.flush_all()
        used = self.env.cr.sql_log_count - start
        with self.assertQueryCount(used + 3):
            many._run()
            self.env.flush_all()


class TestCompanies(HandoverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.env.company
        cls.second = cls.env["res.company"].create({"name": "Second"})
        (cls.old | cls.ann).company_ids = [Command.link(cls.second.id)]
        cls.second_team = cls.env["crm.team"].create({"name": "Second team", "company_id": cls.second.id})

    def lead_in(self, company, account):
        team = self.second_team if company == self.second else self.north
        return self.lead(account, company_id=company.id, team_id=team.id)

    def test_a_plan_moves_its_own_companies_and_counts_the_others(self):
        here, there = self.lead_in(self.first, self.acme), self.lead_in(self.second, self.acme)
        handover = self.run_plan()
        self.assertEqual(handover.company_ids, self.first)
        self.assertEqual(here.user_id, self.ann)
        self.assertEqual(there.user_id, self.old)
        self.assertEqual(handover.elsewhere_count, 1)

    def test_successor_without_access_is_refused_and_the_company_named(self):
        self.lead_in(self.second, self.bolt)
        handover = self.plan({self.bolt: self.bob})
        with self.assertRaisesRegex(Exception, "Bolt.*Bob.*Second"):
            handover.action_confirm()
        self.assertEqual(handover.state, "draft")
        self.bob.company_ids = [Command.link(self.second.id)]
        handover.action_confirm()
        self.assertEqual(handover.state, "confirmed")

    def test_access_lost_before_the_date_stops_the_line_and_the_others_go_on(self):
        self.bob.company_ids = [Command.link(self.second.id)]
        self.lead_in(self.second, self.bolt)
        handover = self.plan({self.bolt: self.bob})
        handover.action_confirm()
        self.bob.company_ids = [Command.unlink(self.second.id)]
        handover.action_run_now()
        stopped = self.line(handover, self.bolt)
        self.assertEqual(stopped.state, "stopped")
        self.assertIn("Second", stopped.stop_reason)
        self.assertEqual(self.bolt.user_id, self.old)
        self.assertEqual(self.acme.user_id, self.ann)
        self.assertEqual(handover.state, "running")
        self.assertEqual(handover.activity_ids.user_id, self.manager)
        self.assertIn("Second", handover.activity_ids.note)

    def test_accounts_of_another_company_are_not_planned(self):
        foreign = self.account("Foreign", company_id=self.second.id)
        handover = self.run_plan()
        self.assertNotIn(foreign, handover.line_ids.account_id)
        self.assertEqual(foreign.user_id, self.old)

    def test_owner_of_an_account_outside_takes_only_where_access_allows(self):
        """The account belongs to Bob, who doesn't work in the second company: the default successor takes it."""
        manager = new_test_user(self.env, login="both", groups="sales_team.group_sale_manager")
        manager.company_ids = [Command.set((self.first | self.second).ids)]
        lead = self.lead_in(self.second, self.account("Foreign", owner=self.bob))
        self.run_plan(user=manager)
        self.assertEqual(lead.user_id, self.ann)


class TestDates(HandoverCase):
    def test_nothing_moves_before_its_day(self):
        handover = self.plan(date=self.today + timedelta(days=5))
        handover.action_confirm()
        self.cron()
        self.assertEqual(self.acme.user_id, self.old)
        with freeze_time(fields.Datetime.now() + timedelta(days=5, hours=1)):
            self.cron()
        self.assertEqual(self.acme.user_id, self.ann)
        self.assertEqual(handover.state, "done")

    def cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("churn_handover.cron_handover").method_direct_trigger()
        self.env.invalidate_all()


class TestConfidential(HandoverCase):
    def test_feedback_does_not_show_in_a_plan(self):
        """Not even the number: whoever plans may be whom the customer complained about."""
        feedback = self.env["churn.feedback"].create(
            {
                "partner_id": self.acme.id,
                "text": "Max is rude",
                "about_user_id": self.manager.id,
                "user_id": self.old.id,
            }
        )
        feedback.message_subscribe(self.old.partner_id.ids)
        self.assertIn(self.old, feedback.activity_ids.user_id)
        before = self.env["churn.handover"]._open_counts(self.old)
        self.assertNotIn("Activities", before)
        handover = self.run_plan()
        changes = self.env["churn.change"].search([("handover_id", "=", handover.id)])
        self.assertNotIn("churn.feedback", changes.mapped("res_model"))
        self.assertFalse(changes.filtered(lambda change: change.res_model == "mail.activity"))
        self.assertEqual(feedback.user_id, self.old)
