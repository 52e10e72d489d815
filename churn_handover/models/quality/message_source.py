from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

YEAR = 365


class ChurnMessage(models.Model):
    """Facts that a message takes from the company's own records, so that nobody has to look them up."""

    _inherit = "churn.message"

    def action_take_facts(self):
        """Replace the facts of a draft by those of today."""
        self.ensure_one()
        if not self._take_facts():
            raise UserError(self.env._("There are no facts on record for this kind: write them yourself."))

    def action_new_edition(self):
        """Say it again with the facts of today, in place of one whose facts are too old."""
        self.ensure_one()
        edition = self.copy()
        edition._take_facts()
        self.action_retire()
        return edition._get_records_action()

    def _take_facts(self):
        """:return: whether there were any"""
        self.ensure_one()
        facts = self._facts()
        if not facts:
            return False
        commands = [Command.delete(line.id) for line in self._plain_lines()]
        commands += [
            Command.create({"name": name, "text": text, "sequence": 10 * number})
            for number, (name, text) in enumerate(facts, 1)
        ]
        self.write({"line_ids": commands, "facts_on": fields.Date.context_today(self)})
        for lang in self._other_languages():
            theirs = self.with_context(lang=lang)
            for line, (name, text) in zip(theirs._plain_lines().sorted("sequence"), theirs._facts(), strict=True):
                line.write({"name": name, "text": text})
        return True

    def _facts(self):
        """What is on record for this kind: [(title, sentence), …] in the language of the reader."""
        takers = {
            "hiring": self._hiring_facts,
            "training": self._training_facts,
            "standard": self._standard_facts,
        }
        return takers[self.source]() if self.source in takers else []

    @api.model
    def _other_languages(self):
        """The languages customers may read, but for the one that is written in now."""
        return [code for code, _name in self.env["res.lang"].get_installed() if code != (self.env.lang or "en_US")]

    def _translate_defaults(self):
        """Where the words are those of the kind, take them in all languages the kind has them in."""
        self.ensure_one()
        body = self._fields["body"]
        kind, lang = self.kind_id, self.env.lang or "en_US"
        for other in self._other_languages():
            theirs = kind.with_context(lang=other)
            if self.subject == kind.default_subject and theirs.default_subject:
                self.with_context(lang=other).subject = theirs.default_subject
            if self.body and self.body == kind.default_body:
                terms = body.get_trans_terms(kind.default_body), body.get_trans_terms(theirs.default_body or "")
                if len(terms[0]) == len(terms[1]):
                    self._update_field_translations("body", {other: dict(zip(*terms, strict=True))}, source_lang=lang)

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
        now = fields.Datetime.now()
        since = now - timedelta(days=YEAR // 2)
        sessions = self.env["churn.training"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("start", ">=", since),
                ("start", "<=", now),
                ("state", "!=", "cancelled"),
            ]
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
