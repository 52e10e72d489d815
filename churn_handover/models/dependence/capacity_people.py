from odoo import api, models
from odoo.fields import Domain


class ChurnCapacity(models.Model):
    _inherit = "churn.capacity"

    @api.model
    def _serving(self, users):
        """Return those of the users who look after customers: they own an account, are a backup, or have a capacity.

        Being in a sales team is not enough: Odoo puts the administrator into the first one, and companies put service
        and inside people there. Whoever is to begin gets a capacity.
        """
        people = Domain("user_id", "in", users.ids)
        # sudo: whether somebody serves customers; nothing else of the records is used
        accounts = self.env["res.partner"].sudo()
        members = self.env["churn.team.member"].sudo()  # sudo: as above
        capacities = self.sudo()  # sudo: as above
        serving = accounts._read_group(people & accounts._churn_account_domain(), ["user_id"])
        serving += members._read_group(
            people & Domain("is_backup", "=", True) & Domain("date_to", "=", False), ["user_id"]
        )
        serving += capacities._read_group(people, ["user_id"])
        return users & self.env["res.users"].union(*(user for (user,) in serving))
