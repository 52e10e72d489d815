from datetime import date, datetime

from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.tools import SQL, format_date, format_datetime

from ..common.listed import listed

FOLLOWERS = "message_follower_ids"
# Columns that say nothing about who is responsible: the key, and those that any write touches.
NOISE = ("id", "write_date", "write_uid", "create_date", "create_uid")


class ChurnChange(models.Model):
    """One value that a transfer changed: where, what it was, what it became. Written in bulk, read by undo.

    A transfer photographs the rows it is about to touch, lets the ORM write, and logs every column that differs:
    so values that the write recomputed (team, company, dates) are logged too. All of it stays in the database.
    """

    _name = "churn.change"
    _description = "Change Log"
    _order = "id"
    _rec_name = "res_model"
    _log_access = False

    # Not stored: one more foreign key to check for every value would cost a twentieth of a transfer.
    handover_id = fields.Many2one(related="line_id.handover_id")
    line_id = fields.Many2one("churn.handover.line", required=True, index=True, ondelete="restrict", readonly=True)
    rule_id = fields.Many2one("churn.ownership.rule", ondelete="set null", readonly=True)
    res_model = fields.Char(string="Technical Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(string="Record", model_field="res_model", required=True, readonly=True)
    field_name = fields.Char(string="Technical Field", required=True, readonly=True)
    # Raw values may hold an invitation link; people read them as words below.
    old_value = fields.Json(readonly=True, groups="base.group_system")
    new_value = fields.Json(readonly=True, groups="base.group_system")
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    state = fields.Selection(
        [("applied", "Applied"), ("undone", "Undone"), ("kept", "Kept: changed since")],
        required=True,
        default="applied",
        readonly=True,
    )
    kept_reason = fields.Char(string="Why Kept", readonly=True)

    # As people read it

    model_label = fields.Char(string="What", compute="_compute_texts")
    field_label = fields.Char(string="Field", compute="_compute_texts")
    old_text = fields.Char(string="Before", compute="_compute_texts")
    new_text = fields.Char(string="After", compute="_compute_texts")
    is_owner = fields.Boolean(compute="_compute_is_owner", search="_search_is_owner")

    _record_index = models.Index("(res_model, res_id)")

    def _compute_texts(self):
        rows = self.sudo()  # sudo: who may read the log may read the values, as words
        for (model_name, field_name), changes in rows.grouped(lambda row: (row.res_model, row.field_name)).items():
            model = self.env.get(model_name)
            field = None if model is None else model._fields.get(field_name)
            words = field._description_string(self.env) if field else field_name
            label = self.env["ir.model"]._get(model_name).sudo().name or model_name  # sudo: the name of a model
            name_of = changes._names(field)
            for change in changes:
                change.model_label = label
                change.field_label = words
                change.old_text = name_of(change.old_value)
                change.new_text = name_of(change.new_value)

    def _names(self, field):
        """Return a function from a logged value of the field to words; names are read in one go."""
        if field is not None and field.name == FOLLOWERS:
            people = self._names_of("res.partner", (v["partner_id"] for row in self for v in row._values() if v))
            return lambda value: people.get(value["partner_id"]) if value else False
        if field is not None and field.type in ("many2one", "many2many"):
            ids = (i for row in self for v in row._values() for i in (v if isinstance(v, list) else [v]) if i)
            names = self._names_of(field.comodel_name, ids)
            return lambda value: listed(
                self.env, [names.get(i, "") for i in (value if isinstance(value, list) else [value]) if i]
            )
        if field is not None and "token" in field.name:
            return lambda value: "•••"
        words = self._words(field) if field is not None else str
        return lambda value: False if value is None else words(value)

    def _words(self, field):
        """Return a function from a value, as JSON holds it, to words."""
        if field.type == "datetime":
            return lambda value: format_datetime(self.env, datetime.fromisoformat(value))
        if field.type == "date":
            return lambda value: format_date(self.env, date.fromisoformat(value))
        if field.type == "boolean":
            return lambda value: self.env._("Yes") if value else self.env._("No")
        if field.type == "selection":
            labels = dict(field._description_selection(self.env))
            return lambda value: labels.get(value, str(value))
        return str

    def action_open_record(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    def _values(self):
        return (self.old_value, self.new_value)

    def _names_of(self, model_name, ids):
        # sudo: names of colleagues, teams and companies, for the manager of the plan
        records = self.env[model_name].sudo().browse(set(ids)).exists()
        return {record.id: record.display_name for record in records}

    @api.depends("rule_id", "field_name")
    def _compute_is_owner(self):
        for change in self:
            change.is_owner = change.field_name == change.rule_id.field_name

    def _search_is_owner(self, operator, value):
        if operator != "in":
            return NotImplemented
        rules = (
            self.env["churn.ownership.rule"]
            .with_context(active_test=False)
            .search_fetch([("policy", "=", "move")], ["res_model", "field_name"])
        )
        pairs = {(rule.res_model, rule.field_name) for rule in rules}
        owner = fields.Domain.OR([("res_model", "=", model), ("field_name", "=", name)] for model, name in pairs)
        return owner if True in value else ~owner

    # Taking the photograph before, and the difference after

    @api.model
    def _start_snapshot(self):
        """Empty the transaction's own table of followers as they were."""
        self.env.cr.execute(
            """
            CREATE TEMPORARY TABLE IF NOT EXISTS churn_snapshot (
                res_model varchar, res_id integer, line_id integer, rule_id integer, data jsonb
            ) ON COMMIT DROP
            """
        )
        self.env.cr.execute("TRUNCATE churn_snapshot")

    @api.model
    def _photograph(self, model_name, rows, relations=()):
        """Keep the columns of records as they are now, in a table of the transaction.

        Typed columns, not one JSON object per row: comparing is then several times faster, and most values of most
        rows are the same afterwards.

        :param rows: list of (record id, line id, rule id)
        :param relations: names of many2many fields to keep with them
        """
        model = self.env[model_name]
        model.flush_model()
        snapshot = self._snapshot_of(model)
        columns = [
            SQL("%s AS %s", value, SQL.identifier(name)) for name, value in self._columns(model, relations).items()
        ]
        ids, lines, rules = (list(column) for column in zip(*rows, strict=True))
        self.env.cr.execute(
            SQL(
                """DROP TABLE IF EXISTS %(snapshot)s;
                   CREATE TEMPORARY TABLE %(snapshot)s ON COMMIT DROP AS
                   SELECT r.id, wanted.churn_line_id, wanted.churn_rule_id, %(columns)s
                     FROM %(table)s r
                     JOIN unnest(%(ids)s::int[], %(lines)s::int[], %(rules)s::int[])
                          AS wanted(id, churn_line_id, churn_rule_id)
                       ON wanted.id = r.id;
                   ANALYZE %(snapshot)s""",
                snapshot=snapshot,
                columns=SQL(", ").join(columns),
                table=SQL.identifier(model._table),
                ids=ids,
                lines=lines,
                rules=rules,
            )
        )

    def _snapshot_of(self, model):
        """Return the name of the table that keeps rows of the model: by number, names of tables can be too long."""
        return SQL.identifier(f"churn_snapshot_{self.env['ir.model']._get_id(model._name)}")

    def _columns(self, model, relations):
        """Return {field name: SQL of its value in a row ``r`` of the model}, many2many values as lists of ids."""
        stored = {
            name: SQL.identifier("r", name)
            for name, field in model._fields.items()
            if field.store and field.column_type and name not in NOISE
        }
        return {**stored, **{name: relation_sql(model._fields[name]) for name in relations}}

    @api.model
    def _photograph_followers(self, documents):
        """Keep who follows which records, with which subtypes.

        :param documents: {(model, id): (line id, rule id, …)}
        """
        if not documents:
            return
        self.env["mail.followers"].flush_model()
        rows = [(*key, line_id, rule_id) for key, (line_id, rule_id, *_rest) in documents.items()]
        self.env.cr.execute(
            SQL(
                """INSERT INTO churn_snapshot (res_model, res_id, line_id, rule_id, data)
                   SELECT wanted.res_model, wanted.id, wanted.line_id, wanted.rule_id, %s
                     FROM unnest(%s::text[], %s::int[], %s::int[], %s::int[])
                          AS wanted(res_model, id, line_id, rule_id)""",
                followers_sql(SQL("wanted.res_model"), SQL("wanted.id")),
                *(list(column) for column in zip(*rows, strict=True)),
            )
        )

    @api.model
    def _log_differences(self, photographed):
        """Insert a change row for every value that differs from the photograph; return how many.

        :param photographed: {model name: names of its many2many fields}, of all models that were photographed
        """
        self.env.flush_all()
        count = sum(self._log_rows(self.env[name], photographed[name]) for name in sorted(photographed))
        count += self._log_followers()
        self.invalidate_model()
        return count

    @api.model
    def _log_value(self, line, record, field_name, old, new):
        """Log one value that was not changed by the transfer itself. In SQL: the ORM stores false as no value."""
        self.env.cr.execute(
            """INSERT INTO churn_change (line_id, res_model, res_id, field_name, old_value, new_value, date, state)
               VALUES (%s, %s, %s, %s, %s, %s, %s, 'applied')""",
            [line.id, record._name, record.id, field_name, Json(old), Json(new), fields.Datetime.now()],
        )

    def _log_rows(self, model, relations):
        pairs = [
            SQL(
                "(%(name)s, CASE WHEN s.%(column)s IS DISTINCT FROM %(now)s"
                " THEN jsonb_build_array(s.%(column)s, %(now)s) END)",
                name=name,
                column=SQL.identifier(name),
                now=value,
            )
            for name, value in sorted(self._columns(model, relations).items())
        ]
        self.env.cr.execute(
            SQL(
                """INSERT INTO churn_change
                          (line_id, rule_id, res_model, res_id, field_name, old_value, new_value, date, state)
                   SELECT s.churn_line_id, s.churn_rule_id, %(model)s, s.id, value.name,
                          value.pair -> 0, value.pair -> 1, %(now)s, 'applied'
                     FROM %(snapshot)s s
                     JOIN %(table)s r ON r.id = s.id
                    CROSS JOIN LATERAL (VALUES %(pairs)s) AS value (name, pair)
                    WHERE value.pair IS NOT NULL
                    ORDER BY s.id, value.name""",
                model=model._name,
                now=fields.Datetime.now(),
                snapshot=self._snapshot_of(model),
                table=SQL.identifier(model._table),
                pairs=SQL(", ").join(pairs),
            )
        )
        return self.env.cr.rowcount

    def _log_followers(self):
        self.env.cr.execute(
            SQL(
                """INSERT INTO churn_change
                          (line_id, rule_id, res_model, res_id, field_name, old_value, new_value, date, state)
                   SELECT s.line_id, s.rule_id, s.res_model, s.res_id, %(field)s,
                          %(old)s, %(new)s, %(now)s, 'applied'
                     FROM churn_snapshot s
                    CROSS JOIN LATERAL (SELECT %(followers)s AS data OFFSET 0) AS after -- asked once, not per use
                    CROSS JOIN LATERAL jsonb_object_keys(s.data || after.data) AS partner(id)
                    WHERE s.data <> after.data
                      AND s.data -> partner.id IS DISTINCT FROM after.data -> partner.id
                    ORDER BY s.res_model, s.res_id, partner.id""",
                field=FOLLOWERS,
                old=follower_sql(SQL("s.data")),
                new=follower_sql(SQL("after.data")),
                followers=followers_sql(SQL("s.res_model"), SQL("s.res_id")),
                now=fields.Datetime.now(),
            )
        )
        return self.env.cr.rowcount


def relation_sql(field):
    """Return the values of a many2many field of a row ``r`` as a jsonb list of ids."""
    return SQL(
        """COALESCE((
            SELECT jsonb_agg(%(value)s ORDER BY %(value)s) FROM %(relation)s WHERE %(record)s = r.id), '[]')""",
        value=SQL.identifier(field.column2),
        relation=SQL.identifier(field.relation),
        record=SQL.identifier(field.relation, field.column1),
    )


def followers_sql(res_model, res_id):
    """Return the followers of a record as one jsonb object {partner id: [subtype ids]}."""
    return SQL(
        """COALESCE((
            SELECT jsonb_object_agg(f.partner_id, COALESCE((
                       SELECT jsonb_agg(t.mail_message_subtype_id ORDER BY t.mail_message_subtype_id)
                         FROM mail_followers_mail_message_subtype_rel t WHERE t.mail_followers_id = f.id), '[]'))
              FROM mail_followers f
             WHERE f.res_model = %s AND f.res_id = %s), '{}')""",
        res_model,
        res_id,
    )


def follower_sql(data):
    return SQL(
        """CASE WHEN %(data)s ? partner.id THEN
            jsonb_build_object('partner_id', partner.id::int, 'subtype_ids', %(data)s -> partner.id) END""",
        data=data,
    )
