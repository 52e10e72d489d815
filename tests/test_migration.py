"""An update brings new rules and shipped texts, and keeps what the company wrote itself."""

import runpy
from pathlib import Path

from odoo.tests import TransactionCase

ADDON = Path(__file__).parent.parent / "churn_handover"


class TestMigration(TransactionCase):
    def migrate(self, version):
        runpy.run_path(str(ADDON / "migrations" / version / "post-migration.py"))["migrate"](self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()

    def test_to_19_0_1_1_0(self):
        rule = self.env["ir.rule"].search([("name", "!=", False), ("model_id.model", "=", "churn.case")], limit=1)
        shipped = rule.domain_force
        rule.domain_force = "[(0, '=', 1)]"
        untouched, edited = self.env["churn.checklist.task"].search([], limit=2)
        hint = untouched.hint
        self.env.cr.execute('UPDATE churn_checklist_task SET hint = \'{"en_US": "as before"}\' WHERE TRUE')
        self.env.cr.execute(
            "UPDATE churn_checklist_task SET write_date = create_date + interval '1 day', write_uid = %s WHERE id = %s",
            [self.env.ref("base.user_admin").id, edited.id],
        )
        self.env.invalidate_all()
        self.migrate("19.0.1.1.0")
        self.assertEqual(rule.domain_force, shipped, "a rule is the addon's")
        self.assertEqual(untouched.hint, hint, "nobody wrote another text")
        self.assertEqual(edited.hint, "as before", "somebody did")

    def test_texts_that_come_anew_come_with_their_translations(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"].search([("name", "=", "churn_handover")])._update_translations(["zh_CN"])
        template = self.env.ref("churn_handover.letter_template").with_context(lang="zh_CN")
        shipped = template.body_html
        self.assertIn("尊敬的", shipped)
        self.env.cr.execute(
            'UPDATE mail_template SET body_html = body_html || \'{"zh_CN": "of before"}\' WHERE id = %s', [template.id]
        )
        self.env.invalidate_all()
        self.assertEqual(str(template.body_html), "of before")
        self.migrate("19.0.1.3.0")
        self.assertEqual(template.body_html, shipped)

    def test_steps_that_nobody_changed_learn_with_which_gate_they_are_done(self):
        untouched, edited = (
            self.env.ref(f"churn_handover.activity_step_key_{name}") for name in ("dossier", "prepare")
        )
        (untouched | edited).churn_done_with = False
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_activity_plan_template SET write_date = create_date + interval '1 day', write_uid = %s"
            " WHERE id = %s",
            [self.env.ref("base.user_admin").id, edited.id],
        )
        self.env.invalidate_all()
        self.migrate("19.0.1.2.0")
        self.assertEqual((untouched.churn_done_with, edited.churn_done_with), ("dossier", False))

    def test_costs_that_all_companies_shared_become_those_of_each(self):
        call = self.env.ref("churn_handover.measure_call")
        other = self.env["res.company"].create({"name": "Other"})
        call.cost = 0
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE churn_measure DROP COLUMN cost")
        self.env.cr.execute("ALTER TABLE churn_measure ADD COLUMN cost numeric")
        self.env.cr.execute("UPDATE churn_measure SET cost = 40 WHERE id = %s", [call.id])
        migration = runpy.run_path(str(ADDON / "migrations" / "19.0.1.3.0" / "pre-migration.py"))["migrate"]
        for _again in range(2):
            migration(self.env.cr, "19.0.1.2.0")
            self.env.invalidate_all()
            self.assertEqual((call.cost, call.with_company(other).cost), (40, 40))
        self.assertEqual(self.env.ref("churn_handover.measure_visit").cost, 0)

    def test_segments_called_by_their_rule_lose_the_name_of_one_language(self):
        segments = self.env["churn.segment"]
        self.env["res.lang"]._activate_lang("zh_CN")
        rule = [["breadth", None, 1], ["owner_days", 365, None]]
        # lists and not tuples, numbers and not text: as the program wrote them, also when the rule has moved since
        english, chinese = (
            "; ".join(segments.with_context(lang=lang)._condition_text(*part) for part in rule)
            for lang in ("en_US", "zh_CN")
        )
        by_english, by_chinese, everybody, named, by_hand = segments.create(
            [
                {"kind": "found", "rule": [["breadth", None, 2], ["owner_days", 365, None]], "own_name": english},
                {"kind": "found", "rule": rule, "own_name": chinese},
                {"kind": "found", "rule": [], "own_name": "All customers"},
                {"kind": "found", "rule": rule, "own_name": "Breadth; the silent ones"},
                {"kind": "manual", "own_name": "All customers"},
            ]
        )
        self.migrate("19.0.1.3.0")
        self.assertFalse((by_english + by_chinese + everybody).filtered("own_name"))
        self.assertEqual((named.name, by_hand.name), ("Breadth; the silent ones", "All customers"))
        self.assertEqual(by_english.name, " · ".join(by_english.rule_text.split("\n")))

    def test_briefs_get_their_new_rules_and_places_without_a_mailing_are_given_back(self):
        rule = self.env.ref("churn_handover.rule_brief_manager")
        shipped = rule.domain_force
        self.assertIn("company_ids", shipped)
        rule.domain_force = "[(1, '=', 1)]"
        mailing = self.env["mailing.mailing"].create({"subject": "Waiting"})
        values = {"company_id": self.env.company.id, "state": "reserved"}
        lost, waiting = self.env["churn.place"].create(
            [{**values, "email": "a@x.example"}, {**values, "email": "b@x.example", "mailing_id": mailing.id}]
        )
        self.env.flush_all()
        self.migrate("19.0.1.4.0")
        self.assertEqual(rule.domain_force, shipped)
        self.assertEqual((lost.state, waiting.state), ("freed", "reserved"))
