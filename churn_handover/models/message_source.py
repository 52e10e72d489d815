from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

YEAR = 365


class ChurnMessage(models.Model):
    """Facts that a message takes from the company's own records, so that nobody has to look them up."""

    _inherit = "churn.message"

    def action_take_facts(self):
        """Replace the facts of a draft by those of today."""
        self.ensure_one()
        takers = {
            "hiring": self._hiring_facts,
            "training": self._training_facts,
            "standard": self._standard_facts,
        }
        facts = takers[self.source]() if self.source in takers else []
        if not facts:
            raise UserError(self.env._("There are no facts on record for this kind: write them yourself."))
        commands = [Command.delete(line.id) for line in self._plain_lines()]
        commands += [
            Command.create({"name": name, "text": text, "sequence": 10 * number})
            for number, (name, text) in enumerate(facts, 1)
        ]
        self.write({"line_ids": commands, "facts_on": fields.Date.context_today(self)})

    def _hiring_facts(self):
        """How many applicants were taken in a year, where the app for recruitment is installed."""
        if "hr.applicant" not in self.env:
            return []
        since = fields.Datetime.now() - timedelta(days=YEAR)
        # sudo: two numbers, no names
        applicants = self.env["hr.applicant"].sudo().with_context(active_test=False)
        asked = applicants.search_count(
            [("company_id", "in", (False, self.company_id.id)), ("create_date", ">=", since)]
        )
        taken = applicants.search_count(
            [
                ("company_id", "in", (False, self.company_id.id)),
                ("create_date", ">=", since),
                ("stage_id.hired_stage", "=", True),
            ]
        )
        if not asked or not taken:
            return []
        return [
            (
                self.env._("%(taken)s of %(asked)s applicants", taken=taken, asked=asked),
                self.env._("were hired in the last twelve months."),
            )
        ]

    def _training_facts(self):
        """Sessions held in the last half year."""
        since = fields.Datetime.now() - timedelta(days=YEAR // 2)
        sessions = self.env["churn.training"].search(
            [("company_id", "=", self.company_id.id), ("start", ">=", since), ("state", "!=", "cancelled")]
        )
        return [
            (
                session.name,
                self.env._(
                    "%(hours)s hours with %(who)s",
                    hours=f"{session.hours:g}",
                    who=session.trainer or session.user_id.name,
                ),
            )
            for session in sessions
        ]

    def _standard_facts(self):
        standards = self.env["churn.standard"].search([("company_id", "in", (False, self.company_id.id))])
        return [(standard.name, standard.text) for standard in standards if standard.text]
