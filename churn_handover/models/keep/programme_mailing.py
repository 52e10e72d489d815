from collections import Counter

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common.listed import listed


class ChurnProgramme(models.Model):
    """The mailing of a programme: prepared at the start, sent by a click, under the cap of all messages."""

    _inherit = "churn.programme"

    mailing_id = fields.Many2one("mailing.mailing", readonly=True, copy=False, ondelete="set null")
    mailing_state = fields.Selection(related="mailing_id.state", string="State of the Mailing")
    mailing_subject = fields.Char(related="mailing_id.subject", string="Subject")
    mailing_body = fields.Html(compute="_compute_mailing", string="Mail")
    mailing_text = fields.Char(compute="_compute_mailing", string="Who Gets It")
    has_mailing = fields.Boolean(compute="_compute_has_mailing")

    @api.depends("measure_ids.kind")
    def _compute_has_mailing(self):
        for programme in self:
            programme.has_mailing = "mailing" in programme.measure_ids.mapped("kind")

    @api.depends("mailing_id", "member_ids.mail_reason", "state")
    @api.depends_context("lang")
    def _compute_mailing(self):
        reasons = dict(self.env["churn.programme.member"]._fields["mail_reason"]._description_selection(self.env))
        for programme in self:
            mailing = programme.sudo().mailing_id  # sudo: what this programme says to its customers
            programme.mailing_body = mailing.body_html
            programme.mailing_text = mailing and programme._mailing_sentence(mailing, reasons)

    def _mailing_sentence(self, mailing, reasons):
        # sudo: numbers of this programme's places
        places = self.env["churn.place"].sudo()._read_group([("mailing_id", "=", mailing.id)], ["state"], ["__count"])
        states = Counter(dict(places))
        left_out = Counter(reason for reason in self.member_ids.mapped("mail_reason") if reason)
        sentences = [
            self.env._(
                "To be sent: %(planned)s, on their way: %(reserved)s, sent: %(sent)s, not delivered: %(freed)s.",
                planned=states["planned"],
                reserved=states["reserved"],
                sent=states["sent"],
                freed=states["freed"],
            )
        ]
        if left_out:
            words = listed(self.env, [f"{reasons[reason]} {count}" for reason, count in left_out.most_common()])
            sentences.append(self.env._("Left out: %(reasons)s.", reasons=words))
        return " ".join(sentences)

    def _prepare_mailing(self):
        """A draft to the treated; it takes no place from other messages before it is queued."""
        measures = self.measure_ids.filtered(lambda measure: measure.kind == "mailing")
        if not measures:
            return
        message = self.env["churn.message"]
        paragraphs = [Markup("<p>%s</p>") % line for line in (measures[0].note or "").split("\n") if line.strip()]
        refuse = Markup('<p><a href="/unsubscribe_from_list">%s</a></p>') % self.env._("No more mails like this")
        body = Markup("").join([*paragraphs, refuse]) if paragraphs else False
        mailings = self.env["mailing.mailing"].sudo()  # sudo: a draft, made by the program alone
        mailing = mailings.create(
            {
                "subject": message._text_safe(measures[0].name),
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": "[('id', '=', 0)]",
                "body_html": body,
                "body_arch": body,
                "user_id": self.user_id.id,
                "email_from": self.user_id.email_formatted or self.company_id.email_formatted,
                "use_exclusion_list": True,
                "churn_programme_id": self.id,
            }
        )
        mailing.mailing_domain = repr([("churn_place_ids", "any", [("mailing_id", "=", mailing.id)])])
        self.mailing_id = mailing
        self.env["churn.place"]._plan_programme(mailing)

    def _drop_mailing(self):
        """At the end: what was not sent yet is not sent any more, and its places are free."""
        mailing = self.mailing_id
        if mailing.state in ("draft", "in_queue"):
            places = self.env["churn.place"].search([("mailing_id", "=", mailing.id)])
            places.filtered(lambda place: place.state in ("planned", "reserved")).unlink()
            mailing.unlink()

    def action_send_mailing(self):
        """Queue the mailing; the places are reserved in this moment."""
        self.ensure_one()
        self.check_access("write")
        mailing = self.sudo().mailing_id  # sudo: who may run the programme needs no rights in the mailing app
        if self.state != "running" or mailing.state != "draft":
            raise UserError(self.env._("There is no mailing that waits to be sent."))
        if not mailing.body_html or not mailing.body_html.striptags().strip():
            raise UserError(
                self.env._("The mail has no text yet: write it in the measure, or open the mailing and write it there.")
            )
        mailing.action_launch()
        return True

    def action_open_mailing(self):
        self.ensure_one()
        return self.mailing_id._get_records_action(context={})

    def action_open_left_out(self):
        """Treated customers that get no mail, with the reason."""
        self.ensure_one()
        return {
            **self.action_open_members(),
            "name": self.env._("Left Out of the Mailing"),
            "domain": [("programme_id", "=", self.id), ("mail_reason", "!=", False)],
        }
