import ast
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, Query

from ...analytics.routing import Found

# What a rule's field may point to, and how a user is found there.
HOLDERS = {"res.users": "id", "res.partner": "partner_id", "hr.employee": "employee_ids"}


class ChurnOwnershipRule(models.Model):
    """Where a leaver can hide: one user field of one model, which of its records are open, what to do with them.

    Model and field are names, not references, so that rules for apps that are not installed can be shipped.
    """

    _name = "churn.ownership.rule"
    _description = "Ownership Rule"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    res_model = fields.Char(string="Model", required=True, help="Technical name, e.g. crm.lead.")
    field_name = fields.Char(
        string="Field",
        required=True,
        help="Field that names the responsible person: to a user, or to the user's contact or employee.",
    )
    domain = fields.Char(required=True, default="[]", help="Which records are open; closed ones keep their name.")
    account_path = fields.Char(
        help="Path from the record to its partner, e.g. partner_id; several, tried in order, are separated by commas; "
        "empty: the record hangs on no account."
    )
    policy = fields.Selection(
        [
            ("move", "Move"),
            ("close", "Close"),
            ("unsubscribe", "Unsubscribe"),
            ("report", "Only report"),
        ],
        required=True,
        default="move",
    )
    note = fields.Text(translate=True, help="Why this policy.")
    installed = fields.Boolean(compute="_compute_installed", search="_search_installed")

    _model_field_unique = models.UniqueIndex("(res_model, field_name, domain)", "There is a rule for this already.")

    # The guarded fields of :class:`ChurnOwnerDefault` are kept in memory.

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env.registry.clear_cache()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @api.depends("res_model", "field_name")
    def _compute_installed(self):
        for rule in self:
            rule.installed = rule._field() is not None

    def _search_installed(self, operator, value):
        if operator != "in":
            return NotImplemented
        rules = self.with_context(active_test=False).search(Domain.TRUE)
        return Domain("id", "in", rules.filtered(lambda rule: rule.installed in value).ids)

    @api.constrains("res_model", "field_name", "domain", "account_path", "policy")
    def _check_rule(self):
        for rule in self:
            rule._check_domain_syntax()
            shipped = self.env.context.get("install_mode")
            if rule.res_model not in self.env or (shipped and rule.field_name not in self.env[rule.res_model]._fields):
                continue  # the app is not installed: the rule sleeps until it is
            if rule._field() is None:
                raise ValidationError(
                    self.env._(
                        "Rule %(rule)s: %(model)s has no stored field %(field)s to a user, contact or employee.",
                        rule=rule.name,
                        model=rule.res_model,
                        field=rule.field_name,
                    )
                )
            if rule.policy == "unsubscribe" and rule.res_model != "mail.followers" and not rule._names_several():
                raise ValidationError(
                    self.env._(
                        "Rule %(rule)s: only a field that names several people can be unsubscribed.", rule=rule.name
                    )
                )
            rule._check_search()

    def _check_domain_syntax(self):
        try:
            Domain(ast.literal_eval(self.domain))
        except (ValueError, SyntaxError, TypeError) as error:
            raise ValidationError(
                self.env._("Rule %(rule)s: the domain cannot be read: %(error)s", rule=self.name, error=error)
            ) from error

    def _check_search(self):
        try:
            self._query(self.env.user)
        except (ValueError, KeyError, TypeError) as error:
            raise ValidationError(
                self.env._(
                    "Rule %(rule)s: the domain or the path to the account does not fit %(model)s: %(error)s",
                    rule=self.name,
                    model=self.res_model,
                    error=error,
                )
            ) from error

    def _names_several(self):
        return self._field().type == "many2many"

    # Finding

    def _field(self):
        """Return the stored field that names the responsible person, or None where the app is not installed."""
        model = self.env.get(self.res_model)
        field = None if model is None or model._abstract or not model._auto else model._fields.get(self.field_name)
        usable = field and field.store and field.type in ("many2one", "many2many") and field.comodel_name in HOLDERS
        return field if usable else None

    @api.model
    def _installed(self, *policies):
        """Return the active rules whose model and field exist here, with one of the policies (all when none given)."""
        domain = Domain("policy", "in", policies) if policies else Domain.TRUE
        return self.search(domain).filtered(lambda rule: rule._field() is not None)

    def _open_domain(self):
        return Domain(ast.literal_eval(self.domain))

    def _holders(self, users):
        """Return {value of the rule's field: user id}."""
        path = HOLDERS[self._field().comodel_name]
        if path == "id":
            return {user.id: user.id for user in users}
        # sudo: whose contact or employee it is must be known whatever the reader may see of personnel
        return {holder.id: user.id for user in users.sudo() for holder in user[path]}

    def _holder_of(self, user_id):
        """Return the value of the rule's field that stands for a user: the user, the contact or the employee."""
        path = HOLDERS[self._field().comodel_name]
        # sudo: whose contact or employee it is must be known whatever the reader may see of personnel
        return user_id if path == "id" else self.env["res.users"].sudo().browse(user_id)[path][:1].id

    def _query(self, users):
        """Return (query, column of the holder, column of the account, column of the company) of what users hold."""
        field = self._field()
        holders = list(self._holders(users))
        # sudo: rights on the plan are checked by the caller; what is open is found whoever may read it
        model = self.env[self.res_model].sudo().with_context(active_test=True)
        domain = self._open_domain() & Domain(self.field_name, "in", holders or [0])
        query = model._search(domain)
        holder = self._holder_sql(query, model, field, holders)
        paths = [path.strip() for path in (self.account_path or "").split(",") if path.strip()]
        return query, holder, account_sql(query, model, paths, users), company_sql(query, model)

    def _holder_sql(self, query, model, field, holders):
        if field.type == "many2one":
            return model._field_to_sql(model._table, field.name, query)
        alias = query.make_alias(model._table, f"{field.name}_holder")
        on_record = SQL("%s = %s", SQL.identifier(alias, field.column1), SQL.identifier(model._table, "id"))
        query.add_join("JOIN", alias, field.relation, on_record)
        query.add_where(SQL("%s IN %s", SQL.identifier(alias, field.column2), tuple(holders) or (0,)))
        return SQL.identifier(alias, field.column2)

    def _find(self, users):
        """Return the open records of ``users`` that this rule finds, in all companies, as a list of Found.

        One query, and one more per model that a reference (``res_model``, ``res_id``) points to.
        """
        self.ensure_one()
        if not users:
            return []
        holders = self._holders(users)
        query, holder, account, company = self._query(users)
        model = self.env[self.res_model]
        reference = self._reference()
        columns = [SQL.identifier(model._table, "id"), holder, account, company]
        if reference:
            columns += [SQL.identifier(model._table, name) for name in (reference.model_field, reference.name)]
        self.env["res.partner"].flush_model(["commercial_partner_id", "user_id", "company_id", "partner_share"])
        rows = self.env.execute_query(query.select(*columns))
        if not reference:
            return [Found(record, holders[value], account, company) for record, value, account, company in rows]
        targets = self._locate({(row[4], row[5]) for row in rows if row[2] is None and row[4] and row[5]})
        found = []
        for record, value, account, company, *target in rows:
            target_account, target_company = targets.get(tuple(target), (None, None))
            found.append(Found(record, holders[value], account or target_account, company or target_company))
        return found

    def _reference(self):
        """Return the field that points to a record of any model, when the path to the account goes through it."""
        model_fields = self.env[self.res_model]._fields
        for path in (self.account_path or "").split(","):
            field = model_fields.get(path.strip())
            if field is not None and field.type == "many2one_reference":
                return field
        return None

    @api.model
    def _locate(self, targets):
        """Return {(model, id): (account id, company id)} for references to records of any model."""
        located = {}
        by_model = defaultdict(list)
        for model_name, record_id in targets:
            by_model[model_name].append(record_id)
        for model_name, ids in by_model.items():
            model = self.env.get(model_name)
            if model is None or model._abstract or not model._auto:
                continue
            # sudo: only account and company are read, to decide which line a record belongs to
            model = model.sudo()
            query = Query(self.env, model._table, model._table_sql)
            query.add_where(SQL("%s IN %s", SQL.identifier(model._table, "id"), tuple(ids)))
            account = account_sql(query, model, self._paths_of(model_name), self.env["res.users"])
            rows = self.env.execute_query(
                query.select(SQL.identifier(model._table, "id"), account, company_sql(query, model))
            )
            located.update({(model_name, row[0]): row[1:] for row in rows})
        return located

    @api.model
    def _paths_of(self, model_name):
        """Return the paths from a record of the model to its partner: those of its rule, else the usual field."""
        if model_name == "res.partner":
            return ["commercial_partner_id"]
        rule = self.search([("res_model", "=", model_name), ("account_path", "!=", False)], limit=1)
        if rule:
            return [path.strip() for path in rule.account_path.split(",")]
        field = self.env[model_name]._fields.get("partner_id")
        return ["partner_id"] if field is not None and field.store and field.comodel_name == "res.partner" else []


