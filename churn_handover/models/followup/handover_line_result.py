import logging

from odoo import api, fields, models
from odoo.tools import SQL

from .result import SUCCESSOR_TYPES

_logger = logging.getLogger(__name__)


class ChurnHandoverLine(models.Model):
    """What is at stake with a line, what kind of successor took over, and what became of the revenue."""

    _inherit = "churn.handover.line"

    successor_type = fields.Selection(
        SUCCESSOR_TYPES,
        string="Successor Was",
        readonly=True,
        copy=False,
        help="On the day of the change: a backup of the account; else here for less than a year; else somebody who "
        "serves similar customers (a fit of 50 % at least); else another colleague.",
    )
    result_months = fields.Integer(readonly=True, copy=False, help="Full months after the change that were looked at.")
    stake_low = fields.Monetary(
        string="Value at Stake, at Least",
        compute="_compute_stake",
        help="13.2 % of the revenue of 12 months: the lower end of what a change of salesperson cost (Shi et al., "
        "Journal of Marketing 2017).",
    )
    stake_high = fields.Monetary(
        string="Value at Stake",
        compute="_compute_stake",
        help="17.6 % of the revenue of 12 months, the upper end of what a change of salesperson cost. After the "
        "change: of the year before it.",
    )
    result_text = fields.Text(string="Result", compute="_compute_result_text")

    def _results(self):
        """Return {line: its result in the company that its plan shows}, as far as the reader may see results."""
        results = self.env["churn.result"]
        if not self.ids or not results.has_access("read"):
            return {}
        found = results.search([("line_id", "in", self.ids), ("company_id", "in", self.env.companies.ids)])
        shown = {plan: plan._figures_company() for plan in self.handover_id}
        return {one.line_id: one for one in found if one.company_id == shown.get(one.line_id.handover_id)}

    @api.depends("revenue_12m", "state")
    @api.depends_context("uid", "company", "allowed_company_ids")
    def _compute_stake(self):
        found = self._results()
        for line in self:
            result = found.get(line)
            if result:
                line.stake_low, line.stake_high = result.stake_low, result.stake_high
            else:
                line.stake_low, line.stake_high = self.env["churn.result"]._stake(max(line.revenue_12m, 0.0))

    @api.depends("state")
    @api.depends_context("uid", "company", "allowed_company_ids", "lang")
    def _compute_result_text(self):
        found = self._results()
        may_read = self.env["churn.result"].has_access("read")
        for line in self:
            text = found[line].summary if line in found else False
            if may_read and not text and line.state == "done" and not line.is_default:
                text = self.env._("No orders in the two years around the change, or not looked at yet.")
            line.result_text = text

    # What kind of successor

    def _note_successor_type(self):
        """Write down, before the accounts move, what kind of successor takes each; afterwards it can't be told.

        It is for the result only: what goes wrong here must not keep accounts from being taken over.
        """
        try:
            with self.env.cr.savepoint():
                self._write_successor_type()
        except Exception:
            _logger.exception("The kinds of successors of %s lines are not known", len(self))

    def _write_successor_type(self):
        from ...analytics import result as core  # scipy: only where it is used

        lines = self.filtered(lambda line: line.account_id and line.successor_id)
        if not lines:
            return
        users = lines.successor_id
        months = dict(zip(users.ids, self.env["churn.fit"]._months(users.ids), strict=True))
        fits, backups = lines._fits(), lines._led_by_backup()
        kinds = [core.kind_of(line.id in backups, months[line.successor_id.id], fits.get(line)) for line in lines]
        self.env.cr.execute(
            """UPDATE churn_handover_line line SET successor_type = kind.code
                 FROM unnest(%s::int[], %s::text[]) AS kind (id, code) WHERE line.id = kind.id""",
            [lines.ids, kinds],
        )
        lines.invalidate_recordset(["successor_type"], flush=False)

    def _fits(self):
        """Return {line: how well the successor fits the account, 0-1}; those known from the proposal, else computed."""
        known = {line: line.fit for line in self if line.fit_user_id == line.successor_id}
        rest = self.filtered(lambda line: line not in known)
        for handover, lines in rest.grouped("handover_id").items():
            fits = self.env["churn.fit"]._compare(lines.account_id.ids, lines.successor_id, handover.company_ids)
            account_at = {account_id: at for at, account_id in enumerate(fits.account_ids)}
            user_at = {user_id: at for at, user_id in enumerate(fits.user_ids)}
            for line in lines:
                known[line] = float(fits.fit[account_at[line.account_id.id], user_at[line.successor_id.id]])
        return known

    def _led_by_backup(self):
        """Return the ids of lines whose successor is a backup of the account today; one query of one table.

        A join would depend on how large the planner takes both tables to be; a plan often runs right after it is made.
        """
        self.env["churn.team.member"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT account_id, user_id FROM churn_team_member
                    WHERE account_id = ANY(%(accounts)s) AND is_backup AND origin = 'manual'
                      AND date_from <= %(today)s AND (date_to IS NULL OR date_to >= %(today)s)""",
                accounts=self.account_id.ids,
                today=fields.Date.context_today(self),
            )
        )
        backups = set(rows)
        return {line.id for line in self if (line.account_id.id, line.successor_id.id) in backups}
