from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

QUIET_MONTHS = 12  # a year of work without an entry: time to ask


class ChurnRecognition(models.Model):
    """Of whom customers hear, and of whom not: a list to encourage people, not to blame them. It ranks nobody."""

    _name = "churn.recognition"
    _description = "People and Their Achievements"
    _auto = False
    _order = "name, id"
    _depends = {
        "hr.employee": ["name", "user_id", "company_id", "active"],
        "churn.achievement": ["employee_id", "date", "consent", "active"],
        "churn.message.line": ["achievement_id", "picked_on"],
    }

    name = fields.Char(string="Person", readonly=True)
    employee_id = fields.Many2one("hr.employee", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    has_login = fields.Boolean(readonly=True)
    last_on = fields.Date(string="Last Achievement", readonly=True)
    open_count = fields.Integer(string="Not Asked", readonly=True, help="Entries the person has not decided about yet.")
    last_shown_on = fields.Date(string="Last Shown to Customers", readonly=True)
    quiet = fields.Boolean(string="Nothing for 12 Months", readonly=True)

    @property
    def _table_query(self):
        since = fields.Date.subtract(fields.Date.context_today(self), months=QUIET_MONTHS)
        return SQL(
            """
            SELECT employee.id, employee.name, employee.id AS employee_id, employee.company_id,
                   employee.user_id IS NOT NULL AS has_login, MAX(entry.date) AS last_on,
                   COUNT(entry.id) FILTER (WHERE entry.consent = 'open') AS open_count,
                   MAX(line.picked_on) AS last_shown_on,
                   COALESCE(MAX(entry.date) < %s, TRUE) AS quiet
              FROM hr_employee employee
         LEFT JOIN churn_achievement entry ON entry.employee_id = employee.id AND entry.active
         LEFT JOIN churn_message_line line ON line.achievement_id = entry.id
             WHERE employee.active
             GROUP BY employee.id
            """,
            since,
        )

    def action_encourage(self):
        """Ask people, in a friendly note, what they have done that customers should know of."""
        users = self.employee_id.sudo().user_id  # sudo: who to ask, of people the manager sees in this list
        if not users:
            raise UserError(self.env._("They have no login: ask them yourself."))
        for lang, some in users.grouped(lambda user: user.lang).items():
            env = self.with_context(lang=lang).env
            self.env.user.partner_id.message_notify(
                partner_ids=some.partner_id.ids,
                subject=env._("What have you done that customers should know of?"),
                body=env._(
                    "A talk, an article, an exam, a prize, an office in an association, help for others: enter it "
                    "under Handover, Quality, Achievements. It is published only if you agree."
                ),
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "message": self.env._("%(count)s people were asked.", count=len(users))},
        }
