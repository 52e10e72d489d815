import ast

from odoo import SUPERUSER_ID, api, models, tools
from odoo.fields import Command, Domain
from odoo.tools import SQL, frozendict

# Here the user is what the record is about, not who looks after it: nobody can stand in.
ABOUT_THE_USER = frozenset(("crm.team.member", "churn.team.member"))
# Left without owner when nobody can stand in: a contact then follows its account's next owner, and a lead without
# salesperson is what Odoo's own distribution picks up. Everything else falls to who makes it, as in stock Odoo.
LEFT_EMPTY = frozenset(("res.partner", "crm.lead"))


class ChurnOwnerDefault(models.AbstractModel):
    """Keeps archived users off new work: which fields are guarded, and who stands in.

    What is guarded follows the ownership rules: the fields to users whose open records a handover moves. The hooks
    that call this are in ``base``; while no archived user is in sight they cost two look-ups in memory and no query.
    """

    _name = "churn.owner.default"
    _description = "Stand-in for an Archived Owner"

    @api.model
    @tools.ormcache()
    def _guarded(self):
        """Return {model: {field: (domain of what is open, paths to the account)}}, as strings, for installed apps."""
        # sudo: the rules decide for everybody who makes a record, also for those who may not read them
        rules = self.env["churn.ownership.rule"].sudo().search([("policy", "=", "move")])
        guarded = {}
        for rule in rules:
            model = self.env.get(rule.res_model)
            field = model._fields.get(rule.field_name) if model is not None else None
            if field is None or field.comodel_name != "res.users" or rule.res_model in ABOUT_THE_USER:
                continue
            paths = tuple(path.strip() for path in (rule.account_path or "").split(",") if path.strip())
            domains, known = guarded.setdefault(rule.res_model, {}).get(rule.field_name, ((), ()))
            guarded[rule.res_model][rule.field_name] = ((*domains, rule.domain), known or paths)
        return frozendict({model: frozendict(fields) for model, fields in guarded.items()})

    @api.model
    @tools.ormcache()
    def _archived_users(self):
        """Return the ids of archived employees' users; OdooBot, portal and public users are nobody's successor."""
        self.env["res.users"].flush_model(["active", "share"])
        rows = self.env.execute_query(
            SQL("SELECT id FROM res_users WHERE active IS NOT TRUE AND share IS NOT TRUE AND id != %s", SUPERUSER_ID)
        )
        return frozenset(row[0] for row in rows)

    @api.model
    @tools.ormcache()
    def _former_partners(self):
        """Return the ids of the contacts of archived employees' users who have no other, active user."""
        self.env["res.users"].flush_model(["active", "partner_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT partner_id FROM res_users WHERE id = ANY(%s)
                   EXCEPT SELECT partner_id FROM res_users WHERE active""",
                list(self._archived_users()),
            )
        )
        return frozenset(row[0] for row in rows)

    @api.model
    def _fields_of(self, model):
        """Return the guarded fields of a model, empty when the guard is off: no archived user, or a transfer."""
        if self.env.context.get("churn_transfer"):
            return {}
        fields = self._guarded().get(model._name)
        return fields if fields and self._archived_users() else {}

    # Values of create, copy and default_get

    @api.model
    def _replace(self, model, vals_list, names, imported=False):
        """Return the values with a stand-in for each archived user that would get an open record.

        :param names: guarded fields
        :param imported: explicit values come from an import and stay; only defaults are replaced
        """
        result = list(vals_list)
        for name in names:
            field = model._fields[name]
            default = None
            if any(name not in vals for vals in vals_list):
                default = model.with_context(churn_raw_default=True).default_get([name]).get(name)
            found = {
                index: vals.get(name, default)
                for index, vals in enumerate(vals_list)
                if not (imported and name in vals) and self._is_archived(field, vals.get(name, default))
            }
            if not found:
                continue
            records = [model.new({**vals_list[index], name: value}) for index, value in found.items()]
            users = self._stand_ins(model.concat(*records), name)
            for (index, value), record in zip(found.items(), records, strict=True):
                # A closed record keeps its name: the default is then made explicit, or it would be replaced later.
                kept = record not in users
                result[index] = {
                    **result[index],
                    name: value if kept else self._without_archived(field, value, users[record]),
                }
        return result

    @api.model
    def _is_archived(self, field, value):
        return not self._archived_users().isdisjoint(user_ids(field, value))

    @api.model
    def _without_archived(self, field, value, user_id):
        """Return the value of the field with the stand-in instead of archived users."""
        if field.type == "many2one":
            return user_id
        archived = self._archived_users()
        left = [user for user in user_ids(field, value) if user not in archived]
        return [Command.set(left or ([user_id] if user_id else []))]

    # Records that were computed or filled by an onchange

    @api.model
    def _replace_on(self, records, name, before):
        """Put stand-ins on the records whose field has just become an archived user.

        :param before: {record id: ids of the users before}; a value that was there already is left alone
        """
        archived = self._archived_users()
        changed = records.filtered(
            lambda record: not archived.isdisjoint(record[name].ids) and before.get(record.id) != record[name].ids
        )
        if not changed:
            return
        users = self.env["res.users"]
        for record, user_id in self._stand_ins(changed, name).items():
            left = record[name].filtered(lambda user: user._origin.id not in archived)
            record[name] = left or users.browse(user_id or ())

    # Who stands in

    @api.model
    def _stand_ins(self, records, name, closed_too=False):
        """Return {record: user id or False} for ``records`` of one model, without the closed ones.

        The stand-in is the active owner of the account, else its first backup who may work in the record's company;
        without either, who is responsible for the document it hangs on, then see :meth:`_fallback`.
        The number of queries does not depend on the number of records.

        :param closed_too: the records are only the pattern for new ones, so it does not matter what they are
        """
        domains, paths = self._guarded()[records._name][name]
        if not closed_too:
            records = records.filtered_domain(Domain.OR([ast.literal_eval(domain) for domain in domains]))
        # sudo: only the id of an active user comes out; who makes a record need not see the account's team
        documents = self._documents(records.sudo())
        accounts = {record: self._account(record.sudo(), paths, documents) for record in records}  # sudo: as above
        candidates = self._candidates(accounts)
        return {
            record: next(
                (user for user in candidates.get(account.id, ()) if self._may_work(record, user)),
                None,
            )
            or self._responsible_for(documents.get(record.id), record)
            or self._fallback(record)
            for record, account in accounts.items()
        }

    @api.model
    def _stand_in_for(self, user, document):
        """Return who is proposed to do something about a document: the user, or who stands in for one who has left."""
        if user.id not in self._archived_users() or "user_id" not in self._guarded().get("mail.activity", ()):
            return user
        model_id = self.env["ir.model"]._get_id(document._name)
        activity = self.env["mail.activity"].new({"res_model_id": model_id, "res_id": document.id, "user_id": user.id})
        found = self._stand_ins(activity, "user_id", closed_too=True)
        return self.env["res.users"].browse(found[activity] or ())

    @api.model
    def _candidates(self, accounts):
        """Return {account id: user ids, the best first} of those who serve the accounts today.

        :param accounts: {record: account}
        """
        known = self.env["res.partner"].union(*accounts.values())
        if not known:
            return {}
        owners = known._churn_active_owner()
        candidates = {account: [owner] for account, owner in owners.items() if owner}
        if any(not self._may_work(record, owners.get(account.id)) for record, account in accounts.items() if account):
            for account, backups in self.env["churn.team.member"]._backups(known.ids).items():
                candidates.setdefault(account, []).extend(backups)
        return candidates

    @api.model
    def _documents(self, records):
        """Return {record id: the record of another model that it hangs on}, for activities and meetings."""
        if not {"res_model", "res_id"} <= records._fields.keys():
            return {}
        documents = {}
        for model_name, hanging in records.filtered("res_id").grouped("res_model").items():
            if model_name in self.env:
                existing = self.env[model_name].sudo().browse(hanging.mapped("res_id")).exists()  # sudo: see _stand_ins
                by_id = {document.id: document for document in existing}
                documents.update({record.id: by_id[record.res_id] for record in hanging if record.res_id in by_id})
        return documents

    @api.model
    def _account(self, record, paths, documents):
        """Return the account of a record (new or stored): at the end of the first path that leads to a partner."""
        for path in [] if record._name == "res.partner" else paths:
            value = record
            for step in path.split("."):
                if value._fields[step].type == "many2one_reference":
                    document = documents.get(value.id)
                    value = self._account(document, self._paths_of(document), {}) if document else None
                else:
                    value = value[step]
                if not value:
                    break
            if value:
                # of several attendees the customer counts
                record = value.filtered("partner_share")[:1] or value[:1]
                break
        if record._name != "res.partner":
            return self.env["res.partner"]
        return record.commercial_partner_id._origin

    @api.model
    def _paths_of(self, record):
        fields = self._guarded().get(record._name, {})
        paths = next((paths for _domains, paths in fields.values() if paths), ())
        return paths or (("partner_id",) if "partner_id" in record._fields else ())

    @api.model
    def _responsible_for(self, document, record):
        """Return the active user who is responsible for the document that a record hangs on."""
        for name in self._guarded().get(document._name, ()) if document else ():
            user = document[name][:1]
            if user.active and self._may_work(record, user.id):
                return user.id
        return False

    @api.model
    def _may_work(self, record, user_id):
        """Whether the user is allowed in the record's company."""
        if not user_id:
            return False
        company = record["company_id"] if "company_id" in record._fields else None
        # sudo: the companies of a colleague are not readable for everybody
        return not company or company in self.env["res.users"].sudo().browse(user_id).company_ids

    @api.model
    def _fallback(self, record):
        """Return who gets a record for which no owner and no backup can stand in: who makes it, or nobody."""
        user = self.env.user
        if record._name in LEFT_EMPTY or not user.active or user.share:
            return False
        return user.id


def user_ids(field, value):
    """Return the ids in a value of a field to users: an id, or what a many2many takes."""
    if not value:
        return ()
    if field.type == "many2one":
        return (value,) if isinstance(value, int) else tuple(value.ids)
    ids = []
    for command in value:
        if isinstance(command, int):
            ids.append(command)
        elif command[0] == Command.SET:
            ids = list(command[2])
        elif command[0] == Command.LINK:
            ids.append(command[1])
    return tuple(ids)
