from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..common.heirs import doubles, hand_on

OPEN_STATES = ("draft", "confirmed", "stopped")


class ResPartner(models.Model):
    """What hangs on an account moves to another one: when two are merged, or one becomes a contact of the other.

    Nothing is lost: the history moves and keeps the former account's name, the team joins the other team, open
    handover lines go on with the other account.
    """

    _inherit = "res.partner"

    def _churn_absorb(self, sources, reason):
        """Take over history, team, handover lines and figures of ``sources``, which are no accounts from now on.

        Their owner rows are closed already; the figures need a refresh afterwards.

        :param reason: why, a reason of churn.assignment
        """
        self.ensure_one()
        if not sources:
            return
        assignments = self.env["churn.assignment"]
        self._churn_absorb_members(sources, reason)
        self.env.execute_query(
            SQL(
                "UPDATE churn_assignment SET account_id = %s WHERE account_id = ANY(%s) RETURNING id",
                self.id,
                sources.ids,
            )
        )
        assignments.invalidate_model()
        self._churn_absorb_lines(sources)
        heirs = dict.fromkeys(sources.ids, self.id)
        for name, (once, among) in self._churn_account_rows().items():
            if once:
                doubles(self.env[name], "account_id", heirs, once, among).unlink()
            hand_on(self.env[name], "account_id", heirs)
        self.env["churn.account"]._absorb(self, sources)
        self.invalidate_recordset(["churn_assignment_ids", "churn_member_ids", "churn_account_ids"])

    @api.model
    def _churn_account_rows(self):
        """Models of which every row goes to the other account; to be extended.

        :return: ``{model: (fields that no two rows of an account may share, rows this holds for)}``; a row whose place
            is taken is deleted
        """
        return {"churn.contact": (("user_id", "kind"), Domain.TRUE)}

    def _churn_absorb_members(self, sources, reason):
        """Add the teams to this account's. Who serves both in one role on the same days serves it in one row."""
        members = self.env["churn.team.member"].sudo()  # sudo: who may merge accounts may merge their teams
        here = members.search([("account_id", "=", self.id), ("origin", "=", "manual")])
        moving = members.search([("account_id", "in", sources.ids)])
        doubles = members
        for member in moving.filtered(lambda member: member.origin == "manual"):
            twins = here.filtered(member._overlaps)
            if twins:
                twins[0].with_context(churn_reason=reason)._take_dates_of(twins[1:] | member)
                doubles |= twins[1:] | member
                here -= twins[1:]
            else:
                here |= member
        doubles.with_context(churn_reason=reason).unlink()
        moving -= doubles
        self.env.execute_query(
            SQL("UPDATE churn_team_member SET account_id = %s WHERE id = ANY(%s) RETURNING id", self.id, moving.ids)
        )
        members.invalidate_model()

    def _churn_absorb_lines(self, sources):
        """Let handover lines go on with this account.

        An open line whose account is already being handed over (in the same plan, or by another open line) is
        cancelled: the other line goes on. A closed line that would stand in its plan twice keeps only the name.
        """
        lines = self.env["churn.handover.line"].sudo()  # sudo: plans that the user may not see must not lose an account
        here = lines.search([("account_id", "=", self.id)])
        sources._churn_keep_line_names()
        moved = lines
        for line in lines.search([("account_id", "in", sources.ids)]):
            is_open = line.state in OPEN_STATES
            same_plan = here.filtered(
                lambda other, line=line: (other.handover_id, other.predecessor_id)
                == (line.handover_id, line.predecessor_id)
            )
            if not same_plan and not (is_open and here.filtered(lambda other: other.state in OPEN_STATES)):
                here |= line
                moved |= line
            elif line.state == "draft":
                line.unlink()
            elif is_open:
                reason = self.env._("Became part of %(account)s, which is handed over.", account=self.name)
                line.write({"account_id": False, "state": "cancelled", "stop_reason": reason})
                line._sync_overlap()
            else:
                line.write({"account_id": False, "state": line.state})
        for line in moved:
            # with the state: the plan is the same as before, there is nothing to check
            line.write({"account_id": self.id, "state": line.state})
        moved.filtered(lambda line: line.state == "confirmed")._sync_overlap()

    def _churn_keep_line_names(self):
        """Write the names of accounts that are about to go on their handover lines."""
        # sudo: lines of plans that the user may not see keep the name, too
        for line in self.env["churn.handover.line"].sudo().search([("account_id", "in", self.ids)]):
            if not line.account_name:
                line.account_name = line.account_id.display_name
