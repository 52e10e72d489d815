from odoo import api, fields, models
from odoo.tools import SQL

from ..common.task import Task


class ChurnHandoverTask(models.Model):
    """A step of the activity plan of a line's tier: what it asked for, and the activity on the account it became.

    Each step is made once per line. What somebody did or deleted is not made again; what is open follows the plan.
    """

    _name = "churn.handover.task"
    _description = "Step of a Handover"
    _order = "line_id, template_id, id"
    _rec_name = "summary"

    line_id = fields.Many2one("churn.handover.line", required=True, index=True, ondelete="cascade")
    template_id = fields.Many2one(
        "mail.activity.plan.template", string="Step", required=True, index=True, ondelete="cascade"
    )
    activity_id = fields.Many2one("mail.activity", index="btree_not_null", ondelete="set null")
    summary = fields.Char(related="activity_id.summary")
    user_id = fields.Many2one(related="activity_id.user_id")
    date_deadline = fields.Date(related="activity_id.date_deadline", string="Due")
    state = fields.Selection(
        [("open", "To Do"), ("late", "Late"), ("done", "Done")], compute="_compute_state", compute_sudo=True
    )

    _line_template_unique = models.UniqueIndex("(line_id, template_id)", "Each step is made once for a line.")

    @api.depends("activity_id.active", "activity_id.date_deadline")
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for task in self:
            activity = task.activity_id
            if not activity.active:
                task.state = "done"
            else:
                task.state = "late" if activity.date_deadline < today else "open"

    # Steps as the tier's plan wants them today. Whoever is gone does nothing any more: the predecessor's steps are left
    # out then; others come to who is responsible for the plan.
    _SQL_WANTED = """
        SELECT line.id AS line_id, template.id AS template_id, line.account_id, template.activity_type_id,
               doer.id AS user_id, NULLIF(template.note, '') AS note,
               COALESCE(template.churn_task ->> holder.lang, template.churn_task ->> 'en_US', template.summary, '')
                   AS summary,
               GREATEST((line.change_date + CASE WHEN template.delay_from = 'after_plan_date' THEN 1 ELSE -1 END
                         * CASE template.delay_unit WHEN 'weeks' THEN interval '7 days'
                                WHEN 'months' THEN interval '1 month' ELSE interval '1 day' END
                         * COALESCE(template.delay_count, 0))::date, %(today)s) AS deadline
          FROM churn_handover_line line
          JOIN churn_handover plan ON plan.id = line.handover_id
          JOIN churn_handover_tier tier ON tier.id = line.tier_id
          JOIN mail_activity_plan steps ON steps.id = tier.plan_id AND steps.active
          JOIN mail_activity_plan_template template ON template.plan_id = steps.id AND template.churn_gate IS NULL
          JOIN res_users predecessor ON predecessor.id = line.predecessor_id
     LEFT JOIN res_users asked ON asked.active
           AND asked.id = CASE template.responsible_type WHEN 'churn_predecessor' THEN line.predecessor_id
                                                         WHEN 'churn_successor' THEN line.successor_id
                                                         WHEN 'other' THEN template.responsible_id
                                                         ELSE plan.user_id END
          JOIN res_users doer ON doer.id = COALESCE(asked.id, plan.user_id)
          JOIN res_partner holder ON holder.id = doer.partner_id
         WHERE line.id = ANY(%(ids)s) AND line.is_default IS NOT TRUE AND line.state IN ('confirmed', 'stopped')
           AND NOT (template.responsible_type = 'churn_predecessor'
                    AND (plan.emergency IS TRUE OR predecessor.active IS NOT TRUE))
           AND NOT (template.responsible_type = 'churn_successor' AND line.successor_id IS NULL)
    """

    @api.model
    def _sync(self, lines):
        """Make the steps that are missing, let open ones follow the plan, drop those that no plan asks for.

        A fixed number of queries, however many lines.
        """
        lines.flush_recordset()
        self.env.flush_all()
        wanted = SQL(self._SQL_WANTED, ids=lines.ids, today=fields.Date.context_today(self))
        self._drop_unwanted(lines, wanted)
        self.env.cr.execute(
            SQL(
                """UPDATE mail_activity activity
                      SET user_id = wanted.user_id, date_deadline = wanted.deadline
                     FROM churn_handover_task task JOIN (%s) wanted USING (line_id, template_id)
                    WHERE activity.id = task.activity_id AND activity.active
                      AND (activity.user_id, activity.date_deadline) IS DISTINCT FROM (wanted.user_id, wanted.deadline)
                """,
                wanted,
            )
        )
        if self.env.cr.rowcount:
            self.env["mail.activity"].invalidate_model(["user_id", "date_deadline"], flush=False)
        missing = self.env.execute_query(
            SQL(
                """SELECT line_id, template_id, account_id, user_id, activity_type_id, summary, deadline, note
                     FROM (%s) wanted
                    WHERE NOT EXISTS (SELECT FROM churn_handover_task task
                                       WHERE task.line_id = wanted.line_id AND task.template_id = wanted.template_id)
                    ORDER BY line_id, template_id""",
                wanted,
            )
        )
        activities = self.env["churn.task"]._make([Task(*row[2:]) for row in missing])
        self.env.cr.execute(
            """INSERT INTO churn_handover_task (line_id, template_id, activity_id, create_uid, write_uid, create_date,
                                                write_date)
               SELECT *, %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                 FROM unnest(%(lines)s::int[], %(templates)s::int[], %(activities)s::int[])""",
            {
                "uid": self.env.uid,
                "lines": [row[0] for row in missing],
                "templates": [row[1] for row in missing],
                "activities": activities,
            },
        )
        lines.invalidate_recordset(["task_ids"], flush=False)

    @api.model
    def _drop_unwanted(self, lines, wanted):
        """Take back open steps of another tier, or of somebody who has gone."""
        rows = self.env.execute_query(
            SQL(
                """SELECT task.id FROM churn_handover_task task
                     JOIN churn_handover_line line ON line.id = task.line_id
                      AND line.state IN ('confirmed', 'stopped')
                     JOIN mail_activity activity ON activity.id = task.activity_id AND activity.active
                    WHERE task.line_id = ANY(%s) AND NOT EXISTS (
                          SELECT FROM (%s) wanted WHERE wanted.line_id = task.line_id
                             AND wanted.template_id = task.template_id)""",
                lines.ids,
                wanted,
            )
        )
        self.browse(row[0] for row in rows)._take_back()

    def _take_back(self):
        """Nobody has to do these any more: what is open goes, what was done stays."""
        open_tasks = self.filtered(lambda task: task.activity_id.active)
        open_tasks.activity_id.unlink()
        open_tasks.unlink()


class ChurnHandoverLine(models.Model):
    _inherit = "churn.handover.line"

    task_ids = fields.One2many("churn.handover.task", "line_id", string="Steps", readonly=True, copy=False)

    def _close_gate_tasks(self):
        """What does not change hands needs no steps either."""
        result = super()._close_gate_tasks()
        self.task_ids._take_back()
        return result

    def _steps_done(self, kind, feedback=None):
        """Tick off the open steps that are done with a gate: nobody is asked for what is there already."""
        steps = self.task_ids.filtered(lambda task: task.template_id.churn_done_with == kind)
        if todo := steps.activity_id.filtered("active"):
            todo._action_done(feedback=feedback or False)

    def _drop_predecessor_tasks(self):
        """On the last day nobody else can do what was for the predecessor to do: it does not come to the successor."""
        own = self.task_ids.filtered(lambda task: task.template_id.responsible_type == "churn_predecessor")
        own._take_back()


class ChurnHandover(models.Model):
    _inherit = "churn.handover"

    def _run_lines(self, lines, scan):
        lines._drop_predecessor_tasks()
        return super()._run_lines(lines, scan)
