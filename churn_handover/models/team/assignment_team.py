from odoo import api, fields, models
from odoo.tools import SQL

_DIFFERS = SQL("(a.account_id, a.user_id, a.role_id) IS DISTINCT FROM (m.account_id, m.user_id, m.role_id)")


class ChurnAssignment(models.Model):
    """The team half of the history: a row mirrors a member row and stays when that one changes or goes."""

    _inherit = "churn.assignment"

    member_id = fields.Many2one(
        "churn.team.member",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        help="The member row this one mirrors; empty when that one was deleted or became another assignment.",
    )

    @api.model
    def _record_members(self, member_ids, reason):
        """Bring the history up to date with member rows; four queries however many they are.

        When account, user or role of a member changed, the old row ends today and a new one starts. Only the dates:
        the row follows. What had not begun yet leaves no trace.

        :param member_ids: ids of churn.team.member, or None for all of them
        :return: number of rows that were not as they should be
        """
        self.env["churn.team.member"].flush_model()
        self.env["res.partner"].flush_model(["name", "company_id"])
        self.flush_model()
        scope = SQL("TRUE") if member_ids is None else SQL("m.id = ANY(%s)", list(member_ids))
        changed = SQL("%s AND %s", scope, _DIFFERS)
        found = len(self._delete_unbegun(changed)) + len(self._end_rows(changed, reason))
        found += len(self.env.execute_query(self._sql_follow_dates(scope, reason)))
        found += len(self.env.execute_query(self._sql_new_members(scope, reason)))
        self.invalidate_model()
        return found

    @api.model
    def _record_members_gone(self, member_ids, reason):
        """End the rows of members that are about to be deleted; to be called before. Two queries."""
        self.flush_model()
        scope = SQL("m.id = ANY(%s)", list(member_ids))
        self._delete_unbegun(scope)
        self._end_rows(scope, reason)
        self.invalidate_model()

    def _delete_unbegun(self, scope):
        return self.env.execute_query(
            SQL(
                """
                DELETE FROM churn_assignment a USING churn_team_member m
                 WHERE m.id = a.member_id AND a.date_from > %s AND %s
             RETURNING a.id
                """,
                fields.Date.context_today(self),
                scope,
            )
        )

    def _end_rows(self, scope, reason):
        """End the rows today, unless they ended before, and let go of the members they mirror."""
        today = fields.Date.context_today(self)
        return self.env.execute_query(
            SQL(
                """
                UPDATE churn_assignment a
                   SET member_id = NULL, date_to = LEAST(a.date_to, %(today)s),
                       end_reason = CASE WHEN a.date_to <= %(today)s THEN a.end_reason ELSE %(reason)s END,
                       ended_by_id = CASE WHEN a.date_to <= %(today)s THEN a.ended_by_id ELSE %(uid)s END,
                       write_uid = %(uid)s, write_date = now() AT TIME ZONE 'UTC'
                  FROM churn_team_member m
                 WHERE m.id = a.member_id AND %(scope)s
             RETURNING a.id
                """,
                today=today,
                reason=reason,
                uid=self.env.uid,
                scope=scope,
            )
        )

    def _sql_follow_dates(self, scope, reason):
        return SQL(
            """
            UPDATE churn_assignment a
               SET date_from = m.date_from, date_to = m.date_to,
                   end_reason = CASE WHEN m.date_to IS NULL THEN NULL ELSE %(reason)s END,
                   ended_by_id = CASE WHEN m.date_to IS NULL THEN NULL ELSE %(uid)s END,
                   write_uid = %(uid)s, write_date = now() AT TIME ZONE 'UTC'
              FROM churn_team_member m
             WHERE m.id = a.member_id AND %(scope)s
               AND (a.date_from, a.date_to) IS DISTINCT FROM (m.date_from, m.date_to)
         RETURNING a.id
            """,
            reason=reason,
            uid=self.env.uid,
            scope=scope,
        )

    def _sql_new_members(self, scope, reason):
        return SQL(
            """
            INSERT INTO churn_assignment (
                account_id, account_name, company_id, user_id, kind, role_id, member_id, handover_line_id,
                date_from, date_to, start_reason, end_reason, changed_by_id, ended_by_id,
                create_uid, write_uid, create_date, write_date)
            SELECT m.account_id, COALESCE(p.name, ''), p.company_id, m.user_id, 'team', m.role_id, m.id,
                   m.handover_line_id, m.date_from, m.date_to,
                   CASE m.origin WHEN 'overlap' THEN 'handover' ELSE %(reason)s END,
                   CASE WHEN m.date_to IS NULL THEN NULL WHEN m.origin = 'overlap' THEN 'handover' ELSE %(reason)s END,
                   %(uid)s, CASE WHEN m.date_to IS NULL THEN NULL ELSE %(uid)s END,
                   %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
              FROM churn_team_member m
              JOIN res_partner p ON p.id = m.account_id
             WHERE %(scope)s AND NOT EXISTS (SELECT FROM churn_assignment a WHERE a.member_id = m.id)
         RETURNING id
            """,
            reason=reason,
            uid=self.env.uid,
            scope=scope,
        )
