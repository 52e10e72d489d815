import logging

from odoo import api, fields, models
from odoo.fields import Domain

from ...analytics.rotation import Line
from ...analytics.rotation_planner import plan

_logger = logging.getLogger(__name__)


class ChurnRotationSchedule(models.Model):
    """Planning: what the planner returns becomes lines; only lines that differ are written."""

    _inherit = "churn.rotation.schedule"

    def _replan(self):
        """Plan the next 12 months anew and return how many accounts' lines changed.

        Confirmed rounds and lines that a manager placed are given and never change; of the others those stay that
        still hold. The superuser plans: accounts, freezes and loads count whether or not the planner may see them.
        """
        return sum(schedule.sudo()._replan_one() for schedule in self)  # sudo: see the docstring

    def _replan_one(self):
        self.env.cr.execute("SELECT id FROM churn_rotation_schedule WHERE id = %s FOR UPDATE", [self.id])
        accounts = self._inputs()
        rounds = self._open_rounds()
        lines = self.env["churn.rotation.line"].search([("schedule_id", "=", self.id), ("state", "!=", "skipped")])
        placed, proposed = self._sorted_lines(lines, accounts, rounds)
        elsewhere = self.env["churn.rotation.line"].search(
            [
                ("account_id", "in", list(accounts)),
                ("schedule_id", "!=", self.id),
                ("state", "in", ("proposed", "held")),
                ("company_id", "=", self.company_id.id),
            ]
        )
        for account in elsewhere.account_id:
            accounts.pop(account.id, None)
        result = plan(
            accounts.values(),
            self._people(list(accounts.values())),
            self._rules(),
            rounds,
            fixed=[self._as_line(line) for line in placed],
            previous=[self._as_line(line) for line in proposed],
        )
        changed = self._store(result, accounts, rounds, lines - placed)
        self.planned_on = fields.Datetime.now()
        return changed

    def _open_rounds(self):
        """{day: round} of the rounds that can still take lines; those missing are made."""
        days = self._round_dates()
        existing = {one.date: one for one in self.round_ids}
        missing = [{"schedule_id": self.id, "date": day} for day in days if day not in existing]
        existing.update({one.date: one for one in self.env["churn.rotation.round"].create(missing)})
        return {day: existing[day] for day in days if existing[day].state == "proposed"}

    def _sorted_lines(self, lines, accounts, rounds):
        """Lines that are given (confirmed and yet to come, or placed by hand and still possible), and proposed ones."""
        today = fields.Date.context_today(self)
        proposed = lines.filtered(lambda line: line.state == "proposed")
        placed = proposed.filtered(
            lambda line: line.is_placed
            and line.date in rounds
            and not line._refused_by(accounts.get(line.account_id.id))
        )
        running = lines.filtered(lambda line: line.state == "confirmed" and line.date >= today)
        # a confirmed line whose handover was cancelled or undone counts no more
        open_accounts = self.env["churn.handover.line"].search(
            [("account_id", "in", running.account_id.ids), ("state", "in", ("confirmed", "stopped", "done"))]
        )
        running = running.filtered(lambda line: line.kind == "join" or line.account_id in open_accounts.account_id)
        return placed | running, proposed - placed

    @api.model
    def _as_line(self, line):
        return Line(line.account_id.id, line.predecessor_id.id, line.successor_id.id, line.date, line.kind)

    def _store(self, result, accounts, rounds, lines):
        """Write what differs.

        :param lines: the lines that planning may change
        :return: number of accounts whose place in the plan changed
        """
        wanted = {}
        for line in result.lines:
            wanted[line.account, line.kind] = {
                "round_id": rounds[line.day].id,
                "successor_id": line.successor,
                "state": "proposed",
                "facts": {"fit": list(line.fit), "waited": [_neutral(rule) for rule in line.waited]},
            }
        for one in result.held:
            wanted[one.account, one.kind.replace("face", "join")] = {
                "round_id": False,
                "successor_id": False,
                "state": "held",
                "facts": {"because": _neutral(one.because)},
            }
        existing = {(line.account_id.id, line.kind): line for line in lines if line.state in ("proposed", "held")}
        gone = lines.browse([line.id for key, line in existing.items() if key not in wanted])
        broken = {(one.account, one.kind): _neutral(one.because) for one in result.broken}
        changes = [self._change(line, {}, broken) for line in gone if line.state == "proposed"]
        changes += self._write_lines(wanted, existing, accounts, broken)
        if self.planned_on:  # the first plan is new as a whole
            self.env["churn.rotation.change"].create(changes)
        gone.unlink()
        return len(changes)

    def _write_lines(self, wanted, existing, accounts, broken):
        """Write lines that differ and return what changed as values of ``churn.rotation.change``."""
        changes, new = [], []
        for (account_id, kind), values in wanted.items():
            account = accounts[account_id]
            values = {
                **values,
                "predecessor_id": account.owner,
                "owner_since": account.since,
                "is_placed": False,
            }
            line = existing.get((account_id, kind))
            if not line:
                line = self.env["churn.rotation.line"].new({"account_id": account_id, "kind": kind, "state": "held"})
                if values["state"] == "proposed":
                    changes.append(self._change(line, values, broken))
                new.append({**values, "schedule_id": self.id, "account_id": account_id, "kind": kind})
                continue
            place = (line.round_id.id, line.successor_id.id, line.state)
            differs = place != (values["round_id"], values["successor_id"], values["state"])
            if differs:
                changes.append(self._change(line, values, broken))
            if differs or line.facts != values["facts"] or line.owner_since != account.since:
                line.write(values)
        self.env["churn.rotation.line"].create(new)
        return changes

    def _change(self, line, values, broken):
        """What planning anew makes of a line, as values of ``churn.rotation.change``; call it before it is written.

        :param values: what is written; empty for a line that goes
        """
        if line.state == "proposed":
            because = broken.get((line.account_id.id, line.kind), "gone")
        elif line.kind == "join":
            because = "face"
        else:
            because = "free" if line.id else "due"
        return {
            "schedule_id": self.id,
            "planned_on": fields.Datetime.now(),
            "account_id": line.account_id.id,
            "kind": line.kind,
            "predecessor_id": values.get("predecessor_id") or line.predecessor_id.id,
            "before_date": line.date,
            "before_user_id": line.successor_id.id,
            "after_date": self.env["churn.rotation.round"].browse(values.get("round_id") or []).date,
            "after_user_id": values.get("successor_id"),
            "because": because,
        }

    @api.model
    def _cron_replan(self):
        """Every night: what happened during the day takes its accounts out of the plan, and brings others in."""
        schedules = self.search(Domain.TRUE)
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(schedules))
        for schedule in schedules:
            try:
                schedule._replan()
            except Exception:  # one schedule that fails must not keep the others waiting
                self.env.cr.rollback()
                _logger.exception("Rotation schedule %s could not be planned", schedule.id)
            if not commit_progress(1):
                break


def _neutral(rule):
    """Freeze and exception are stored as one: who may know the reason is shown it, see ``_decision_texts``."""
    return "decision" if rule in ("freeze", "exception") else rule
