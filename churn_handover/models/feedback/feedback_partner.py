from odoo import api, fields, models
from odoo.fields import Domain

from .feedback import KNOWN_TO_ALL, OPEN_STATES


class ResPartner(models.Model):
    """Feedback on the contact's screen, computed for the viewer; no field leads to the records."""

    _inherit = "res.partner"

    churn_feedback_count = fields.Integer(
        string="Feedback", compute="_compute_churn_feedback", groups="churn_handover.group_churn_user"
    )
    churn_open_complaint_count = fields.Integer(
        string="Open Complaints", compute="_compute_churn_feedback", groups="churn_handover.group_churn_user"
    )
    churn_has_open_complaint = fields.Boolean(
        string="Open Complaint",
        compute="_compute_churn_feedback",
        search="_search_churn_has_open_complaint",
        groups="churn_handover.group_churn_user",
    )
    churn_frozen_until = fields.Date(
        string="Owner Should Stay Until",
        compute="_compute_churn_feedback",
        groups="churn_handover.group_churn_user",
        help="A complaint was solved; until this day the customer should keep the people it knows.",
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_churn_feedback(self):
        feedback = self.env["churn.feedback"].sudo(False)
        accounts = self.commercial_partner_id.ids
        voices = feedback._voices(accounts) if accounts else {}
        frozen = feedback._frozen(voices)
        for partner in self:
            account = partner.commercial_partner_id.id
            voice = voices.get(account)
            partner.churn_feedback_count = voice.feedback if voice else 0
            partner.churn_open_complaint_count = voice.open_complaints if voice else 0
            partner.churn_has_open_complaint = bool(voice and voice.open_complaints)
            partner.churn_frozen_until = False if partner.churn_has_open_complaint else frozen.get(account)

    @api.model
    def _search_churn_has_open_complaint(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        complaints = (
            Domain("kind", "=", "complaint") & Domain("state", "in", OPEN_STATES) & Domain("account_id", "!=", False)
        )
        if self.env.context.get("churn_known_to_all"):  # a stored filter, searched by the system for many readers
            complaints &= KNOWN_TO_ALL
        query = self.env["churn.feedback"].sudo(False)._search(complaints)
        accounts = query.subselect(self.env["churn.feedback"]._field_to_sql(query.table, "account_id", query))
        return Domain("commercial_partner_id", "in", accounts)

    def action_churn_feedback(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("churn_handover.feedback_action")
        return {
            **action,
            "name": self.env._("Feedback of %(customer)s", customer=self.commercial_partner_id.name),
            "domain": [("account_id", "=", self.commercial_partner_id.id)],
            "context": {"default_partner_id": self.id},
        }
