from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, plaintext2html

from ..common.listed import listed

# Written by the buttons only: accepting passes a gate.
ENGINE_FIELDS = frozenset(("state", "line_id", "change_date", "accepted_date", "accepted_by_id"))
TODO = "mail.mail_activity_data_todo"
SHOWN = 150  # characters of what is missing, in the subject of a mail


class ChurnDossier(models.Model):
    """What the successor of one account has to know: collected from the data, and written by the predecessor.

    The predecessor gives it, the successor accepts it or sends it back with what is missing; both, and those who
    answer for the plan, see the same.
    """

    _name = "churn.dossier"
    _description = "Dossier"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "change_date, id"
    _rec_name = "line_id"

    line_id = fields.Many2one("churn.handover.line", required=True, index=True, ondelete="cascade", readonly=True)
    handover_id = fields.Many2one(related="line_id.handover_id")
    account_id = fields.Many2one(related="line_id.account_id")
    predecessor_id = fields.Many2one(related="line_id.predecessor_id")
    successor_id = fields.Many2one(related="line_id.successor_id")
    change_date = fields.Date(related="line_id.change_date", store=True)
    state = fields.Selection(
        [
            ("open", "Being Written"),
            ("given", "To Be Checked"),
            ("returned", "Sent Back"),
            ("accepted", "Accepted"),
        ],
        required=True,
        default="open",
        readonly=True,
        index=True,
        group_expand=True,
    )
    missing = fields.Text(string="What Is Missing", help="The successor says what the dossier does not answer.")
    answer_ids = fields.One2many("churn.dossier.answer", "dossier_id", string="Answers")
    answered = fields.Char(compute="_compute_answered", help="Questions answered, of all.")
    readiness_ids = fields.One2many("churn.readiness", "dossier_id", string="Readiness Plan")
    readiness_open = fields.Integer(string="Still to Learn", compute="_compute_readiness")
    readiness_late = fields.Boolean(compute="_compute_readiness", help="Something is to be learned later than wanted.")
    ready_by = fields.Date(compute="_compute_ready_by", help="The introduction; without one, the change.")
    accepted_date = fields.Datetime(readonly=True)
    accepted_by_id = fields.Many2one("res.users", string="Accepted by", ondelete="set null", readonly=True)
    is_giver = fields.Boolean(compute="_compute_sides")
    is_taker = fields.Boolean(compute="_compute_sides")
    content = fields.Html(compute="_compute_content", sanitize=False)

    _line_unique = models.UniqueIndex("(line_id)", "This line has a dossier already.")

    @api.depends("line_id.display_name")
    def _compute_display_name(self):
        for dossier in self:
            dossier.display_name = dossier.line_id.display_name

    @api.depends("answer_ids.answer")
    def _compute_answered(self):
        for dossier in self:
            written = dossier.answer_ids.filtered(lambda answer: (answer.answer or "").strip())
            dossier.answered = f"{len(written)}/{len(dossier.answer_ids)}"

    @api.depends("readiness_ids.done", "readiness_ids.due_date", "ready_by")
    def _compute_readiness(self):
        for dossier in self:
            todo = dossier.readiness_ids.filtered(lambda step: not step.done)
            dossier.readiness_open = len(todo)
            late = dossier.ready_by and any(step.due_date and step.due_date > dossier.ready_by for step in todo)
            dossier.readiness_late = late or any(todo.mapped("is_overdue"))

    @api.depends("line_id.gate_ids.due_date", "line_id.change_date")
    def _compute_ready_by(self):
        for dossier in self:
            introduction = dossier.line_id._gates("introduced").filtered("due_date")[:1]
            dossier.ready_by = introduction.due_date or dossier.change_date

    @api.depends("line_id")
    @api.depends_context("uid")
    def _compute_sides(self):
        plans = self.handover_id._filtered_access("write")
        for dossier in self:
            manages = dossier.handover_id in plans
            dossier.is_giver = manages or dossier.predecessor_id == self.env.user
            dossier.is_taker = manages or dossier.successor_id == self.env.user

    # Making

    @api.model
    def _prepare(self, lines):
        """Make the dossiers of lines, with questions and readiness plan; three statements, however many lines."""
        self.env.flush_all()
        values = {"ids": lines.ids, "uid": self.env.uid, "today": fields.Date.context_today(self)}
        for statement in (self._SQL_DOSSIERS, self._SQL_ANSWERS, self._SQL_READINESS):
            self.env.cr.execute(SQL(statement, **values))
        self.env.invalidate_all()
        return self.search([("line_id", "in", lines.ids)])

    _SQL_DOSSIERS = """
        INSERT INTO churn_dossier (line_id, change_date, state, create_uid, write_uid, create_date, write_date)
        SELECT id, change_date, 'open', %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
          FROM churn_handover_line WHERE id = ANY(%(ids)s) AND account_id IS NOT NULL
   ON CONFLICT (line_id) DO NOTHING
    """
    _SQL_ANSWERS = """
        INSERT INTO churn_dossier_answer (dossier_id, question_id, sequence, create_uid, write_uid, create_date,
                                          write_date)
        SELECT dossier.id, question.id, question.sequence, %(uid)s, %(uid)s,
               now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
          FROM churn_dossier dossier, churn_dossier_question question
         WHERE dossier.line_id = ANY(%(ids)s) AND question.active
   ON CONFLICT (dossier_id, question_id) DO NOTHING
    """
    # taught by the predecessor who is still there; the last day to learn is that of the introduction, or the change
    _SQL_READINESS = """
        INSERT INTO churn_readiness (dossier_id, topic_id, teacher_id, due_date, done, create_uid, write_uid,
                                     create_date, write_date)
        SELECT dossier.id, topic.id, teacher.id,
               GREATEST(COALESCE((SELECT due_date FROM churn_gate WHERE line_id = line.id AND kind = 'introduced'),
                                 line.change_date) - topic.days_before, %(today)s),
               FALSE, %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
          FROM churn_dossier dossier
          JOIN churn_handover_line line ON line.id = dossier.line_id
          LEFT JOIN res_users teacher ON teacher.id = line.predecessor_id AND teacher.active
          JOIN churn_readiness_topic topic ON topic.active
         WHERE line.id = ANY(%(ids)s)
           AND NOT EXISTS (SELECT FROM churn_readiness step WHERE step.dossier_id = dossier.id)
    """

    # Rights

    def write(self, vals):
        if not self.env.su:
            if not ENGINE_FIELDS.isdisjoint(vals):
                raise AccessError(self.env._("The state of a dossier changes by its buttons only."))
            if "missing" in vals and not all(self.mapped("is_taker")):
                raise AccessError(self.env._("What is missing is said by who takes over, or by a leader."))
        return super().write(vals)

    # Giving, accepting, sending back

    def action_give(self):
        """The predecessor has written down what is known."""
        self._check_side("is_giver")
        for dossier in self:
            empty = dossier.answer_ids.filtered(lambda a: a.required and not (a.answer or "").strip())
            if empty:
                raise UserError(
                    self.env._(
                        "Not answered yet: %(questions)s",
                        questions=listed(self.env, empty.question_id.mapped("name")),
                    )
                )
        own = self.sudo()  # sudo: the side was checked; steps are the engine's
        own.state = "given"
        own.line_id._steps_done("dossier")
        for dossier in self:
            dossier._note(self.env._("The dossier was given to %(name)s.", name=dossier.successor_id.name))
            dossier._tell(dossier.successor_id, lambda env, _one: env._("Dossier to check"))

    def action_accept(self):
        """The successor can work with it: the gate is passed."""
        self._check_side("is_taker")
        for dossier in self.sudo():  # sudo: the side was checked; gates are the engine's
            dossier.write(
                {
                    "state": "accepted",
                    "missing": False,
                    "accepted_date": fields.Datetime.now(),
                    "accepted_by_id": self.env.uid,
                }
            )
            dossier.activity_unlink([TODO])
            note = self.env._("%(answered)s questions answered", answered=dossier.answered)
            dossier._note(self.env._("The dossier was accepted."))
            dossier.line_id._gates("dossier")._pass(dossier, note)

    def action_return(self):
        """Ask what is missing."""
        self.ensure_one()
        self._check_side("is_taker")
        return {
            **self.env["ir.actions.actions"]._for_xml_id("churn_handover.dossier_return_action"),
            "context": {"default_dossier_id": self.id, "default_missing": self.missing},
        }

    def _return(self, missing):
        """The successor says what is missing; an accepted dossier holds no more."""
        self._check_side("is_taker")
        self.missing = (missing or "").strip()
        for dossier in self:
            if not (dossier.missing or "").strip():
                raise UserError(self.env._("Write down what is missing before you send the dossier back."))
            accepted = dossier.state == "accepted"
            own = dossier.sudo()  # sudo: the side was checked; gates are the engine's
            own.state = "returned"
            dossier._note(self.env._("Sent back; this is missing: %(missing)s", missing=dossier.missing))
            if accepted:
                own.line_id._gates("dossier")._reopen(self.env._("The dossier was sent back."))
            dossier._tell(
                dossier.predecessor_id,
                lambda env, one: env._("Dossier sent back: %(missing)s", missing=one._missing_in_short()),
            )

    def _check_side(self, side):
        self.check_access("write")
        if not all(self.mapped(side)):
            raise AccessError(self.env._("This is for the other side of the handover, or for a leader."))

    def _note(self, text):
        """Keep what was decided: what was missing is overwritten by the next time, and gone when it is accepted."""
        self.sudo()._message_log(body=text)  # sudo: the side was checked; the author is who decided

    def _missing_in_short(self):
        words = " ".join(self.missing.split())
        return words if len(words) <= SHOWN else f"{words[:SHOWN]}…"

    def _tell(self, user, words):
        """Give somebody the task to go on with the dossier, and end the former one; nobody who has left.

        :param words: function of an environment in that person's language, and the dossier, to the summary: the mail
            about the task names the account beside it, and shows nothing else
        """
        own = self.sudo()  # sudo: a task for a colleague
        own.activity_unlink([TODO])
        if user.active:
            summary = words(self.with_context(lang=user.lang or self.env.lang).env, self)
            own.activity_schedule(TODO, user_id=user.id, summary=summary, note=plaintext2html(self.missing or ""))

    # Screens

    def action_view_line(self):
        self.ensure_one()
        return self.line_id._get_records_action(context={})
