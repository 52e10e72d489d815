from datetime import date, datetime

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from odoo.addons.churn_handover.models.account import assignment_nightly

from .common_account import AccountCase

CREATED = date(2026, 1, 10)
TODAY = date(2026, 3, 1)


@freeze_time(TODAY)
class TestOwnerHistory(AccountCase):
    """Every way an owner changes leaves a dated row at once, with its reason."""

    def assert_handed_to_bob(self, start="manual", end="manual"):
        expected = [(self.ann, CREATED, TODAY, "created", end), (self.bob, TODAY, False, start, False)]
        self.assertEqual(self.history(self.acme), expected)

    def test_creation(self):
        self.assertEqual(self.history(self.acme), [(self.ann, CREATED, False, "created", False)])

    def test_account_without_owner_has_no_row(self):
        account = self.env["res.partner"].create({"name": "Nobody's"})
        self.assertEqual(self.history(account), [])
        account.user_id = self.bob
        self.assertEqual(self.history(account), [(self.bob, TODAY, False, "manual", False)])
        account.user_id = False
        self.assertEqual(self.history(account), [(self.bob, TODAY, TODAY, "manual", "manual")])

    def test_contacts_have_no_row(self):
        self.buyer.user_id = self.bob
        self.assertEqual(self.history(self.buyer), [])

    def test_write_says_who_did_it(self):
        self.acme.with_user(self.manager).user_id = self.bob
        self.assert_handed_to_bob()
        old, new = self.env["churn.assignment"].search([("account_id", "=", self.acme.id)], order="id")
        self.assertEqual((old.ended_by_id, new.changed_by_id), (self.manager, self.manager))

    def test_form(self):
        with Form(self.acme.with_user(self.manager)) as form:
            form.user_id = self.bob
        self.assert_handed_to_bob()

    def test_same_owner_again_changes_nothing(self):
        self.acme.user_id = self.ann
        self.assertEqual(self.history(self.acme), [(self.ann, CREATED, False, "created", False)])

    def test_two_changes_on_one_day(self):
        self.acme.user_id = self.bob
        self.acme.user_id = self.cid
        self.assertEqual(
            self.history(self.acme),
            [
                (self.ann, CREATED, TODAY, "created", "manual"),
                (self.bob, TODAY, TODAY, "manual", "manual"),
                (self.cid, TODAY, False, "manual", False),
            ],
        )

    def test_import(self):
        xmlid = self.acme.export_data(["id"])["datas"][0][0]
        self.env["res.partner"].with_context(import_file=True).load(
            ["id", "name", "user_id/.id"],
            [[xmlid, "Acme", str(self.bob.id)], ["__import__.new_account", "New", str(self.cid.id)]],
        )
        self.assert_handed_to_bob("import", "import")
        self.assertEqual(
            self.history(self.env.ref("__import__.new_account")), [(self.cid, TODAY, False, "import", False)]
        )

    def test_rpc(self):
        self.env["res.partner"].with_user(self.manager).browse(self.acme.id).web_save(
            {"user_id": self.bob.id}, {"user_id": {}}
        )
        self.assert_handed_to_bob()

    def test_a_reason_from_outside_is_not_believed(self):
        self.acme.with_context(churn_reason="no such reason").user_id = self.bob
        self.assert_handed_to_bob()

    def test_handover_is_named_with_its_line(self):
        handover = self.env["churn.handover"]._plan(self.ann, TODAY, self.acme)
        line = handover.line_ids.filtered("account_id")
        self.acme.with_context(
            churn_transfer=True, churn_reason="handover", churn_line_by_partner={self.acme.id: line.id}
        ).user_id = self.bob
        self.assert_handed_to_bob("handover", "handover")
        self.assertEqual(self.acme.churn_assignment_ids.filtered(lambda row: not row.date_to).handover_line_id, line)

    def test_mass_edit_takes_two_queries_however_many(self):
        """Odoo's own queries for the same write are counted beside it and subtracted."""
        self.env.registry.clear_cache()

        def queries(count):
            accounts = self.env["res.partner"].create(
                [{"name": f"Account {number}", "is_company": True, "user_id": self.ann.id} for number in range(count)]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            accounts.write({"user_id": self.bob.id})
            self.env.flush_all()
            return self.env.cr.sql_log_count - start

        queries(2)
        few, many = queries(10), queries(100)
        self.assertEqual(many, few)

    def test_recording_a_hundred_changes(self):
        accounts = self.env["res.partner"].create([{"name": str(n), "user_id": self.ann.id} for n in range(100)])
        changes = [(account.id, self.ann.id, self.bob.id) for account in accounts]
        self.env.flush_all()
        # the third: which of the accounts are known to the check of account teams
        with self.assertQueryCount(3):
            self.env["churn.assignment"]._record_owner_changes(changes, "manual")
        self.assertEqual(len(accounts.churn_assignment_ids), 200)

    def test_archive_and_restore(self):
        """An archived account has no running row; restored, it has again. Team and plans stay as they are."""
        member = self.member(self.bob)
        self.acme.action_archive()
        self.assertEqual(self.history(self.acme), [(self.ann, CREATED, TODAY, "created", "archived")])
        self.assertEqual(self.acme.churn_member_ids, member)
        with freeze_time("2026-04-01"):
            self.acme.action_unarchive()
        self.assertEqual(self.history(self.acme)[1:], [(self.ann, date(2026, 4, 1), False, "restored", False)])

    def test_owner_changed_while_archived(self):
        self.acme.active = False
        with freeze_time("2026-04-01"):
            self.acme.user_id = self.bob
        self.assertEqual(
            self.history(self.acme)[1:], [(self.bob, date(2026, 4, 1), date(2026, 4, 1), "manual", "archived")]
        )

    def test_rename_and_company(self):
        self.acme.write({"name": "Acme International", "company_id": self.env.company.id})
        row = self.env["churn.assignment"].search([("account_id", "=", self.acme.id)])
        self.assertEqual((row.account_name, row.company_id), ("Acme International", self.env.company))

    def test_deleting_keeps_the_history(self):
        self.member(self.bob)
        self.member(self.cid, date_from="2026-06-01")
        self.buyer.unlink()
        self.acme.unlink()
        rows = self.env["churn.assignment"].search([("account_name", "=", "Acme")], order="kind")
        self.assertEqual(
            [(row.user_id, row.date_to, row.end_reason) for row in rows],
            [(self.ann, TODAY, "deleted"), (self.bob, TODAY, "deleted")],
        )
        self.assertFalse(rows.account_id)

    def test_account_in_a_plan_cannot_be_deleted(self):
        handover = self.env["churn.handover"]._plan(self.ann, TODAY, self.acme)
        self.buyer.unlink()
        with self.refused(handover.name, UserError):
            self.acme.unlink()
        handover.action_cancel()
        self.acme.unlink()
        line = handover.line_ids.filtered(lambda line: not line.is_default)
        self.assertEqual(line.account_name, "Acme")
        self.assertFalse(line.account_id)

    def test_user_with_history_cannot_be_deleted(self):
        with self.assertRaises(Exception) as caught, self.env.cr.savepoint():
            self.ann.unlink()
        self.assertIn("churn_assignment", str(caught.exception))

    def test_nobody_writes_history(self):
        for user in (self.ann, self.manager):
            row = self.env["churn.assignment"].with_user(user).search([("account_id", "=", self.acme.id)])
            self.assertTrue(row.read(["user_id"]))
            with self.assertRaises(AccessError):
                row.date_to = TODAY
            with self.assertRaises(AccessError):
                row.unlink()
            with self.assertRaises(AccessError):
                row.copy()

    def test_history_of_a_deleted_account_stays_in_its_company(self):
        second = self.env["res.company"].create({"name": "Second"})
        self.env["res.partner"].create({"name": "Gone", "user_id": self.ann.id, "company_id": second.id}).unlink()
        rows = self.env["churn.assignment"].search([("account_name", "=", "Gone")])
        self.assertTrue(rows.with_context(allowed_company_ids=second.ids).search([("id", "=", rows.id)]))
        self.manager.company_ids = self.env.company
        self.assertFalse(rows.with_user(self.manager).search([("id", "=", rows.id)]))


@freeze_time(TODAY)
class TestPartOfAnotherAccount(AccountCase):
    """An account that gets a parent becomes a contact: what hung on it goes on with the parent's account."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.zoe = cls.env["res.partner"].create({"name": "Zoe", "user_id": cls.bob.id})

    def test_history_members_and_lines_move(self):
        member = self.member(self.cid, self.zoe, is_backup=True)
        handover = self.env["churn.handover"]._plan(self.bob, date(2026, 6, 1), self.zoe)
        line = handover.line_ids.filtered("account_id")
        self.zoe.parent_id = self.acme
        self.assertEqual(self.history(self.zoe), [])
        self.assertIn((self.bob, TODAY, TODAY, "created", "parent"), self.history(self.acme))
        self.assertIn((self.ann, CREATED, False, "created", False), self.history(self.acme))
        self.assertEqual(self.acme.churn_assignment_ids.filtered(lambda r: r.user_id == self.bob).account_name, "Zoe")
        self.assertEqual(member.account_id, self.acme)
        self.assertEqual(self.history(self.acme, "team"), [(self.cid, TODAY, False, "manual", False)])
        self.assertEqual(line.account_id, self.acme)
        self.assertEqual(line.state, "draft")

    def test_overlap_members_move_with_a_confirmed_line(self):
        handover = self.env["churn.handover"]._plan(
            self.bob, date(2026, 3, 20), self.zoe, default_successor_id=self.cid.id
        )
        handover.line_ids.successor_id = self.cid
        handover._confirm()
        self.zoe.parent_id = self.acme
        line = handover.line_ids.filtered("account_id")
        self.assertEqual((line.account_id, line.state), (self.acme, "confirmed"))
        self.assertEqual(self.acme.churn_member_ids.mapped("origin"), ["overlap"])

    def test_line_of_an_account_in_the_same_plan_is_dropped(self):
        self.acme.user_id = self.bob
        handover = self.env["churn.handover"]._plan(self.bob, date(2026, 6, 1), self.zoe | self.acme)
        self.zoe.parent_id = self.acme
        self.assertEqual(handover.line_ids.account_id, self.acme)
        self.assertEqual(len(handover.line_ids), 2)

    def test_confirmed_line_of_an_account_in_the_same_plan_is_cancelled(self):
        self.acme.user_id = self.bob
        handover = self.env["churn.handover"]._plan(
            self.bob, date(2026, 6, 1), self.zoe | self.acme, default_successor_id=self.cid.id
        )
        handover.line_ids.successor_id = self.cid
        handover._confirm()
        self.zoe.parent_id = self.acme
        cancelled = handover.line_ids.filtered(lambda line: line.state == "cancelled")
        self.assertEqual((cancelled.account_name, cancelled.account_id.id), ("Zoe", False))
        self.assertIn("Acme", cancelled.stop_reason)
        self.assertEqual(handover.line_ids.filtered("account_id").account_id, self.acme)

    def test_becoming_an_account_again(self):
        self.zoe.parent_id = self.acme
        with freeze_time("2026-04-01"):
            self.zoe.parent_id = False
        self.assertEqual(self.history(self.zoe), [(self.bob, date(2026, 4, 1), False, "split", False)])

    def test_contact_that_becomes_a_company(self):
        self.buyer.write({"is_company": True, "user_id": self.cid.id})
        self.assertEqual(self.history(self.buyer), [(self.cid, TODAY, False, "split", False)])


@freeze_time(TODAY)
class TestNightlyComparison(AccountCase):
    def compare(self):
        with self.enter_registry_test_mode():
            self.env.ref("churn_handover.cron_assignment_compare").method_direct_trigger()
        self.env.invalidate_all()

    def sql(self, query, *values):
        self.env.flush_all()
        self.env.cr.execute(query, values)
        self.env.invalidate_all()

    def test_owner_changed_in_sql(self):
        self.sql("UPDATE res_partner SET user_id = %s WHERE id = %s", self.bob.id, self.acme.id)
        self.compare()
        self.assertEqual(
            self.history(self.acme),
            [(self.ann, CREATED, TODAY, "created", "found"), (self.bob, TODAY, False, "found", False)],
        )

    def test_owner_removed_and_account_archived_in_sql(self):
        other = self.env["res.partner"].create({"name": "Other", "user_id": self.ann.id})
        self.sql("UPDATE res_partner SET user_id = NULL WHERE id = %s", self.acme.id)
        self.sql("UPDATE res_partner SET active = FALSE WHERE id = %s", other.id)
        self.compare()
        self.assertEqual(self.history(self.acme), [(self.ann, CREATED, TODAY, "created", "found")])
        self.assertEqual(self.history(other), [(self.ann, TODAY, TODAY, "created", "found")])

    def test_account_made_in_sql(self):
        self.sql("DELETE FROM churn_assignment WHERE account_id = %s", self.acme.id)
        self.compare()
        self.assertEqual(self.history(self.acme), [(self.ann, TODAY, False, "found", False)])

    def test_nothing_to_find(self):
        before = self.history(self.acme)
        rows = self.env["churn.assignment"].search([])
        self.compare()
        self.assertEqual(self.history(self.acme), before)
        self.assertEqual(self.env["churn.assignment"].search([]), rows)

    def test_in_steps(self):
        accounts = self.env["res.partner"].create([{"name": str(n), "user_id": self.ann.id} for n in range(7)])
        self.sql("UPDATE res_partner SET user_id = %s WHERE id = ANY(%s)", self.bob.id, accounts.ids)
        self.patch(assignment_nightly, "BATCH", 3)
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.env(cr=cr)["churn.assignment"]._cron_compare(batch=3)
        self.env.invalidate_all()
        running = accounts.churn_assignment_ids.filtered(lambda row: not row.date_to)
        self.assertEqual((len(running), running.user_id), (7, self.bob))

    def test_members_changed_in_sql(self):
        kept, ended, gone = (self.member(user) for user in (self.bob, self.cid, self.ann))
        self.sql("UPDATE churn_team_member SET user_id = %s WHERE id = %s", self.manager.id, kept.id)
        self.sql("UPDATE churn_team_member SET date_to = '2026-03-20' WHERE id = %s", ended.id)
        self.sql("DELETE FROM churn_team_member WHERE id = %s", gone.id)
        self.sql(
            "INSERT INTO churn_team_member (account_id, user_id, role_id, date_from, origin, backup_rank) "
            "VALUES (%s, %s, %s, '2026-02-01', 'manual', 1)",
            self.acme.id,
            self.bob.id,
            self.other_role.id,
        )
        self.compare()
        self.assertCountEqual(
            self.history(self.acme, "team"),
            [
                (self.bob, TODAY, TODAY, "manual", "found"),
                (self.manager, TODAY, False, "found", False),
                (self.cid, TODAY, date(2026, 3, 20), "manual", "found"),
                (self.ann, TODAY, TODAY, "manual", "found"),
                (self.bob, date(2026, 2, 1), False, "found", False),
            ],
        )


@freeze_time(TODAY)
class TestSeed(AccountCase):
    """What the database knows at installation becomes history."""

    def setUp(self):
        super().setUp()
        self.env["churn.assignment"].search([]).sudo().unlink()
        self.account = self.env["res.partner"].create({"name": "Old", "is_company": True})
        self.env.flush_all()
        self.env.cr.execute("UPDATE res_partner SET create_date = '2024-01-01' WHERE id = %s", [self.account.id])

    def owned_by(self, user):
        self.env.cr.execute("UPDATE res_partner SET user_id = %s WHERE id = %s", [user.id, self.account.id])
        self.env.invalidate_all()

    def track(self, day, old, new):
        message = self.env["mail.message"].create(
            {"model": "res.partner", "res_id": self.account.id, "date": datetime.fromisoformat(day)}
        )
        self.env["mail.tracking.value"].create(
            {
                "mail_message_id": message.id,
                "field_id": self.env["ir.model.fields"]._get("res.partner", "user_id").id,
                "old_value_integer": old.id,
                "new_value_integer": new.id,
            }
        )

    def sell(self, day, user):
        order = self.order(self.account, user=user)
        order.write({"state": "sale", "date_order": datetime.fromisoformat(day)})

    def seeded(self):
        self.env["churn.assignment"]._seed()
        return [(user, start, end) for user, start, end, *_reasons in self.history(self.account)]

    def test_only_todays_owner_known(self):
        self.owned_by(self.ann)
        self.assertEqual(self.seeded(), [(self.ann, date(2024, 1, 1), False)])
        self.assertEqual(self.history(self.account)[0][3:], ("seed", False))

    def test_tracked_changes(self):
        self.owned_by(self.cid)
        self.track("2024-06-01", self.ann, self.bob)
        self.track("2025-06-01", self.bob, self.cid)
        self.sell("2024-02-02", self.cid)
        self.assertEqual(
            self.seeded(),
            [
                (self.ann, date(2024, 1, 1), date(2024, 6, 1)),
                (self.bob, date(2024, 6, 1), date(2025, 6, 1)),
                (self.cid, date(2025, 6, 1), False),
            ],
        )

    def test_tracked_pause_without_owner(self):
        nobody = self.env["res.users"]
        self.owned_by(self.bob)
        self.track("2024-06-01", self.ann, nobody)
        self.track("2025-06-01", nobody, self.bob)
        self.assertEqual(
            self.seeded(),
            [(self.ann, date(2024, 1, 1), date(2024, 6, 1)), (self.bob, date(2025, 6, 1), False)],
        )

    def test_changed_round_the_orm_since_the_last_tracked_change(self):
        self.owned_by(self.cid)
        self.track("2024-06-01", self.ann, self.bob)
        self.assertEqual(self.seeded()[1:], [(self.bob, date(2024, 6, 1), TODAY), (self.cid, TODAY, False)])

    def test_salespeople_of_orders(self):
        self.owned_by(self.bob)
        for day, user in (("2024-03-01", self.ann), ("2024-05-01", self.ann), ("2025-01-01", self.bob)):
            self.sell(day, user)
        self.assertEqual(
            self.seeded(),
            [(self.ann, date(2024, 3, 1), date(2025, 1, 1)), (self.bob, date(2025, 1, 1), False)],
        )

    def test_owner_who_never_sold_follows_the_last_who_did(self):
        self.owned_by(self.cid)
        self.sell("2025-01-01", self.bob)
        self.sell("2025-02-01", self.bob)
        self.assertEqual(
            self.seeded(), [(self.bob, date(2025, 1, 1), date(2025, 2, 1)), (self.cid, date(2025, 2, 1), False)]
        )

    def test_orders_of_contacts_count(self):
        contact = self.env["res.partner"].create({"name": "Contact", "parent_id": self.account.id})
        self.owned_by(self.ann)
        order = self.order(contact, user=self.bob)
        order.write({"state": "sale", "date_order": "2025-01-01 00:00:00"})
        self.assertEqual(self.seeded()[0], (self.bob, date(2025, 1, 1), date(2025, 1, 1)))

    def test_archived_account_has_no_running_row(self):
        self.owned_by(self.ann)
        self.env.cr.execute(
            "UPDATE res_partner SET active = FALSE, write_date = '2025-05-05' WHERE id = %s", [self.account.id]
        )
        self.env.invalidate_all()
        self.assertEqual(self.seeded(), [(self.ann, date(2024, 1, 1), date(2025, 5, 5))])

    def test_twice_is_once(self):
        self.owned_by(self.ann)
        self.assertEqual(self.seeded(), self.seeded())

    def test_then_the_comparison_finds_nothing(self):
        self.owned_by(self.ann)
        self.track("2024-06-01", self.ann, self.bob)
        self.seeded()
        self.assertEqual(self.env["churn.assignment"]._count_mismatches(), 0)
