from odoo import api, fields, models


class MailingMailing(models.Model):
    _inherit = "mailing.mailing"

    churn_step_id = fields.Many2one(
        "churn.step", string="Step of a Series", index="btree_not_null", ondelete="set null", readonly=True, copy=False
    )
    churn_training_id = fields.Many2one(
        "churn.training", index="btree_not_null", ondelete="set null", readonly=True, copy=False
    )
    churn_reserved = fields.Boolean(
        string="Places Reserved",
        readonly=True,
        copy=False,
        help="Only contacts with a reserved place get it: whoever had enough messages lately is left out.",
    )
    churn_message_id = fields.Many2one("churn.message", readonly=True, ondelete="set null", copy=False)
    churn_lang = fields.Char(readonly=True, copy=False)

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") in ("draft", "done"):
            # sudo: what is free again is free, whoever called the mailing off or sent it
            self.env["churn.place"].sudo()._settle(self.ids)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_frees_places(self):
        self.env["churn.place"].sudo()._settle(self.ids, gone=True)  # sudo: as above

    def _churn_company(self):
        """Whose cap counts."""
        self.ensure_one()
        known = self.churn_step_id.company_id or self.churn_training_id.company_id
        return known or self.user_id.company_id or self.env.company

    def _churn_kind(self):
        self.ensure_one()
        if self.churn_training_id:
            return self.env.ref("churn_handover.kind_training")
        return self.churn_message_id.kind_id

    def _churn_launch(self):
        self.ensure_one()
        return self.env["churn.place"]._launch_key(self.churn_step_id.id, self.churn_training_id.id, self.id)

    def _churn_render(self):
        """Write the text of the message, as it is today, into the mailings."""
        for mailing in self:
            message = mailing.churn_message_id.with_context(lang=mailing.churn_lang)
            body = message._render_mail(mailing.id)
            mailing.write(
                {
                    "subject": message._text_safe(message.subject),
                    "preview": message._preview_text(),
                    "body_arch": body,
                    "body_html": body,
                }
            )
