"""Absences: planning, access, the return, and who may plan what."""

from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user

from .common_absence import AbsenceCase
from .common_handover import REP


class TestPlanning(AbsenceCase):
    def test_each_account_gets_its_own_first_backup(self):
        self.backup(self.acme, self.bob)
        self.backup(self.acme, self.cid, rank=2)
        self.backup(self.bolt, self.cid)
        absence = self.away(confirm=False)
        covers = {line.account_id: line.cover_id for line in absence.line_ids}
        nobody = self.env["res.users"]
        self.assertEqual(covers, {self.acme: self.bob, self.bolt: self.cid, self.core: nobody})
        self.assertEqual((absence.line_count, absence.uncovered_count), (3, 0))
        self.assertEqual(absence.cover_names, "Bob, Cid, Ann")

    def test_a_backup_who_is_away_is_not_proposed(self):
        self.backup(self.acme, self.bob)
        self.backup(self.acme, self.cid, rank=2)
        self.away(first=2, last=3, user=self.bob, cover=self.ann)
        absence = self.away(confirm=False)
        self.assertEqual(self.line_of(absence, self.acme).cover_id, self.cid)

    def test_a_rep_plans_in_the_small_door(self):
        self.backup(self.acme, self.bob)
        with Form(self.env["churn.absence.plan"].with_user(self.old)) as form:
            self.assertEqual(form.user_id, self.old)
            self.assertEqual(form.cover_id, self.bob, "the backup of most accounts")
            form.date_from = self.today + timedelta(days=7)
            self.assertEqual(form.date_to, self.today + timedelta(days=7))
            form.date_to = self.today + timedelta(days=11)
            form.note = "Acme waits for a price"
            self.assertIn("Bob", form.proposal)
        action = form.record.action_plan()
        absence = self.env["churn.absence"].browse(action["res_id"])
        self.assertEqual((absence.user_id, absence.state, absence.line_count), (self.old, "draft", 3))
        self.assertEqual(absence.note, "Acme waits for a price")

    def test_the_leader_is_proposed_when_there_is_no_backup(self):
        absence = self.away(confirm=False)
        self.assertEqual(absence._propose_cover(), self.leader)

    def test_the_door_opens_for_the_employee_on_the_screen(self):
        employee = self.env["hr.employee"].create({"name": "Olga", "user_id": self.old.id})
        door = self.env["churn.absence.plan"].with_user(self.leader)
        door = door.with_context(active_model="hr.employee", active_ids=employee.ids)
        self.assertEqual(door.default_get(["user_id"])["user_id"], self.old.id)

    def test_what_a_cover_has_on_the_desk_is_shown(self):
        self.env["churn.capacity"].search([]).unlink()
        self.env["churn.capacity"].create({"user_id": self.ann.id, "account_limit": 2})
        self.account("Own", owner=self.ann)
        absence = self.away(confirm=False)
        self.assertIn("1 of 2", absence.load_summary)
        self.assertIn("text-danger", absence.load_summary, "three accounts more are too many")

    def test_nonsense_is_refused_with_the_reason(self):
        with self.assertRaisesRegex(ValidationError, "cannot cover for themselves"):
            self.away(cover=self.old)
        with self.assertRaisesRegex(ValidationError, "more than 366 days"):
            self.away(last=400)
        stranger = new_test_user(self.env, login="sue", name="Sue")
        with self.assertRaisesRegex(ValidationError, "Sue has no access to sales"):
            self.away(cover=stranger)
        with self.assertRaisesRegex(UserError, "Nobody covers for Olga"):
            self.away(cover=self.env["res.users"])
        with self.assertRaisesRegex(UserError, "in the past"):
            self.away(first=-4, last=-1)

    def test_one_is_away_only_once(self):
        self.away()
        with self.assertRaisesRegex(UserError, "Olga is away already"):
            self.away(first=4, last=9)

    def test_covers_and_the_person_are_told(self):
        self.backup(self.acme, self.bob)
        absence = self.away(by=self.leader, note="Acme waits for a price")
        for user, text in ((self.bob, "customers of Olga (1)"), (self.ann, "customers of Olga (2)")):
            message = self.told(absence, user)
            self.assertEqual(len(message), 1)
            self.assertIn(text, message.body)
            self.assertIn("Acme waits for a price", message.body)
        self.assertIn("covered by", self.told(absence, self.old).body)

    def test_covers_are_told_again_only_when_something_changes_for_them(self):
        self.backup(self.acme, self.bob)
        absence = self.away()
        self.line_of(absence, self.bolt).with_user(self.old).cover_id = self.cid
        self.assertEqual([len(self.told(absence, user)) for user in (self.bob, self.ann, self.cid)], [1, 2, 1])
        self.assertIn("Changed:", self.told(absence, self.ann)[1].subject)


