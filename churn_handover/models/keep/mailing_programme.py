from odoo import fields, models


class MailingMailing(models.Model):
    _inherit = "mailing.mailing"

    churn_programme_id = fields.Many2one(
        "churn.programme", string="Programme", index="btree_not_null", ondelete="set null", readonly=True, copy=False
    )

    def _churn_company(self):
        return self.churn_programme_id.company_id or super()._churn_company()

    def action_put_in_queue(self):
        """A programme's mailing takes its places now, whoever sends it and from which app."""
        result = super().action_put_in_queue()
        for mailing in self.filtered("churn_programme_id"):
            # sudo: places are written by the engine only; the right to send was checked
            self.env["churn.place"].sudo()._reserve_programme(mailing.sudo())
        return result
