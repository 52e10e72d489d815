from odoo import api, fields, models


class ChurnAbsencePerson(models.AbstractModel):
    """The absences of a person, on the forms of users and employees."""

    _name = "churn.absence.person"
    _description = "Somebody Who May Be Away"

    churn_absence_count = fields.Integer(string="Absences", compute="_compute_churn_absence_count")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_churn_absence_count(self):
        absences, users = self.env["churn.absence"], {one: one._churn_user() for one in self}
        counts = {}
        if absences.has_access("read"):
            ids = [user.id for user in users.values() if user]
            counts = dict(absences._read_group([("user_id", "in", ids)], ["user_id"], ["__count"]))
        for one, user in users.items():
            one.churn_absence_count = counts.get(user, 0)

    def _churn_user(self):
        """Return whose absences they are."""
        return self.user_id

    def action_churn_absences(self):
        """Show the absences of this person, and let one be planned for this person."""
        self.ensure_one()
        user = self._churn_user()
        return {
            **self.env["ir.actions.actions"]._for_xml_id("churn_handover.absence_action"),
            "domain": [("user_id", "=", user.id)],
            "context": {"churn_absence_of": user.id},
        }


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = ["res.users", "churn.absence.person"]

    def _churn_user(self):
        return self._origin


class HrEmployee(models.Model):
    _name = "hr.employee"
    _inherit = ["hr.employee", "churn.absence.person"]


class HrEmployeePublic(models.Model):
    _name = "hr.employee.public"
    _inherit = ["hr.employee.public", "churn.absence.person"]
