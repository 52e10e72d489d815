from collections import defaultdict

from odoo import api, models


class ChurnHandoverLine(models.Model):
    _inherit = "churn.handover.line"

    @api.model
    def _coming(self, users, but_rotation=False):
        """What confirmed handovers are going to bring each user, less what they are going to take: {user id: accounts}.

        Whoever asks what somebody can still carry must count what is on its way.

        :param but_rotation: leave out what comes from rotation rounds, for the planner, who counts them itself
        """
        domain = [("state", "=", "confirmed"), ("account_id", "!=", False)]
        if but_rotation:
            domain.append(("handover_id.rotation_round_id", "=", False))
        net = defaultdict(int)
        for field, sign in (("successor_id", 1), ("predecessor_id", -1)):
            for user, count in self._read_group([*domain, (field, "in", users.ids)], [field], ["__count"]):
                net[user.id] += sign * count
        return net
