import json

import numpy as np

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import formatLang

# A holiday is no reason to lose who fits best; whoever is away for longer cannot get to know the customers (judgement).
LONG_AWAY_DAYS = 28


class ChurnHandover(models.Model):
    """Finding the best successors of a draft: the plan as a whole, within everybody's capacity."""

    _inherit = "churn.handover"

    match_result = fields.Json(readonly=True, copy=False)
    match_text = fields.Char(compute="_compute_match_text")
    match_warning = fields.Text(compute="_compute_match_text")

    @api.depends("match_result")
    @api.depends_context("lang")
    def _compute_match_text(self):
        for handover in self:
            result = handover.match_result
            handover.match_text = handover._match_sentence(result) if result else False
            handover.match_warning = handover._match_shortages(result) if result else False

    def _match_sentence(self, result):
        currency = self.env["res.currency"].browse(result["currency"])
        sentence = self.env._(
            "Of %(revenue)s a year, %(kept)s is expected to be kept, %(saved)s more than with successors who do not "
            "fit.",
            revenue=formatLang(self.env, result["revenue"], currency_obj=currency),
            kept=formatLang(self.env, result["kept"], currency_obj=currency),
            saved=formatLang(self.env, result["saved"], currency_obj=currency),
        )
        if result["gap"] > 1e-6:
            sentence += " " + self.env._(
                "No plan can be better than this one by more than %(gap)s %%.", gap=f"{100 * result['gap']:.3f}"
            )
        return sentence

    def _match_shortages(self, result):
        currency = self.env["res.currency"].browse(result["currency"])
        return self.env["churn.shortage"]._text(result["shortages"], currency)

    def action_propose_best(self):
        """Choose successors for all accounts of the draft at once; fixed lines stay as they are."""
        self.check_access("write")
        for handover in self:
            if handover.state != "draft":
                raise UserError(self.env._("%(name)s is confirmed already.", name=handover.name))
            handover._propose_best()

    def _propose_best(self):
        """Solve and write the plan.

        What a successor keeps is valued by the revenue of the account; an account without revenue counts a little, so
        that it too gets who fits best.
        """
        from ...analytics import fit as core
        from ...analytics.matching import match

        lines = self.line_ids.filtered(lambda line: line.account_id and line.state == "draft")
        if not lines:
            raise UserError(self.env._("The plan is empty. Add the accounts that change hands."))
        # sudo: the right to the plan was checked; who serves what is compared in numbers, names come out only as
        # proposals of the plan
        plan = self.sudo()
        fixed = {line.account_id.id: line.successor_id.id for line in lines if line.successor_locked}
        users = self.env["churn.fit"].sudo()._candidates(plan.company_ids) - plan._predecessors()  # sudo: as above
        users -= users.browse(plan._long_away(users))
        users |= plan.env["res.users"].browse(list(fixed.values()))
        fits = self.env["churn.fit"].sudo()._compare(lines.account_id.ids, users, plan.company_ids)  # sudo: as above
        gain = core.kept(np.maximum(fits.revenue, 1.0), fits.fit)
        gain[~plan._able(fits, lines)] = np.nan
        room, need = plan._room_and_need(fits, lines)
        found = match(fits.account_ids, fits.user_ids, gain, room, need, locked=fixed)
        self._write_proposals(lines, fits, found)
        self._write_match(fits, found)

    def _long_away(self, users):
        """Return the ids of those who cannot begin: on the change date they are away, and for long."""
        away = users._churn_away(self.change_date, self.change_date)
        return [user_id for user_id, (first, last) in away.items() if (last - first).days >= LONG_AWAY_DAYS]

    def _able(self, fits, lines):
        """Boolean array (accounts × users): may the user take the account, by the companies of its open records?"""
        scan = self.env["churn.transfer"]._scan(lines.predecessor_id, "move")
        moving = {rule for rule in scan.rules if rule.policy == "move"}
        owner = {line.account_id.id: line.predecessor_id.id for line in lines}
        companies = [set(user.company_ids.ids) for user in self.env["res.users"].browse(fits.user_ids)]
        able = np.ones(fits.fit.shape, dtype=bool)
        for at, account_id in enumerate(fits.account_ids):
            needed = scan.companies(account_id, owner[account_id], moving)
            able[at] = [needed <= own for own in companies]
        return able

    def _room_and_need(self, fits, lines):
        """What every candidate can still take and what every account takes: accounts, revenue, open deals."""
        deals = dict(
            self.env["crm.lead"]._read_group(
                [
                    ("partner_id.commercial_partner_id", "in", fits.account_ids),
                    ("user_id", "in", lines.predecessor_id.ids),
                    ("type", "=", "opportunity"),
                    ("won_status", "=", "pending"),
                ],
                ["partner_id"],
                ["__count"],
            )
        )
        by_account = dict.fromkeys(fits.account_ids, 0)
        for partner, count in deals.items():
            by_account[partner.commercial_partner_id.id] += count
        open_deals = [by_account[account_id] for account_id in fits.account_ids]
        return fits.room(), np.column_stack([np.ones(len(open_deals)), fits.revenue, open_deals])

    def _write_proposals(self, lines, fits, found):
        account_at = {account_id: at for at, account_id in enumerate(fits.account_ids)}
        user_at = {user_id: at for at, user_id in enumerate(fits.user_ids)}
        by_successor = {}
        for line in lines:
            successor_id = found.successors.get(line.account_id.id, False)
            by_successor.setdefault(successor_id, []).append(line.id)
        for successor_id, line_ids in by_successor.items():
            lines.browse(line_ids).filtered(
                lambda line, successor_id=successor_id: line.successor_id.id != successor_id
            ).write({"successor_id": successor_id})
        rows = []
        for line in lines:
            successor_id = found.successors.get(line.account_id.id)
            if successor_id:
                at = account_at[line.account_id.id], user_at[successor_id]
                reasons = json.dumps(self.env["churn.fit"]._reasons(fits, *at))
                rows.append((line.id, float(fits.fit[at]), successor_id, reasons))
            else:
                rows.append((line.id, 0.0, None, None))
        self._write_fits(lines, rows)

    def _write_fits(self, lines, rows):
        """Write (line id, fit, user id, reasons) in one statement: a plan may have thousands of lines."""
        lines.flush_recordset()
        ids, fits, user_ids, reasons = (list(column) for column in zip(*rows, strict=True))
        self.env.cr.execute(
            SQL(
                """UPDATE churn_handover_line line
                      SET fit = new.fit, fit_user_id = new.user_id, fit_reasons = new.reasons::jsonb
                     FROM unnest(%s::int[], %s::float8[], %s::int[], %s::text[]) new (id, fit, user_id, reasons)
                    WHERE line.id = new.id""",
                ids,
                fits,
                user_ids,
                reasons,
            )
        )
        lines.invalidate_recordset(["fit", "fit_user_id", "fit_reasons"])

    def _write_match(self, fits, found):
        from ...analytics import fit as core

        account_at = {account_id: at for at, account_id in enumerate(fits.account_ids)}
        user_at = {user_id: at for at, user_id in enumerate(fits.user_ids)}
        pairs = [(account_at[account], user_at[user]) for account, user in found.successors.items()]
        revenue = np.array([fits.revenue[account] for account, _user in pairs])
        chosen = np.array([fits.fit[pair] for pair in pairs])
        kept = float(np.sum(revenue * (1 - core.LOSS_HIGH * (1 - core.SAVED_BY_FIT * chosen))))
        names = {user.id: user.name for user in self.env["res.users"].sudo().browse(fits.user_ids)}  # sudo: a colleague
        # sudo: what was found is the program's to write; the right to the plan was checked
        self.sudo().match_result = {
            "revenue": float(revenue.sum()),
            "kept": kept,
            "saved": core.saved(revenue, chosen),
            "gap": found.gap,
            "currency": self.env.company.currency_id.id,
            "shortages": self.env["churn.shortage"]._values(found.shortages, names),
        }
