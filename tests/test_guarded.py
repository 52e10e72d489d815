from freezegun import freeze_time

from odoo.exceptions import AccessError

from .common_keep import KeepCase
from .common_quality import QualityCase
from .common_score import NOON
from .test_case_leader import LeaderCase
from .test_rotation import RotationCase

REFUSED = "Only the program writes this"


@freeze_time(NOON)
class TestGuarded(KeepCase):
    def test_what_follows_from_another_record_is_not_written_either(self):
        """Customer and company of a record come from its account: written by RPC, they would hang it on another one."""
        account, other = self.make_customers(2)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.manager.company_ids |= elsewhere
        loss = self.env["churn.loss"].with_user(self.manager).create({"account_id": account.id})
        for values in ({"partner_id": other.partner_id.id}, {"company_id": elsewhere.id}):
            with self.assertRaisesRegex(AccessError, REFUSED):
                loss.write(values)
        self.assertEqual((loss.partner_id, loss.company_id), (account.partner_id, account.company_id))

    def test_figures_of_an_account_are_computed_and_never_typed(self):
        account = self.make_customers(1).with_user(self.manager)
        with self.assertRaisesRegex(AccessError, REFUSED):
            account.probability = 0.01
        self.assertEqual(account.probability, 0.6)


class TestGuardedCase(LeaderCase):
    def test_the_outcome_of_a_probation_is_measured_and_never_typed(self):
        case = self.open_case(user=self.lea)
        with self.assertRaisesRegex(AccessError, REFUSED):
            case.write({"result_amount": 1_000_000, "target_met": True})
        self.assertFalse(case.target_met)


class TestGuardedAchievement(QualityCase):
    def test_an_achievement_stays_in_the_company_of_the_person(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        entry = self.env["churn.achievement"].with_user(self.ann).create({"name": "Talk"})
        with self.assertRaisesRegex(AccessError, REFUSED):
            entry.company_id = elsewhere
        self.assertEqual(entry.company_id, self.env.company)


class TestGuardedRotation(RotationCase):
    def test_the_date_of_a_round_is_planned_and_never_typed(self):
        self.schedule.action_plan()
        line = self.env["churn.rotation.line"].search([("schedule_id", "=", self.schedule.id)], limit=1)
        self.assertTrue(line)
        with self.assertRaisesRegex(AccessError, REFUSED):
            line.with_user(self.manager).tenure_months = 0
