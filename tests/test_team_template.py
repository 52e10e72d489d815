"""Templates: who joins which team, seen before it is written; nobody is ever taken off."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tests import new_test_user

from .common_handover import MANAGER, REP
from .common_team import TeamCase


class TemplateCase(TeamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["churn.team.template"].search([]).active = False
        cls.executive = cls.env.ref("churn_handover.role_leader")
        cls.technical = cls.env.ref("churn_handover.role_technical")

    def template(self, *lines, **values):
        return self.env["churn.team.template"].create(
            {
                "name": "Test",
                "line_ids": [Command.create({"role_id": self.role.id, **line}) for line in lines],
                **values,
            }
        )

    def backup(self, **values):
        return self.template({"who": "user", "user_id": self.dan.id, "is_backup": True}, **values)

    def preview(self, accounts=None, user=None, **values):
        context = {"active_model": "res.partner", "active_ids": accounts.ids} if accounts else {}
        wizard = self.env["churn.team.apply"].with_user(user or self.manager).with_context(**context).create(values)
        wizard.action_preview()
        return wizard

    def joins(self, wizard):
        return {
            (line.account_id.name, line.user_id.name, line.outcome)
            for line in wizard.line_ids.sudo()
            if line.account_id in self.acme | self.bolt | self.core
        }

    def serving(self, account=None):
        return (account or self.acme).churn_member_ids.user_id


class TestApply(TemplateCase):
    def test_preview_then_apply(self):
        self.backup()
        wizard = self.preview(self.acme | self.bolt)
        self.assertEqual(self.joins(wizard), {("Acme", "Dan", "add"), ("Bolt", "Dan", "add")})
        self.assertEqual((wizard.add_count, wizard.add_account_count, wizard.fitting_count), (2, 2, 2))
        self.assertFalse(self.serving(), "a preview writes nothing")
        wizard.add_line_ids.filtered(lambda line: line.account_id == self.bolt).take = False
        wizard.action_apply()
        self.assertEqual((self.serving(), self.serving(self.bolt)), (self.dan, self.env["res.users"]))
        self.assertTrue(self.acme.churn_member_ids.is_backup)
        row = self.acme.churn_assignment_ids.filtered(lambda one: one.user_id == self.dan)
        self.assertEqual(row.start_reason, "template")
        self.commit()
        self.assertFalse(self.row(self.acme).coverage_gap)

    def test_nobody_is_taken_off_and_a_filled_role_stays(self):
        mine = self.serve(self.ann)
        self.backup()
        wizard = self.preview(self.acme)
        self.assertEqual(self.joins(wizard), {("Acme", False, "filled")})
        with self.assertRaises(UserError):
            wizard.action_apply()
        self.assertEqual(self.acme.churn_member_ids, mine)

    def test_a_backup_is_added_only_where_one_is_missing(self):
        self.serve(self.ann, is_backup=True, role_id=self.service.id)
        gone = self.serve(self.bob, self.bolt, is_backup=True)
        self.bob.with_context(churn_archive_only=True).active = False
        self.backup()
        wizard = self.preview(self.acme | self.bolt)
        self.assertEqual(self.joins(wizard), {("Acme", False, "backed"), ("Bolt", "Dan", "add")})
        wizard.action_apply()
        self.assertIn(gone, self.bolt.churn_member_ids, "nobody is taken off")

    def test_each_rule(self):
        boss = self.employ(self.leader)
        self.employ(self.old, manager=boss)
        self.past_meeting(self.buyer, self.bob.partner_id)
        self.count()
        self.template(
            {"who": "known", "role_id": self.role.id},
            {"who": "manager", "role_id": self.executive.id},
            {"who": "load", "role_id": self.technical.id},
            {"who": "leader", "role_id": self.service.id},
        )
        wizard = self.preview(self.acme)
        found = {line.role_id: (line.user_id, line.outcome) for line in wizard.line_ids}
        self.assertEqual(found[self.role], (self.bob, "add"), "was at the table")
        self.assertEqual(found[self.executive], (self.leader, "add"), "Olga's manager")
        self.assertEqual(found[self.technical], (self.ann, "add"), "the other one of the sales team North")
        self.assertEqual(found[self.service], (self.leader, "serving"), "joins as executive contact already")

    def test_which_accounts_it_is_for(self):
        industry = self.env["res.partner.industry"].create({"name": "Water"})
        tag, below = (self.env["res.partner.category"].create({"name": name}) for name in ("Public", "City"))
        below.parent_id = tag
        self.acme.industry_id = industry
        self.bolt.category_id = below
        self.core.user_id = self.bob
        self.row(self.core).write({"is_key_account": True, "value_tier": "b"})
        south = self.south
        everything = self.env["res.partner"].browse((self.acme | self.bolt | self.core).ids)
        for values, expected in (
            ({"industry_ids": industry.ids}, self.acme),
            ({"category_ids": tag.ids}, self.bolt),
            ({"team_ids": south.ids}, self.core),
            ({"key_only": True}, self.core),
            ({"value_tier": "a"}, self.env["res.partner"]),
            ({"value_tier": "b"}, self.core),
            ({}, everything),
        ):
            with self.subTest(**values):
                template = self.backup(
                    **{
                        key: value if isinstance(value, bool | str) else [Command.set(value)]
                        for key, value in values.items()
                    }
                )
                domain = template._account_domain()
                self.assertEqual(everything.search(domain & Domain("id", "in", everything.ids)), expected)
                template.unlink()

    def test_segments(self):
        segment = self.env["churn.segment"].create({"name": "Large", "domain": "[('revenue_12m', '>', 1000)]"})
        self.row(self.acme).write({"revenue_12m": 2000, "score_status": "scored"})
        self.row(self.bolt).write({"revenue_12m": 10, "score_status": "scored"})
        self.backup(segment_ids=[Command.set(segment.ids)])
        self.assertEqual(self.joins(self.preview(scope="all")), {("Acme", "Dan", "add")})

    def test_the_first_that_fits_counts(self):
        self.row(self.acme).is_key_account = True
        self.template({"who": "user", "user_id": self.bob.id}, key_only=True, sequence=1)
        self.backup(sequence=2)
        self.assertEqual(
            self.joins(self.preview(self.acme | self.bolt)), {("Acme", "Bob", "add"), ("Bolt", "Dan", "add")}
        )

    def test_only_what_is_not_covered(self):
        self.serve(self.ann, is_backup=True, role_id=self.service.id)
        self.commit()
        self.backup()
        wizard = self.preview(self.acme | self.bolt, only_uncovered=True)
        self.assertEqual(self.joins(wizard), {("Bolt", "Dan", "add")})

    def test_a_role_has_one_place(self):
        with self.assertRaises(ValidationError):
            self.template({"who": "known"}, {"who": "load"})
        with self.assertRaises(ValidationError):
            self.template({"who": "user"})

    def test_a_named_person_who_leaves_passes_the_place_on(self):
        template = self.template({"who": "user", "user_id": self.old.id})
        self.run_plan(default=self.ann, successors={self.acme: self.ann})
        self.assertEqual(template.line_ids.user_id, self.ann)

    def test_a_thousand_accounts_take_few_queries(self):
        template = self.template({"who": "load", "is_backup": True}, {"who": "leader", "role_id": self.executive.id})
        accounts = self.env["res.partner"].create([{"name": str(at), "user_id": self.old.id} for at in range(1000)])
        fitting = dict.fromkeys(accounts.ids, template)
        self.env["churn.team.template"]._proposals(fitting)
        with self.assertQueryCount(12):
            proposals = self.env["churn.team.template"]._proposals(fitting)
        self.assertEqual([row[3] for row in proposals], ["add"] * 2000)
        self.assertEqual({row[2] for row in proposals}, {self.ann.id, self.leader.id})


class TestNewAccounts(TemplateCase):
    def new(self, **values):
        account = self.env["res.partner"].create({"name": "New", "is_company": True, **values})
        self.commit()
        return account

    def test_a_new_account_has_its_team_at_once(self):
        self.backup()
        self.assertFalse(self.serving(self.new(user_id=self.old.id)), "not before a manager says so")
        self.env["churn.team.template"].search([]).is_automatic = True
        account = self.new(user_id=self.old.id)
        self.assertEqual(self.serving(account), self.dan)
        later = self.new()
        self.assertFalse(self.serving(later), "nobody owns it yet")
        later.with_user(self.manager).user_id = self.ann
        self.commit()
        self.assertEqual(self.serving(later), self.dan)

    def test_a_rep_makes_a_customer(self):
        """Reps compose no teams; what the managers said happens all the same."""
        self.backup(is_automatic=True)
        self.old.group_ids += self.env.ref("base.group_partner_manager")
        account = self.env["res.partner"].with_user(self.old).create({"name": "Won", "is_company": True})
        account.user_id = self.old
        self.commit()
        self.assertEqual(self.serving(account.sudo()), self.dan)

    def test_a_new_owner_makes_no_new_account(self):
        self.backup(is_automatic=True)
        self.acme.user_id = self.bob
        self.commit()
        self.assertFalse(self.serving())

    def test_who_was_taken_off_is_not_added_again(self):
        self.backup(is_automatic=True)
        account = self.new(user_id=self.old.id)
        account.churn_member_ids.unlink()
        self.env["churn.team.template"]._apply_automatic()
        self.assertFalse(self.serving(account))

    def test_the_night_finds_who_became_a_customer(self):
        self.env.flush_all()
        self.env.cr.execute("UPDATE churn_assignment SET date_from = date_from - 400")
        self.env.invalidate_all()
        template = self.backup(is_automatic=True)
        self.env["churn.team.template"]._apply_automatic()
        self.assertFalse(self.serving(), "an old account that never ordered is not new")
        self.quotation(self.acme).action_confirm()
        self.quotation(self.bolt).action_confirm()
        self.bolt.sale_order_ids.date_order -= timedelta(days=100)
        self.env["churn.team.template"]._apply_automatic()
        self.assertEqual((self.serving(), self.serving(self.bolt)), (self.dan, self.env["res.users"]))
        template.is_automatic = False
        self.assertFalse(template.automatic_since)


class TestTemplateRights(TemplateCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader.group_ids += cls.env.ref("churn_handover.group_churn_leader")

    def test_a_leader_composes_teams_of_led_members_only(self):
        self.backup()
        self.bolt.user_id = self.bob
        lea = new_test_user(self.env, login="lou", groups=f"{REP},churn_handover.group_churn_leader")
        self.led(lea, self.bob)
        wizard = self.preview(self.acme | self.bolt, user=lea)
        self.assertEqual(self.joins(wizard), {("Bolt", "Dan", "add")})
        wizard.add_line_ids.account_id = self.acme
        with self.assertRaises(AccessError):
            wizard.action_apply()

    def test_a_rep_does_not(self):
        self.backup()
        with self.assertRaises(AccessError):
            self.env["churn.team.apply"].with_user(self.old).create({})
        with self.assertRaises(AccessError):
            self.env["churn.team.template"].with_user(self.old).search([])
        with self.assertRaises(AccessError):
            self.env["churn.team.template"].with_user(self.leader).create({"name": "X"})

    def test_people_of_another_company_do_not_join(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.acme.company_id = other
        self.backup()
        self.assertEqual(self.joins(self.preview(self.acme, user=self.env.user)), {("Acme", False, "nobody")})
        stranger = new_test_user(
            self.env, login="eve", groups=MANAGER, company_id=other.id, company_ids=[Command.set(other.ids)]
        )
        ours = self.backup(company_id=self.env.company.id)
        self.assertNotIn(ours, self.env["churn.team.template"].with_user(stranger).search([]))
