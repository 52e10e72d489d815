import logging

from odoo import api, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# What the nightly jobs read beside the addon's own tables.
READ_TABLES = (
    "account_move",
    "calendar_attendee",
    "calendar_event",
    "calendar_event_res_partner_rel",
    "crm_lead",
    "crm_team_member",
    "hr_employee",
    "hr_version",
    "mail_activity",
    "mail_message",
    "mail_message_res_partner_rel",
    "rating_rating",
    "res_partner",
    "res_users",
    "sale_order",
    "sale_order_line",
)
GROWN = 1.2  # times the pages that were there when the table was analysed last
SMALL = 8  # pages: what grew by less is read in milliseconds by any plan, also once for each row of another such table


class ChurnStatistics(models.AbstractModel):
    """What PostgreSQL knows of the tables that a nightly job reads, brought up to date before it begins.

    Autovacuum does so by itself, but about a minute late, and never within a job that fills the table it reads next.
    After a bulk import or a restored dump a job that comes first gets plans for empty tables: nested loops over
    100,000 accounts.
    """

    _name = "churn.statistics"
    _description = "Table Statistics"

    @api.model
    def _refresh(self):
        """Analyse those of the tables that changed as much as would wake autovacuum, or grew since; return their names.

        ANALYZE reads a sample: seconds at most, whatever the size. Tables that another process is analysing, or that
        belong to another database user, are left alone.
        """
        values = {"tables": list(READ_TABLES), "grown": GROWN, "small": SMALL}
        stale = [row[0] for row in self.env.execute_query(SQL(self._SQL_STALE, **values))]
        if stale:
            _logger.info("Statistics brought up to date: %s", ", ".join(stale))
            tables = SQL(", ").join(map(SQL.identifier, stale))
            self.env.cr.execute(SQL("ANALYZE (SKIP_LOCKED) %s", tables))
        return stale

    # Changed: autovacuum's own rule (50 rows and a tenth). Grown: counts this transaction, too. Unknown: restored
    # from a dump, whose indexes have set the number of rows but no statistics.
    _SQL_STALE = """
        SELECT class.relname
          FROM pg_class class
          JOIN pg_stat_user_tables stat ON stat.relid = class.oid
         CROSS JOIN LATERAL (SELECT pg_relation_size(class.oid) / current_setting('block_size')::int AS pages) present
         WHERE class.relnamespace = current_schema::regnamespace AND class.relkind = 'r'
           AND pg_has_role(class.relowner, 'USAGE')
           AND (class.relname = ANY(%(tables)s) OR class.relname LIKE 'churn\\_%%')
           AND (stat.n_mod_since_analyze > 50 + 0.1 * GREATEST(class.reltuples, 0)
                OR present.pages > %(grown)s * class.relpages + %(small)s
                OR present.pages > %(small)s
                   AND NOT EXISTS (SELECT FROM pg_stats known
                                    WHERE known.schemaname = current_schema AND known.tablename = class.relname))
         ORDER BY class.relname
    """
