from odoo import api, fields, models
from odoo.tools import SQL, format_date

BATCH = 200


class ChurnFollowup(models.Model):
    """The nightly run: plan the follow-ups of what moved, ask when the day has come."""

    _inherit = "churn.followup"

    @api.model
    def _cron_followups(self):
        self._plan_all()
        self._find_askers()
        commit_progress = self.env["ir.cron"]._commit_progress
        due = [("state", "=", "planned"), ("due_date", "<=", fields.Date.context_today(self))]
        commit_progress(remaining=self.search_count(due))
        failed = self.browse()
        while batch := self.search([*due, ("id", "not in", failed.ids)], limit=BATCH):
            failed |= self.env["churn.steps"]._each(batch, "_ask")
            if not commit_progress(len(batch), remaining=self.search_count([*due, ("id", "not in", failed.ids)])):
                break

    @api.model
    def _plan_all(self):
        """Plan the follow-ups of every line that moved and has none; cancel those of lines that were given back.

        One statement, however many lines.
        """
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE churn_followup f SET state = 'cancelled' FROM churn_handover_line l
                WHERE l.id = f.line_id AND l.state = 'undone' AND f.state IN ('planned', 'asked')"""
        )
        self.env.cr.execute(SQL(self._SQL_PLAN, uid=self.env.uid))
        self.invalidate_model()

    # Who is asked: the account if it has a mail address, else its first contact with one.
    _SQL_PLAN = """
        INSERT INTO churn_followup (line_id, account_id, account_name, step_id, ask_manager, ask_customer, due_date,
                                    successor_id, predecessor_id, user_id, partner_id, state,
                                    create_uid, write_uid, create_date, write_date)
        SELECT line.id, line.account_id, account.complete_name, step.id, step.ask_manager, step.ask_customer,
               line.change_date + step.days, line.successor_id, line.predecessor_id,
               CASE WHEN plan.user_id NOT IN (line.successor_id, line.predecessor_id) THEN plan.user_id END,
               COALESCE((SELECT contact.id FROM res_partner contact
                          WHERE contact.commercial_partner_id = account.id AND contact.active
                            AND COALESCE(contact.email, '') <> ''
                          ORDER BY contact.id <> account.id, contact.id LIMIT 1), account.id),
               'planned', %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
          FROM churn_handover_line line
          JOIN churn_handover plan ON plan.id = line.handover_id
          JOIN res_partner account ON account.id = line.account_id
          JOIN churn_followup_step step ON step.active
           AND (NOT EXISTS (SELECT FROM churn_followup_step_churn_handover_tier_rel rel
                             WHERE rel.churn_followup_step_id = step.id)
                OR EXISTS (SELECT FROM churn_followup_step_churn_handover_tier_rel rel
                            WHERE rel.churn_followup_step_id = step.id
                              AND rel.churn_handover_tier_id = line.tier_id))
         WHERE line.state = 'done' AND line.successor_id IS NOT NULL
   ON CONFLICT (line_id, step_id) DO NOTHING
    """

    @api.model
    def _find_askers(self):
        """Find somebody to ask where the manager of the plan is concerned, has left or is not known."""
        open_states = [("state", "in", ("planned", "asked"))]
        lost = self.search([*open_states, "|", ("user_id", "=", False), ("user_id.active", "=", False)])
        for successor, followups in lost.grouped("successor_id").items():
            manager = followups[0].handover_id._manager_of(successor)
            followups.filtered(lambda f, manager=manager: manager not in f._about()).user_id = manager

    def _ask(self):
        """Give the manager a task with the three questions, and mail the customer."""
        self._send_rating_where_possible()
        for followup in self.filtered(lambda f: f.ask_manager and f.user_id):
            told = followup.with_context(lang=followup.user_id.lang or self.env.lang)
            followup.activity_schedule(
                "mail.mail_activity_data_call",
                date_deadline=followup.due_date,
                summary=told.env._(
                    "Ask %(account)s how it goes since %(date)s",
                    account=followup.account_name,
                    date=format_date(told.env, followup.line_id.change_date),
                ),
                user_id=followup.user_id.id,
            )
        self.state = "asked"

    def _send_rating_where_possible(self):
        self.filtered(lambda f: f.ask_customer and f.partner_id.email)._send_rating()
