from collections import defaultdict
from typing import NamedTuple

from odoo import models
from odoo.fields import Command

from ..analytics.routing import Router

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
    "churn_transfer": True,
}


class Item(NamedTuple):
    """A record that moves: found by which rule, from whom, through which line, to whom (ids)."""

    id: int
    user_id: int
    line_id: int
    successor_id: int


class ChurnTransfer(models.AbstractModel):
    """Moves what the ownership rules find: one write per model and successor, and the log of every value changed."""

    _name = "churn.transfer"
    _description = "Transfer Engine"

    def _execute(self, handover, lines):
        """Move everything open of the lines' accounts; of the default line also what hangs on no other line.

        The caller has locked the lines, checked the rights on the plan and the successors.

        :return: {rule: list of Item}
        """
        # sudo: the right to the plan was checked by the caller; draft invoices and calendars are not the manager's
        self = self.sudo().with_context(
            **QUIET,
            allowed_company_ids=handover.company_ids.ids,
            churn_reason="handover",
            churn_line_by_partner={line.account_id.id: line.id for line in lines if line.account_id},
        )
        items = self._collect(handover, lines)
        relations = self._relations(items)
        change = self.env["churn.change"]
        change._start_snapshot()
        self._photograph(items, relations)
        documents = self._documents(items)
        self._photograph_followers(documents)
        for rule, rule_items in items.items():
            if rule.policy == "move":
                self._move(rule, rule_items)
            elif rule.policy == "close":
                self._close(rule, rule_items)
        self._move_followers(items, documents)
        change._log_differences(handover, relations)
        self.env.invalidate_all()
        return items

    # What moves, through which line, to whom

    def _collect(self, handover, lines):
        """Return {rule: list of Item} of what the lines move."""
        rules = self.env["churn.ownership.rule"]._installed("move", "close", "unsubscribe")
        predecessors = handover._predecessors()
        found = {rule: rule._find(predecessors) for rule in rules}
        router = self._router(handover, lines, {row.account_id for rows in found.values() for row in rows})
        items = {}
        for rule, rows in found.items():
            routed = [
                Item(row.id, row.user_id, *target)
                for row in rows
                if (target := router.route(row.account_id, row.user_id, row.company_id))
            ]
            if routed:
                items[rule] = routed
        return items

    def _router(self, handover, lines, accounts):
        default = lines.filtered("is_default")
        running = {
            (line.account_id.id, line.predecessor_id.id): (line.id, line.successor_id.id)
            for line in (lines | handover.line_ids.filtered(lambda line: line.state == "done") if default else lines)
            if line.account_id
        }
        router = Router(running, companies=frozenset(handover.company_ids.ids))
        if default:
            router.default = (default.id, default.successor_id.id)
            router.waiting = self._waiting(handover._predecessors()) - running.keys()
            outside = accounts - {account for account, _user in running} - {None}
            router.owners = self._owners(handover, outside)
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

    def _owners(self, handover, accounts):
        """Return {account: owner} for accounts whose owner is active and works in all companies of the plan."""
        owners = self.env["res.partner"].browse(accounts)._churn_active_owner()
        users = self.env["res.users"].browse({user_id for user_id in owners.values() if user_id}) - handover._predecessors()
        able = set(users.filtered(lambda user: handover.company_ids <= user.company_ids).ids)
        return {account: user_id for account, user_id in owners.items() if user_id in able}

    # The photograph

    def _relations(self, items):
        """Return {model: names of many2many fields} that the rules move."""
        relations = defaultdict(set)
        for rule in items:
            if rule.policy == "move" and rule._field().type == "many2many":
                relations[rule.res_model].add(rule.field_name)
        return {model: sorted(names) for model, names in relations.items()}

    def _photograph(self, items, relations):
        rows = defaultdict(dict)
        for rule, rule_items in items.items():
            if rule.policy == "unsubscribe":
                continue
            for item in rule_items:
                rows[rule.res_model].setdefault(item.id, (item.id, item.line_id, rule.id))
        change = self.env["churn.change"]
        for model_name, records in rows.items():
            change._photograph(model_name, list(records.values()), relations.get(model_name, ()))

    # Writing

    def _move(self, rule, items):
        field = rule._field()
        model = self.env[rule.res_model]
        grouped = defaultdict(list)
        for item in items:
            grouped[item.user_id if field.type == "many2many" else None, item.successor_id].append(item.id)
        for (user_id, successor_id), ids in grouped.items():
            value = rule._holder_of(successor_id)
            if field.type == "many2many":
                value = [Command.unlink(rule._holder_of(user_id)), Command.link(value)]
            for records, values in self._with_team(model.browse(ids), successor_id):
                records.write({**values, rule.field_name: value})

    def _with_team(self, records, successor_id):
        """Yield (records, further values): an opportunity's team follows the successor, found once per group.

        Odoo's own computation asks twice per opportunity; a value written with the salesperson is left as it is.
        """
        if records._name != "crm.lead":
            yield records, {}
            return
        successor = self.env["res.users"].browse(successor_id)
        grouped = records.grouped(lambda lead: (lead.team_id, lead.type))
        for (team, lead_type), leads in grouped.items():
            if not team or successor not in (team.member_ids | team.user_id):
                domain = [("use_leads" if lead_type == "lead" else "use_opportunities", "=", True)]
                team = team._get_default_team_id(user_id=successor_id, domain=domain)
            yield leads, {"team_id": team.id}

    def _close(self, rule, items):
        self.env[rule.res_model].browse([item.id for item in items]).action_archive()

    # Followers

    def _documents(self, items):
        """Return {(model, id): (line id, rule id, successor id or None)} of the records whose followers may change."""
        documents = {}
        for rule, rule_items in items.items():
            if rule.policy == "move" and "message_follower_ids" in self.env[rule.res_model]:
                for item in rule_items:
                    documents.setdefault((rule.res_model, item.id), (item.line_id, rule.id, item.successor_id))
        for rule, rule_items in items.items():
            if rule.res_model in ("mail.activity", "mail.followers"):
                by_id = {item.id: item for item in rule_items}
                self.env[rule.res_model].flush_model()
                for record in self.env[rule.res_model].browse(by_id):
                    if record.res_model and record.res_id:
                        key = (record.res_model, record.res_id)
                        documents.setdefault(key, (by_id[record.id].line_id, rule.id, None))
        return documents

    def _photograph_followers(self, documents):
        rows = defaultdict(list)
        for (model_name, record_id), (line_id, rule_id, _successor) in documents.items():
            rows[model_name].append((record_id, line_id, rule_id))
        for model_name, records in rows.items():
            self.env["churn.change"]._photograph_followers(model_name, records)

    def _move_followers(self, items, documents):
        """Take the predecessor off everything found, put the successor on what moved."""
        gone = [item.id for rule, rows in items.items() if rule.policy == "unsubscribe" for item in rows]
        self.env["mail.followers"].flush_model()
        if gone:
            self.env.cr.execute("DELETE FROM mail_followers WHERE id = ANY(%s)", [gone])
        wanted = defaultdict(list)
        for (model_name, record_id), (_line, _rule, successor_id) in documents.items():
            if successor_id:
                wanted[model_name].append((record_id, successor_id))
        for model_name, rows in wanted.items():
            self._subscribe(model_name, rows)

    def _subscribe(self, model_name, rows):
        """Make users follow records with the model's default subtypes; who follows already keeps own subtypes.

        :param rows: list of (record id, user id)
        """
        subtypes = self.env["mail.message.subtype"]._default_subtypes(model_name)[0]
        self.env.cr.execute(
            """
            WITH added AS (
                INSERT INTO mail_followers (res_model, res_id, partner_id)
                SELECT %(model)s, wanted.id, u.partner_id
                  FROM unnest(%(ids)s::int[], %(users)s::int[]) AS wanted(id, user_id)
                  JOIN res_users u ON u.id = wanted.user_id
                    ON CONFLICT DO NOTHING
             RETURNING id)
            INSERT INTO mail_followers_mail_message_subtype_rel (mail_followers_id, mail_message_subtype_id)
            SELECT added.id, subtype.id FROM added CROSS JOIN unnest(%(subtypes)s::int[]) AS subtype(id)
            """,
            {
                "model": model_name,
                "ids": [row[0] for row in rows],
                "users": [row[1] for row in rows],
                "subtypes": subtypes,
            },
        )
