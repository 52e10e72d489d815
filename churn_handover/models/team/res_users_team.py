from odoo import models


class ResUsers(models.Model):
    """Who is archived, or comes back, changes the teams on which they are: coverage is found out at once."""

    _inherit = "res.users"

    def write(self, vals):
        result = super().write(vals)
        if "active" in vals:
            # sudo: which teams are concerned, also those that the user may not see
            members = self.env["churn.team.member"].sudo().search([("user_id", "in", self.ids)])
            owned = self.env["res.partner"].sudo().search([("user_id", "in", self.ids)])  # sudo: the same
            self.env["churn.account"]._team_changed((members.account_id | owned.commercial_partner_id).ids)
        return result
