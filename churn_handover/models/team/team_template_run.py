from collections import defaultdict

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...analytics import teams as core

# By then value tier and segment of a new customer are known.
NEW_DAYS = 90
KNOWN_BEST = 5  # so many of those who know an account are looked at


class ChurnTeamTemplate(models.Model):
    """Finding who would join, and adding them; a handful of queries however many accounts there are."""

    _inherit = "churn.team.template"

    @api.model
    def _proposals(self, fitting, keep_empty=False):
        """Whom templates would put on which team.

        :param fitting: {partner id: template}
        :param keep_empty: leave roles empty that somebody had and has no more
        :return: list of ``(account id, line id, user id or None, outcome)``, see :func:`analytics.teams.propose`
        """
        if not fitting:
            return []
        self.env.flush_all()
        templates = self.browse({template.id for template in fitting.values()})
        lines = {template.id: [line._core() for line in template.line_ids] for template in templates}
        accounts = self._accounts(fitting, keep_empty)
        owners = list({account.owner for account in accounts if account.owner})
        return core.propose(accounts, lines, self._sources([account.id for account in accounts], owners))

    @api.model
    def _accounts(self, fitting, keep_empty):
        """Return :class:`analytics.teams.Account` for each partner; two queries."""
        values = {"accounts": list(fitting), "today": fields.Date.context_today(self)}
        serving = self.env.execute_query(
            SQL(
                """
                SELECT account.id, owner.id, account.company_id, array_agg(team.user_id),
                       array_agg(team.role_id) FILTER (WHERE worker.active),
                       COUNT(DISTINCT team.user_id) FILTER (
                           WHERE worker.active AND team.is_backup AND team.user_id IS DISTINCT FROM owner.id)
                  FROM res_partner account
             LEFT JOIN res_users owner ON owner.id = account.user_id AND owner.active
             LEFT JOIN churn_team_member team
                    ON team.account_id = account.id AND (team.date_to IS NULL OR team.date_to >= %(today)s)
             LEFT JOIN res_users worker ON worker.id = team.user_id
                 WHERE account.id = ANY(%(accounts)s)
                 GROUP BY account.id, owner.id, account.company_id
                """,
                **values,
            )
        )
        earlier = defaultdict(set)
        if keep_empty:
            for account_id, role_id in self.env.execute_query(
                SQL(
                    """SELECT DISTINCT account_id, role_id FROM churn_assignment
                        WHERE kind = 'team' AND role_id IS NOT NULL AND account_id = ANY(%(accounts)s)""",
                    **values,
                )
            ):
                earlier[account_id].add(role_id)
        return [
            core.Account(
                id=account_id,
                owner=owner_id,
                company=company_id,
                template=fitting[account_id].id,
                members=frozenset(filter(None, users)),
                roles=frozenset(roles or ()),
                backups=backups,
                earlier=frozenset(earlier[account_id]),
            )
            for account_id, owner_id, company_id, users, roles, backups in serving
        ]

    @api.model
    def _sources(self, account_ids, owner_ids):
        """Whom the rules of the places lead to; six queries."""
        values = {"accounts": account_ids, "owners": owner_ids, "best": KNOWN_BEST}
        query = self.env.execute_query
        colleagues = defaultdict(list)
        for owner_id, user_id in query(SQL(self._SQL_COLLEAGUES, **values)):
            colleagues[owner_id].append(user_id)
        known = defaultdict(list)
        for account_id, user_id in query(SQL(self._SQL_KNOWN, **values)):
            known[account_id].append(user_id)
        return core.Sources(
            companies={user_id: frozenset(companies) for user_id, companies in query(SQL(self._SQL_PEOPLE))},
            manager=dict(query(SQL(self._SQL_MANAGERS, **values))),
            leader=dict(query(SQL(self._SQL_LEADERS, **values))),
            known=known,
            colleagues=colleagues,
            load=dict(query(SQL(self._SQL_LOAD))),
        )

    _SQL_PEOPLE = """
        SELECT one.id, array_agg(company.cid)
          FROM res_users one JOIN res_company_users_rel company ON company.user_id = one.id
         WHERE one.active AND NOT one.share AND one.id <> 1
         GROUP BY one.id
    """
    _SQL_MANAGERS = """
        SELECT DISTINCT ON (employee.user_id) employee.user_id, superior.user_id
          FROM hr_employee employee
          JOIN hr_employee superior ON superior.id = employee.parent_id AND superior.active
         WHERE employee.active AND employee.user_id = ANY(%(owners)s) AND superior.user_id IS NOT NULL
         ORDER BY employee.user_id, employee.id
    """
    _SQL_LEADERS = """
        SELECT DISTINCT ON (belongs.user_id) belongs.user_id, team.user_id
          FROM crm_team_member belongs
          JOIN crm_team team ON team.id = belongs.crm_team_id AND team.active
         WHERE belongs.active AND belongs.user_id = ANY(%(owners)s) AND team.user_id IS NOT NULL
         ORDER BY belongs.user_id, belongs.id
    """
    _SQL_COLLEAGUES = """
        SELECT DISTINCT mine.user_id, other.user_id
          FROM crm_team_member mine
          JOIN crm_team team ON team.id = mine.crm_team_id AND team.active
          JOIN crm_team_member other ON other.crm_team_id = mine.crm_team_id AND other.active
         WHERE mine.active AND mine.user_id = ANY(%(owners)s) AND other.user_id <> mine.user_id
         ORDER BY 1, 2
    """
    _SQL_KNOWN = """
        SELECT account_id, user_id
          FROM (SELECT account_id, user_id, ROW_NUMBER() OVER (PARTITION BY account_id
                                                               ORDER BY SUM(days) DESC, user_id) AS place
                  FROM churn_contact WHERE account_id = ANY(%(accounts)s) GROUP BY account_id, user_id) ranked
         WHERE place <= %(best)s
         ORDER BY account_id, place
    """
    _SQL_LOAD = """
        SELECT user_id, COUNT(*)
          FROM (SELECT user_id, id AS account_id FROM res_partner
                 WHERE active AND user_id IS NOT NULL AND commercial_partner_id = id
                 UNION
                SELECT user_id, account_id FROM churn_team_member
                 WHERE date_from <= CURRENT_DATE AND (date_to IS NULL OR date_to >= CURRENT_DATE)) served
         GROUP BY user_id
    """

    @api.model
    def _add_members(self, proposals):
        """Add those who are to be added; with the rights of the current user.

        :param proposals: list of ``(account id, line id, user id, outcome)``
        :return: the new team members
        """
        lines = self.env["churn.team.template.line"].browse({proposal[1] for proposal in proposals})
        by_id = {line.id: line for line in lines}
        return (
            self.env["churn.team.member"]
            .with_context(churn_reason="template")
            .create(
                [
                    by_id[line_id]._member_values(account_id, user_id)
                    for account_id, line_id, user_id, outcome in proposals
                    if outcome == "add"
                ]
            )
        )

    # New accounts

    @api.model
    def _apply_automatic(self, partner_ids=None):
        """Give new accounts the people their template names.

        :param partner_ids: accounts that have their first owner now; None: all that are new
        :return: the new team members
        """
        # sudo: what managers said about new accounts happens whoever makes them
        templates = self.sudo().with_context(churn_known_to_all=True).search([("is_automatic", "=", True)])
        if not templates:
            return self.env["churn.team.member"]
        if partner_ids is None:
            partner_ids = templates._new_accounts()
        return templates._add_members(
            templates._proposals(templates._fitting(Domain("id", "in", list(partner_ids))), keep_empty=True)
        )

    def _new_accounts(self):
        """Ids of accounts that got their first owner or gave their first order lately, since templates apply by
        themselves.
        """
        self.env.flush_all()
        today = fields.Date.context_today(self)
        since = max(min(self.mapped("automatic_since")), today - relativedelta(days=NEW_DAYS))
        rows = self.env.execute_query(
            SQL(
                """
                SELECT account_id FROM churn_assignment WHERE kind = 'owner' AND account_id IS NOT NULL
                 GROUP BY account_id HAVING MIN(date_from) >= %(since)s
                 UNION
                SELECT customer.commercial_partner_id
                  FROM sale_order orders JOIN res_partner customer ON customer.id = orders.partner_id
                 WHERE orders.state = 'sale'
                 GROUP BY customer.commercial_partner_id HAVING MIN(orders.date_order) >= %(since)s
                """,
                since=since,
            )
        )
        return [row[0] for row in rows]
