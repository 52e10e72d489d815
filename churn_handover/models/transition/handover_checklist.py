from datetime import timedelta

from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

WORKED_MONTHS = 6  # who worked on an account within so many months is told
NAMED = 50  # accounts in one notice


class ChurnHandover(models.Model):
    """A departure outside the customers' records: the checklist, and the notice to colleagues."""

    _inherit = "churn.handover"

    checklist_ids = fields.One2many("churn.checklist.item", "handover_id", string="Outside Odoo")
    checklist_open_count = fields.Integer(string="Open Outside Odoo", compute="_compute_checklist_open_count")
    colleagues_told_at = fields.Datetime(string="Colleagues Told", readonly=True, copy=False)

    def _compute_checklist_open_count(self):
        rows = self.env["churn.checklist.item"]._read_group(
            [("handover_id", "in", self.ids), ("done_date", "=", False)], ["handover_id"], ["__count"]
        )
        counts = dict(rows)
        for handover in self:
            handover.checklist_open_count = counts.get(handover, 0)

    def _start(self, scan=None):
        result = super()._start(scan)
        for handover in self.filtered(lambda plan: plan.kind == "departure" and not plan.checklist_ids):
            handover._add_checklist()
        return result

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") == "done":
            self._pass_on_checklist()
        elif vals.get("state") in ("undone", "cancelled"):
            # sudo: only the engine sets these states, after the right to the plan was checked
            self.sudo().checklist_ids._call_off()
        return result

    def _pass_on_checklist(self):
        """Who leaves sees to nothing after the transfer: what is not done comes to who is responsible for the plan."""
        for handover in self.sudo():  # sudo: as above, the engine has ended the plan
            left = handover.checklist_ids.filtered_domain(
                [("user_id", "in", handover._predecessors().ids), ("done_date", "=", False)]
            )
            left.with_context(mail_activity_quick_update=True).user_id = handover.user_id
            left._tell_doers()

    def _add_checklist(self):
        today = fields.Date.context_today(self)
        # who is gone already does nothing any more
        leaver = self.predecessor_id if self.predecessor_id.active and not self.emergency else self.user_id
        # each would send a mail of its own
        items = self.env["churn.checklist.item"].with_context(mail_activity_quick_update=True)
        items = items.create(
            [
                {
                    "handover_id": self.id,
                    "task_id": task.id,
                    "user_id": (leaver if task.responsible == "leaver" else self.user_id).id,
                    "due_date": max(self.change_date + timedelta(days=task.days), today),
                }
                for task in self.env["churn.checklist.task"].search([])
            ]
        ).with_env(self.env)
        # sudo: a login that was archived before; who plans the departure need not see the task
        items.sudo()._end_access_of_archived(self.predecessor_id)
        items._tell_doers()

    # Colleagues

    def action_tell_colleagues(self):
        """Tell everybody who worked on these accounts lately who looks after them from when on; one notice each."""
        self.ensure_one()
        self.check_access("write")
        if self.state not in ("confirmed", "running", "done"):
            raise UserError(self.env._("Confirm the plan first: until then it may change."))
        if self.colleagues_told_at:
            raise UserError(self.env._("They have been told already."))
        plan = self.sudo()  # sudo: the right to the plan was checked; who worked on what is not the manager's to read
        worked = plan._who_worked()
        for user_id, line_ids in worked.items():
            plan._tell_colleague(self.env["res.users"].sudo().browse(user_id), line_ids)  # sudo: as above
        if worked:
            plan.colleagues_told_at = fields.Datetime.now()
            message = self.env._("Colleagues who were told: %(count)s.", count=len(worked))
        else:
            message = self.env._("Nobody else has worked on these customers lately: there is nobody to tell.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if worked else "info",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _tell_colleague(self, user, line_ids):
        told = self._told_in(user)
        lines = told.env["churn.handover.line"].browse(line_ids)
        more = len(lines[NAMED:])
        body = told.env["ir.qweb"]._render(
            "churn_handover.colleague_notice",
            {
                "intro": told.env._(
                    "You have worked on these customers lately. %(name)s will not look after them any more. "
                    "Please turn to the new contact person:",
                    name=self.predecessor_id.name,
                ),
                "rows": [line._colleague_words() for line in lines[:NAMED]],
                "more": more and told.env._("And %(count)s more.", count=more),
            },
        )
        self.env["mail.thread"].message_notify(
            partner_ids=user.partner_id.ids,
            author_id=self.user_id.partner_id.id,
            subject=told.env._("Customers of %(name)s get a new contact person", name=self.predecessor_id.name),
            body=body,
        )

    def _who_worked(self):
        """Return {user id: ids of lines} of active employees who sold to, wrote about or had tasks on the accounts.

        Without predecessor and successors, who are told anyway. One query.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                self._SQL_WORKED,
                plan=self.id,
                since=fields.Datetime.now() - relativedelta(months=WORKED_MONTHS),
                told=[*self.line_ids.successor_id.ids, *self._predecessors().ids, self.user_id.id],
            )
        )
        return dict(rows)

    _SQL_WORKED = """
        WITH people AS (
            SELECT line.id AS line_id, p.id AS partner_id
              FROM churn_handover_line line JOIN res_partner p ON p.commercial_partner_id = line.account_id
             WHERE line.handover_id = %(plan)s AND line.state IN ('confirmed', 'stopped', 'done')
        ), documents AS (
            SELECT line_id, 'res.partner' AS model, partner_id AS id FROM people
             UNION SELECT line_id, 'sale.order', o.id FROM sale_order o JOIN people USING (partner_id)
             UNION SELECT line_id, 'crm.lead', l.id FROM crm_lead l JOIN people USING (partner_id)
        ), work AS (
            SELECT line_id, o.user_id FROM sale_order o JOIN people USING (partner_id) WHERE o.date_order >= %(since)s
             UNION SELECT line_id, l.user_id FROM crm_lead l JOIN people USING (partner_id)
                    WHERE l.create_date >= %(since)s
             UNION SELECT d.line_id, u.id
                     FROM documents d
                     JOIN mail_message m ON m.model = d.model AND m.res_id = d.id AND m.date >= %(since)s
                      AND m.message_type IN ('comment', 'email')
                     JOIN res_users u ON u.partner_id = m.author_id
             UNION SELECT d.line_id, a.user_id
                     FROM documents d
                     JOIN mail_activity a ON a.res_model = d.model AND a.res_id = d.id
                      AND (a.active OR a.date_done >= %(since)s::date)
        )
        SELECT work.user_id, array_agg(DISTINCT work.line_id ORDER BY work.line_id)
          FROM work JOIN res_users u ON u.id = work.user_id AND u.active AND NOT u.share AND u.id <> 1
         WHERE NOT work.user_id = ANY(%(told)s)
         GROUP BY work.user_id
    """


class ChurnHandoverLine(models.Model):
    _inherit = "churn.handover.line"

    def _colleague_words(self):
        """Return what a colleague reads about one account."""
        if not self.successor_id:
            return self.env._("%(account)s: it is not decided yet who comes.", account=self.display_name)
        return self.env._(
            "%(account)s: from %(date)s on, %(name)s",
            account=self.display_name,
            date=format_date(self.env, self.change_date),
            name=Markup("<b>%s</b>") % self.successor_id.name,
        )
