from datetime import datetime, time

import pytz

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from ..common.defaults import without_defaults
from ..common.listed import listed

OPEN_STATES = ("draft", "confirmed", "running")
BINDING_STATES = ("confirmed", "running")
# What only the engine writes; through RPC it would open accounts to whoever likes.
ENGINE_FIELDS = frozenset(("state", "company_ids", "leave_id", "tz", "told_covers", "reply_text"))
LONGEST_DAYS = 366  # whoever is away for longer hands over


class ChurnAbsence(models.Model):
    """Somebody is away for some days, and others serve the customers in the meantime.

    Nothing changes hands: owners stay, access and what comes in go to the covers for these days
    (``absence_book.py``), so that the return has nothing to undo. Days are those of the person who is away.
    """

    _name = "churn.absence"
    _description = "Absence"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_from desc, id desc"
    _rec_name = "user_id"

    user_id = fields.Many2one(
        "res.users",
        string="Who Is Away",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
    )
    date_from = fields.Date(string="First Day", required=True, tracking=True)
    date_to = fields.Date(string="Last Day Away", required=True, tracking=True, help="The cover ends with this day.")
    tz = fields.Char(
        string="Time Zone",
        compute="_compute_tz",
        store=True,
        precompute=True,
        help="The days are those of the person who is away, in this time zone.",
    )
    cover_id = fields.Many2one(
        "res.users",
        string="Everything Else Goes To",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        domain="[('share', '=', False), ('id', '!=', user_id)]",
        help="Covers the accounts that have no cover of their own, and leads of customers whom nobody owns.",
    )
    note = fields.Text(
        string="Note for the Covers", help="What they should know: what is urgent, whom to ask, what can wait."
    )
    auto_reply = fields.Boolean(
        string="Answer Customers Automatically",
        help="Whoever writes gets one automatic answer: until when the person is away and who is there instead. "
        "An answer that the person has set in the own preferences stays.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("confirmed", "Confirmed"),
            ("running", "Running"),
            ("over", "Over"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    company_ids = fields.Many2many(
        "res.company",
        string="Companies",
        readonly=True,
        copy=False,
        help="Where the person works: accounts of these companies are covered.",
    )
    line_ids = fields.One2many("churn.absence.line", "absence_id", string="Accounts", copy=False)
    leave_id = fields.Integer(
        readonly=True, copy=False, aggregator=None, help="Number of the approved leave behind it."
    )
    told_covers = fields.Json(readonly=True, copy=False, help="What each cover was told last.")
    reply_text = fields.Html(readonly=True, copy=False, help="The automatic answer that this absence has set.")

    # What the screens show

    line_count = fields.Integer(string="Number of Accounts", compute="_compute_lines")
    uncovered_count = fields.Integer(string="Without Cover", compute="_compute_lines")
    cover_names = fields.Char(string="Covered By", compute="_compute_lines")
    load_summary = fields.Html(compute="_compute_load_summary", sanitize=False)
    may_edit = fields.Boolean(compute="_compute_may_edit")
    presence_warning = fields.Text(
        compute="_compute_presence_warning", help="Covers who leave, or are away themselves on these days."
    )

    _dates_order = models.Constraint("CHECK(date_to >= date_from)", "The last day cannot be before the first.")
    _leave_unique = models.UniqueIndex(
        "(leave_id) WHERE leave_id > 0 AND state <> 'cancelled'", "This leave has its absence already."
    )

    @api.depends("user_id")
    def _compute_tz(self):
        for absence in self:
            # sudo: a colleague's time zone is no secret, but not everybody may read it
            user = absence.sudo().user_id
            absence.tz = user.tz or user.company_id.resource_calendar_id.tz or "UTC"

    @api.depends("user_id", "date_from", "date_to")
    def _compute_display_name(self):
        for absence in self:
            absence.display_name = self.env._(
                "%(name)s, %(first)s to %(last)s",
                name=absence.user_id.name or "",
                first=absence._day(absence.date_from),
                last=absence._day(absence.date_to),
            )

    def _day(self, day):
        return format_date(self.env, day) if day else ""

    @api.depends("line_ids.cover_id", "line_ids.date_to", "cover_id")
    def _compute_lines(self):
        for absence in self:
            lines = absence._current_lines()
            covers = lines.cover_id
            missing = lines.filtered(lambda line: not line.cover_id)
            absence.line_count = len(lines)
            absence.uncovered_count = 0 if absence.cover_id else len(missing)
            absence.cover_names = listed(self.env, (covers | absence.cover_id).mapped("name"))

    def _current_lines(self):
        """Return the lines that hold now or will: of each account the last."""
        return self.line_ids.filtered(lambda line: line.date_to == line.absence_id.date_to)

    @api.depends_context("uid")
    @api.depends("state")
    def _compute_may_edit(self):
        for absence in self:
            absence.may_edit = absence.state in OPEN_STATES and absence.has_access("write")

    # Rights and consistency

    @api.model_create_multi
    def create(self, vals_list):
        self._check_engine_fields(vals_list)
        for vals in vals_list:
            # sudo: the companies of a colleague decide who may see the absence
            user = self.env["res.users"].sudo().browse(vals.get("user_id") or self.env.uid)
            vals["company_ids"] = [fields.Command.set(user.company_ids.ids)]
        absences = super(ChurnAbsence, without_defaults(self, ENGINE_FIELDS)).create(vals_list).with_env(self.env)
        # sudo: the right to plan for this person was checked by creating; lines are the engine's
        absences.sudo()._refresh_lines()
        return absences

    def write(self, vals):
        self._check_engine_fields([vals])
        if "user_id" in vals and not self.env.su and any(one.user_id.id != vals["user_id"] for one in self):
            raise AccessError(self.env._("An absence belongs to one person. Plan another one for somebody else."))
        planned = {"date_from", "date_to", "cover_id"} & vals.keys()
        if not planned or "state" in vals:
            result = super().write(vals)
            if "state" in vals:
                self.env.registry.clear_cache()
            if "auto_reply" in vals:
                # sudo: the right was checked by writing; the answer is set where only its person may
                for absence in self.sudo():
                    absence._set_auto_reply()
            return result
        self.check_access("write")
        self._check_editable(vals)
        # sudo: the right was checked; lines, access and messages are the engine's
        return self.sudo()._change(vals, super().write)

    def _check_engine_fields(self, vals_list):
        if not self.env.su and any(not ENGINE_FIELDS.isdisjoint(vals) for vals in vals_list):
            raise AccessError(self.env._("The state of an absence changes by its buttons only."))

    def _check_editable(self, vals):
        for absence in self:
            today = absence._today()
            if absence.state not in OPEN_STATES:
                raise UserError(self.env._("%(absence)s is over: plan another one.", absence=absence.display_name))
            first = fields.Date.to_date(vals.get("date_from") or absence.date_from)
            last = fields.Date.to_date(vals.get("date_to") or absence.date_to)
            if absence.state == "running" and first != absence.date_from:
                raise UserError(self.env._("The absence has begun: its first day cannot be changed any more."))
            if absence.state in BINDING_STATES and last < today:
                raise UserError(
                    self.env._("The last day is in the past. If the person is back already, press “Back Already”.")
                )

    @api.constrains("date_from", "date_to")
    def _check_length(self):
        for absence in self:
            if absence.date_from and absence.date_to and (absence.date_to - absence.date_from).days >= LONGEST_DAYS:
                raise ValidationError(
                    self.env._(
                        "Nobody can be covered for more than %(days)s days. Hand the customers over instead.",
                        days=LONGEST_DAYS,
                    )
                )

    @api.constrains("cover_id", "user_id")
    def _check_cover(self):
        for absence in self.filtered("cover_id"):
            if reason := absence._refuses(absence.cover_id):
                raise ValidationError(reason)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_binding(self):
        if any(absence.state not in ("draft", "cancelled") for absence in self):
            raise UserError(self.env._("What was confirmed must stay traceable. Cancel the absence instead."))

    def _refuses(self, cover, company=None):
        """Return why somebody cannot cover, as a sentence, or None.

        :param company: of an account, which the cover must have access to
        """
        # sudo: whether a colleague works here, in sales and in a company must be known to whoever plans
        user, names = cover.sudo(), {"cover": cover.sudo().name, "name": self.user_id.name}  # sudo: as above
        if cover == self.user_id:
            return self.env._("%(cover)s cannot cover for themselves. Choose somebody else.", **names)
        if not user.active or user.share:
            return self.env._("%(cover)s does not work here any more. Choose another cover.", **names)
        if not user.has_group("sales_team.group_sale_salesman"):
            return self.env._("%(cover)s has no access to sales and cannot cover. Choose another one.", **names)
        if company and company not in user.company_ids:
            return self.env._(
                "%(cover)s has no access to %(company)s and cannot cover there. Choose another one or give access.",
                company=company.name,
                **names,
            )
        return None

    # Days

    def _today(self):
        """Return the present day of the person who is away."""
        self.ensure_one()
        return today_in(self.tz)

    def _moments(self):
        """Return the first and the last moment, naive UTC."""
        zone = pytz.timezone(self.tz or "UTC")
        begin, end = (
            zone.localize(datetime.combine(day, hour))
            for day, hour in ((self.date_from, time.min), (self.date_to, time.max.replace(microsecond=0)))
        )
        return tuple(moment.astimezone(pytz.utc).replace(tzinfo=None) for moment in (begin, end))

    # Screens

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Without the app for time off there are no leaves to look for."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if "hr.leave" not in self.env:
            for button in arch.xpath("//button[@name='action_look_for_leaves']"):
                button.getparent().remove(button)
        return arch, view

    @api.model
    def _domain_of(self, users, first, last):
        """What keeps people away on the days from first to last."""
        return (
            Domain("user_id", "in", users.ids)
            & Domain("date_from", "<=", last)
            & Domain("date_to", ">=", first)
            & Domain("state", "in", BINDING_STATES)
        )


def today_in(tz):
    """Return the present day in a time zone."""
    return pytz.utc.localize(fields.Datetime.now()).astimezone(pytz.timezone(tz or "UTC")).date()
