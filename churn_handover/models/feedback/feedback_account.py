from datetime import date, timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain

from .feedback import OPEN_STATES

FREEZE_DAYS = 90  # judgement, DESIGN: no evidence exists for a best period
GC_BATCH = 500


class Voice(NamedTuple):
    """What an account's feedback comes to, as far as the reader may see it."""

    feedback: int = 0
    open_complaints: int = 0
    solved_complaints: int = 0
    last_solved: date | None = None


class ChurnFeedback(models.Model):
    """What other parts ask about an account: complete for the superuser, else what the viewer may see."""

    _inherit = "churn.feedback"

    @api.model
    def _voices(self, partner_ids):
        """Return {account id: Voice} for accounts with feedback. One query."""
        rows = self._read_group(
            Domain("account_id", "in", list(partner_ids)),
            ["account_id", "kind", "state"],
            ["__count", "solved_date:max"],
        )
        voices = {}
        for account, kind, state, count, solved in rows:
            voice = voices.get(account.id, Voice())
            voice = voice._replace(feedback=voice.feedback + count)
            if kind == "complaint" and state in OPEN_STATES:
                voice = voice._replace(open_complaints=voice.open_complaints + count)
            elif kind == "complaint" and state == "solved":
                voice = voice._replace(solved_complaints=count, last_solved=solved and solved.date())
            voices[account.id] = voice
        return voices

    @api.model
    def _open_complaints(self, partner_ids):
        """Return {account id: number of complaints neither solved nor withdrawn}, where there are any."""
        voices = self._voices(partner_ids).items()
        return {account: voice.open_complaints for account, voice in voices if voice.open_complaints}

    @api.model
    def _freeze_until(self, partner_ids, days=FREEZE_DAYS):
        """Return {account id: last day on which its owner should not change}, without accounts that are free.

        An open complaint freezes without end (``date.max``), a solved one for ``days`` after its solution.
        """
        return self._frozen(self._voices(partner_ids), days)

    @api.model
    def _frozen(self, voices, days=FREEZE_DAYS):
        today = fields.Date.context_today(self)
        frozen = {}
        for account, voice in voices.items():
            if voice.open_complaints:
                frozen[account] = date.max
            elif voice.last_solved and voice.last_solved + timedelta(days=days) >= today:
                frozen[account] = voice.last_solved + timedelta(days=days)
        return frozen

    @api.autovacuum
    def _gc_expired(self):
        """Delete feedback after the company's retention period; open one when untouched for as long."""
        expired = self.browse()
        for company in self.env["res.company"].search([("churn_feedback_months", ">", 0)]):
            limit = fields.Datetime.subtract(fields.Datetime.now(), months=company.churn_feedback_months)
            expired |= self.search(
                Domain("company_id", "=", company.id)
                & Domain("received_date", "<", limit)
                & (Domain("state", "not in", OPEN_STATES) | Domain("write_date", "<", limit)),
                limit=GC_BATCH - len(expired),
            )
            if len(expired) == GC_BATCH:
                break
        count = len(expired)
        expired.unlink()
        return count, count == GC_BATCH
