import secrets

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

OPEN_STATES = ("new", "progress")
# What all who see the customer may know of: see rule_feedback_user.
KNOWN_TO_ALL = (
    Domain("is_sorted", "=", True)
    & Domain("about_user_id", "=", False)
    & Domain("about_superior", "=", False)
    & Domain("withheld_user_ids", "=", False)
)
EXCERPT_LENGTH = 90  # characters in lists


class ChurnFeedback(models.Model):
    """What a customer said about us: a complaint, a concern, a wish or praise, about a person or a matter.

    Whom it is about never learns of it. All rests on one record rule for all (``rule_feedback_hidden``):
    for the persons concerned the record does not exist, see ``feedback_access.py``; what points to it from
    elsewhere (messages, activities, ratings, meetings) hangs on the same rule, see ``feedback_pointer.py``.

    No other model may have a relational field to this one: Odoo finds ids in such a field without the rules.
    """

    _name = "churn.feedback"
    _description = "Customer Feedback"
    _inherit = ["churn.guarded", "mail.thread", "mail.activity.mixin"]
    _order = "received_date desc, id desc"
    _rec_names_search = ["account_name", "subject", "text"]
    _check_company_auto = True
    _mail_post_access = "read"
    _primary_email = "email_from"

    # What was said
    kind = fields.Selection(
        [("complaint", "Complaint"), ("concern", "Concern"), ("wish", "Wish"), ("praise", "Praise")],
        required=True,
        default="complaint",
        copy=False,
    )
    severity = fields.Selection(
        [("low", "Low"), ("normal", "Normal"), ("high", "High"), ("critical", "Critical")],
        compute="_compute_severity",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        copy=False,
    )
    source = fields.Selection(
        [
            ("meeting", "Meeting"),
            ("phone", "Phone"),
            ("mail", "Mail"),
            ("portal", "Portal Answer"),
            ("rating", "Rating"),
            ("other", "Other"),
        ],
        required=True,
        default="other",
        copy=False,
    )
    subject = fields.Char(copy=False)
    text = fields.Text(string="What Was Said", required=True, copy=False)
    excerpt = fields.Char(string="In Short", compute="_compute_excerpt")
    received_date = fields.Datetime(
        string="Received", required=True, default=fields.Datetime.now, index=True, copy=False
    )

    # Who said it
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        copy=False,
        help="The account, or the contact who said it.",
    )
    account_id = fields.Many2one(
        "res.partner",
        compute="_compute_account_id",
        store=True,
        precompute=True,
        index="btree_not_null",
        ondelete="set null",
        copy=False,
    )
    account_name = fields.Char(compute="_compute_account_id", store=True, precompute=True, copy=False)
    email_from = fields.Char(string="Sender", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )

    # About whom
    about_user_id = fields.Many2one(
        "res.users",
        string="About",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        domain="[('share', '=', False), ('id', '!=', uid)]",
        help="The feedback is hidden from this person everywhere. Empty: it is about no person.",
    )
    withheld_user_ids = fields.Many2many(
        "res.users",
        "churn_feedback_withheld_rel",
        string="Also Hidden From",
        copy=False,
        help="Persons who seem to be mentioned, until somebody has decided whom the feedback is about.",
    )
    is_sorted = fields.Boolean(
        string="Sorted",
        default=True,
        readonly=True,
        copy=False,
        help="Somebody has decided whom it is about. Before that, only leaders and managers see it.",
    )
    about_superior = fields.Boolean(
        compute="_compute_about_superior",
        compute_sudo=True,
        store=True,
        copy=False,
        help="It concerns a leader or manager: managers, the responsible person and who entered it see it.",
    )

    # What became of it
    state = fields.Selection(
        [("new", "New"), ("progress", "In Progress"), ("solved", "Solved"), ("withdrawn", "Withdrawn")],
        required=True,
        default="new",
        index=True,
        copy=False,
        group_expand=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        domain="[('share', '=', False), ('id', '!=', about_user_id), ('id', 'not in', withheld_user_ids)]",
    )
    answered_date = fields.Datetime(string="First Answered", copy=False)
    solved_date = fields.Datetime(string="Solved on", copy=False)
    done_text = fields.Text(string="What Was Done", copy=False)
    hours_to_answer = fields.Float(
        compute="_compute_durations",
        store=True,
        aggregator="avg",
        help="Hours from receipt to the first answer.",
    )
    days_to_solve = fields.Float(
        compute="_compute_durations", store=True, aggregator="avg", help="Days from receipt to the solution."
    )
    can_write = fields.Boolean(compute="_compute_can_handle")
    can_handle = fields.Boolean(compute="_compute_can_handle")

    # Computes

    @api.depends("kind")
    def _compute_severity(self):
        for feedback in self:
            feedback.severity = "high" if feedback.kind == "complaint" else "normal"

    @api.depends("subject", "text")
    def _compute_excerpt(self):
        for feedback in self:
            text = " ".join((feedback.subject or feedback.text or "").split())
            feedback.excerpt = text if len(text) <= EXCERPT_LENGTH else f"{text[:EXCERPT_LENGTH]}…"

    @api.depends("partner_id.commercial_partner_id")
    def _compute_account_id(self):
        for feedback in self:
            feedback.account_id = feedback.partner_id.commercial_partner_id
            feedback.account_name = feedback.account_id.name or feedback.account_name

    @api.depends("partner_id")
    def _compute_company_id(self):
        for feedback in self:
            feedback.company_id = feedback.partner_id.company_id or feedback.company_id or self.env.company

    @api.depends("about_user_id", "withheld_user_ids")
    def _compute_about_superior(self):
        concerned = self.about_user_id | self.withheld_user_ids
        leading = self.env["crm.team"].search([("user_id", "in", concerned.ids)]).user_id
        superiors = leading | concerned.filtered(lambda user: user.has_group("churn_handover.group_churn_leader"))
        for feedback in self:
            feedback.about_superior = bool(feedback._concerned() & superiors)

    @api.depends("received_date", "answered_date", "solved_date")
    def _compute_durations(self):
        for feedback in self:
            received, answered, solved = feedback.received_date, feedback.answered_date, feedback.solved_date
            feedback.hours_to_answer = (answered - received).total_seconds() / 3600 if answered and received else 0
            feedback.days_to_solve = (solved - received).total_seconds() / 86400 if solved and received else 0

    @api.depends_context("uid")
    @api.depends("user_id", "about_superior")
    def _compute_can_handle(self):
        user = self.env.user
        manages = user.has_group("churn_handover.group_churn_manager")
        leads = user.has_group("churn_handover.group_churn_leader")
        writable = self._filtered_access("write")
        for feedback in self:
            in_charge = feedback.user_id == user or manages or (leads and not feedback.about_superior)
            feedback.can_write = not feedback.id or feedback in writable
            feedback.can_handle = feedback in writable and in_charge

    def _read_group_select(self, aggregate_spec, query):
        """Average times over what has been answered or solved: an open one did not take 0 hours."""
        ended = {"hours_to_answer:avg": "answered_date", "days_to_solve:avg": "solved_date"}.get(aggregate_spec)
        average = super()._read_group_select(aggregate_spec, query)
        if not ended:
            return average
        return SQL("%s FILTER (WHERE %s IS NOT NULL)", average, self._field_to_sql(self._table, ended, query))

    # Constraints

    @api.constrains("user_id", "about_user_id", "withheld_user_ids")
    def _check_responsible(self):
        for feedback in self:
            if feedback.user_id & feedback._concerned():
                raise ValidationError(
                    self.env._(
                        "%(user)s is concerned by this feedback and cannot be responsible for it.",
                        user=feedback.user_id.name,
                    )
                )

    @api.constrains("state", "done_text")
    def _check_done(self):
        if any(feedback.state == "solved" and not feedback.done_text for feedback in self):
            raise ValidationError(self.env._("Write down what was done before you mark feedback as solved."))

    @api.constrains("received_date", "answered_date", "solved_date")
    def _check_dates(self):
        for feedback in self:
            dates = [day for day in (feedback.answered_date, feedback.solved_date) if day]
            if dates and min(dates) < feedback.received_date:
                raise ValidationError(self.env._("Feedback cannot be answered or solved before it was received."))

    # ORM

    @api.model_create_multi
    def create(self, vals_list):
        created = self.with_context(mail_create_nosubscribe=True)
        feedback = created.browse()
        for vals in vals_list:
            self._check_enterer(vals)
            self._skip_ids()
            # one by one, each behind its own gap: in a row of ids made at once, a missing one would tell
            feedback += super(ChurnFeedback, created).create([self._dated(vals)])
        feedback = self.browse(feedback.ids)
        feedback._date_answers()
        feedback._assign_responsible()
        return feedback

    def write(self, vals):
        if not self.env.su:
            self._check_written(vals)
        result = super().write(self._dated(vals))
        self._date_answers()
        self._follow_up(vals)
        return result

    def _check_written(self, vals):
        if "about_user_id" in vals and any(f.about_user_id.id != vals["about_user_id"] for f in self):
            raise UserError(self.env._("Use the button “About Whom?” to change whom feedback is about."))
        if "state" in vals and not all(self.mapped("can_handle")):
            raise AccessError(self.env._("Feedback is answered and solved by its responsible person or a leader."))

    @api.model
    def _dated(self, vals):
        """Return the values with the date of solution that their state asks for."""
        if "state" not in vals or vals.get("solved_date"):
            return vals
        return {**vals, "solved_date": fields.Datetime.now() if vals["state"] == "solved" else False}

    def _date_answers(self):
        for feedback in self.filtered(lambda f: f.state == "solved" and not f.answered_date):
            feedback.answered_date = feedback.solved_date

    @api.model
    def _check_enterer(self, vals):
        if self.env.su:
            return
        about = vals.get("about_user_id", self.env.context.get("default_about_user_id"))
        if about == self.env.uid:
            raise UserError(
                self.env._("Feedback about yourself is entered by somebody else: please tell your leader about it.")
            )
        self.env["res.partner"].browse(vals.get("partner_id") or []).check_access("read")

    @api.model
    def _skip_ids(self):
        """Leave a random gap in the ids, so that the gap of a hidden record tells nothing.

        How many ids are left out has no upper limit (geometric distribution, two on average).
        """
        gap = 0
        while secrets.randbelow(3):
            gap += 1
        if gap:
            self.env.cr.execute("SELECT nextval('churn_feedback_id_seq') FROM generate_series(1, %s)", [gap])

    def _concerned(self):
        """Return the users from whom the feedback is hidden."""
        return self.about_user_id | self.withheld_user_ids

    # Actions

    def action_answered(self):
        """The customer has got a first answer, by phone or in person."""
        self.filtered(lambda f: not f.answered_date).write({"answered_date": fields.Datetime.now()})
        return self.filtered(lambda f: f.state == "new").write({"state": "progress"})

    def action_solve(self):
        return self.write({"state": "solved"})

    def action_withdraw(self):
        """The customer takes it back, or it was entered by mistake."""
        return self.write({"state": "withdrawn"})

    def action_reopen(self):
        return self.write({"state": "progress"})

    def action_note(self):
        """Close the quick form and say who takes care of it."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Noted. %(user)s takes care of it.", user=self.user_id.name)
                if self.user_id
                else self.env._("Noted. Nobody is responsible for it yet."),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_open(self):
        self.ensure_one()
        return self._get_records_action(context={})
