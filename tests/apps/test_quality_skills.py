"""Achievements and facts from other apps of Odoo: resumes and skills, recruitment."""

from datetime import timedelta

from ..common_quality import QualityCase


class TestResumes(QualityCase):
    def resume(self, **values):
        return self.env["hr.resume.line"].create(
            {"employee_id": self.person[self.ann].id, "name": "Talk in Bonn", "date_start": self.today(), **values}
        )

    def entries(self):
        self.env["churn.achievement"]._take_from_resumes()
        return self.env["churn.achievement"].search([("employee_id", "=", self.person[self.ann].id)])

    def test_what_is_new_in_a_resume_is_taken_once_and_the_person_is_asked(self):
        self.resume(description="<p>About pumps.</p>")
        self.resume(name="Long ago", date_start=self.today() - timedelta(days=800))
        entry = self.entries()
        self.assertEqual((entry.name, entry.text, entry.consent), ("Talk in Bonn", "About pumps.", "open"))
        self.assertEqual(self.entries(), entry)

    def test_a_certification_is_an_achievement(self):
        skill_type = self.env["hr.skill.type"].create(
            {
                "name": "Safety",
                "is_certification": True,
                "skill_ids": [(0, 0, {"name": "Explosion protection"})],
                "skill_level_ids": [(0, 0, {"name": "Expert", "level_progress": 100, "default_level": True})],
            }
        )
        self.env["hr.employee.skill"].create(
            {
                "employee_id": self.person[self.ann].id,
                "skill_type_id": skill_type.id,
                "skill_id": skill_type.skill_ids.id,
                "skill_level_id": skill_type.skill_level_ids[0].id,
                "valid_from": self.today(),
            }
        )
        self.assertIn("Explosion protection", self.entries().mapped("name")[0])


class TestRecruitment(QualityCase):
    def test_the_share_of_applicants_taken(self):
        hired = self.env["hr.recruitment.stage"].create({"name": "Signed", "hired_stage": True})
        job = self.env["hr.job"].create({"name": "Fitter"})
        applicants = self.env["hr.applicant"]
        before = self.message(ready=False)
        known = before._facts()
        applicants.create([{"partner_name": f"A {n}", "job_id": job.id} for n in range(9)])
        applicants.create({"partner_name": "B", "job_id": job.id, "stage_id": hired.id})
        facts = self.message(ready=False)._facts()
        self.assertNotEqual(facts, known)
        self.assertRegex(facts[0][0], r"^\d+ of \d+ applicants$")
        message = self.message(ready=False).with_user(self.manager)
        message.action_take_facts()
        self.assertIn("applicants", message.line_ids[0].name)
