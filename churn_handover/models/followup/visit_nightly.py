import json

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...analytics import visits

# Who counts as a leader: team leaders and managers by their group, and whoever leads a sales team.
SQL_LEADERS = """
    SELECT us.id AS user_id, us.partner_id FROM res_users us
     WHERE us.active AND (us.id = ANY(%(leaders)s)
           OR EXISTS (SELECT FROM crm_team team WHERE team.user_id = us.id AND team.active))
"""


class ChurnVisit(models.Model):
    """The nightly run: what the calendar shows already counts, who is to be visited has one visit to come.

    A fixed number of queries, however many accounts.
    """

    _inherit = "churn.visit"

    @api.model
    def _cron_visits(self):
        self._see_meetings()
        self._forget_lost_meetings()
        self._drop_untracked()
        self._make_open()
        self._find_leaders()

    @api.model
    def _values(self):
        leaders = self.env.ref("churn_handover.group_churn_leader").all_user_ids
        managers = self.env.ref("churn_handover.group_churn_manager").all_user_ids
        return {
            "leaders": leaders.ids,
            "managers": (managers - self.env.ref("base.user_root")).ids,
            "today": fields.Date.context_today(self),
        }

    @api.model
    def _see_meetings(self):
        """Close visits that a meeting shows: of a leader, not the owner, with people of the account, and over.

        A visit that was planned as one waits for what its leader writes down.
        """
        self.env.flush_all()
        values = self._values()
        rows = self.env.execute_query(
            SQL(
                """
                WITH leader AS (%(leaders)s), met AS (
                    SELECT DISTINCT ON (visit.id) visit.id, event.id AS event_id, event.start::date AS day,
                           leader.user_id
                      FROM churn_visit visit
                      JOIN res_partner account ON account.id = visit.account_id
                      JOIN res_partner person ON person.commercial_partner_id = account.id
                      JOIN calendar_attendee guest ON guest.partner_id = person.id AND guest.state <> 'declined'
                      JOIN calendar_event event ON event.id = guest.event_id AND event.active
                       AND event.stop <= now() AT TIME ZONE 'UTC' AND event.start >= visit.since
                      JOIN calendar_attendee host ON host.event_id = event.id AND host.state <> 'declined'
                      JOIN leader ON leader.partner_id = host.partner_id
                       AND leader.user_id IS DISTINCT FROM account.user_id
                     WHERE visit.state = 'due' OR (visit.state = 'planned' AND visit.event_id <> event.id)
                     ORDER BY visit.id, event.start DESC, event.id DESC, leader.user_id
                )
                UPDATE churn_visit visit
                   SET state = 'held', from_calendar = TRUE, event_id = met.event_id, held_on = met.day,
                       leader_id = met.user_id, write_uid = %(uid)s, write_date = now() AT TIME ZONE 'UTC'
                  FROM met WHERE met.id = visit.id
             RETURNING visit.id
                """,
                leaders=SQL(SQL_LEADERS, **values),
                uid=self.env.uid,
            )
        )
        self.invalidate_model(flush=False)
        return self.browse(row[0] for row in rows)

    @api.model
    def _forget_lost_meetings(self):
        """Plan anew what was called off in the calendar."""
        lost = Domain("state", "=", "planned") & (
            Domain("event_id", "=", False) | Domain("event_id", "any", [("active", "=", False)])
        )
        self.with_context(active_test=False).search(lost).write({"event_id": False, "state": "due"})

    @api.model
    def _months(self):
        """Return {company id: {care: months between visits}} of the tiers that accounts start with; 0 for none."""
        # sudo: a company that is closed to the user has visits all the same
        defaults = self.env["churn.handover.tier"]._defaults(self.env["res.company"].sudo().search(Domain.TRUE))
        return {
            company.id: {care: tier.visit_months or 0 for care, tier in tiers.items()}
            for company, tiers in defaults.items()
        }

    # Accounts to be visited, with the interval; "care" as in churn.handover.tier.
    _SQL_TRACKED = """
        SELECT figures.partner_id AS account_id, figures.company_id,
               (%(months)s::jsonb -> figures.company_id::text
                   ->> CASE WHEN figures.is_key_account THEN 'key'
                            ELSE COALESCE(figures.value_tier, 'c') END)::int AS months
          FROM churn_account figures
          JOIN res_partner account ON account.id = figures.partner_id AND account.active
           AND account.commercial_partner_id = account.id
    """

    @api.model
    def _tracked(self):
        return SQL(self._SQL_TRACKED, months=json.dumps(self._months()))

    @api.model
    def _drop_untracked(self):
        """Nobody plans a visit to who is no key account any more; one that is planned takes place."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """DELETE FROM churn_visit visit WHERE state = 'due' AND NOT EXISTS (
                       SELECT FROM (%s) tracked WHERE tracked.account_id = visit.account_id
                          AND tracked.company_id = visit.company_id AND tracked.months > 0)""",
                self._tracked(),
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _make_open(self, account_ids=None):
        """Draw the day of the next visit for each account that has none to come.

        :param account_ids: only these; default all
        """
        self.env.flush_all()
        today = fields.Date.context_today(self)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT tracked.account_id, tracked.company_id, tracked.months, MAX(past.held_on)
                  FROM (%(tracked)s) tracked
             LEFT JOIN churn_visit past ON past.account_id = tracked.account_id
                   AND past.company_id = tracked.company_id AND past.state = 'held'
                 WHERE tracked.months > 0 AND %(chosen)s
                   AND NOT EXISTS (SELECT FROM churn_visit coming
                                    WHERE coming.account_id = tracked.account_id
                                      AND coming.company_id = tracked.company_id
                                      AND coming.state IN ('due', 'planned'))
                 GROUP BY tracked.account_id, tracked.company_id, tracked.months
                 ORDER BY tracked.account_id, tracked.company_id
                """,
                tracked=self._tracked(),
                chosen=SQL("TRUE") if account_ids is None else SQL("tracked.account_id = ANY(%s)", account_ids),
            )
        )
        # sudo: the database's own id, so that two companies do not draw the same days
        seed = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        made = self.create(
            [
                {
                    "account_id": account,
                    "company_id": company,
                    "due_date": visits.due(seed, account, months, last, today),
                    "since": fields.Date.add(last, days=1) if last else fields.Date.subtract(today, months=months),
                }
                for account, company, months, last in rows
            ]
        )
        if account_ids is not None:
            self._find_leaders()
        return made

    @api.model
    def _find_leaders(self):
        """Name who goes: the leader of the owner's sales team, else a manager of the company; never the owner."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH leader AS (%(leaders)s)
                UPDATE churn_visit visit SET leader_id = COALESCE(
                       (SELECT leader.user_id FROM crm_team_member member
                          JOIN crm_team team ON team.id = member.crm_team_id AND team.active
                          JOIN leader ON leader.user_id = team.user_id
                          JOIN res_company_users_rel works ON works.user_id = leader.user_id
                           AND works.cid = visit.company_id
                         WHERE member.user_id = account.user_id AND member.active
                           AND team.user_id <> account.user_id ORDER BY member.id LIMIT 1),
                       (SELECT leader.user_id FROM leader
                          JOIN res_company_users_rel works ON works.user_id = leader.user_id
                           AND works.cid = visit.company_id
                         WHERE leader.user_id = ANY(%(managers)s) AND leader.user_id IS DISTINCT FROM account.user_id
                         ORDER BY leader.user_id DESC LIMIT 1))
                  FROM res_partner account
                 WHERE account.id = visit.account_id AND visit.state = 'due'
                   AND (visit.leader_id IS NULL OR visit.leader_id = account.user_id
                        OR NOT EXISTS (SELECT FROM leader
                                         JOIN res_company_users_rel works ON works.user_id = leader.user_id
                                          AND works.cid = visit.company_id
                                        WHERE leader.user_id = visit.leader_id))
                """,
                leaders=SQL(SQL_LEADERS, **self._values()),
                managers=self._values()["managers"],
            )
        )
        self.invalidate_model(["leader_id"], flush=False)
