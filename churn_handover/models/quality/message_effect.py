from odoo import fields, models
from odoo.tools import SQL


class ChurnMessageEffect(models.Model):
    """What customers did with our messages: a row per message to a contact, to be summed by kind, series or month."""

    _name = "churn.message.effect"
    _description = "Effect of Quality Messages"
    _auto = False
    _order = "sent_on desc, id desc"
    _rec_name = "message_id"
    _depends = {
        "churn.place": [
            "state",
            "sent_on",
            "kind_id",
            "message_id",
            "step_id",
            "training_id",
            "mailing_id",
            "partner_id",
            "email",
            "company_id",
        ],
        "churn.step": ["series_id"],
        "churn.message.optout": ["email", "mailing_id"],
        "churn.invitation": ["training_id", "partner_id", "answer"],
        "mailing.trace": ["trace_status", "links_click_datetime", "email", "mass_mailing_id"],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    account_id = fields.Many2one("res.partner", readonly=True)
    kind_id = fields.Many2one("churn.message.kind", readonly=True)
    message_id = fields.Many2one("churn.message", readonly=True)
    series_id = fields.Many2one("churn.series", readonly=True)
    training_id = fields.Many2one("churn.training", readonly=True)
    sent_on = fields.Date(readonly=True)
    sent = fields.Integer(readonly=True)
    opened = fields.Integer(readonly=True)
    clicked = fields.Integer(readonly=True)
    answered = fields.Integer(readonly=True)
    refused = fields.Integer(string="No More of This Kind", readonly=True)
    opened_share = fields.Float(string="Opened (%)", readonly=True, aggregator="avg")
    clicked_share = fields.Float(string="Clicked (%)", readonly=True, aggregator="avg")

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT place.id, place.company_id, place.account_id, place.kind_id, place.message_id, step.series_id,
                   place.training_id, place.sent_on, 1 AS sent,
                   reaction.opened::int AS opened,
                   reaction.clicked::int AS clicked,
                   (COALESCE(trace.trace_status = 'reply', FALSE) OR invitation.answer IS NOT NULL)::int AS answered,
                   (optout.id IS NOT NULL)::int AS refused,
                   CASE WHEN reaction.opened THEN 100.0 ELSE 0.0 END AS opened_share,
                   CASE WHEN reaction.clicked THEN 100.0 ELSE 0.0 END AS clicked_share
              FROM churn_place place
         LEFT JOIN churn_step step ON step.id = place.step_id
         LEFT JOIN churn_invitation invitation
                ON invitation.training_id = place.training_id AND invitation.partner_id = place.partner_id
         LEFT JOIN LATERAL (SELECT trace_status, links_click_datetime FROM mailing_trace
                             WHERE mass_mailing_id = place.mailing_id AND email = place.email
                             ORDER BY id DESC LIMIT 1) trace ON TRUE
        CROSS JOIN LATERAL (
                      -- who answered an invitation has opened it and followed a link, which is not tracked
                      SELECT COALESCE(trace.trace_status IN ('open', 'reply'), FALSE) OR invitation.answer IS NOT NULL
                                 AS opened,
                             trace.links_click_datetime IS NOT NULL OR invitation.answer IS NOT NULL AS clicked
                   ) reaction
         LEFT JOIN churn_message_optout optout ON optout.mailing_id = place.mailing_id AND optout.email = place.email
             WHERE place.state = 'sent' AND place.kind_id IS NOT NULL
            """
        )
