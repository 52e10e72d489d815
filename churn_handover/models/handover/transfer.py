from collections import defaultdict

from odoo import models
from odoo.fields import Command
from odoo.tools import SQL

from ...analytics.routing import Found, Router, Scan
from .handover import OPEN_STATES

# Nothing of Odoo's own per-record work (tracking, mail, invitations) runs: one message and one mail replace it.
QUIET = {
    "tracking_disable": True,
    "mail_notrack": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
    "mail_activity_quick_update": True,
    "dont_notify": True,
    "no_mail_to_attendees": True,
    "skip_attendee_notification": True,
    "skip_is_manually_modified": True,
    "churn_transfer": True,
}


class ChurnTransfer(models.AbstractModel):
    """Moves what the ownership rules find: one write per model and successor, and the log of every value changed.

    A run looks once for everything open of the predecessors (:meth:`_scan`), then moves it batch by batch of lines
    (:meth:`_execute`). Another module changes how a field moves by a method ``_move_<table>_<field>(rule, items)``.
    """

    _name = "churn.transfer"
    _description = "Transfer Engine"

    def _scan(self, users, *policies):
        """Return everything open of the users, in all companies; one query per rule.

        :param policies: of the rules to look for; default those that change something
        :rtype: Scan
        """
        # sudo: what is open must be found whoever may read it; callers show only counts of it
        rules = self.env["churn.ownership.rule"].sudo()._installed(*(policies or ("move", "close", "unsubscribe")))
        found = {rule: rule._find(users) for rule in rules}
        for rule, rows in found.items():
            if (rule.res_model, rule.field_name) == ("res.partner", "user_id"):
                rows += self._contacts_without_rep(users)
        return Scan(found)

    def _contacts_without_rep(self, users):
        """Return the contacts that nobody looks after, below accounts of the users, as Found."""
        self.env["res.partner"].flush_model(["user_id", "active", "commercial_partner_id", "company_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT contact.id, account.user_id, account.id, contact.company_id
                  FROM res_partner contact
                  JOIN res_partner account ON account.id = contact.commercial_partner_id
                 WHERE account.user_id = ANY(%s) AND account.active
                   AND contact.user_id IS NULL AND contact.active AND contact.id <> account.id
                """,
                users.ids,
            )
        )
        return [Found(*row) for row in rows]

    def _execute(self, handover, lines, scan):
        """Move everything open of the lines' accounts; of the default line also what hangs on no other line.

        The caller has locked the lines, checked the rights on the plan and the successors.

        :param scan: what :meth:`_scan` found in this run; who holds a record now is looked at again before the write
        :return: {rule: list of Item} of what was moved
        """
        # sudo: the right to the plan was checked by the caller; draft invoices and calendars are not the manager's
        self = self.sudo().with_context(
            **QUIET,
            allowed_company_ids=handover.company_ids.ids,
            churn_reason="handover",
            churn_line_by_partner={line.account_id.id: line.id for line in lines if line.account_id},
        )
        items = self._still_held(scan.route(self._router(handover, lines, scan)))
        relations = self._relations(items)
        change = self.env["churn.change"]
        change._start_snapshot()
        photographed = self._photograph(items, relations)
        documents = self._documents(items)
        change._photograph_followers(documents)
        for rule, rule_items in items.items():
            self._apply(rule, rule_items)
        self._move_followers(items, documents)
        change._log_differences(photographed)
        self.env.invalidate_all()
        return items

    def _preview(self, handover):
        """Return {rule: list of Item} of what the whole plan would do as it stands, and of what it only reports.

        Lines without successor give items to nobody (False).
        """
        self = self.sudo()  # sudo: the caller checked the right to the plan; screens show numbers
        predecessors = handover._predecessors()
        lines = handover.sudo().line_ids.filtered(lambda line: line.state in OPEN_STATES)  # sudo: as above
        policies = ["move", "close", "unsubscribe"]
        if lines.filtered("is_default"):
            policies.append("report")
        scan = self._scan(predecessors, *policies)
        return scan.route(self._router(handover.sudo(), lines, scan))  # sudo: as above

    # What moves, through which line, to whom

    def _router(self, handover, lines, scan):
        default = lines.filtered("is_default")
        # What turned up late on an account that has moved already follows it.
        known = (lines | handover.line_ids.filtered(lambda line: line.state == "done")) if default else lines
        router = Router(
            {
                (line.account_id.id, line.predecessor_id.id): (line.id, line.successor_id.id)
                for line in known
                if line.account_id
            },
            companies=frozenset(handover.company_ids.ids),
        )
        if default:
            predecessors = handover._predecessors()
            router.default = (default.id, default.successor_id.id)
            router.waiting = self._waiting(predecessors) - router.lines.keys()
            outside = scan.accounts() - {account for account, _user in router.lines}
            router.owners = self._owners(handover, predecessors, outside)
        return router

    def _waiting(self, predecessors):
        """Return {(account, predecessor)} of all lines, in any plan, that are still to be moved."""
        rows = self.env["churn.handover.line"]._read_group(
            [
                ("predecessor_id", "in", predecessors.ids),
                ("account_id", "!=", False),
                ("state", "in", ("confirmed", "stopped")),
            ],
            ["account_id", "predecessor_id"],
        )
        return {(account.id, predecessor.id) for account, predecessor in rows}

    def _owners(self, handover, predecessors, accounts):
        """Return {account: owner or first backup} who is active and works in all companies of the plan."""
        owners = self.env["res.partner"].browse(accounts)._churn_active_owner()
        users = self.env["res.users"].browse({user_id for user_id in owners.values() if user_id}) - predecessors
        able = set(users.filtered(lambda user: handover.company_ids <= user.company_ids).ids)
        return {account: user_id for account, user_id in owners.items() if user_id in able}

    def _still_held(self, items):
        """Return the items whose record exists and still is the predecessor's: the scan may be a few batches old."""
        held = {}
        for rule, rule_items in items.items():
            model = self.env[rule.res_model]
            model.flush_model([rule.field_name])
            users = self.env["res.users"].browse({item.user_id for item in rule_items})
            self.env.cr.execute(
                SQL(
                    "SELECT r.id FROM %s r WHERE r.id = ANY(%s) AND %s",
                    SQL.identifier(model._table),
                    [item.id for item in rule_items],
                    self._held_sql(rule, list(rule._holders(users))),
                )
            )
            ids = {row[0] for row in self.env.cr.fetchall()}
            held[rule] = [item for item in rule_items if item.id in ids]
        return {rule: rule_items for rule, rule_items in held.items() if rule_items}

    def _held_sql(self, rule, holders):
        field = rule._field()
        if field.type == "many2many":
            return SQL(
                "EXISTS (SELECT FROM %s WHERE %s = r.id AND %s = ANY(%s))",
                SQL.identifier(field.relation),
                SQL.identifier(field.column1),
                SQL.identifier(field.column2),
                holders,
            )
        column = SQL.identifier("r", field.name)
        if (rule.res_model, field.name) == ("res.partner", "user_id"):
            # Contacts that nobody looks after follow their account.
            return SQL("COALESCE(%s = ANY(%s), TRUE)", column, holders)
        return SQL("%s = ANY(%s)", column, holders)

    # The photograph

    def _relations(self, items):
        """Return {model: names of many2many fields} that the rules touch."""
        relations = defaultdict(set)
        for rule in items:
            if rule._field().type == "many2many":
                relations[rule.res_model].add(rule.field_name)
        return {model: sorted(names) for model, names in relations.items()}

    def _photograph(self, items, relations):
        """Keep the rows that are about to change, with those of other models that are computed from them.

        :return: {model name: names of its many2many fields} of the models that were photographed
        """
        rows = defaultdict(dict)
        for rule, rule_items in items.items():
            if rule.policy == "unsubscribe" and rule.res_model == "mail.followers":
                continue
            own = {item.id: (item.line_id, rule.id) for item in rule_items}
            for model_name, records in [(rule.res_model, own), *self._dependents(rule, own)]:
                for record_id, origin in records.items():
                    rows[model_name].setdefault(record_id, (record_id, *origin))
        photographed = {name: relations.get(name, ()) for name, records in rows.items() if records}
        for model_name, names in photographed.items():
            self.env["churn.change"]._photograph(model_name, list(rows[model_name].values()), names)
        return photographed

    def _dependents(self, rule, records):
        """Yield (model, {id: (line, rule)}) of records in other models whose stored values are computed from these."""
        model_fields = self.env[rule.res_model]._fields
        name = "active" if rule.policy == "close" and "active" in model_fields else rule.field_name
        tree = self.env.registry.get_field_trigger_tree(model_fields[name])
        yield from self._walk(tree, rule.res_model, records)
        if (rule.res_model, rule.field_name) == ("calendar.event", "partner_ids"):
            yield "calendar.attendee", self._follow_inverse("calendar.attendee", "event_id", records)

    def _walk(self, tree, model_name, records):
        for key, subtree in tree.items():
            if not records or not any(field.store for part in subtree.depth_first() for field in part.root):
                continue
            target = self.env[key.model_name]
            if target._transient or target._abstract or not target._auto:
                continue
            if key.type == "many2one" and key.store and key.comodel_name == model_name:
                reached = self._follow_inverse(key.model_name, key.name, records)
            elif key.type == "one2many" and key.comodel_name == model_name:
                reached = self._follow(model_name, key.inverse_name, records)
            else:
                continue
            if any(field.store and field.model_name == key.model_name for field in subtree.root):
                yield key.model_name, reached
            yield from self._walk(subtree, key.model_name, reached)

    def _follow_inverse(self, model_name, field_name, records):
        """Return {id: origin} of the records of a model that point to ``records`` through a many2one."""
        model = self.env[model_name]
        model.flush_model([field_name])
        column, table = SQL.identifier(field_name), SQL.identifier(model._table)
        rows = self.env.execute_query(
            SQL("SELECT id, %s FROM %s WHERE %s = ANY(%s)", column, table, column, [*records])
        )
        return {record_id: records[target] for record_id, target in rows}

    def _follow(self, model_name, field_name, records):
        """Return {id: origin} of the records that ``records`` point to through a many2one."""
        model = self.env[model_name]
        if not model._fields[field_name].store or model._fields[field_name].type != "many2one":
            return {}
        model.flush_model([field_name])
        column, table = SQL.identifier(field_name), SQL.identifier(model._table)
        rows = self.env.execute_query(SQL("SELECT id, %s FROM %s WHERE id = ANY(%s)", column, table, [*records]))
        return {target: records[record_id] for record_id, target in rows if target}

    # Writing

    def _apply(self, rule, items):
        special = getattr(self, f"_{rule.policy}_{self.env[rule.res_model]._table}_{rule.field_name}", None)
        if special:
            special(rule, items)
        elif rule.policy == "move":
            self._move(rule, items)
        elif rule.policy == "close":
            self._close(rule, items)
        elif rule._field().type == "many2many":
            self._take_off(rule, items)

    def _move(self, rule, items, values_by_record=None):
        """Write the successor; one write per successor (and predecessor where several people can be named).

        :param values_by_record: method from records and successor id to pairs (records, further values)
        """
        field = rule._field()
        several = field.type == "many2many"
        model = self.env[rule.res_model]
        grouped = defaultdict(list)
        for item in items:
            grouped[item.user_id if several else None, item.successor_id].append(item.id)
        for (user_id, successor_id), ids in grouped.items():
            records = model.browse(ids)
            value = rule._holder_of(successor_id)
            if several:
                value = [Command.unlink(rule._holder_of(user_id)), Command.link(value)]
            pairs = values_by_record(records, successor_id) if values_by_record else [(records, {})]
            for part, values in pairs:
                part.write({**values, rule.field_name: value})

    def _close(self, rule, items):
        self.env[rule.res_model].browse([item.id for item in items]).action_archive()

    def _take_off(self, rule, items):
        by_user = defaultdict(list)
        for item in items:
            by_user[item.user_id].append(item.id)
        for user_id, ids in by_user.items():
            records = self.env[rule.res_model].browse(ids)
            records.write({rule.field_name: [Command.unlink(rule._holder_of(user_id))]})
