import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import date_utils

FEW = 2  # checks of a team below which its result would be that of a person


class ChurnStandardDraw(models.Model):
    """Spot checks of a month, drawn by lot: a manager says how many, not of whom.

    Who and when is a matter of the seed and the people there were, which are kept: the draw can be done again and
    comes out the same. Nobody learns of a check before it is done but who does it.
    """

    _name = "churn.standard.draw"
    _inherit = ["churn.guarded"]
    _description = "Draw of Spot Checks"
    _order = "date_from desc, id desc"
    _rec_name = "standard_id"
    _check_company_auto = True

    standard_id = fields.Many2one("churn.standard", required=True, index=True, ondelete="restrict", check_company=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    number = fields.Integer(string="How Many", required=True, default=4)
    date_from = fields.Date(string="From", required=True, default=fields.Date.context_today)
    date_to = fields.Date(
        string="To",
        required=True,
        default=lambda self: date_utils.end_of(fields.Date.context_today(self), "month"),
    )
    user_id = fields.Many2one(
        "res.users", string="Asked by", readonly=True, required=True, default=lambda self: self.env.user
    )
    state = fields.Selection(
        [("draft", "Draft"), ("drawn", "Drawn")], required=True, default="draft", readonly=True, copy=False
    )
    drawn_on = fields.Date(readonly=True, copy=False)
    seed = fields.Char(readonly=True, copy=False, required=True, default=lambda self: secrets.token_hex(8))
    people = fields.Json(readonly=True, copy=False, help="Who could be drawn, per team: numbers of users.")
    check_ids = fields.One2many("churn.standard.check", "draw_id", string="Checks", readonly=True)
    check_count = fields.Integer(string="Drawn", compute="_compute_counts")
    done_count = fields.Integer(string="Done", compute="_compute_counts")
    people_text = fields.Char(string="Who Can Be Drawn", compute="_compute_people_text")
    result_text = fields.Text(string="Kept, per Team", compute="_compute_result_text")

    _number_positive = models.Constraint("CHECK(number > 0)", "Ask for at least one check.")
    _dates_order = models.Constraint("CHECK(date_to >= date_from)", "The last day is before the first one.")

    @api.depends("check_ids.state")
    def _compute_counts(self):
        for one in self:
            one.check_count = len(one.check_ids)
            one.done_count = len(one.check_ids.filtered(lambda check: check.state == "done"))

    @api.depends("standard_id", "company_id", "date_from", "state")
    def _compute_people_text(self):
        for one in self:
            teams = self.env["crm.team"]
            pool = {teams.browse(team): users for team, users in one._pool().items()} if one.state == "draft" else {}
            counts = ", ".join(f"{team.name} {len(users)}" for team, users in pool.items())
            one.people_text = counts or self.env._("Nobody: people are drawn from the sales teams.")

    @api.depends("check_ids.state", "check_ids.kept_share")
    @api.depends_context("lang")
    def _compute_result_text(self):
        for one in self:
            done = one.check_ids.filtered(lambda check: check.state == "done")
            lines = []
            for team, checks in sorted(done.grouped("team_id").items(), key=lambda pair: pair[0].name or ""):
                if len(checks) < FEW:
                    line = self.env._("%(team)s: too few checks to show", team=team.name)
                else:
                    seen = checks.line_ids.filtered(lambda point: point.result != "unseen")
                    kept = seen.filtered(lambda point: point.result == "kept")
                    line = self.env._(
                        "%(team)s: %(kept)s of %(seen)s points", team=team.name, kept=len(kept), seen=len(seen)
                    )
                lines.append(line)
            one.result_text = "\n".join(lines)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_drawn(self):
        if any(one.state == "drawn" for one in self):
            raise UserError(self.env._("What was drawn stays: a lot that can be thrown away would be no lot."))

    # Drawing

    def action_draw(self):
        """Draw people and days, and give the checks to those who do them."""
        self.ensure_one()
        self.check_access("write")
        if self.state != "draft":
            raise UserError(self.env._("This was drawn already. Make another draw for more checks."))
        if self.date_to < fields.Date.context_today(self):
            raise UserError(self.env._("These days are over: nobody can look any more."))
        pool = self._pool()
        if not any(pool.values()):
            raise UserError(
                self.env._("There is nobody to draw: all salespeople in teams were drawn for this standard already.")
            )
        # as it will come back from the database, where the keys of such a field are texts
        people = {str(team): users for team, users in pool.items()}
        # sudo: the draw is the program's; the right to ask for it was checked
        self.sudo().write({"people": people, "drawn_on": fields.Date.context_today(self), "state": "drawn"})
        # sudo: as above; whoever else checks may not be named by a user
        self.env["churn.standard.check"].sudo().create(
            [self._check_values(team, user, day) for team, user, day in self._drawn()]
        )
        return True

    def _drawn(self):
        """The draw, from what is kept of it: [(team id, user id, day), …]."""
        from ...analytics.spot_checks import draw  # not needed by a worker that draws nothing

        self.ensure_one()
        pool = {int(team): users for team, users in self.people.items()}
        return draw(pool, self.number, self.seed, max(self.date_from, self.drawn_on), self.date_to)

    def _pool(self):
        """Who can be drawn, {team id: [user id, …]}: salespeople of the company's teams, each in one team.

        Not who asks, who is leaving, or who was drawn for this standard in the same month.
        """
        self.ensure_one()
        # sudo: memberships and departures, to know who is there; only numbers of users are kept
        members = self.env["crm.team.member"].sudo().search([("user_id.active", "=", True)], order="id")
        users = members.user_id.filtered(lambda user: self.company_id in user.company_ids and not user.share)
        users -= users.employee_ids._churn_leavers().user_id | self.env.user | self._drawn_before()
        pool = {}
        for user in users.sorted("id"):
            mine = members.filtered(
                lambda row, user=user: row.user_id == user
                and row.crm_team_id.company_id in (self.company_id, self.env["res.company"])
            )
            if mine:
                pool.setdefault(mine[0].crm_team_id.id, []).append(user.id)
        return pool

    def _drawn_before(self):
        if not self.date_from:
            return self.env["res.users"]
        return (
            self.env["churn.standard.check"]
            .search(
                [
                    ("draw_id", "!=", False),
                    ("standard_id", "=", self.standard_id.id),
                    ("date", ">=", date_utils.start_of(self.date_from, "month")),
                    ("date", "<=", date_utils.end_of(self.date_from, "month")),
                ]
            )
            .user_id
        )

    def _check_values(self, team, user, day):
        """The leader of the team looks; at the leader looks whoever asked."""
        leader = self.env["crm.team"].browse(team).user_id
        checker = leader if leader.active and leader.id != user else self.user_id
        return {
            "draw_id": self.id,
            "standard_id": self.standard_id.id,
            "user_id": user,
            "team_id": team,
            "company_id": self.company_id.id,
            "checker_id": checker.id,
            "date": day,
        }

    def action_checks(self):
        """The checks of this draw, as a figure per team once there is one."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("churn_handover.standard_check_action")
        return {**action, "domain": [("draw_id", "=", self.id)], "context": {"create": False}}
