from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..account.res_partner import SQL_OURS

MEETINGS_ON = "churn_handover.meetings_on"
# A backup whose last day comes sooner is a gap that opens before anybody has found another one.
ENDING_DAYS = 30
MIN_MEETINGS = 3  # fewer say nothing about who usually comes
# Judgement: a team is not larger than the customer's side of the table, and one of us can look after two of theirs.
MORE_AT_TABLE = 0.5
FEWER_AT_TABLE = 2
PEOPLE_EACH = 2
WAITING = "churn_team_changed"
WAITING_OWNED = "churn_first_owner"


class ChurnAccount(models.Model):
    """The work behind the figures of teams: at the end of a transaction for what changed in it, at night for all."""

    _inherit = "churn.account"

    # At once

    @api.model
    def _team_changed(self, partner_ids, first_owner=()):
        """Note accounts whose team, owner or importance changes: their coverage is found out before the commit.

        :param first_owner: those of them that had no owner before; templates for new accounts apply to them
        """
        callbacks = self.env.cr.precommit
        if WAITING not in callbacks.data:
            callbacks.add(self._before_commit)
        callbacks.data.setdefault(WAITING, set()).update(partner_ids)
        callbacks.data.setdefault(WAITING_OWNED, set()).update(first_owner)

    @api.model
    def _before_commit(self):
        data = self.env.cr.precommit.data
        # sudo: coverage is true for everybody, whoever changed the team
        system = self.sudo()
        owned = data.pop(WAITING_OWNED, set())
        if owned:
            self.env["churn.team.template"]._apply_automatic(owned)
        changed = list(data.pop(WAITING, set()))
        if changed:
            rows = system.search([("partner_id", "in", changed)])
            for company, accounts in rows.grouped("company_id").items():
                system._refresh_teams(company, accounts.partner_id.ids)
        self.env.flush_all()

    # Every night

    @api.model
    def _cron_teams(self):
        """Templates for new accounts, then who sat at the tables, then one step per company."""
        today = fields.Date.context_today(self)
        parameters = self.env["ir.config_parameter"].sudo()  # sudo: when a job ran last
        general = parameters.get_param(MEETINGS_ON) != fields.Date.to_string(today)
        companies = self.env["res.company"].search(
            ["|", ("churn_teams_on", "=", False), ("churn_teams_on", "<", today)]
        )
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(companies) + general)
        self.env["churn.statistics"]._refresh()
        if general:
            self.env["churn.team.template"]._apply_automatic()
            self._count_meetings()
            parameters.set_param(MEETINGS_ON, fields.Date.to_string(today))
            if not commit_progress(1):
                return
        for company in companies:
            self._refresh_teams(company)
            self.env["churn.contradiction"]._find(company)
            company.churn_teams_on = today
            if not commit_progress(1):
                return

    @api.model
    def _count_meetings(self):
        """Count who came to the meetings of the last 12 months, for every account; one statement."""
        self.env.flush_all()
        today = fields.Date.context_today(self)
        start = today - relativedelta(months=12)
        self.env.cr.execute(SQL(self._SQL_MEETINGS, start=start, ours=SQL(SQL_OURS)))
        self.invalidate_model()

    # A meeting counts when at least one of us and one of them did not decline.
    _SQL_MEETINGS = """
        WITH us AS (SELECT partner_id FROM (%(ours)s) ours WHERE partner_id IS NOT NULL
        ), seat AS (
            SELECT event.id AS event_id, attendee.partner_id AS person_id, person.commercial_partner_id AS account_id,
                   us.partner_id IS NOT NULL AS is_ours
              FROM calendar_event event
              JOIN calendar_attendee attendee ON attendee.event_id = event.id AND attendee.state <> 'declined'
              JOIN res_partner person ON person.id = attendee.partner_id
         LEFT JOIN us ON us.partner_id = attendee.partner_id
             WHERE event.active AND event.start >= %(start)s AND event.stop <= now() AT TIME ZONE 'UTC'
        ), our_side AS (
            SELECT event_id, COUNT(DISTINCT person_id) AS people FROM seat WHERE is_ours GROUP BY event_id
        ), their_side AS (
            SELECT event_id, account_id, COUNT(DISTINCT person_id) AS people FROM seat WHERE NOT is_ours
             GROUP BY event_id, account_id
        ), met AS (
            SELECT account_id, COUNT(DISTINCT person_id) AS people FROM seat JOIN our_side USING (event_id)
             WHERE NOT is_ours GROUP BY account_id
        ), found AS (
            SELECT their_side.account_id, COUNT(*) AS meetings, AVG(our_side.people)::float8 AS ours,
                   AVG(their_side.people)::float8 AS theirs, MAX(met.people) AS people
              FROM their_side JOIN our_side USING (event_id) JOIN met USING (account_id)
             GROUP BY their_side.account_id
        )
        UPDATE churn_account account
           SET (meeting_count, ours_at_table, theirs_at_table, people_met) =
               (new.meetings, new.ours, new.theirs, new.people)
          FROM (SELECT figures.id, COALESCE(meetings, 0) AS meetings, COALESCE(ours, 0) AS ours,
                       COALESCE(theirs, 0) AS theirs, COALESCE(people, 0) AS people
                  FROM churn_account figures LEFT JOIN found ON found.account_id = figures.partner_id) new
         WHERE account.id = new.id
           AND (account.meeting_count, account.ours_at_table, account.theirs_at_table, account.people_met)
               IS DISTINCT FROM (new.meetings, new.ours, new.theirs, new.people)
    """

    @api.model
    def _refresh_teams(self, company, partner_ids=None):
        """Find out coverage, reach, shared risk and size advice; one statement, which writes only rows that change.

        :param partner_ids: accounts; None: all of the company
        """
        names = [SQL.identifier(name) for name in ("team_size", "coverage_gap", "team_reach", "shared_risk")]
        names.append(SQL.identifier("size_advice"))
        self.env.cr.execute(
            SQL(
                """UPDATE churn_account account SET (%s) = (%s) FROM (%s) new
                    WHERE account.id = new.figures_id AND (%s) IS DISTINCT FROM (%s)""",
                SQL(", ").join(names),
                SQL(", ").join(SQL("new.%s", name) for name in names),
                self._sql_teams(company, partner_ids),
                SQL(", ").join(SQL("account.%s", name) for name in names),
                SQL(", ").join(SQL("new.%s", name) for name in names),
            )
        )
        self.invalidate_model(["team_size", "coverage_gap", "team_reach", "shared_risk", "size_advice"], flush=False)

    @api.model
    def _sql_teams(self, company, partner_ids=None):
        """The query of what teams are like today; of accounts without figures, too, where they are named."""
        self.env.flush_all()
        today = fields.Date.context_today(self)
        scope = SQL("figures.id IS NOT NULL") if partner_ids is None else SQL("account.id = ANY(%s)", list(partner_ids))
        return SQL(
            self._SQL_TEAMS,
            scope=scope,
            company=company.id,
            today=today,
            soon=fields.Date.add(today, days=ENDING_DAYS),
            size=company.churn_team_size,
            key_size=company.churn_key_team_size,
            min_meetings=MIN_MEETINGS,
            more=MORE_AT_TABLE,
            fewer=FEWER_AT_TABLE,
            each=PEOPLE_EACH,
        )

    # Materialized: a table that was filled a moment ago is empty for the planner, and it would compute a part that is
    # used once anew for every account.
    _SQL_TEAMS = """
        WITH scope AS (
            SELECT account.id, account.user_id, COALESCE(owner.active, FALSE) AS owned, figures.id AS figures_id,
                   CASE WHEN figures.is_key_account THEN %(key_size)s ELSE %(size)s END AS minimum,
                   figures.meeting_count, figures.ours_at_table, figures.theirs_at_table, figures.people_met
              FROM res_partner account
         LEFT JOIN churn_account figures ON figures.partner_id = account.id AND figures.company_id = %(company)s
         LEFT JOIN res_users owner ON owner.id = account.user_id
             WHERE account.active AND %(scope)s
        ), member AS MATERIALIZED (
            SELECT team.id, team.account_id, team.user_id, team.backup_rank, worker.active AS works_here,
                   team.is_backup AND team.user_id IS DISTINCT FROM scope.user_id AS stands_in,
                   team.date_from <= %(today)s AS begun, COALESCE(team.date_to > %(soon)s, TRUE) AS lasts
              FROM churn_team_member team
              JOIN scope ON scope.id = team.account_id
              JOIN res_users worker ON worker.id = team.user_id
             WHERE team.date_from <= %(soon)s AND (team.date_to IS NULL OR team.date_to >= %(today)s)
               AND team.origin <> 'cover'
        ), team AS MATERIALIZED (
            SELECT account_id, bool_or(begun AND NOT works_here) AS archived,
                   bool_or(begun AND works_here AND stands_in) AS backed,
                   bool_or(works_here AND stands_in AND lasts) AS lasting,
                   (array_agg(user_id ORDER BY backup_rank, id) FILTER (WHERE begun AND works_here AND stands_in))[1]
                       AS first_backup_id
              FROM member GROUP BY account_id
        ), person AS MATERIALIZED (
            SELECT account_id, user_id FROM member WHERE begun AND works_here
             UNION
            SELECT id, user_id FROM scope WHERE owned
        ), employee AS MATERIALIZED (
            SELECT DISTINCT ON (worker.user_id) worker.user_id, worker.id, worker.parent_id, version.department_id
              FROM hr_employee worker
              JOIN hr_version version ON version.id = worker.current_version_id
             WHERE worker.active AND worker.user_id IS NOT NULL
             ORDER BY worker.user_id, (worker.company_id = %(company)s) DESC, worker.id
        ), leader AS MATERIALIZED (
            SELECT user_id FROM crm_team WHERE active AND user_id IS NOT NULL
             UNION
            SELECT superior.user_id FROM hr_employee report
              JOIN hr_employee superior ON superior.id = report.parent_id
             WHERE report.active AND superior.user_id IS NOT NULL
        ), mixed AS MATERIALIZED (
            SELECT person.account_id, COUNT(*) AS people, COUNT(employee.department_id) AS known,
                   COUNT(DISTINCT employee.department_id) > 1 AS departments,
                   bool_or(leader.user_id IS NOT NULL) AND bool_or(leader.user_id IS NULL) AS levels
              FROM person LEFT JOIN employee USING (user_id) LEFT JOIN leader USING (user_id)
             GROUP BY person.account_id
        ), hired AS MATERIALIZED (
            SELECT employee_id, date_trunc('month', MIN(contract_date_start)) AS month FROM hr_version
             WHERE contract_date_start IS NOT NULL GROUP BY employee_id
        ), pair AS MATERIALIZED (
            SELECT scope.id, mine.parent_id = theirs.parent_id AS managed,
                   (SELECT month FROM hired WHERE employee_id = mine.id)
                       = (SELECT month FROM hired WHERE employee_id = theirs.id) AS hired
              FROM scope
              JOIN team ON team.account_id = scope.id
              JOIN employee mine ON scope.owned AND mine.user_id = scope.user_id
              JOIN employee theirs ON theirs.user_id = team.first_backup_id
        )
        SELECT scope.figures_id, scope.id AS account_id, COALESCE(mixed.people, 0)::int AS team_size,
               CASE WHEN NOT scope.owned THEN 'owner' WHEN team.archived THEN 'archived'
                    WHEN team.backed IS NOT TRUE THEN 'backup' WHEN NOT team.lasting THEN 'ending'
                    WHEN COALESCE(mixed.people, 0) < scope.minimum THEN 'size' END AS coverage_gap,
               CASE WHEN COALESCE(mixed.people, 0) < 2 THEN NULL WHEN mixed.departments AND mixed.levels THEN 'both'
                    WHEN mixed.departments THEN 'departments' WHEN mixed.levels THEN 'levels'
                    WHEN mixed.known < 2 THEN 'unknown' ELSE 'neither' END AS team_reach,
               CASE WHEN pair.managed AND pair.hired THEN 'both' WHEN pair.managed THEN 'manager'
                    WHEN pair.hired THEN 'hired' END AS shared_risk,
               CASE WHEN COALESCE(scope.meeting_count, 0) < %(min_meetings)s THEN 'unknown'
                    WHEN COALESCE(mixed.people, 0) > GREATEST(scope.minimum, scope.people_met)
                         OR scope.ours_at_table > scope.theirs_at_table + %(more)s THEN 'many'
                    WHEN scope.people_met > %(each)s * COALESCE(mixed.people, 0)
                         OR scope.theirs_at_table >= scope.ours_at_table + %(fewer)s THEN 'few'
                    ELSE 'fits' END AS size_advice,
               scope.minimum, team.first_backup_id, scope.meeting_count, scope.ours_at_table, scope.theirs_at_table,
               scope.people_met
          FROM scope
     LEFT JOIN team ON team.account_id = scope.id
     LEFT JOIN mixed ON mixed.account_id = scope.id
     LEFT JOIN pair ON pair.id = scope.id
    """
