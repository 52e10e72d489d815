from odoo import api, fields, models


class ChurnProgramme(models.Model):
    """What a manager should know before the start, and would be sorry to learn afterwards."""

    _inherit = "churn.programme"

    is_vain = fields.Boolean(compute="_compute_draft_text", help="Customers are held out, but nothing can be told.")
    draft_text = fields.Text(compute="_compute_draft_text", string="Before the Start")

    @api.depends("member_ids.account_id", "member_count", "purpose", "state", "holdout_share", "power_text")
    @api.depends_context("lang")
    def _compute_draft_text(self):
        for programme in self:
            held_out, smallest = programme._power()[1:]
            programme.is_vain = programme.state == "draft" and held_out > 0 and smallest is None
            sentences = [programme._busy_sentence(), programme.is_vain and programme.power_text]
            programme.draft_text = "\n".join(filter(None, sentences)) if programme.state == "draft" else False

    def _busy_sentence(self):
        if self.state != "draft":
            return None
        accounts = self.member_ids.account_id | self._audience()
        # sudo: how many are taken is told, as it is at the start; not by whom
        members = self.env["churn.programme.member"].sudo()
        busy = members.search_count([("account_id", "in", accounts.ids), ("running_purpose", "=", self.purpose)])
        return busy and self.env._(
            "%(count)s of these customers are in another running programme of the same purpose: they will be left out.",
            count=busy,
        )

    def action_hold_nobody_out(self):
        self.holdout_share = 0.0
