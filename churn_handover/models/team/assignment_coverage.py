from odoo import api, models


class ChurnAssignment(models.Model):
    """Every way in which an owner changes passes here: teams are looked at again, new accounts get theirs."""

    _inherit = "churn.assignment"

    @api.model
    def _selection_reason(self):
        return [*super()._selection_reason(), ("template", self.env._("Team template"))]

    @api.model
    def _record_owner_changes(self, changes, reason, line_by_partner=None):
        result = super()._record_owner_changes(changes, reason, line_by_partner)
        changed = [(account, old, new) for account, old, new in changes if (old or None) != (new or None)]
        if changed:
            first = [account for account, old, new in changed if new and not old and reason != "restored"]
            self.env["churn.account"]._team_changed([change[0] for change in changed], first)
        return result
