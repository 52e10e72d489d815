from odoo import models
from odoo.tools import SQL, format_datetime

from .change import FOLLOWERS, followers_sql
from .transfer import QUIET


class ChurnUndo(models.AbstractModel):
    """Gives back what a transfer moved: every logged value that still is what the transfer set."""

    _name = "churn.undo"
    _description = "Undo Engine"

    def _execute(self, lines):
        """Restore the lines' values; what somebody changed since is marked as kept. The caller checked the rights."""
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT DISTINCT res_model, field_name FROM churn_change
                WHERE line_id = ANY(%s) AND state = 'applied' ORDER BY 1, 2""",
            [lines.ids],
        )
        for model_name, field_name in self.env.cr.fetchall():
            # else its app was uninstalled, or the company's own field was deleted, the values with it
            if model_name in self.env and field_name in (FOLLOWERS, *self.env[model_name]._fields):
                self._restore(self.env[model_name], field_name, lines)
        self.env.invalidate_all()
        self._mark_kept(lines)
        lines.write({"state": "undone"})

    def _restore(self, model, field_name, lines):
        if field_name == FOLLOWERS:
            self._restore_followers(model, lines)
        elif model._name == "res.users" and field_name == "active":
            self._restore_users(model, lines)
        elif model._fields[field_name].type == "many2many":
            self._restore_relation(model, model._fields[field_name], lines)
        else:
            self._restore_column(model, field_name, lines)

    def _restore_users(self, users, lines):
        """Unarchive the predecessor through the ORM: logins are cached."""
        ids = self._still_ours(users, "active", lines, SQL("to_jsonb(r.active)"))
        changes = self.env["churn.change"].browse(ids)
        users.browse(changes.mapped("res_id")).write({"active": True})
        self._mark_undone(ids)

    def _restore_column(self, model, field_name, lines):
        column = SQL.identifier(field_name)
        rows = self._still_ours(
            model, field_name, lines, SQL("to_jsonb(r.%s)", column), SQL("NULLIF(c.new_value, 'null')")
        )
        changes = self.env["churn.change"].browse(rows)
        rows = (changes - self._pointing_nowhere(model, changes)).ids
        self.env.cr.execute(
            SQL(
                """
                UPDATE %(table)s r
                   SET %(column)s = old.%(column)s
                  FROM churn_change c
                 CROSS JOIN LATERAL jsonb_populate_record(
                       NULL::%(table)s, jsonb_build_object(c.field_name, c.old_value)) old
                 WHERE c.id = ANY(%(ids)s) AND r.id = c.res_id
             RETURNING c.res_id, c.new_value, c.old_value
                """,
                table=SQL.identifier(model._table),
                column=column,
                ids=rows,
            )
        )
        if (model._name, field_name) == ("res.partner", "user_id"):
            self._record_assignments(self.env.cr.fetchall())
        self._mark_undone(rows)

    def _record_assignments(self, changes):
        """Tell the assignment history of accounts, which sees owners change through ``write`` only."""
        partners = self.env["res.partner"].browse([change[0] for change in changes])
        accounts = set(partners.filtered(lambda partner: partner.commercial_partner_id == partner).ids)
        self.env["churn.assignment"].sudo()._record_owner_changes(  # sudo: history is written by the system only
            [(partner, new or False, old or False) for partner, new, old in changes if partner in accounts], "undo"
        )

    def _restore_relation(self, model, field, lines):
        """Give many2many values back where the list still is what the transfer made it."""
        names = {
            "relation": SQL.identifier(field.relation),
            "record": SQL.identifier(field.column1),
            "value": SQL.identifier(field.column2),
        }
        current = SQL(
            """(SELECT COALESCE(jsonb_agg(%(value)s ORDER BY %(value)s), '[]')
                  FROM %(relation)s WHERE %(record)s = c.res_id)""",
            **names,
        )
        rows = self._still_ours(model, field.name, lines, current)
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM %(relation)s r USING churn_change c
                 WHERE c.id = ANY(%(ids)s) AND r.%(record)s = c.res_id AND NOT c.old_value @> to_jsonb(r.%(value)s)
                """,
                ids=rows,
                **names,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO %(relation)s (%(record)s, %(value)s)
                SELECT c.res_id, old.value::int
                  FROM churn_change c CROSS JOIN LATERAL jsonb_array_elements_text(c.old_value) AS old(value)
                 WHERE c.id = ANY(%(ids)s)
                    ON CONFLICT DO NOTHING
                """,
                ids=rows,
                **names,
            )
        )
        self._mark_undone(rows)
        if (model._name, field.name) == ("calendar.event", "partner_ids"):
            self._restore_chairs(rows)

    def _restore_chairs(self, change_ids):
        """Give a chair to attendees who had to leave it to somebody who sat there already: that row was deleted."""
        events = self.env["calendar.event"].browse(set(self.env["churn.change"].browse(change_ids).mapped("res_id")))
        events.invalidate_recordset(["partner_ids", "attendee_ids"])
        self.env["calendar.attendee"].with_context(**QUIET).create(
            [
                {"event_id": event.id, "partner_id": partner.id}
                for event in events
                for partner in event.partner_ids - event.attendee_ids.partner_id
            ]
        )

    def _restore_followers(self, model, lines):
        """Give followers back, with their subtypes; who was added leaves again."""
        current = SQL(
            "%s -> (COALESCE(c.old_value, c.new_value) ->> 'partner_id')",
            followers_sql(SQL("c.res_model"), SQL("c.res_id")),
        )
        rows = self._still_ours(model, FOLLOWERS, lines, current, SQL("c.new_value -> 'subtype_ids'"))
        self.env.cr.execute(
            """
            DELETE FROM mail_followers f USING churn_change c
             WHERE c.id = ANY(%(ids)s) AND f.res_model = c.res_model AND f.res_id = c.res_id
               AND f.partner_id = (c.new_value ->> 'partner_id')::int
            """,
            {"ids": rows},
        )
        self.env.cr.execute(
            """
            WITH wanted AS (
                SELECT c.res_model, c.res_id, partner.id AS partner_id, c.old_value -> 'subtype_ids' AS subtypes
                  FROM churn_change c
                  JOIN res_partner partner ON partner.id = (c.old_value ->> 'partner_id')::int
                 WHERE c.id = ANY(%(ids)s)
            ), added AS (
                INSERT INTO mail_followers (res_model, res_id, partner_id)
                SELECT res_model, res_id, partner_id FROM wanted
             RETURNING id, res_model, res_id, partner_id)
            INSERT INTO mail_followers_mail_message_subtype_rel (mail_followers_id, mail_message_subtype_id)
            SELECT added.id, subtype.id
              FROM added
              JOIN wanted USING (res_model, res_id, partner_id)
             CROSS JOIN LATERAL jsonb_array_elements_text(wanted.subtypes) AS old(id)
              JOIN mail_message_subtype subtype ON subtype.id = old.id::int
            """,
            {"ids": rows},
        )
        self._mark_undone(rows)

    def _still_ours(self, model, field_name, lines, current, expected=None):
        """Return ids of the changes whose record exists and whose value, as SQL, still is what the transfer set."""
        return [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    """
                    SELECT c.id FROM churn_change c JOIN %(table)s r ON r.id = c.res_id
                     WHERE c.line_id = ANY(%(lines)s) AND c.state = 'applied'
                       AND c.res_model = %(model)s AND c.field_name = %(field)s
                       AND %(current)s IS NOT DISTINCT FROM %(expected)s
                    """,
                    table=SQL.identifier(model._table),
                    lines=lines.ids,
                    model=model._name,
                    field=field_name,
                    current=current,
                    expected=expected or SQL("c.new_value"),
                )
            )
        ]

    def _pointing_nowhere(self, model, changes):
        """Return those of the changes whose old value is a record that was deleted since."""
        gone = set()
        for name, mine in changes.sudo().grouped("field_name").items():  # sudo: whether it exists, no more
            field = model._fields.get(name)
            if field is not None and field.type == "many2one":
                targets = self.env[field.comodel_name].sudo().browse(set(mine.mapped("old_value")) - {False, None})
                missing = set((targets - targets.exists()).ids)
                gone |= {change.id for change in mine if change.old_value in missing}
        return changes.filtered(lambda change: change.id in gone)

    def _mark_undone(self, change_ids):
        self.env.cr.execute("UPDATE churn_change SET state = 'undone' WHERE id = ANY(%s)", [change_ids])

    # What somebody changed since

    def _mark_kept(self, lines):
        """Mark what could not be given back, and say why: who changed the record when, or that it is gone."""
        change = self.env["churn.change"]
        change.invalidate_model()
        kept = change.search([("line_id", "in", lines.ids), ("state", "=", "applied")])
        by_reason = {}
        for model_name, changes in kept.grouped("res_model").items():
            for reason, mine in self._reasons(model_name, changes).items():  # one reason may hold for several models
                by_reason[reason] = by_reason.get(reason, change) | mine
        for reason, changes in by_reason.items():
            changes.write({"state": "kept", "kept_reason": reason})

    def _reasons(self, model_name, changes):
        """Return {reason: changes}."""
        by_reason = {}
        # sudo: who changed a record is told to the manager of the plan
        model = self.env[model_name].sudo() if model_name in self.env else None
        present = set() if model is None else set(model.browse(changes.mapped("res_id")).exists().ids)
        nowhere = changes.browse() if model is None else self._pointing_nowhere(model, changes)
        for change in changes:
            if change.res_id not in present:
                reason = self.env._("The record was deleted since.")
            elif change in nowhere:
                reason = self.env._("What stood there before was deleted since.")
            elif model._log_access and change.field_name != FOLLOWERS:
                record = model.browse(change.res_id)
                reason = self.env._(
                    "Changed since; last by %(user)s on %(date)s.",
                    user=record.write_uid.name,
                    date=format_datetime(self.env, record.write_date),
                )
            else:
                reason = self.env._("Changed since.")
            by_reason[reason] = by_reason.get(reason, change.browse()) | change
        return by_reason
