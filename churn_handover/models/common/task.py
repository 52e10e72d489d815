from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL


class Task(NamedTuple):
    """A to-do on an account, for one person.

    :param deadline: date
    :param note: HTML, or None
    """

    account_id: int
    user_id: int
    type_id: int
    summary: str
    deadline: object
    note: str | None = None


class ChurnTask(models.AbstractModel):
    """Makes activities on accounts in bulk: by the ORM each would subscribe, notify and write on its own, and ten
    thousand accounts can move in one night."""

    _name = "churn.task"
    _description = "Activities in Bulk"

    @api.model
    def _make(self, tasks):
        """Make an activity for each of the tasks; one statement, however many.

        :param tasks: list of :class:`Task`
        :return: ids of activities, in the order of the tasks
        """
        if not tasks:
            return []
        self.env.flush_all()
        accounts, users, types, summaries, deadlines, notes = map(list, zip(*tasks, strict=True))
        rows = self.env.execute_query(
            SQL(
                self._SQL_MAKE,
                model=self.env["ir.model"]._get_id("res.partner"),
                uid=self.env.uid,
                accounts=accounts,
                users=users,
                types=types,
                summaries=summaries,
                deadlines=[fields.Date.to_string(day) for day in deadlines],
                notes=notes,
            )
        )
        self.env["res.partner"].browse(accounts).invalidate_recordset(["activity_ids"], flush=False)
        return [activity_id for _position, activity_id in sorted(rows)]

    _SQL_MAKE = """
        WITH todo AS MATERIALIZED (
            SELECT nextval('mail_activity_id_seq') AS id, given.*, account.complete_name, holder.tz
              FROM unnest(%(accounts)s::int[], %(users)s::int[], %(types)s::int[], %(summaries)s::text[],
                          %(deadlines)s::date[], %(notes)s::text[])
                   WITH ORDINALITY AS given (account_id, user_id, type_id, summary, deadline, note, position)
              JOIN res_partner account ON account.id = given.account_id
              JOIN res_users person ON person.id = given.user_id
              JOIN res_partner holder ON holder.id = person.partner_id
        ), made AS (
            INSERT INTO mail_activity (id, res_model_id, res_model, res_id, res_name, activity_type_id, summary, note,
                                       date_deadline, user_id, user_tz, active, automated,
                                       create_uid, write_uid, create_date, write_date)
            SELECT id, %(model)s, 'res.partner', account_id, complete_name, type_id, summary, note, deadline, user_id,
                   tz, TRUE, TRUE, %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
              FROM todo
        )
        SELECT position, id FROM todo
    """
