from odoo import api, models
from odoo.tools import SQL

PLANNED = ("draft", "confirmed", "stopped")
# What the people concerned are told; a draft is the managers' own affair.
TOLD = ("confirmed", "stopped")


class ChurnHandoverLine(models.Model):
    _inherit = "churn.handover.line"

    @api.model
    def _changes_ahead(self, day, *, told_only=False):
        """A query for (account_id, day): the next change of owner of each account, by handover or proposed rotation.

        :param told_only: without drafts and proposals, of which the people concerned do not know yet
        """
        self.env["churn.handover.line"].flush_model(["account_id", "state", "change_date"])
        self.env["churn.rotation.line"].flush_model(["account_id", "state", "kind", "date"])
        return SQL(
            """SELECT account_id, MIN(day) AS day FROM (
                      SELECT account_id, change_date AS day FROM churn_handover_line WHERE state = ANY(%(states)s)
                       UNION ALL
                      SELECT account_id, date FROM churn_rotation_line
                       WHERE state = 'proposed' AND kind = 'move' AND %(proposals)s) change
                WHERE day >= %(day)s GROUP BY account_id""",
            states=list(TOLD if told_only else PLANNED),
            proposals=not told_only,
            day=day,
        )
