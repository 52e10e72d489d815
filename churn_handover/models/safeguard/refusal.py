import logging
from datetime import timedelta

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import format_datetime

from ..common.mail_link import mail_link

_logger = logging.getLogger(__name__)

NAMES_LOGGED = 10
REPORT_HOURS = 24


class ChurnRefusal(models.Model):
    """What a leaver tried to do to records that are being handed over, and was refused; or did on a large scale.

    Written on a connection of its own: the transaction of what is refused is rolled back. Hidden from the person
    it is about; kept as long as customer feedback.
    """

    _name = "churn.refusal"
    _description = "Refused Attempt"
    _order = "date desc, id desc"
    _rec_name = "kind"

    date = fields.Datetime(required=True, default=fields.Datetime.now, index=True)
    user_id = fields.Many2one("res.users", string="Who", required=True, index=True, ondelete="cascade")
    handover_id = fields.Many2one("churn.handover", index=True, ondelete="cascade")
    kind = fields.Selection(
        [
            ("export", "Export"),
            ("json", "JSON Route"),
            ("load", "Import Over Existing Records"),
            ("merge", "Merge of Contacts"),
            ("unlink", "Deletion"),
            ("archive", "Archiving"),
            ("write", "Change of Many Records"),
            ("read", "Many Records Read at Once"),
            ("pivot", "Pivot Table Downloaded"),
        ],
        string="What",
        required=True,
    )
    refused = fields.Boolean(help="Not set: it was allowed, but is unusual enough to be reported.")
    res_model = fields.Char(string="Model")
    model_name = fields.Char(string="Records", compute="_compute_model_name")
    record_count = fields.Integer(string="How Many")
    names = fields.Char(string="Names of the First")
    reported = fields.Boolean(help="Was part of a daily report.")

    @api.depends("res_model")
    def _compute_model_name(self):
        models_ = self.env["ir.model"].sudo()  # sudo: names of models are no secret, but users may not list them
        names = {name: models_._get(name).name for name in set(self.mapped("res_model")) if name}
        for refusal in self:
            refusal.model_name = names.get(refusal.res_model, "")

    @api.model
    def _log(self, kind, protected, refused=True):
        """Write the entry on an own connection, once per attempt; it is refused even if that fails.

        :param protected: {record: plan id}
        """
        records = list(protected)
        model = records[0]._name
        attempt = self.env.context.get("churn_attempt")
        if isinstance(attempt, set):  # which no client can send
            if kind in attempt:
                return
            attempt.add(kind)
        known = [record for record in records if record]
        values = {
            "date": fields.Datetime.now(),
            "user_id": self.env.uid,
            "handover_id": protected[records[0]],
            "kind": kind,
            "refused": refused,
            "res_model": model if known else False,
            "record_count": len(known),
            # sudo: the manager is told what it was about, whatever the leaver may read
            "names": ", ".join(record.sudo().display_name or "" for record in known[:NAMES_LOGGED]),
        }
        try:
            with self.pool.cursor() as cr:
                cr.execute("SET LOCAL lock_timeout = '3s'")
                api.Environment(cr, SUPERUSER_ID, {})[self._name].create(values)
        except psycopg2.Error:
            _logger.exception("A refused attempt of user %s could not be written down: %s", self.env.uid, values)

    # Daily report

    @api.model
    def _cron_report(self):
        """Tell each responsible manager, once a day, what was tried; nothing when there is nothing."""
        since = fields.Datetime.now() - timedelta(hours=REPORT_HOURS)
        plans = self.env["churn.handover"].search(
            [("kind", "=", "departure"), ("state", "in", ("confirmed", "running", "done"))]
        )
        waiting = self.search([("reported", "=", False), ("handover_id", "!=", False)])
        touched = self.env["churn.touch"]._counts(plans.predecessor_id.ids, since)
        # half of what is refused in an hour, in a day: more than anybody is likely to need
        unusual = self.env["churn.safeguard"]._limit() // 2
        by_plan = waiting.grouped("handover_id")
        many = plans.filtered(lambda plan: touched.get(plan.predecessor_id.id, 0) > unusual)
        for plan in waiting.handover_id | many:
            changed = touched.get(plan.predecessor_id.id, 0)
            self._report(plan, by_plan.get(plan, self.browse()), changed if plan in many else 0)
        waiting.reported = True

    @api.model
    def _report(self, plan, refusals, changed):
        """Send the report of one plan; to nobody's chatter, as the leaver may read the plan."""
        manager = plan.user_id
        if manager == plan.predecessor_id or not manager.active:
            manager = plan._manager_of(plan.predecessor_id)
        told = plan._told_in(manager)
        body = told.env["ir.qweb"]._render(
            "churn_handover.refusal_report",
            {
                "intro": told.env._(
                    "%(name)s is handing over customers (%(plan)s) and goes on working. In the last day:",
                    name=plan.predecessor_id.name,
                    plan=mail_link(told),
                ),
                "rows": refusals.with_env(told.env)._report_rows(),
                "changed": changed
                and told.env._(
                    "Different records of the handover that were changed: %(count)s. That is unusually many.",
                    count=changed,
                ),
            },
        )
        self.env["mail.thread"].message_notify(
            partner_ids=manager.partner_id.ids,
            subject=told.env._("Safeguards: what %(name)s tried", name=plan.predecessor_id.name),
            body=body,
            author_id=self.env.ref("base.partner_root").id,
        )

    def _report_rows(self):
        """Return [(what, when, records)] in the reader's language and time zone."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        refused, allowed = self.env._("%(what)s, refused"), self.env._("%(what)s, allowed")
        return [
            (
                (refused if refusal.refused else allowed) % {"what": kinds[refusal.kind]},
                format_datetime(self.env, refusal.date, tz=self.env.context.get("tz"), dt_format="short"),
                self.env._(
                    "%(records)s (%(count)s): %(names)s",
                    records=refusal.model_name,
                    count=refusal.record_count,
                    names=refusal.names,
                )
                if refusal.record_count
                else refusal.model_name,
            )
            for refusal in self
        ]

    @api.autovacuum
    def _gc_refusals(self):
        """Delete what is older than the shortest retention period of feedback in the plan's companies."""
        for company in self.env["res.company"].search([("churn_feedback_months", ">", 0)]):
            limit = fields.Datetime.subtract(fields.Datetime.now(), months=company.churn_feedback_months)
            self.search([("handover_id.company_ids", "in", company.ids), ("date", "<", limit)], limit=1000).unlink()
