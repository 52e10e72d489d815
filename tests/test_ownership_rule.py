from lxml import html

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user

from odoo.addons.churn_handover.models.handover import handover_run

from .common_handover import REP, HandoverCase


class TestRules(HandoverCase):
    def rule(self, **values):
        return self.env["churn.ownership.rule"].create(
            {
                "name": "Test",
                "res_model": "utm.campaign",
                "field_name": "user_id",
                "domain": "[('id', '>', 0)]",
                **values,
            }
        )

    def test_every_shipped_rule_fits_the_installed_apps(self):
        """A rule whose app is installed finds its field, its domain searches, its path leads to a partner."""
        rules = self.env["churn.ownership.rule"].search([])
        self.assertGreater(len(rules), 50)
        for rule in rules.filtered("installed"):
            with self.subTest(rule=rule.name):
                rule._check_rule()
                rule._find(self.old)

    def test_no_business_field_is_without_rule(self):
        gaps = self.env["churn.ownership.gap"].search([("technical", "=", False)])
        self.assertFalse([(gap.res_model, gap.field_name) for gap in gaps])

    def test_a_field_without_rule_is_reported_with_its_records(self):
        rule = self.env.ref("churn_handover.ownership_rule_campaign")
        self.env["utm.campaign"].search([]).user_id = self.bob
        self.env["utm.campaign"].create(
            [{"name": "Spring", "user_id": self.old.id}, {"name": "May", "user_id": self.old.id}]
        )
        before = self.env["utm.campaign"].search_count([("user_id", "!=", False)])
        rule.unlink()
        gap = self.env["churn.ownership.gap"].search([("technical", "=", False)])
        self.assertEqual((gap.res_model, gap.field_name), ("utm.campaign", "user_id"))
        self.assertEqual((gap.record_count, gap.archived_count), (before, 0))
        self.old.with_context(churn_archive_only=True).active = False
        gap.invalidate_recordset()
        self.assertEqual(gap.archived_count, 2)
        context = gap.action_make_rule()["context"]
        self.env["churn.ownership.rule"].with_context(**context).create({})
        self.assertFalse(self.env["churn.ownership.gap"].search([("technical", "=", False)]))

    def test_technical_fields_are_marked_not_lost(self):
        gaps = {(gap.res_model, gap.field_name): gap.technical for gap in self.env["churn.ownership.gap"].search([])}
        for key in (
            ("crm.lead", "create_uid"),
            ("sale.order.line", "salesman_id"),
            ("res.groups", "user_ids"),
            ("res.users.settings", "user_id"),
        ):
            self.assertTrue(gaps[key], key)
        for key in (("sale.report", "user_id"), ("crm.lead2opportunity.partner", "user_id")):
            self.assertNotIn(key, gaps, "views and dialogs store nobody")

    def test_the_screen_is_the_managers(self):
        self.env["churn.ownership.gap"].with_user(self.manager).search([])
        with self.assertRaises(AccessError):
            self.env["churn.ownership.gap"].with_user(self.ann).search([])
        with self.assertRaises(AccessError):
            self.env["churn.ownership.rule"].with_user(self.ann).search([])

    def test_bad_rules_are_refused_with_the_reason(self):
        for values, message in (
            ({"field_name": "nobody_id"}, "no stored field nobody_id"),
            ({"field_name": "name"}, "no stored field name"),
            ({"domain": "[('id', '='"}, "cannot be read"),
            ({"domain": "[('nothing', '=', 1)]"}, "does not fit"),
            ({"account_path": "stage_id"}, "does not fit"),
            ({"account_path": "nothing_id"}, "does not fit"),
            ({"policy": "unsubscribe"}, "several people"),
        ):
            with self.subTest(values=values):
                with self.assertRaises(ValidationError) as refused:
                    self.rule(**values)
                self.assertIn(message, str(refused.exception))

    def test_a_rule_for_an_app_that_is_not_installed_sleeps(self):
        rule = self.rule(res_model="not.installed", field_name="user_id")
        self.assertFalse(rule.installed)
        self.assertNotIn(rule, self.env["churn.ownership.rule"].search([("installed", "=", True)]))
        self.assertIn(rule, self.env["churn.ownership.rule"].search([("installed", "=", False)]))
        self.assertEqual(self.run_plan().state, "done")

    def test_a_new_rule_moves_its_records(self):
        """An administrator's rule on a model that we know nothing about works like the shipped ones."""
        self.env["churn.ownership.rule"].search([("res_model", "=", "hr.job")]).unlink()
        job = self.env["hr.job"].create({"name": "Sales", "user_id": self.old.id})
        self.rule(res_model="hr.job", domain="[]")
        handover = self.run_plan()
        self.assertEqual(job.user_id, self.ann)
        handover.action_undo()
        self.assertEqual(job.user_id, self.old)

    def test_an_archived_rule_does_nothing(self):
        self.env.ref("churn_handover.ownership_rule_campaign").active = False
        campaign = self.env["utm.campaign"].create({"name": "Spring", "user_id": self.old.id})
        self.run_plan()
        self.assertEqual(campaign.user_id, self.old)

    def test_what_is_only_reported_is_shown_and_left(self):
        job = self.env["hr.job"].create({"name": "Sales", "user_id": self.old.id})
        handover = self.plan()
        row = self.preview(handover)["Job positions"]
        self.assertEqual((row.policy, row.record_count), ("report", 1))
        handover.action_run_now()
        self.assertEqual(job.user_id, self.old)

    def test_a_scheduled_letter_is_signed_by_the_successor(self):
        message = self.env["mail.scheduled.message"].create(
            {
                "model": "res.partner",
                "res_id": self.bolt.id,
                "body": "See you",
                "author_id": self.old.partner_id.id,
                "scheduled_date": fields.Datetime.add(fields.Datetime.now(), days=30),
            }
        )
        self.run_plan({self.bolt: self.bob})
        self.assertEqual(message.author_id, self.bob.partner_id)

    def test_places_on_account_teams_end(self):
        foreign = self.account("Foreign", owner=self.bob)
        member = self.env["churn.team.member"].create(
            {
                "account_id": foreign.id,
                "user_id": self.old.id,
                "role_id": self.env.ref("churn_handover.role_service").id,
                "date_from": fields.Date.add(self.today, days=-30),
            }
        )
        handover = self.run_plan()
        self.assertEqual(member.date_to, self.today)
        handover.action_undo()
        self.assertFalse(member.date_to)

    # What the screens show

    def preview(self, handover):
        action = handover.action_preview()
        rows = self.env["churn.handover.preview"].with_user(handover.env.user).search(action["domain"])
        return {row.rule_id.name: row for row in rows}

    def test_the_preview_is_what_then_happens(self):
        leads = self.lead(self.acme) | self.lead(self.bolt)
        self.quotation(self.bolt)
        self.todo()
        handover = self.plan({self.bolt: self.bob})
        rows = self.preview(handover)
        self.assertEqual(rows["Leads and opportunities"].record_count, 2)
        self.assertEqual(set(rows["Leads and opportunities"].record_ids), set(leads.ids))
        self.assertEqual(rows["Leads and opportunities"].receivers, "Ann 1, Bob 1")
        self.assertEqual(rows["Accounts and contacts"].record_count, 3)
        self.assertEqual(rows["Personal to-dos"].policy, "close")
        action = rows["Leads and opportunities"].action_open_records()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), leads)
        self.assertEqual(
            sum(row.record_count for row in rows.values() if row.policy in ("move", "close")), handover.open_count
        )
        handover.action_run_now()
        for row in rows.values():
            if row.policy == "move":
                changed = self.env["churn.change"].search(
                    [("handover_id", "=", handover.id), ("rule_id", "=", row.rule_id.id)]
                )
                owner = changed.filtered(lambda change, row=row: change.field_name == row.rule_id.field_name)
                self.assertEqual(set(owner.mapped("res_id")), set(row.record_ids), row.rule_id.name)

    def test_the_load_counts_now_and_after(self):
        self.lead(self.bolt)
        self.lead(self.acme, user_id=self.bob.id, partner_id=self.account("Bobs", owner=self.bob).id)
        handover = self.plan({self.bolt: self.bob})
        table = html.fromstring(handover.load_table)
        rows = {
            row.xpath("string(td[1])").strip(): [" ".join(cell.text_content().split()) for cell in row.xpath("td")[1:]]
            for row in table.xpath("//tbody/tr")
        }
        self.assertEqual(rows["Bob"][:2], ["1 → 2 of 150", "1 → 2"])
        self.assertEqual(rows["Ann"][:2], ["0 → 2 of 150", "0"])

    def test_many_lines_get_a_successor_at_once(self):
        handover = self.plan()
        lines = handover.line_ids.filtered(lambda line: line.account_id in self.acme | self.bolt)
        wizard = self.env["churn.handover.assign"].with_user(self.manager).with_context(active_ids=lines.ids)
        wizard.create({"successor_id": self.bob.id}).action_assign()
        self.assertEqual(lines.successor_id, self.bob)
        self.assertEqual((handover.line_ids - lines).successor_id, self.ann)

    def test_the_log_reads_in_words(self):
        lead = self.lead(self.bolt)
        handover = self.run_plan({self.bolt: self.bob})
        changes = (
            self.env["churn.change"]
            .with_user(self.manager)
            .search([("handover_id", "=", handover.id), ("res_model", "=", "crm.lead"), ("res_id", "=", lead.id)])
        )
        by_field = {change.field_name: change for change in changes if change.field_name != "message_follower_ids"}
        self.assertEqual(
            (by_field["user_id"].field_label, by_field["user_id"].old_text, by_field["user_id"].new_text),
            ("Salesperson", "Olga", "Bob"),
        )
        self.assertEqual(by_field["team_id"].new_text, "South")
        self.assertTrue(by_field["user_id"].is_owner)
        self.assertFalse(by_field["team_id"].is_owner)
        owners = changes.search([("id", "in", changes.ids), ("is_owner", "=", True)])
        self.assertEqual(owners, by_field["user_id"])

    def test_raw_values_and_links_are_hidden(self):
        self.meeting(self.bolt)
        handover = self.run_plan({self.bolt: self.bob})
        token = (
            self.env["churn.change"]
            .with_user(self.manager)
            .search([("handover_id", "=", handover.id), ("field_name", "=", "access_token")])
        )
        self.assertEqual((token.old_text, token.new_text), ("•••", "•••"))
        with self.assertRaises(AccessError):
            token.read(["old_value"])