def account_sql(query, model, paths, users):
    """Return the account of a record as SQL: the commercial partner at the end of the first path that leads to one."""
    parts = [part for path in paths if (part := path_sql(query, model, path, users)) is not None]
    return SQL("COALESCE(%s)", SQL(", ").join(parts)) if parts else SQL("NULL::integer")


def path_sql(query, model, path, users):
    """Return the commercial partner at the end of a path as SQL; None for a reference, which is followed apart.

    :raise KeyError: no such field
    :raise ValueError: the path does not lead to a partner
    """
    alias = model._table
    for name in path.split("."):
        field = model._fields[name]
        if field.type == "many2one_reference":
            return None
        if field.type == "many2many" and field.comodel_name == "res.partner":
            return first_customer_sql(alias, field, users)
        if field.type != "many2one" or not field.store:
            raise ValueError(f"{model._name}.{name}")
        source = model._field_to_sql(alias, name, query)
        model = model.env[field.comodel_name]
        target = query.make_alias(alias, name)
        query.add_join("LEFT JOIN", target, model._table, SQL("%s = %s", source, SQL.identifier(target, "id")))
        alias = target
    if model._name != "res.partner":
        raise ValueError(path)
    return SQL.identifier(alias, "commercial_partner_id")


def first_customer_sql(alias, field, users):
    """Of several partners (attendees): the customer of one of the users if there is one, else the first customer."""
    return SQL(
        """(SELECT account.id
              FROM %(relation)s rel
              JOIN res_partner person ON person.id = %(partner)s AND person.partner_share IS NOT FALSE
              JOIN res_partner account ON account.id = person.commercial_partner_id
             WHERE %(record)s = %(id)s
             ORDER BY COALESCE(account.user_id = ANY(%(users)s), FALSE) DESC, account.id
             LIMIT 1)""",
        relation=SQL.identifier(field.relation),
        partner=SQL.identifier("rel", field.column2),
        record=SQL.identifier("rel", field.column1),
        id=SQL.identifier(alias, "id"),
        users=users.ids,
    )


def company_sql(query, model):
    field = model._fields.get("company_id")
    if field is None or not field.store or field.comodel_name != "res.company":
        return SQL("NULL::integer")
    return model._field_to_sql(model._table, "company_id", query)
