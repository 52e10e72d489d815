from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import html2plaintext

TAKEN_DAYS = 365  # what is older is no news
SENTENCES = 400  # letters: two sentences


class ChurnAchievement(models.Model):
    """Entries taken from resumes and certifications, where the app for skills is installed. Consent is always asked."""

    _inherit = "churn.achievement"

    @api.model
    def _take_from_resumes(self):
        """Add what is new in resumes and certifications since last time; nothing without the app.

        :return: churn.achievement
        """
        found = []
        since = fields.Date.context_today(self) - timedelta(days=TAKEN_DAYS)
        if "hr.resume.line" in self.env:
            lines = self.env["hr.resume.line"].search([("date_start", ">=", since), ("employee_id.active", "=", True)])
            found += [("hr.resume.line", line.id, self._resume_values(line)) for line in lines]
        if "hr.employee.skill" in self.env and "is_certification" in self.env["hr.employee.skill"]._fields:
            skills = self.env["hr.employee.skill"].search(
                [("is_certification", "=", True), ("valid_from", ">=", since), ("employee_id.active", "=", True)]
            )
            found += [("hr.employee.skill", skill.id, self._skill_values(skill)) for skill in skills]
        known = {
            (entry.origin_model, entry.origin_id)
            for entry in self.with_context(active_test=False).search([("origin_id", "!=", 0)])
        }
        return self.create(
            [
                {**values, "origin_model": model, "origin_id": record_id}
                for model, record_id, values in found
                if (model, record_id) not in known
            ]
        )

    @api.model
    def _resume_values(self, line):
        return {
            "employee_id": line.employee_id.id,
            "name": line.name,
            "date": line.date_start,
            "is_outside": line.course_type == "external" and bool(line.external_url),
            "text": html2plaintext(line.description or "").strip()[:SENTENCES],
            "evidence_url": line.external_url,
            "evidence_file": line.certificate_file,
            "evidence_name": line.certificate_filename,
        }

    @api.model
    def _skill_values(self, skill):
        return {
            "employee_id": skill.employee_id.id,
            "name": f"{skill.skill_id.name} ({skill.skill_level_id.name})",
            "date": skill.valid_from,
            "is_outside": False,
        }
