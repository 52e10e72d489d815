from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from .common_quality import REP, QualityCase


class TestAchievement(QualityCase):
    def entry(self, user=None, **values):
        return self.env["churn.achievement"].create(
            {"employee_id": self.person[user or self.ann].id, "name": "Talk", **values}
        )

    def test_a_rep_enters_an_own_achievement_and_agrees(self):
        entry = self.env["churn.achievement"].with_user(self.ann).create({"name": "Talk"})
        self.assertEqual((entry.employee_id, entry.consent), (self.person[self.ann], "open"))
        entry.action_agree()
        self.assertEqual(entry.consent, "given")
        self.assertTrue(entry.consent_date)

    def test_whoever_is_no_employee_is_told_so_before_typing(self):
        nobody = new_test_user(self.env, login="zed", groups=REP)
        entries = self.env["churn.achievement"]
        self.assertTrue(entries.with_user(nobody).new({}).has_no_person)
        for user in (self.ann, self.manager):
            self.assertFalse(entries.with_user(user).new({}).has_no_person)

    def test_nobody_agrees_for_another_not_even_the_manager(self):
        entry = self.entry()
        for user in (self.bob, self.manager):
            with self.assertRaises(AccessError):
                entry.with_user(user).action_agree()
        with self.assertRaises(AccessError):
            entry.with_user(self.manager).consent = "given"
        with self.assertRaises(AccessError):
            self.env["churn.achievement"].with_user(self.manager).create(
                {"employee_id": self.person[self.ann].id, "name": "Prize", "consent": "given"}
            )

    def test_for_somebody_without_a_login_the_manager_keeps_the_written_consent(self):
        entry = self.env["churn.achievement"].create({"employee_id": self.employee("Fitter").id, "name": "Prize"})
        with self.assertRaises(AccessError):
            entry.with_user(self.ann).action_agree()
        entry.with_user(self.manager).action_agree()
        self.assertEqual(entry.consent, "given")

    def test_what_somebody_agreed_to_is_not_reworded_by_another(self):
        entry = self.entry()
        entry.with_user(self.ann).action_agree()
        with self.assertRaises(AccessError):
            entry.with_user(self.manager).name = "A much bigger talk"
        entry.with_user(self.ann).name = "A talk in Bonn"

    def test_a_rep_sees_own_and_published_only_and_changes_own_only(self):
        mine, open_of_bob, published = self.entry(), self.entry(self.bob), self.entry(self.bob)
        published.with_user(self.bob).action_agree()
        seen = self.env["churn.achievement"].with_user(self.ann)
        self.assertEqual(seen.search([("id", "in", (mine | open_of_bob | published).ids)]), mine | published)
        self.assertEqual((mine | published).with_user(self.ann).mapped("can_edit"), [True, False])
        self.assertTrue(seen.new({}).can_edit)
        self.assertTrue(published.with_user(self.manager).can_edit)
        with self.assertRaises(AccessError):
            published.with_user(self.ann).text = "Nonsense"
        with self.assertRaises(AccessError):
            seen.create({"employee_id": self.person[self.bob].id, "name": "Not mine"})

    def test_the_manager_sees_all_of_the_own_company_only(self):
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.env["churn.achievement"].create(
            {"employee_id": self.employee("Far", company_id=other.id).id, "name": "Talk"}
        )
        entry = self.entry()
        seen = self.env["churn.achievement"].with_user(self.manager).search([("id", "in", (foreign | entry).ids)])
        self.assertEqual(seen, entry)
