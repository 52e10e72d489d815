"""What a warning meant in the company's own past: learned, and shown with its interval."""

from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError

from .common_score import NOON, ScoreCase


@freeze_time(NOON)
class TestLearnedEffects(ScoreCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time(NOON):
            cls.partners = cls.make_accounts(60)
            cls.rhythms(cls.partners)
            cls.train()

    def change_owners(self, partners, days_before=10):
        """Write into the history that the owner changed shortly before each day the model was judged on."""
        rows = [
            (partner.id, partner.name, user.id, date_from, date_to)
            for day in self.model.window_ids.mapped("cutoff")
            for partner in partners
            for change in [day - timedelta(days=days_before)]
            for user, date_from, date_to in ((self.bob, change - timedelta(days=5), change), (self.ann, change, change))
        ]
        for row in rows:
            self.env.cr.execute(
                """INSERT INTO churn_assignment
                          (account_id, account_name, user_id, kind, date_from, date_to, start_reason)
                   VALUES (%s, %s, %s, 'owner', %s, %s, 'manual')""",
                row,
            )
        self.env.invalidate_all()

    def learn_again(self):
        self.model._restart()
        self.train()
        return self.model.effect_ids

    def test_enough_events_have_an_effect_with_its_interval(self):
        self.change_owners(self.partners[:45])
        effect = self.learn_again()
        self.assertEqual(effect.kind_id.code, "owner_changed")
        self.assertGreaterEqual(effect.account_count, 30)
        self.assertLess(effect.low, effect.shift)
        self.assertLess(effect.shift, effect.high)
        self.assertEqual(
            effect.effect_text,
            f"{100 * effect.shift:+.1f} points ({100 * effect.low:+.1f} to {100 * effect.high:+.1f})",
        )
        expected = "more" if effect.low > 0 else "fewer" if effect.high < 0 else "unclear"
        self.assertEqual(effect.verdict, expected)

    def test_it_changes_no_probability(self):
        self.score()
        before = self.probabilities()
        self.change_owners(self.partners[:45])
        self.learn_again()
        self.score()
        self.assertEqual(self.probabilities(), before)

    def test_too_few_events_have_none(self):
        self.change_owners(self.partners[:3])
        self.assertFalse(self.learn_again())

    def test_what_is_confidential_is_not_learned_from(self):
        kind = self.env.ref("churn_handover.warning_kind_complaint")
        days = self.model.window_ids.mapped("cutoff")
        self.env["churn.warning"].create(
            [
                {
                    "account_id": self.figures(partner).id,
                    "company_id": self.company.id,
                    "kind_id": kind.id,
                    "key": f"{day}",
                    "date": day - timedelta(days=5),
                    "closed_on": day + timedelta(days=5),
                    "restricted": True,
                }
                for partner in self.partners
                for day in days
            ]
        )
        self.assertNotIn(kind, self.learn_again().kind_id)

    def test_a_rep_reads_them_and_changes_nothing(self):
        self.change_owners(self.partners[:45])
        effect = self.learn_again().with_user(self.ann)
        self.assertTrue(effect.effect_text)
        with self.assertRaises(AccessError):
            effect.shift = 0.0