class TestAccess(AbsenceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.quotation(cls.acme)
        cls.deal = cls.lead(cls.acme)

    def sees(self, user):
        records = (self.order, self.order.order_line, self.deal)
        answers = {record.with_user(user).has_access(mode) for record in records for mode in ("read", "write")}
        answers |= {bool(r.with_user(user).search([("id", "=", r.id)])) for r in records}
        self.assertEqual(len(answers), 1)
        return answers.pop()

    def test_access_lasts_as_long_as_the_absence_without_any_cron(self):
        self.away(first=2, last=4)
        for days, expected in {0: False, 1: False, 2: True, 4: True, 5: False}.items():
            with self.subTest(days=days), freeze_time(self.later(days)):
                self.assertEqual(self.sees(self.ann), expected)
                self.assertFalse(self.sees(self.bob))

    def test_a_draft_gives_nobody_access(self):
        self.away(confirm=False)
        self.assertFalse(self.sees(self.ann))

    def test_owners_stay(self):
        self.away()
        self.assertEqual((self.acme.user_id, self.order.user_id, self.deal.user_id), (self.old,) * 3)

    def test_what_the_cover_makes_belongs_to_the_owner(self):
        self.away()
        form = Form(self.env["sale.order"].with_user(self.ann))
        form.partner_id = self.acme
        with form.order_line.new() as line:
            line.product_id = self.order.order_line.product_id
        order = form.save()
        order.action_confirm()
        self.assertEqual((order.user_id, order.state), (self.old, "sale"))
        form = Form(self.env["crm.lead"].with_user(self.ann))
        form.partner_id = self.acme
        form.name = "More"
        self.assertEqual(form.save().user_id, self.old)
        lead = self.env["crm.lead"].with_user(self.ann).create({"name": "Yet more", "partner_id": self.acme.id})
        self.assertEqual(lead.user_id, self.old)
        own = self.env["crm.lead"].with_user(self.ann).create({"name": "Own", "partner_id": self.account("X").id})
        self.assertEqual(own.user_id, self.old, "an account that came to Olga meanwhile is covered as well")
        other = self.account("Other", owner=self.ann)
        lead = self.env["crm.lead"].with_user(self.ann).create({"name": "Own", "partner_id": other.id})
        self.assertEqual(lead.user_id, self.ann)

    def test_early_return_ends_it_now(self):
        absence = self.away(first=-2, last=4)
        self.assertTrue(self.sees(self.ann))
        absence.with_user(self.old).action_return()
        self.assertEqual((absence.state, absence.date_to), ("over", self.today - timedelta(days=1)))
        self.assertFalse(self.sees(self.ann))
        self.assertIn("any more", self.told(absence, self.ann)[-1].body)

    def test_who_is_back_on_the_first_day_was_not_away(self):
        absence = self.away()
        absence.action_return()
        self.assertEqual(absence.state, "cancelled")
        self.assertFalse(self.sees(self.ann))

    def test_extension_and_a_cover_for_the_rest(self):
        absence = self.away(last=2)
        absence.with_user(self.old).date_to = self.today + timedelta(days=6)
        with freeze_time(self.later(6)):
            self.assertTrue(self.sees(self.ann))
        with freeze_time(self.later(3)):
            self.line_of(absence, self.acme).with_user(self.old).cover_id = self.bob
            self.assertTrue(self.sees(self.bob))
            self.assertFalse(self.sees(self.ann))
        lines = self.line_of(absence, self.acme)
        days = [(line.date_from, line.date_to, line.cover_id) for line in lines.sorted("date_from")]
        nobody = self.env["res.users"]
        self.assertEqual(
            days,
            [
                (self.today, self.today + timedelta(days=2), nobody),
                (self.today + timedelta(days=3), self.today + timedelta(days=6), self.bob),
            ],
        )
        with freeze_time(self.later(3)):
            absence.with_user(self.old).date_to = self.today + timedelta(days=4)
        self.assertEqual(max(self.line_of(absence, self.acme).mapped("date_to")), self.today + timedelta(days=4))

    def test_cancelled_before_it_began(self):
        absence = self.away(first=2, last=4)
        absence.with_user(self.old).action_cancel()
        self.assertFalse(absence.line_ids.member_ids)
        with freeze_time(self.later(3)):
            self.assertFalse(self.sees(self.ann))
        absence.with_user(self.old).action_draft()
        self.assertEqual(absence.state, "draft")

    def test_history_tells_who_covered(self):
        self.away()
        row = self.env["churn.assignment"].search([("account_id", "=", self.acme.id), ("user_id", "=", self.ann.id)])
        self.assertEqual((row.kind, row.start_reason), ("team", "absence"))
        self.assertEqual(row.date_to, self.today + timedelta(days=4))

    def test_filters_of_the_cover(self):
        self.away()
        mine = [("churn_covered_by_me", "=", True)]
        self.assertEqual(self.env["sale.order"].with_user(self.ann).search(mine), self.order)
        self.assertEqual(self.env["crm.lead"].with_user(self.ann).search(mine), self.deal)
        self.assertTrue(self.deal.with_user(self.ann).churn_covered_by_me)
        self.assertFalse(self.env["sale.order"].with_user(self.bob).search(mine))
        self.assertFalse(self.env["sale.order"].with_user(self.old).search(mine))
        self.assertNotIn(
            self.order, self.env["sale.order"].with_user(self.ann).search([("churn_covered_by_me", "=", False)])
        )

    def test_leads_of_nobodys_customer_go_to_who_covers_the_rest(self):
        loose = self.env["crm.lead"].create({"name": "Call me", "user_id": self.old.id})
        unowned = self.env["res.partner"].create({"name": "Newcomer", "is_company": True, "user_id": False})
        known = self.lead(unowned)
        foreign = self.lead(self.account("Foreign", owner=self.bob))
        self.away()
        ann = loose.with_user(self.ann)
        self.assertEqual(ann.search([("id", "in", (loose | known | foreign).ids)]), loose | known)
        self.assertTrue(ann.has_access("write") and known.with_user(self.ann).has_access("write"))
        self.assertFalse(foreign.with_user(self.ann).has_access("read"))
        self.assertFalse(loose.with_user(self.cid).has_access("read"))
        with freeze_time(self.later(5)):
            self.assertFalse(loose.with_user(self.ann).has_access("read"))

    def test_days_are_those_of_the_person_who_is_away(self):
        """New York's 2 and 3 March end at 14:00 of the 4th in Tokyo: until then, by Tokyo's days, Ann covers."""
        self.old.tz, self.ann.tz = "America/New_York", "Asia/Tokyo"
        with freeze_time("2026-02-20 12:00:00"):
            absence = self.away(confirm=False)
            absence.sudo().write({"date_from": "2026-03-02", "date_to": "2026-03-03"})
            absence.action_confirm()
        member = absence.line_ids.member_ids[:1]
        self.assertEqual((str(member.date_from), str(member.date_to)), ("2026-03-02", "2026-03-04"))
        for moment, away in {
            "2026-03-02 04:59:00": False,
            "2026-03-02 05:01:00": True,
            "2026-03-04 04:59:00": True,
            "2026-03-04 05:01:00": False,
        }.items():
            with self.subTest(moment=moment), freeze_time(moment):
                self.assertEqual(self.old.id in self.env["churn.absence"]._away_now(), away)

    def test_second_company(self):
        """Accounts of a company in which the cover does not work need another cover."""
        second = self.env["res.company"].create({"name": "Second"})
        self.old.company_ids += second
        away = self.account("Away", company_id=second.id)
        with self.assertRaisesRegex(UserError, "Ann has no access to Second"):
            self.away()
        self.bob.company_ids += second
        absence = self.away(confirm=False)
        absence.line_ids.filtered(lambda line: line.account_id == away).cover_id = self.bob
        absence.action_confirm()
        self.assertEqual(away.churn_member_ids.user_id, self.bob)
        self.assertEqual(absence.company_ids, self.old.company_ids)
        elsewhere = new_test_user(
            self.env,
            login="eve",
            groups="sales_team.group_sale_manager",
            company_id=second.id,
            company_ids=[Command.set(second.ids)],
        )
        first_only = self.away(user=self.cid, confirm=False)
        self.assertTrue(absence.with_user(elsewhere).has_access("read"))
        self.assertFalse(first_only.with_user(elsewhere).has_access("read"))

    def test_as_many_queries_for_many_accounts(self):
        def queries(count):
            user = new_test_user(self.env, login=f"rep{count}", groups=REP)
            self.env["res.partner"].create(
                [{"name": f"Mass {count}-{n}", "is_company": True, "user_id": user.id} for n in range(count)]
            )
            absence = self.away(user=user, confirm=False)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            absence.action_confirm()
            self.env.flush_all()
            spent = self.env.cr.sql_log_count - before
            self.assertEqual(len(absence.sudo().line_ids.member_ids), count)
            return spent

        queries(2)
        few = queries(20)
        self.assertLessEqual(queries(200), few + 5)


class TestChains(AbsenceCase):
    def test_the_covers_cover_covers(self):
        """In whichever order they plan."""
        order = self.quotation(self.acme)
        for olga_first in (True, False):
            with self.subTest(olga_first=olga_first):
                plans = [{"last": 9}, {"first": 3, "last": 5, "user": self.ann, "cover": self.bob}]
                absences = [self.away(**plan) for plan in (plans if olga_first else reversed(plans))]
                for days, cover in {2: self.ann, 3: self.bob, 5: self.bob, 6: self.ann}.items():
                    with freeze_time(self.later(days)):
                        for user in (self.ann, self.bob, self.cid):
                            self.assertEqual(order.with_user(user).has_access("read"), user == cover, days)
                for absence in absences:
                    absence.action_cancel()
                self.assertFalse(order.with_user(self.bob).has_access("read"))

    def test_a_circle_is_refused(self):
        self.away(last=9)
        with self.assertRaisesRegex(UserError, "would cover for each other.*(Ann → Olga → Ann|Olga → Ann → Olga)"):
            self.away(first=3, last=5, user=self.ann, cover=self.old)
        self.away(first=10, last=12, user=self.ann, cover=self.old)  # on other days they may

    def test_a_circle_of_three_by_changing_a_line_is_refused(self):
        absence = self.away(last=9)
        self.away(first=3, last=5, user=self.ann, cover=self.bob)
        self.away(first=5, last=5, user=self.bob, cover=self.cid)
        own = self.account("Own", owner=self.cid)
        self.away(first=4, last=6, user=self.cid, cover=self.leader)
        with self.assertRaisesRegex(UserError, "would cover for each other"):
            self.env["churn.absence"].search([("user_id", "=", self.cid.id)]).with_user(self.cid).cover_id = self.bob
        self.assertTrue(own)
        self.assertEqual(absence.state, "running")


class TestRights(AbsenceCase):
    def test_a_rep_plans_the_own_absence_only(self):
        with self.assertRaises(AccessError):
            self.away(by=self.bob, cover=self.bob, confirm=False)
        own = self.away(user=self.bob, cover=self.ann, confirm=False)
        with self.assertRaises(AccessError):
            own.with_user(self.bob).user_id = self.old

    def test_nobody_opens_a_foreign_account_through_an_absence(self):
        """Bob wants Acme, which is Olga's: by a line, by moving a line, by the state, by the team."""
        own = self.away(user=self.bob, cover=self.cid, confirm=False)
        self.account("Bob's", owner=self.bob)
        own.action_refresh()
        line = own.line_ids.with_user(self.bob)
        lines = self.env["churn.absence.line"].with_user(self.bob)
        values = {
            "absence_id": own.id,
            "account_id": self.acme.id,
            "cover_id": self.bob.id,
            "date_from": self.today,
            "date_to": self.today,
        }
        foreign = self.away(confirm=False)
        for attack in (
            lambda: lines.create(values),
            lambda: own.with_user(self.bob).write({"line_ids": [Command.create(values)]}),
            lambda: line.write({"account_id": self.acme.id}),
            lambda: line.write({"absence_id": foreign.id}),
            lambda: line.write({"date_to": self.today + timedelta(days=300)}),
            lambda: line.unlink(),
            lambda: own.with_user(self.bob).write({"state": "running"}),
            lambda: own.with_user(self.bob).write({"tz": "Asia/Tokyo"}),
            lambda: own.with_user(self.bob).write({"company_ids": [Command.clear()]}),
            lambda: foreign.with_user(self.bob).action_confirm(),
            lambda: foreign.with_user(self.bob).read(["note"]),
            lambda: foreign.with_user(self.bob).write({"cover_id": self.bob.id}),
            lambda: foreign.line_ids.with_user(self.bob).write({"cover_id": self.bob.id}),
            lambda: foreign.with_user(self.bob).unlink(),
            lambda: foreign.with_user(self.bob).action_cancel(),
            lambda: foreign.with_user(self.bob).action_refresh(),
            lambda: self.env["churn.absence"].with_user(self.bob).action_look_for_leaves(),
            lambda: self.env["churn.team.member"]
            .with_user(self.bob)
            .create({"account_id": self.acme.id, "user_id": self.bob.id, "role_id": self.role.id}),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                attack()
            self.env.invalidate_all()
        self.assertNotIn(self.bob, self.acme.churn_member_ids.user_id)

    def test_a_cover_reads_and_changes_nothing(self):
        absence = self.away(note="Secret price")
        own = absence.with_user(self.ann)
        self.assertEqual(own.note, "Secret price")
        self.assertFalse(own.may_edit)
        for attack in (
            lambda: own.write({"date_to": self.today + timedelta(days=90)}),
            lambda: own.line_ids.write({"cover_id": self.ann.id}),
            lambda: own.action_return(),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                attack()
            self.env.invalidate_all()
        self.assertFalse(absence.with_user(self.bob).has_access("read"))

    def test_a_leader_plans_for_own_members_only(self):
        self.away(by=self.leader)
        with self.assertRaises(AccessError):
            self.away(user=self.bob, cover=self.ann, by=self.leader)
        self.away(user=self.bob, cover=self.cid, by=self.manager)

    def test_cover_rows_of_a_team_change_by_the_absence_only(self):
        absence = self.away()
        member = absence.line_ids.member_ids[:1].with_user(self.manager)
        with self.assertRaisesRegex(UserError, "absence"):
            member.date_to = self.today + timedelta(days=300)
        with self.assertRaisesRegex(UserError, "absence"):
            member.unlink()

    def test_what_was_confirmed_stays(self):
        absence = self.away()
        with self.assertRaisesRegex(UserError, "traceable"):
            absence.with_user(self.old).unlink()
        with freeze_time(self.later(6)):
            self.run_cron()
            with self.assertRaisesRegex(UserError, "is over"):
                absence.with_user(self.old).date_to = self.today + timedelta(days=30)

    def test_nobody_reaches_the_past(self):
        absence = self.away(first=-3, last=4)
        with self.assertRaisesRegex(UserError, "in the past"):
            absence.with_user(self.old).date_to = self.today - timedelta(days=1)
        with self.assertRaisesRegex(UserError, "has begun"):
            absence.with_user(self.old).date_from = self.today
