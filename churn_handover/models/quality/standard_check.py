from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

LEADER = "churn_handover.group_churn_leader"
MANAGER = "churn_handover.group_churn_manager"
# What a check is about, written down when it is made.
FIXED = frozenset(("standard_id", "user_id", "company_id"))
# What was found: closed with the check.
FOUND = frozenset(("date", "partner_id", "note", "line_ids"))
PERSON = frozenset(("user_id", "checker_id", "create_uid", "write_uid"))


class ChurnStandardCheck(models.Model):
    """A look at how the standard is kept: by a manager, or by oneself after a meeting.

    The results are shown per team. There is no list that compares people, and a rep sees only the own checks: a spot
    check not before it is done.
    """

    _name = "churn.standard.check"
    _description = "Check of a Service Standard"
    _inherit = ["churn.guarded", "mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _rec_name = "standard_id"

    standard_id = fields.Many2one("churn.standard", required=True, index=True, ondelete="restrict")
    user_id = fields.Many2one(
        "res.users", string="Whose Work", required=True, index=True, ondelete="cascade", domain=[("share", "=", False)]
    )
    team_id = fields.Many2one(
        "crm.team", string="Sales Team", compute="_compute_team", store=True, index=True, readonly=True
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    checker_id = fields.Many2one(
        "res.users", string="Checked by", readonly=True, default=lambda self: self.env.user, ondelete="set null"
    )
    is_self_check = fields.Boolean(string="Self-Check", readonly=True)
    draw_id = fields.Many2one(
        "churn.standard.draw",
        string="Drawn in",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        copy=False,
        groups="churn_handover.group_churn_manager",
    )
    date = fields.Date(required=True, default=fields.Date.context_today)
    partner_id = fields.Many2one("res.partner", string="Customer", ondelete="set null")
    event_id = fields.Many2one(
        "calendar.event", string="After Meeting", index="btree_not_null", ondelete="set null", readonly=True
    )
    state = fields.Selection(
        [("open", "Open"), ("done", "Done")], required=True, default="open", readonly=True, copy=False
    )
    line_ids = fields.One2many("churn.standard.check.line", "check_id", string="Points", copy=False)
    kept_share = fields.Float(
        string="Kept (%)", compute="_compute_kept_share", store=True, aggregator="avg", help="Of the points looked at."
    )
    note = fields.Text(help="What helps to keep the standard next time.")

    @api.depends("user_id")
    def _compute_team(self):
        for check in self:
            check.team_id = check.user_id.sudo().sale_team_id  # sudo: the team it counts for

    @api.depends("line_ids.result")
    def _compute_kept_share(self):
        for check in self:
            seen = check.line_ids.filtered(lambda line: line.result != "unseen")
            kept = seen.filtered(lambda line: line.result == "kept")
            check.kept_share = 100 * len(kept) / len(seen) if seen else 0

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:  # who writes it down has checked
            vals_list = [{name: value for name, value in vals.items() if name != "checker_id"} for vals in vals_list]
        checks = super().create(vals_list)
        checks._check_may_check()
        for check in checks.sudo().filtered(lambda check: not check.line_ids):  # sudo: the points of the standard
            points = check.standard_id.with_context(lang=check.checker_id.lang or self.env.lang).point_ids
            check.line_ids = [
                fields.Command.create({"name": point.name, "sequence": point.sequence}) for point in points
            ]
        checks._plan()
        return checks

    def write(self, vals):
        self._check_not_of_me()
        if not self.env.su and FIXED & vals.keys():
            raise AccessError(self.env._("What was checked, and whose work, stays as it was written down."))
        if FOUND & vals.keys():
            self._check_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_drawn(self):
        if self.sudo().draw_id:  # sudo: that it was drawn, a yes or no
            raise UserError(self.env._("What was drawn stays: a lot that can be thrown away would be no lot."))

    def _check_may_check(self):
        """Everybody the own work, leaders that of the members of teams they lead, managers all."""
        if self.env.su or self.env.user.has_group(MANAGER):
            return
        others = self.user_id.sudo() - self.env.user  # sudo: who leads them
        is_leader = self.env.user.has_group(LEADER)
        if any(not is_leader or self.env.user not in user.crm_team_member_ids.crm_team_id.user_id for user in others):
            raise AccessError(self.env._("You can check your own work, and as a leader that of your team."))

    def _check_open(self):
        if not self.env.su and any(check.state == "done" for check in self):
            raise UserError(self.env._("This check is done. Reopen it to change what was found."))

    def _check_not_of_me(self):
        """Whose work it is reads what somebody else found, and does not change it."""
        if not self.env.su and any(check.user_id == self.env.user != check.checker_id for check in self):
            raise AccessError(self.env._("Somebody else did this check: you can read it, but not change it."))

    # No league table: results are summed by anything but the person

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        described = super().fields_get(allfields, attributes)
        for name in PERSON & described.keys():
            if "groupable" in described[name]:
                described[name]["groupable"] = False
        return described

    @api.model
    def _read_group_groupby(self, alias, groupby_spec, query):
        if groupby_spec in PERSON and not self.env.su:
            raise UserError(self.env._("Checks are counted per team: there is no list that compares people."))
        return super()._read_group_groupby(alias, groupby_spec, query)

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """A check that nobody did yet keeps nothing and breaks nothing: it is not part of a mean."""
        selected = super()._read_group_select(aggregate_spec, query)
        if aggregate_spec != "kept_share:avg":
            return selected
        state = self._field_to_sql(self._table, "state", query)
        return SQL("%s FILTER (WHERE %s = 'done')", selected, state)

    def _plan(self):
        """Put each check on the list of who does it, with the points to look at."""
        for check in self.filtered(lambda check: check.checker_id and check.state == "open"):
            check.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=check.date,
                summary=check._summary(),
                note=Markup("<ul>%s</ul>")
                % Markup().join(Markup("<li>%s</li>") % point for point in check.line_ids.mapped("name")),
                user_id=check.checker_id.id,
            )

    def _summary(self):
        self.ensure_one()
        check = self.with_context(lang=self.checker_id.lang or self.env.lang)
        standard = check.standard_id.name
        if check.sudo().draw_id:  # sudo: that it was drawn, told to whoever does it
            return check.env._("Spot check of %(person)s: %(standard)s", person=check.user_id.name, standard=standard)
        return check.env._("Check: %(standard)s", standard=standard)

    def action_done(self):
        self._check_may_judge()
        for check in self:
            if all(line.result == "unseen" for line in check.line_ids):
                raise UserError(self.env._("Tick the points you looked at first."))
        self.sudo().state = "done"  # sudo: the state is the program's; the right to judge was checked
        self.activity_ids.filtered("automated").action_feedback()

    def action_reopen(self):
        self._check_may_judge()
        self.sudo().state = "open"  # sudo: as above

    def _check_may_judge(self):
        self.check_access("write")
        self._check_not_of_me()

    def _open(self):
        self.ensure_one()
        return self._get_records_action(context={})
