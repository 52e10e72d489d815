from odoo import api, fields, models

LEADER = "churn_handover.group_churn_leader"
COVERAGE_GAPS = [
    ("owner", "No Active Owner"),
    ("archived", "Somebody Archived on the Team"),
    ("backup", "No Backup"),
    ("ending", "Backup Ends Soon"),
    ("size", "Team Too Small"),
]
TEAM_REACH = [
    ("both", "Departments and Levels"),
    ("departments", "Across Departments"),
    ("levels", "Across Levels"),
    ("neither", "Neither"),
    ("unknown", "Can't Tell"),
]
SIZE_ADVICE = [("few", "Too Few of Us"), ("fits", "Fits"), ("many", "Too Many of Us"), ("unknown", "Can't Tell")]
SHARED_RISKS = [("manager", "Same Manager"), ("hired", "Hired Together"), ("both", "Same Manager, Hired Together")]


class ChurnAccount(models.Model):
    """Whether the account's team covers it, fits the customer's side of the table, and is mixed well.

    Written at once when a team or an owner changes, and every night, see ``account_team_run.py``. The numbers protect
    customers; they judge no employee.
    """

    _inherit = "churn.account"

    team_size = fields.Integer(readonly=True, aggregator="avg", help="Owner and active team members.")
    coverage_gap = fields.Selection(
        COVERAGE_GAPS,
        string="Not Covered",
        readonly=True,
        index="btree_not_null",
        help="What the account team lacks: an active owner, people who still work here, a backup that lasts for the "
        "next 30 days, the minimum size.",
    )
    team_reach = fields.Selection(
        TEAM_REACH,
        string="Team Reaches",
        readonly=True,
        help="Whether the people on the team come from several departments, or from several levels: somebody who "
        "leads people together with somebody who does not.",
    )
    shared_risk = fields.Selection(
        SHARED_RISKS,
        string="Owner and Backup Share",
        readonly=True,
        groups=LEADER,
        help="What could make owner and first backup leave together.",
    )
    leaves_together = fields.Boolean(
        string="Both Leaving",
        compute="_compute_leaves_together",
        search="_search_leaves_together",
        groups=LEADER,
        help="Owner and first backup both leave: by a plan, HR's departure date or the end of a contract within six "
        "months. Each reader sees what the reader may know; HR's dates are told to HR only.",
    )
    meeting_count = fields.Integer(string="Meetings, 12 Months", readonly=True)
    ours_at_table = fields.Float(string="Of Us per Meeting", readonly=True, aggregator="avg", digits=(8, 1))
    theirs_at_table = fields.Float(string="Of Them per Meeting", readonly=True, aggregator="avg", digits=(8, 1))
    people_met = fields.Integer(string="People of the Customer Met", readonly=True, aggregator="avg")
    size_advice = fields.Selection(
        SIZE_ADVICE,
        string="Size of the Team",
        readonly=True,
        help="Our people against the customer's in the meetings of the last 12 months.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_leaves_together(self):
        found = set(self._ids_leaving_together())
        for account in self:
            account.leaves_together = account.id in found

    @api.model
    def _search_leaves_together(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        return [("id", "in", self._ids_leaving_together())]

    @api.model
    def _ids_leaving_together(self):
        """Ids of rows whose account's owner and first backup leave, as far as the current user may know."""
        people = self.env["res.users"].sudo(False).search([("share", "=", False)])
        days = people._churn_known_departures()
        if len(days) < 2:
            return []
        found = []
        accounts = self.sudo(False).search([("partner_id.user_id", "in", list(days))])
        for company, rows in accounts.grouped("company_id").items():
            teams = self.env.execute_query_dict(self._sql_teams(company, rows.partner_id.ids))
            found += [team["figures_id"] for team in teams if team["first_backup_id"] in days]
        return found

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        self._team_changed(accounts.partner_id.ids)
        return accounts

    def write(self, vals):
        result = super().write(vals)
        if "is_key_account" in vals:
            self._team_changed(self.partner_id.ids)
        return result

    def action_open_customer_team(self):
        """The customer's form, on the page of its team."""
        self.ensure_one()
        return self.partner_id._churn_open_team()