class TestBackground(HandoverCase):
    def test_a_large_plan_runs_in_the_background_with_progress(self):
        self.patch(handover_run, "BACKGROUND_FROM", 2)
        self.patch(handover_run, "BATCH", 2)
        handover = self.plan()
        action = handover.action_run_now()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(handover.state, "running")
        self.assertEqual(self.acme.user_id, self.old)
        cron = self.env.ref("churn_handover.cron_handover")
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]))
        seen = []
        batches = type(handover)._batches

        def watched(plan):
            for moved in batches(plan):
                seen.append(round(plan.progress))
                yield moved

        self.patch(type(handover), "_batches", watched)
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(seen, [50, 75, 100])
        self.assertEqual(handover.state, "done")
        self.assertEqual((self.acme | self.bolt | self.core).user_id, self.ann)

    def test_a_large_plan_may_have_been_made_a_moment_ago(self):
        """Its tables then count as empty: statistics are brought up to date before, for a small plan they are not."""
        refreshed = []
        self.patch(type(self.env["churn.statistics"]), "_refresh", lambda model: refreshed.append(model._name))
        self.plan(accounts=self.acme).action_run_now()
        self.assertFalse(refreshed)
        self.patch(handover_run, "BATCH", 1)
        self.plan(accounts=self.bolt | self.core).action_run_now()
        self.assertEqual(refreshed, ["churn.statistics"])

    def test_a_plan_that_fails_does_not_keep_others_waiting(self):
        broken = self.plan(accounts=self.acme, kind="rotation")
        fine = self.plan(accounts=self.bolt, kind="rotation")
        (broken | fine).line_ids.tier_id = False  # no gates to wait for
        (broken | fine).action_confirm()
        transfer = type(self.env["churn.transfer"])
        execute = transfer._execute

        def fail(engine, handover, lines, scan):
            if handover == broken:
                raise RuntimeError("a bug in somebody's module")
            return execute(engine, handover, lines, scan)

        self.patch(transfer, "_execute", fail)
        with self.enter_registry_test_mode(), self.assertLogs("odoo.addons.churn_handover", "ERROR"):
            self.env.ref("churn_handover.cron_handover").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.bolt.user_id, self.ann)
        self.assertEqual(self.acme.user_id, self.old)
        self.assertEqual((fine.state, broken.state), ("done", "confirmed"))


class TestStrangers(HandoverCase):
    def test_a_rep_without_plan_sees_no_rule_and_no_log(self):
        rep = new_test_user(self.env, login="rep", groups=REP)
        for model in ("churn.change", "churn.ownership.rule", "churn.handover.preview", "churn.handover.assign"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(rep).search([])
