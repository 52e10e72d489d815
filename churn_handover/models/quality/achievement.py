from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

MANAGER = "churn_handover.group_churn_manager"


class ChurnAchievement(models.Model):
    """Something one of our people achieved, that customers may learn of if the person agrees."""

    _name = "churn.achievement"
    _description = "Achievement"
    _inherit = ["churn.guarded", "mail.thread"]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="What", required=True, translate=True, tracking=True)
    employee_id = fields.Many2one(
        "hr.employee",
        string="Person",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.user.employee_id,
    )
    company_id = fields.Many2one(related="employee_id.company_id", store=True, index=True)
    date = fields.Date(string="When", required=True, default=fields.Date.context_today)
    is_outside = fields.Boolean(
        string="Outside the Company",
        help="A talk, an article, an office in an association, a prize given by others: more credible than what we say "
        "of ourselves, and shown first.",
    )
    text = fields.Text(
        string="In Two Sentences",
        translate=True,
        help="What the customer reads. A manager may edit it in the bulletin.",
    )
    evidence_url = fields.Char(string="Link")
    evidence_file = fields.Binary(string="File", attachment=True)
    evidence_name = fields.Char()
    consent = fields.Selection(
        [("open", "Not Asked"), ("given", "Agreed"), ("revoked", "Withdrawn")],
        string="May Be Published",
        required=True,
        default="open",
        copy=False,
        readonly=True,
        tracking=True,
    )
    consent_date = fields.Date(readonly=True, copy=False)
    can_consent = fields.Boolean(compute="_compute_can_consent")
    can_edit = fields.Boolean(compute="_compute_can_edit", help="Whether the reader may change it.")
    has_no_person = fields.Boolean(
        compute="_compute_has_no_person", help="Whether the reader cannot enter anything for want of an employee."
    )
    active = fields.Boolean(default=True)
    line_ids = fields.One2many("churn.message.line", "achievement_id", string="Shown in")
    shown_on = fields.Date(compute="_compute_shown_on", help="The day it was taken into a bulletin.")
    origin_model = fields.Char(readonly=True, copy=False)
    origin_id = fields.Integer(readonly=True, copy=False, aggregator=None)

    _origin_unique = models.UniqueIndex(
        "(origin_model, origin_id) WHERE origin_id IS NOT NULL AND origin_id != 0",
        "This entry is in the register already.",
    )

    @api.depends_context("uid")
    @api.depends("employee_id")
    def _compute_can_consent(self):
        for achievement in self:
            achievement.can_consent = achievement._may_consent()

    @api.depends_context("uid")
    @api.depends("employee_id", "consent")
    def _compute_can_edit(self):
        allowed = self._origin._filtered_access("write")
        for achievement in self:
            achievement.can_edit = not achievement._origin or achievement._origin in allowed

    @api.depends_context("uid", "company")
    @api.depends("employee_id")
    def _compute_has_no_person(self):
        nobody = not self.env.user.employee_id and not self.env.user.has_group(MANAGER)
        for achievement in self:
            achievement.has_no_person = nobody and not achievement.employee_id

    @api.depends("line_ids.picked_on")
    def _compute_shown_on(self):
        for achievement in self:
            # sudo: the day, not the bulletin
            achievement.shown_on = max(achievement.sudo().line_ids.mapped("picked_on"), default=False)

    def _may_consent(self):
        """The person alone; for somebody without a login the manager, who keeps the written consent as evidence."""
        self.ensure_one()
        user = self.employee_id.sudo().user_id  # sudo: whose login it is, compared with the own
        return user == self.env.user or (not user and self.env.user.has_group(MANAGER))

    def _headline(self):
        self.ensure_one()
        return self.env._("%(person)s: %(what)s", person=self.employee_id.name, what=self.name)

    # Consent

    def action_agree(self):
        self._set_consent("given")

    def action_withdraw_consent(self):
        self._set_consent("revoked")
        # sudo: withdrawn means withdrawn: out of every bulletin that is still to be sent, also of those one cannot read
        lines = self.sudo().line_ids
        lines.filtered(lambda line: line.message_id.state != "retired").unlink()

    def _set_consent(self, consent):
        for achievement in self:
            if not achievement._may_consent():
                raise AccessError(
                    self.env._(
                        "Only %(person)s can decide whether this is published.", person=achievement.employee_id.name
                    )
                )
        # sudo: the right to decide was just checked; the field is closed otherwise
        self.sudo().write({"consent": consent, "consent_date": fields.Date.context_today(self)})

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(vals.get("consent", "open") != "open" for vals in vals_list):
            raise AccessError(self.env._("Consent is given by the person, after the entry was made."))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and not {"consent", "consent_date", "origin_model", "origin_id"}.isdisjoint(vals):
            raise AccessError(self.env._("Consent is given or withdrawn by the person with the buttons."))
        changed = {"name", "text", "employee_id"} & vals.keys()
        if changed and not self.env.su and any(one.consent == "given" and not one._may_consent() for one in self):
            raise AccessError(self.env._("The person agreed to these words. Edit them in the bulletin instead."))
        return super().write(vals)

    # For the bulletin

    @api.model
    def _new_items(self, company, outside_only=False):
        """What may be shown and was not yet."""
        domain = (
            Domain("company_id", "=", company.id) & Domain("consent", "=", "given") & Domain("line_ids", "=", False)
        )
        if outside_only:
            domain &= Domain("is_outside", "=", True)
        return self.search(domain)

    @api.model
    def _last_shown(self, employees):
        """{employee id: day last taken into a bulletin, as ordinal}"""
        rows = self.env["churn.message.line"]._read_group(
            [("achievement_id.employee_id", "in", employees.ids)], ["achievement_id"], ["picked_on:max"]
        )
        shown = {}
        for achievement, day in rows:
            person = achievement.employee_id.id
            shown[person] = max(shown.get(person, 0), day.toordinal())
        return shown
