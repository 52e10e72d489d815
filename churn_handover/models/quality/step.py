from collections import Counter

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..common.listed import listed


class ChurnStep(models.Model):
    """One step of a series: the mailings of one day, proposed, approved and sent together."""

    _name = "churn.step"
    _description = "Step of a Series"
    _inherit = ["churn.guarded", "mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    series_id = fields.Many2one("churn.series", required=True, index=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="series_id.company_id", store=True, index=True)
    user_id = fields.Many2one(related="series_id.user_id", string="Responsible")
    date = fields.Date(string="Proposed on", required=True, readonly=True)
    state = fields.Selection(
        [
            ("proposed", "To Approve"),
            ("approved", "Approved"),
            ("launched", "Launched"),
            ("declined", "Declined"),
        ],
        required=True,
        default="proposed",
        readonly=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    auto_on = fields.Date(string="Goes Out Without Answer on", readonly=True)
    auto_text = fields.Char(string="Without an Answer", compute="_compute_auto_text")
    launched_at = fields.Datetime(readonly=True, copy=False)
    place_ids = fields.One2many("churn.place", "step_id", string="Contacts")
    message_ids_used = fields.Many2many("churn.message", string="What Is Sent", compute="_compute_messages_used")
    preview_html = fields.Html(string="Mails", compute="_compute_preview", sanitize=False)
    note = fields.Text(string="Not Sent", readonly=True)

    # Figures

    planned_count = fields.Integer(string="Recipients", compute="_compute_counts")
    queued_count = fields.Integer(string="On Its Way", compute="_compute_counts")
    sent_count = fields.Integer(string="Sent", compute="_compute_counts")
    left_out_count = fields.Integer(string="Left Out", compute="_compute_counts")
    failed_count = fields.Integer(string="Not Delivered", compute="_compute_counts")
    left_out_text = fields.Char(string="Why Left Out", compute="_compute_counts")
    waiting_count = fields.Integer(
        string="Waiting",
        readonly=True,
        help="Contacts beyond the budget of this step: they come first in the next ones.",
    )
    holdout_count = fields.Integer(
        related="series_id.holdout_count",
        string="Held Out",
        help="Accounts of the series that get nothing, by lot, to compare with.",
    )
    nothing_new_count = fields.Integer(
        string="Nothing New for Them", readonly=True, help="They know every message that is ready."
    )
    opened_count = fields.Integer(string="Opened", compute="_compute_results")
    clicked_count = fields.Integer(string="Clicked", compute="_compute_results")
    answered_count = fields.Integer(string="Answered", compute="_compute_results")

    @api.depends("series_id", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for step in self:
            step.display_name = self.env._(
                "%(series)s, %(date)s", series=step.series_id.name, date=format_date(step.env, step.date)
            )

    @api.depends("place_ids.state")
    def _compute_counts(self):
        rows = self.env["churn.place"]._read_group(
            [("step_id", "in", self.ids)], ["step_id", "state", "reason"], ["__count"]
        )
        labels = dict(self.env["churn.place"]._fields["reason"]._description_selection(self.env))
        for step in self:
            counts, reasons = Counter(), Counter()
            for group, state, reason, count in rows:
                if group == step:
                    counts[state] += count
                    if state == "left_out":
                        reasons[labels.get(reason)] += count
            step.planned_count = counts["planned"] + counts["reserved"] + counts["sent"] + counts["freed"]
            step.queued_count = counts["reserved"]
            step.sent_count = counts["sent"]
            step.failed_count = counts["freed"]
            step.left_out_count = counts["left_out"]
            step.left_out_text = listed(step.env, [f"{label}: {count}" for label, count in reasons.most_common()])

    def _compute_results(self):
        # The traces are for users of the mailing app; their sums per step are for everybody who may read the step.
        self.env["mailing.trace"].flush_model(["trace_status", "links_click_datetime", "mass_mailing_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT mailing.churn_step_id, COUNT(*) FILTER (WHERE trace.trace_status IN ('open', 'reply')),
                          COUNT(*) FILTER (WHERE trace.links_click_datetime IS NOT NULL),
                          COUNT(*) FILTER (WHERE trace.trace_status = 'reply')
                     FROM mailing_trace trace JOIN mailing_mailing mailing ON mailing.id = trace.mass_mailing_id
                    WHERE mailing.churn_step_id = ANY(%s) GROUP BY 1""",
                self.ids,
            )
        )
        results = {step: counts for step, *counts in rows}
        for step in self:
            step.opened_count, step.clicked_count, step.answered_count = results.get(step.id, (0, 0, 0))

    @api.depends("state", "auto_on")
    @api.depends_context("lang")
    def _compute_auto_text(self):
        for step in self:
            waits = step.state == "proposed" and step.auto_on
            step.auto_text = waits and self.env._(
                "Without an answer it goes out on %(date)s.", date=format_date(self.env, step.auto_on)
            )

    def _compute_messages_used(self):
        rows = self.env["churn.place"]._read_group([("step_id", "in", self.ids)], ["step_id"], ["message_id:recordset"])
        used = dict(rows)
        for step in self:
            step.message_ids_used = used.get(step, self.env["churn.message"])

    @api.depends("state")
    @api.depends_context("lang")
    def _compute_preview(self):
        for step in self:
            mails = [message._preview_document() for message in step.message_ids_used]
            step.preview_html = Markup().join(mails) or False

    # Actions

    @api.model
    def _due_domain(self):
        """Steps to launch: approved ones, and those nobody answered in time."""
        unanswered = Domain("state", "=", "proposed") & Domain("auto_on", "<=", fields.Date.context_today(self))
        return Domain("series_id.state", "!=", "paused") & (Domain("state", "=", "approved") | unanswered)

    def action_approve(self):
        """Send it now: the places are reserved in this moment, and the mails queued."""
        self.check_access("write")
        if any(step.state != "proposed" for step in self):
            raise UserError(self.env._("Only a step that is proposed can be approved."))
        self._launch()

    def action_decline(self):
        self.check_access("write")
        if any(step.state not in ("proposed", "approved") for step in self):
            raise UserError(self.env._("What was launched cannot be declined: mails are on their way."))
        mailings = self._mailings()
        self._places().unlink()
        mailings.unlink()
        # sudo: the state is the engine's; the right to write the step was checked
        self.sudo().state = "declined"
        self._asked().unlink()

    def action_places(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("churn_handover.place_action")
        return {**action, "domain": [("step_id", "=", self.id)]}

    def action_mailings(self):
        """The mailings in Odoo's own app, for those who work there."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Mailings"),
            "res_model": "mailing.mailing",
            "view_mode": "list,form",
            "domain": [("churn_step_id", "=", self.id)],
        }

    def _open(self):
        self.ensure_one()
        return self._get_records_action(context={})

    def _places(self):
        # sudo: places are written by the engine only; whoever may write the step may use it
        return self.env["churn.place"].sudo().search([("step_id", "in", self.ids)])

    def _mailings(self):
        # sudo: a sales manager need not have rights in the mailing app to send what the series prepared
        return self.env["mailing.mailing"].sudo().search([("churn_step_id", "in", self.ids)])

    # Asking

    def _ask(self):
        """Put the step on the to-do list of the responsible."""
        self.ensure_one()
        step = self.with_context(lang=self.user_id.lang or self.env.lang)
        summary = step.env._("Approve %(count)s messages to customers", count=step.planned_count)
        day = format_date(step.env, self.auto_on)
        note = step.env._("They go out on %(date)s without an answer.", date=day) if self.auto_on else False
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=self.auto_on or self.date,
            summary=summary,
            note=note,
            user_id=self.user_id.id,
        )

    def _asked(self):
        return self.activity_ids.filtered("automated")
