from collections import Counter

from odoo import api, fields, models

from .handover import OPEN_STATES


class ChurnHandover(models.Model):
    """Successors who will not be there: proposed last, and said in words to those who may know."""

    _inherit = "churn.handover"

    presence_warning = fields.Text(
        compute="_compute_presence_warning", help="Successors and backups who leave, or are away on the change date."
    )

    @api.depends("state", "change_date", "line_ids.successor_id", "line_ids.account_id")
    @api.depends_context("uid", "lang")
    def _compute_presence_warning(self):
        for handover in self:
            planned = handover.state in ("draft", "confirmed") and handover.change_date
            handover.presence_warning = planned and "\n".join(handover._presence_sentences())

    def _presence_sentences(self):
        lines = self.line_ids.filtered(lambda line: line.state in OPEN_STATES)
        chosen = Counter(line.successor_id.id for line in lines if line.successor_id)
        passed = Counter()
        if self.state == "draft":
            for ranked in self._ranked_backups(lines.account_id).values():
                passed.update(set(ranked) - chosen.keys() - set(self._predecessors().ids))
        users = self.env["res.users"].browse([*chosen, *passed])
        words = users._churn_gone_words(users._churn_gone(self.change_date))
        sentences = []
        for user_id, sentence in words.items():
            if user_id in chosen:
                told = self.env._(
                    "%(sentence)s. Chosen for lines of this plan: %(count)s.", sentence=sentence, count=chosen[user_id]
                )
            else:
                told = self.env._(
                    "%(sentence)s, for that reason not proposed first. A backup of accounts: %(count)s.",
                    sentence=sentence,
                    count=passed[user_id],
                )
            sentences.append(told)
        return sentences
