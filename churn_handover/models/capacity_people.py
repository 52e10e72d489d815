from odoo import api, models
from odoo.fields import Domain


class ChurnCapacity(models.Model):
    _inherit = "churn.capacity"

    @api.model
    def _serving(self, users):
        """Return those of the users who may be proposed as successors.

        Odoo puts the administrator into the first sales team by itself. Who administers the server is proposed only
        when serving customers already (owner, on an account team) or when given a capacity.
        """
        # sudo: who administers the server, owns accounts or has a capacity; only whether that is so is used
        admins = users & self.env.ref("base.group_system").sudo().all_user_ids
        if not admins:
            return users
        of_admins = Domain("user_id", "in", admins.ids)
        accounts = self.env["res.partner"].sudo()  # sudo: as above
        serving = accounts.search(of_admins & accounts._churn_account_domain()).user_id
        for model, domain in (("churn.team.member", Domain("date_to", "=", False)), ("churn.capacity", Domain.TRUE)):
            serving |= self.env[model].sudo().search(of_admins & domain).user_id  # sudo: as above
        return users - (admins - serving)
