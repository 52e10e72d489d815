from odoo import models


class HrEmployee(models.Model):
    _inherit = "hr.employee"

    def _churn_leavers(self):
        """Those who left, whose departure is known, or whose accounts are being handed over because they leave."""
        # sudo: departure dates are for HR; here they only keep somebody out of a bulletin
        people = self.sudo().with_context(active_test=False)
        users = people.user_id
        handed_over = (
            self.env["churn.handover"]
            .sudo()  # sudo: whether a plan for a departure exists, for the same reason
            .search(
                [
                    ("kind", "=", "departure"),
                    ("state", "not in", ("undone", "cancelled")),
                    ("predecessor_id", "in", users.ids),
                ]
            )
            .predecessor_id
        )
        return people.filtered(
            lambda person: not person.active
            or person.departure_date
            or (person.user_id and (not person.user_id.active or person.user_id in handed_over))
        ).sudo(False)
