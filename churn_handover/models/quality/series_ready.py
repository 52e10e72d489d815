from odoo import api, fields, models
from odoo.fields import Domain


class ChurnSeries(models.Model):
    """The series that come with the addon, and what a series needs before it can say anything."""

    _inherit = "churn.series"

    missing_text = fields.Char(
        string="What Is Missing", compute="_compute_missing_text", help="Why kinds of a running series are not sent."
    )

    @api.depends("state", "kind_ids")
    @api.depends_context("lang")
    def _compute_missing_text(self):
        for series in self:
            series.missing_text = series.state == "running" and series._missing_words()

    def _missing_words(self):
        """What its kinds need before they can be sent, and where to enter it; empty when all have something to say."""
        self.ensure_one()
        silent = self.kind_ids - self._ready_messages(fields.Date.context_today(self)).kind_id
        bulletins = silent.filtered(
            lambda kind: kind._from_register() and not self.env["churn.message"]._choose_items(kind, self.company_id)
        )
        written = silent.filtered(lambda kind: not kind._from_register())
        words = []
        if bulletins:
            words.append(
                self.env._(
                    "%(kinds)s: there is nobody new to show. Enter achievements under Quality, Achievements, where "
                    "each person agrees to publish.",
                    kinds=bulletins.mapped("name"),
                )
            )
        if written:
            words.append(
                self.env._(
                    "%(kinds)s: no message is ready. Finish one under Quality, Messages.",
                    kinds=written.mapped("name"),
                )
            )
        return " ".join(words)

    def _nothing_to_send(self):
        everybody = self.env._("Nobody can get anything new today: all know what is ready, or had enough lately.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "info", "sticky": True, "message": self._missing_words() or everybody},
        }

    @api.model
    def _ship(self, companies=None):
        """Give companies the ready-made series, as drafts; those of the first company are data and are copied.

        :param companies: default all that have none
        """
        shipped = self.browse(
            self.env["ir.model.data"]
            .sudo()  # sudo: which records came with the addon
            .search([("module", "=", "churn_handover"), ("model", "=", self._name)])
            .mapped("res_id")
        ).exists()
        # sudo: also for companies that whoever installs the addon does not work in
        all_series = self.sudo().with_context(active_test=False)
        if companies is None:
            companies = self.env["res.company"].sudo().search(Domain.TRUE)  # sudo: as above
        for company in companies - all_series.search(Domain.TRUE).company_id:
            for series in shipped.sudo():  # sudo: as above
                series.copy({"company_id": company.id, "user_id": False, "segment_ids": False})

    def _prepare_drafts(self):
        """Start a message for each kind that has none: with its text, and with the facts on record.

        Bulletins make themselves from the register. What needs nothing but its text is ready at once.

        :return: churn.message, the drafts that somebody has to look at
        """
        drafts = self.env["churn.message"]
        for series in self:
            kinds = series.kind_ids.filtered(lambda kind: not kind._from_register())
            known = self.env["churn.message"].search(
                [
                    ("company_id", "=", series.company_id.id),
                    ("kind_id", "in", kinds.ids),
                    ("state", "in", ("draft", "ready")),
                ]
            )
            usable = known.filtered(lambda message: message.state == "draft" or not message._refusal())
            for kind in kinds - usable.kind_id:
                drafts |= self.env["churn.message"].create({"kind_id": kind.id, "company_id": series.company_id.id})
        for message in drafts:
            message._take_facts()
            if message.source == "team":
                message.action_ready()
        return drafts.filtered(lambda message: message.state == "draft")

    def _open_drafts(self, drafts):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Messages to Finish"),
            "res_model": "churn.message",
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", drafts.ids)],
            "help": self.env._("These kinds had no message yet. Read them, complete them, and press “Ready to Send”."),
        }
