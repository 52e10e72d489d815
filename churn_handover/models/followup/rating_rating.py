from odoo import api, fields, models
from odoo.fields import Domain


class RatingRating(models.Model):
    """A rating of a follow-up is there for those who may read the follow-up; stock Odoo shows it to every employee."""

    _inherit = "rating.rating"

    churn_followup_visible = fields.Boolean(
        string="Follow-up Visible",
        compute="_compute_churn_followup_visible",
        search="_search_churn_followup_visible",
    )

    @api.model
    def _churn_followups(self):
        companies = self.env.user.company_ids.ids
        return self.env["churn.followup"].sudo(False).with_context(allowed_company_ids=companies)

    def write(self, vals):
        """A rating that is moved to a record must be allowed there, too: Odoo asks only about the former place."""
        result = super().write(vals)
        if not self.env.su and not {"res_model_id", "res_id"}.isdisjoint(vals):
            self.env.flush_all()
            self.invalidate_recordset(["churn_followup_visible"], flush=False)
            self.check_access("write")
        return result

    @api.depends_context("uid")
    def _compute_churn_followup_visible(self):
        ours = self.filtered(lambda rating: rating.res_model == "churn.followup")
        readable = set(self._churn_followups().browse(ours.mapped("res_id")).exists()._filtered_access("read").ids)
        for rating in self:
            rating.churn_followup_visible = rating not in ours or rating.res_id in readable

    @api.model
    def _search_churn_followup_visible(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        elsewhere = Domain("res_model", "!=", "churn.followup")
        followups = self._churn_followups()
        if not followups.has_access("read"):
            return elsewhere
        return elsewhere | Domain("res_id", "in", followups._search(Domain.TRUE))
