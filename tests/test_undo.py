from datetime import timedelta

from odoo.exceptions import UserError

from .common_handover import HandoverCase


class TestUndo(HandoverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contact = cls.env["res.partner"].create(
            {"name": "Carl", "parent_id": cls.bolt.id, "email": "carl@bolt.example"}
        )
        cls.deal = cls.lead(cls.bolt)
        cls.offer = cls.quotation(cls.bolt)
        cls.call = cls.todo(cls.bolt)
        cls.own_todo = cls.todo()
        cls.talk = cls.meeting(cls.contact)
        cls.shared_talk = cls.meeting(cls.contact, cls.bob.partner_id)
        note = cls.env.ref("mail.mt_note")
        cls.bolt.message_subscribe(cls.old.partner_id.ids, subtype_ids=note.ids)
        cls.south.user_id = cls.old
        cls.talk.attendee_ids.filtered(lambda row: row.partner_id == cls.old.partner_id).do_accept()

    def test_everything_is_as_it_was(self):
        before = self.dump()
        handover = self.run_plan({self.bolt: self.bob})
        self.assertNotEqual(self.dump(), before)
        handover.action_undo()
        after = self.dump()
        for table, rows in before.items():
            if table == "calendar_attendee":
                # The chair that had to be given up to somebody who sat there already is a new row.
                rows, after[table] = self.without_ids(rows), self.without_ids(after[table])
            self.assertEqual(after[table], rows, table)
        self.assertEqual(handover.state, "undone")
        self.assertEqual(set(handover.line_ids.mapped("state")), {"undone"})
        self.assertEqual(handover.kept_count, 0)

    def without_ids(self, rows):
        """Attendees of the shared meeting by content; all others as they are."""
        return sorted(
            (
                {key: row[key] for key in ("event_id", "partner_id", "common_name")}
                if row["event_id"] == self.shared_talk.id
                else row
                for row in rows
            ),
            key=lambda row: (row["event_id"], row["partner_id"]),
        )

    def test_history_tells_the_undo(self):
        self.run_plan({self.bolt: self.bob}).action_undo()
        rows = self.bolt.churn_assignment_ids.filtered(lambda row: row.kind == "owner").sorted("id")
        self.assertEqual([row.user_id for row in rows], [self.old, self.bob, self.old])
        self.assertEqual(rows[1].end_reason, "undo")
        self.assertEqual(rows[2].start_reason, "undo")
        self.assertFalse(rows[2].date_to)

    def test_what_somebody_changed_since_is_kept_and_named(self):
        handover = self.run_plan({self.bolt: self.bob})
        self.deal.with_user(self.manager).user_id = self.ann
        action = handover.action_undo()
        self.assertEqual(self.deal.user_id, self.ann)
        self.assertEqual(self.offer.user_id, self.old)
        kept = self.env["churn.change"].search([("handover_id", "=", handover.id), ("state", "=", "kept")])
        self.assertIn("user_id", kept.mapped("field_name"))
        self.assertEqual(set(kept.mapped("res_model")), {"crm.lead"})
        self.assertIn("Max", kept[0].kept_reason)
        self.assertEqual(self.env["churn.change"].search(action["domain"]), kept)
        self.assertIn("cannot be taken back", handover.message_ids[0].body)

    def test_a_deleted_record_is_named(self):
        handover = self.run_plan({self.bolt: self.bob})
        self.call.unlink()
        handover.action_undo()
        kept = self.env["churn.change"].search([("handover_id", "=", handover.id), ("state", "=", "kept")])
        self.assertEqual(kept.res_model, "mail.activity")
        self.assertIn("deleted", kept.kept_reason)

    def test_what_stood_there_before_was_deleted(self):
        """The undo gives back the rest, and says why this is not possible."""
        self.deal.team_id = self.north
        handover = self.run_plan({self.bolt: self.bob})
        self.assertNotEqual(self.deal.team_id, self.north)
        self.north.unlink()
        handover.action_undo()
        self.assertEqual((self.deal.user_id, self.offer.user_id), (self.old, self.old))
        kept = self.env["churn.change"].search([("handover_id", "=", handover.id), ("state", "=", "kept")])
        self.assertIn(("crm.lead", "team_id"), kept.mapped(lambda change: (change.res_model, change.field_name)))
        self.assertTrue(all("deleted" in reason for reason in kept.mapped("kept_reason")))
        left = self.env["churn.change"].search([("handover_id", "=", handover.id), ("state", "=", "applied")])
        self.assertFalse(left, "each is given back or says why not")

    def test_a_field_that_was_deleted_since(self):
        handover = self.run_plan({self.bolt: self.bob})
        self.env["churn.change"].sudo().search(
            [("handover_id", "=", handover.id), ("res_model", "=", "crm.lead")], limit=1
        ).field_name = "x_caretaker_id"
        handover.action_undo()
        self.assertEqual((handover.state, handover.kept_count), ("undone", 1))

    def test_a_follower_who_came_back_is_left_alone(self):
        handover = self.run_plan({self.bolt: self.bob})
        note = self.env.ref("mail.mt_note")
        follower = self.bolt.message_follower_ids.filtered(lambda row: row.partner_id == self.bob.partner_id)
        follower.subtype_ids = note
        handover.action_undo()
        self.assertIn(self.bob.partner_id, self.bolt.message_partner_ids)
        self.assertIn(self.old.partner_id, self.bolt.message_partner_ids)
        self.assertEqual(handover.kept_count, 1)

    def test_the_user_archived_by_the_plan_comes_back(self):
        handover = self.run_plan({self.bolt: self.bob}, archive_predecessor=True, user=self.env.user)
        self.assertFalse(self.old.active)
        handover.action_undo()
        self.assertTrue(self.old.active)
        self.assertEqual(self.bolt.user_id, self.old)

    def test_nothing_goes_back_to_somebody_who_was_archived_otherwise(self):
        handover = self.run_plan({self.bolt: self.bob})
        self.old.with_context(churn_archive_only=True).active = False
        with self.assertRaisesRegex(UserError, "Olga is archived"):
            handover.action_undo()
        self.assertEqual(self.bolt.user_id, self.bob)

    def test_one_line_can_be_undone(self):
        handover = self.run_plan({self.bolt: self.bob})
        self.line(handover, self.bolt).with_user(self.manager).action_undo()
        self.assertEqual(self.bolt.user_id, self.old)
        self.assertEqual(self.deal.user_id, self.old)
        self.assertEqual(self.acme.user_id, self.ann)
        self.assertEqual(handover.state, "done")
        handover.action_undo()
        self.assertEqual(self.acme.user_id, self.old)
        self.assertEqual(handover.state, "undone")

    def test_undo_takes_successors_off_the_account_team(self):
        """Whoever came on the team for the overlap loses access with the accounts; the history keeps the days."""
        day = self.today + timedelta(days=5)
        handover = self.plan({self.bolt: self.bob}, date=day)
        handover.action_confirm()
        self.line(handover, self.acme).change_date = self.today
        handover.sudo()._run()
        self.assertEqual(self.acme.churn_member_ids.date_to, self.today, "the overlap ends with the change")
        self.assertEqual(self.bolt.churn_member_ids.date_to, day)
        handover.action_undo()
        self.assertFalse((self.acme | self.bolt).churn_member_ids, "also of lines that had not run")
        history = self.acme.churn_assignment_ids.filtered(lambda row: row.kind == "team")
        self.assertEqual([(row.user_id, row.date_to) for row in history], [(self.ann, self.today)])

    def test_undo_without_anything_moved(self):
        with self.assertRaisesRegex(UserError, "nothing has moved"):
            self.plan().action_undo()

    def test_undoing_twice_says_so(self):
        handover = self.run_plan()
        handover.action_undo()
        self.acme.user_id = self.ann
        with self.assertRaisesRegex(UserError, "nothing has moved"):
            handover.action_undo()
        self.assertEqual(self.acme.user_id, self.ann)

    def test_what_did_not_run_is_cancelled_by_the_undo(self):
        handover = self.plan({self.bolt: self.bob})
        handover.action_confirm()
        self.bob.with_context(churn_archive_only=True).active = False
        handover.action_run_now()
        self.assertEqual(handover.stopped_count, 1)
        handover.action_undo()
        self.assertEqual(self.line(handover, self.bolt).state, "cancelled")
        self.assertEqual(handover.state, "undone")

    def test_a_plan_of_the_same_accounts_can_follow(self):
        self.run_plan({self.bolt: self.bob}).action_undo()
        self.run_plan({self.bolt: self.ann})
        self.assertEqual(self.bolt.user_id, self.ann)

    def test_two_plans_are_undone_in_turn(self):
        first = self.run_plan({self.bolt: self.bob})
        second = self.env["churn.handover"].with_user(self.manager)._plan(self.bob, self.today)
        second.line_ids.successor_id = self.ann
        second.action_run_now()
        self.assertEqual(self.bolt.user_id, self.ann)
        second.action_undo()
        self.assertEqual(self.bolt.user_id, self.bob)
        first.action_undo()
        self.assertEqual(self.bolt.user_id, self.old)
        self.assertEqual(first.kept_count, 0)

    def test_queries_do_not_grow_with_the_records(self):
        def moved(count):
            for number in range(count):
                self.lead(self.account(f"{count} {number}"))
            handover = self.run_plan({self.bolt: self.bob})
            self.env.flush_all()
            self.env.invalidate_all()
            return handover

        moved(1).action_undo()
        few = moved(2)
        start = self.env.cr.sql_log_count
        few.action_undo()
        self.env.flush_all()
        used = self.env.cr.sql_log_count - start
        many = moved(30)
        with self.assertQueryCount(used + 3):
            many.action_undo()
            self.env.flush_all()
