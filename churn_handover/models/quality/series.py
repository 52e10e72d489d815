from ast import literal_eval
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain


class ChurnSeries(models.Model):
    """An unending row of quality messages to an audience: built before anyone leaves, without tiring the customer."""

    _name = "churn.series"
    _description = "Series of Quality Messages"
    _inherit = ["churn.guarded", "mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        tracking=True,
        domain=[("share", "=", False)],
        help="Approves the steps and is the sender. The audience is what this person may see. Empty: whoever starts "
        "the series.",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("running", "Running"), ("paused", "Paused")],
        required=True,
        default="draft",
        copy=False,
        readonly=True,
        tracking=True,
        group_expand=True,
    )

    # Audience
    domain = fields.Char(string="Accounts", default="[]", required=True)
    due_days = fields.Integer(
        string="Owner Changes Within (Days)", help="Only accounts in a handover within so many days; 0: all."
    )
    silent_days = fields.Integer(
        string="Not Heard From Us for (Days)", help="Only accounts without a quality message for so long; 0: all."
    )
    recipients = fields.Selection(
        [("all", "Company and its people"), ("people", "Its people only"), ("main", "Company address only")],
        required=True,
        default="all",
        help="Addresses for invoices, deliveries and other purposes never get one.",
    )

    segment_ids = fields.Many2many(
        "churn.segment", string="Segments", check_company=True, help="Only customers in one of these; empty: all."
    )
    dependence = fields.Selection(
        [("medium", "Medium and Above"), ("high", "Thin Bridges")],
        string="Person Dependence",
        help="Only customers whose relationship hangs on one person that much; empty: all.",
    )

    # Rhythm
    interval_number = fields.Integer(string="Every", required=True, default=2)
    interval_type = fields.Selection(
        [("days", "Days"), ("weeks", "Weeks"), ("months", "Months")], required=True, default="weeks"
    )
    next_date = fields.Date(string="Next Step", required=True, default=fields.Date.context_today, copy=False)
    kind_ids = fields.Many2many(
        "churn.message.kind", string="Kinds in Turn", help="Every account hears all of them before one comes again."
    )
    budget = fields.Integer(string="Contacts per Step", default=500, help="At most so many in one step; 0: no limit.")
    auto_days = fields.Integer(
        string="Goes Out Without Answer After (Days)",
        help="A step that nobody approved or declined is sent after so many days; 0: never without approval.",
    )
    step_ids = fields.One2many("churn.step", "series_id", string="Steps")
    step_count = fields.Integer(compute="_compute_step_count")
    audience_count = fields.Integer(string="Accounts Now", compute="_compute_audience_count")

    _interval_positive = models.Constraint("CHECK(interval_number > 0)", "The rhythm needs at least one day.")
    _limits_positive = models.Constraint(
        "CHECK(budget >= 0 AND auto_days >= 0 AND due_days >= 0 AND silent_days >= 0)",
        "Days and contacts are not negative.",
    )

    def _compute_step_count(self):
        counts = dict(self.env["churn.step"]._read_group([("series_id", "in", self.ids)], ["series_id"], ["__count"]))
        for series in self:
            series.step_count = counts.get(series, 0)

    @api.depends("domain", "due_days", "silent_days", "segment_ids", "dependence", "user_id", "company_id")
    def _compute_audience_count(self):
        for series in self:
            user = series.user_id or self.env.user
            accounts = self.env["res.partner"].with_user(user)
            series.audience_count = accounts.search_count(series._audience_domain()) if user.active else 0

    @api.constrains("state", "user_id")
    def _check_running(self):
        if any(series.state == "running" and not series.user_id for series in self):
            raise ValidationError(self.env._("A running series needs somebody who is responsible."))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sent(self):
        if self.step_ids.filtered(lambda step: step.state == "launched"):
            raise UserError(
                self.env._("Customers got messages of this series, and these still count. Archive it instead.")
            )

    @api.constrains("domain", "user_id")
    def _check_domain(self):
        for series in self:
            try:
                self.env["res.partner"].search(series._audience_domain(), limit=1)
            except (ValueError, SyntaxError, TypeError, KeyError) as error:
                raise ValidationError(self.env._("The accounts cannot be searched so: %(why)s", why=error)) from error

    @api.constrains("user_id", "company_id")
    def _check_responsible(self):
        for series in self:
            if series.user_id and series.company_id not in series.user_id.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(user)s does not work in %(company)s.",
                        user=series.user_id.name,
                        company=series.company_id.name,
                    )
                )

    # Audience

    def _audience_domain(self, day=None, *, silent=True):
        """The accounts of the series on a day, as a domain on contacts.

        :param silent: without those that heard from us lately
        """
        self.ensure_one()
        day = day or fields.Date.context_today(self)
        partners = self.env["res.partner"]
        domain = (
            partners._churn_account_domain()
            & Domain("company_id", "in", (False, self.company_id.id))
            & Domain(literal_eval(self.domain or "[]"))
        )
        if self.due_days:
            changes = self.env.execute_query(self.env["churn.handover.line"]._changes_ahead(day))
            last = day + timedelta(days=self.due_days)
            domain &= Domain("id", "in", [account for account, change in changes if change <= last])
        if self.silent_days and silent:
            domain &= ~Domain("id", "in", self._places_lately(day).subselect("account_id"))
        return domain & self._own_customers_domain() & self._figures_domain()

    def _places_lately(self, day):
        """What accounts got within the days they should not have heard from us, as a query."""
        places = self.env["churn.place"].sudo()  # sudo: who heard from this company, whoever sent it
        # One place whose account was deleted since would make "not in" true of nobody.
        return places._search(
            Domain("kind_id", "!=", False)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("account_id", "!=", False)
            & (
                Domain("state", "=", "reserved")
                | (Domain("state", "=", "sent") & Domain("sent_on", ">", day - timedelta(days=self.silent_days)))
            )
        )

    def _told_lately(self, day):
        """Ids of accounts that the series passes over because they heard from us lately."""
        if not self.silent_days:
            return set()
        return {row[0] for row in self.env.execute_query(self._places_lately(day).select("account_id"))}

    def _own_customers_domain(self):
        """Not the contacts shared by all companies who buy from another one of ours only."""
        # sudo: which company sells to whom, not what and how much
        figures = self.env["churn.account"].sudo().with_context(churn_known_to_all=True)
        ours = Domain("company_id", "=", self.company_id.id)
        if not figures.search_count(~ours, limit=1):
            return Domain.TRUE
        of_ours, of_others = (figures._search(one).subselect("partner_id") for one in (ours, ~ours))
        return Domain("id", "in", of_ours) | Domain("id", "not in", of_others)

    def _figures_domain(self):
        """The accounts of the chosen segments and with the chosen dependence."""
        # sudo: whom a series writes to, not their figures
        figures = self.env["churn.account"].sudo().with_context(churn_known_to_all=True)
        domains = []
        if self.segment_ids:
            domains.append(
                Domain.OR(segment._account_domain() for segment in self.segment_ids.sudo())
            )  # sudo: as above
        if self.dependence:
            levels = ("medium", "high") if self.dependence == "medium" else ("high",)
            domains.append(Domain("company_id", "=", self.company_id.id) & Domain("dependence_level", "in", levels))
        return Domain.AND(Domain("id", "in", figures._search(domain).subselect("partner_id")) for domain in domains)

    # Actions

    def action_start(self):
        self.check_access("write")
        for series in self:
            if not series.kind_ids:
                raise UserError(
                    self.env._("Choose the kinds of message that “%(series)s” sends in turn.", series=series.name)
                )
            series.user_id = series.user_id or self.env.user
        self.sudo().state = "running"  # sudo: the state is the program's; the right to write was checked
        drafts = self._prepare_drafts()
        return self._open_drafts(drafts) if drafts else True

    def action_pause(self):
        self.check_access("write")
        self.sudo().state = "paused"  # sudo: as above

    def action_propose(self):
        """Prepare the next step now rather than on its day."""
        self.ensure_one()
        self.check_access("write")
        planned = self.next_date
        step = self._propose()
        if not step:
            self.next_date = planned  # who asks too early must not wait a period longer for it
        return step._open() if step else self._nothing_to_send()

    def action_steps(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("churn_handover.step_action")
        return {**action, "domain": [("series_id", "=", self.id)], "context": {"default_series_id": self.id}}

    def _stop_without_sender(self):
        """Pause rather than fail night after night, and say why where the managers look."""
        self.ensure_one()
        self.sudo().state = "paused"  # sudo: as above
        self.message_post(
            body=self.env._("Paused: the responsible %(user)s is archived. Name another.", user=self.user_id.name)
        )

    def _advance(self):
        """The day after a step: the rhythm, counted from the planned day, but never in the past."""
        self.ensure_one()
        rhythm = relativedelta(**{self.interval_type: self.interval_number})
        today = fields.Date.context_today(self)
        self.next_date = max((self.next_date or today) + rhythm, today + timedelta(days=1))

    # Nightly

    @api.model
    def _cron_run(self):
        """Propose the steps that are due, then launch what is approved or was not answered in time."""
        today = fields.Date.context_today(self)
        self.env["churn.achievement"]._take_from_resumes()
        due = self.search([("state", "=", "running"), ("next_date", "<=", today)])
        waiting = self.env["churn.step"].search(self.env["churn.step"]._due_domain())
        commit = self.env["ir.cron"]._commit_progress
        commit(remaining=len(due) + len(waiting))
        for series in due:
            if series.user_id.active:
                series._propose()
            else:
                series._stop_without_sender()
            if not commit(1):
                return
        for step in self.env["churn.step"].search(self.env["churn.step"]._due_domain()):
            step._launch_retrying()
            if not commit(1):
                return
