from odoo import api, fields, models
from odoo.tools import SQL

# Whose value is a person's own login, device, right or taste; it ends with the login and is nobody's task.
PERSONAL_MODELS = (
    "auth_",
    "bus.",
    "calendar.filters",
    "change.password",
    "digest.tip",
    "ir.ui.view.custom",
    "ir.embedded.actions",
    "mail.presence",
    "project.task.stage.personal",
    "project.task.type",
    "res.company",
    "res.device",
    "res.groups",
    "res.users",
    "web_tour.",
)
PERSONAL_FIELDS = ("favorite", "favourite", "create_uid", "write_uid", "last_modified_uid")


class ChurnOwnershipGap(models.Model):
    """A stored field to a user that no ownership rule covers: a place where a leaver can be forgotten.

    Found by reading the models that are loaded, so that a newly installed app shows up at once. Left out are abstract
    models, dialogs and SQL views, which store nobody. Marked as technical, and hidden by the screen's default filter:

    * who wrote a record, and favourites (:data:`PERSONAL_FIELDS`);
    * what belongs to the login itself: rights, devices, keys, settings (:data:`PERSONAL_MODELS`);
    * values that follow another field (related, or computed and not editable): they change with it.
    """

    _name = "churn.ownership.gap"
    _description = "Field Without Ownership Rule"
    _auto = False
    _order = "technical, model_id, field_id"
    _rec_name = "field_id"

    model_id = fields.Many2one("ir.model", readonly=True)
    field_id = fields.Many2one("ir.model.fields", readonly=True)
    res_model = fields.Char(string="Technical Model", related="model_id.model")
    field_name = fields.Char(string="Technical Field", related="field_id.name")
    technical = fields.Boolean(
        readonly=True, help="Belongs to the login or follows another field: nothing to hand over."
    )
    record_count = fields.Integer(string="Records", compute="_compute_counts", help="Records that name somebody there.")
    archived_count = fields.Integer(
        string="Of Archived Users", compute="_compute_counts", help="Records that name an archived user there."
    )

    @property
    def _table_query(self):
        gaps = self._gaps()
        technical = [field_id for field_id, is_technical in gaps.items() if is_technical]
        return SQL(
            "SELECT id, model_id, id AS field_id, id = ANY(%s) AS technical FROM ir_model_fields WHERE id = ANY(%s)",
            technical,
            list(gaps),
        )

    @api.model
    def _gaps(self):
        """Return {id of ir.model.fields: whether it is technical}."""
        # sudo: which fields exist is no secret; the screen is for managers
        rules = self.env["churn.ownership.rule"].sudo().with_context(active_test=False).search_fetch([], ["res_model"])
        covered = {(rule.res_model, rule.field_name) for rule in rules}
        known = self.env["ir.model.fields"].sudo()  # sudo: as above
        gaps = {}
        for record in known.search([("relation", "=", "res.users"), ("ttype", "in", ("many2one", "many2many"))]):
            model = self.env.get(record.model)
            field = None if model is None else model._fields.get(record.name)
            if not field or not field.store or model._abstract or model._transient or not model._auto:
                continue
            if (record.model, record.name) not in covered and not field.inherited:
                gaps[record.id] = self._is_technical(field)
        return gaps

    @api.model
    def _is_technical(self, field):
        follows = field.related or (field.compute and field.readonly)
        return bool(
            follows
            or field.model_name.startswith(PERSONAL_MODELS)
            or any(part in field.name for part in PERSONAL_FIELDS)
        )

    def _compute_counts(self):
        for gap in self:
            # sudo: only numbers come out
            model = self.env[gap.res_model].sudo().with_context(active_test=False)
            gap.record_count = model.search_count([(gap.field_name, "!=", False)])
            gap.archived_count = model.search_count([(f"{gap.field_name}.active", "=", False)])

    def action_make_rule(self):
        """Open a new rule for the field."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "churn.ownership.rule",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_name": self.model_id.name,
                "default_res_model": self.res_model,
                "default_field_name": self.field_name,
            },
        }
