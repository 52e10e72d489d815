from collections import defaultdict

from odoo import SUPERUSER_ID, api, fields, models, tools
from odoo.exceptions import UserError
from odoo.tools import SQL

# Put into the context where our own code acts for the leaver; no client can send this object.
ALLOWED = object()
# To-dos are done, put off and cancelled in ordinary work; what was refused or read is reported, not protected.
ORDINARY_WORK = frozenset(("mail.activity", "mail.scheduled.message"))
# Where a model without an ownership rule names its customer, for exports.
PARTNER_FIELDS = ("account_id", "partner_id", "order_partner_id", "commercial_partner_id")
# Judgement: nobody changes the records of 50 documents and customers by hand in an hour.
DEFAULT_LIMIT = 50
# Judgement: a page of a list has 80 rows; more than this at once is a script or a full download.
BULK_READ = 500
TOUCH_HOURS = 1


class ChurnSafeguard(models.AbstractModel):
    """Keeps what somebody is handing over from being taken along or destroyed, while that person goes on working.

    From the confirmation of a departure to its end. Judged by the real user (``env.uid``), so that sudo inside a
    dialog does not help. The hooks are in ``safeguard_base.py``; while nobody leaves they cost one look-up in memory.
    """

    _name = "churn.safeguard"
    _description = "Safeguards During a Departure"

    # Who, and what

    @api.model
    @tools.ormcache()
    def _leavers(self):
        """Return the ids of users with a departure that was confirmed; whether it still runs is asked for each."""
        # sudo: concerns everybody who works, also who may not read plans
        plans = (
            self.env["churn.handover"]
            .sudo()
            .search([("kind", "=", "departure"), ("state", "in", ("confirmed", "running", "done"))])
        )
        return frozenset(plans.predecessor_id.ids) - {SUPERUSER_ID}

    @api.model
    def _watches(self):
        """Whether the current user is leaving; the first question of every hook."""
        return self.env.uid in self._leavers() and self.env.context.get("churn_safeguard") is not ALLOWED

    @api.model
    def _given(self, account_ids=()):
        """Return {account id: plan id} of those that the user is handing over, and the plan of everything else under
        False. One query.
        """
        self.env["churn.handover"].flush_model(["kind", "state", "change_date"])
        self.env["churn.handover.line"].flush_model(["handover_id", "predecessor_id", "account_id", "state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.account_id, plan.id, line.is_default
                  FROM churn_handover_line line
                  JOIN churn_handover plan ON plan.id = line.handover_id
                 WHERE line.predecessor_id = %(uid)s AND plan.kind = 'departure'
                   AND line.state IN ('confirmed', 'stopped', 'done')
                   AND (plan.state IN ('confirmed', 'running')
                        OR plan.state = 'done' AND plan.change_date >= %(today)s)
                   AND (line.is_default OR line.account_id = ANY(%(accounts)s))
                """,
                uid=self.env.uid,
                today=fields.Date.context_today(self),
                accounts=list(account_ids),
            )
        )
        return {False if is_default else account_id: plan_id for account_id, plan_id, is_default in rows}

    @api.model
    def _is_kept(self, model_name):
        """Whether records of the model can be protected from change: what a handover moves along with an account."""
        if model_name == "ir.attachment":
            return True
        guarded = self.env["churn.owner.default"]._guarded().get(model_name, {})
        return model_name not in ORDINARY_WORK and any(paths for _domains, paths in guarded.values())

    @api.model
    def _paths(self, model):
        """Return the paths from a model to its customer; empty when its records hang on none."""
        if model._name == "ir.attachment":
            return ("res_id",)
        guarded = self.env["churn.owner.default"]._guarded().get(model._name, {})
        if paths := next((paths for _domains, paths in guarded.values() if paths), ()):
            return paths
        named = [name for name in PARTNER_FIELDS if name in model._fields]
        return tuple(name for name in named if model._fields[name].comodel_name == "res.partner")[:1]

    @api.model
    def _protected(self, records):
        """Return {record: plan id} of those of the records that the user is handing over. A few queries per model."""
        paths = self._paths(records)
        if not paths or not records:
            return {}
        default = self.env["churn.owner.default"]
        existing = records.sudo()  # sudo: the customer decides, also where the leaver may not read it
        if records._name == "ir.attachment":
            existing = existing.filtered(lambda file: file.res_model and file.res_id and not file.res_field)
        documents = default._documents(existing)
        accounts = {record: default._account(record, paths, documents) for record in existing}
        given = self._given({account.id for account in accounts.values() if account})
        if not given:
            return {}
        owners = default._guarded().get(records._name, {})
        protected = {}
        for record, account in accounts.items():
            plan = account and given.get(account.id)
            mine = account.user_id if account else [record[name] for name in owners]
            if not plan and self.env.user in mine:
                plan = given.get(False)
            if plan:
                protected[records.browse(record.id)] = plan
        return protected

    # What the hooks ask

    @api.model
    def _check(self, kind, records):
        """Refuse when one of the records is being handed over."""
        if protected := self._protected(records):
            self._refuse(kind, protected)

    @api.model
    def _check_volume(self, records):
        """Refuse a write that comes to more protected records than a person changes by hand, at once or in an hour."""
        protected = self._protected(records)
        if not protected:
            return
        limit = self._limit()
        if len(protected) > limit or self.env["churn.touch"]._touch(protected) > limit:
            self._refuse("write", protected)

    @api.model
    def _limit(self):
        # sudo: a system parameter that a leaver may not read
        value = self.env["ir.config_parameter"].sudo().get_param("churn_handover.safeguard_limit")
        return int(value or DEFAULT_LIMIT)

    @api.model
    def _running_plan(self):
        """Return {empty plan: id of the user's own running plan}, empty when the departure has ended."""
        lines = (
            self.env["churn.handover.line"]
            .sudo()
            .search(  # sudo: as in _leavers
                [("predecessor_id", "=", self.env.uid), ("handover_id.kind", "=", "departure")]
            )
        )
        plans = self._given(lines.account_id.ids)
        return {self.env["churn.handover"]: next(iter(plans.values()))} if plans else {}

    @api.model
    def _check_departure(self, kind):
        """Refuse what cannot be told apart by records."""
        if plan := self._running_plan():
            self._refuse(kind, plan)

    @api.model
    def _note_departure(self, kind):
        """Report what cannot be told apart by records, and is not refused."""
        if plan := self._running_plan():
            self.env["churn.refusal"]._log(kind, plan, refused=False)

    @api.model
    def _note(self, kind, records):
        """Report what is not refused: many protected records read at once, a pivot table downloaded."""
        if protected := self._protected(records):
            self.env["churn.refusal"]._log(kind, protected, refused=False)

    @api.model
    def _refuse(self, kind, protected):
        self.env["churn.refusal"]._log(kind, protected)
        # sudo: the leaver is told whom to ask
        plan = self.env["churn.handover"].sudo().browse(next(iter(protected.values())))
        raise UserError(self._message(kind, len(protected), plan.user_id.name))

    @api.model
    def _message(self, kind, count, manager):
        sentences = defaultdict(
            lambda: self.env._("This is not possible while your customers are being handed over."),
            export=self.env._("These records are being handed over and cannot be exported any more."),
            json=self.env._("Data cannot be fetched in this way while your customers are being handed over."),
            load=self.env._("Records that are being handed over cannot be overwritten by an import."),
            merge=self.env._("Customers that are being handed over cannot be merged."),
            unlink=self.env._("Records that are being handed over, and their files, cannot be deleted."),
            archive=self.env._("Records that are being handed over cannot be archived."),
            write=self.env._("So many records that are being handed over cannot be changed at once."),
        )
        return self.env._(
            "%(what)s You can go on working on single records. If it is needed, ask %(manager)s.",
            what=sentences[kind],
            manager=manager,
        )
