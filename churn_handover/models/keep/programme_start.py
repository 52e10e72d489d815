from psycopg2.errors import UniqueViolation

from odoo import fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tools import format_date

from ...analytics import uplift


class ChurnProgramme(models.Model):
    """The start: freeze the audience, draw the holdout, give the tasks."""

    _inherit = "churn.programme"

    def action_start(self):
        self.ensure_one()
        self.check_access("write")
        self._require_draft(self.env._("This programme has started already."))
        today = fields.Date.context_today(self)
        if self.date_start != today:
            self.write({"date_start": today, "date_end": today + (self.date_end - self.date_start)})
        self._add_members(self._audience())
        # sudo: who is added was checked; the draw, the tasks and the mailing are the program's
        self.sudo()._start()
        return True

    def _start(self):
        self._leave_out_busy()
        self._draw()
        self._check_budget()
        self.state = "running"
        self._give_tasks()
        self._prepare_mailing()
        self._say_started()

    def _leave_out_busy(self):
        """Without those that another programme of the purpose has, whoever runs it."""
        busy = self.env["churn.programme.member"].search(
            [("account_id", "in", self.member_ids.account_id.ids), ("running_purpose", "=", self.purpose)]
        )
        if busy:
            self.member_ids.filtered(lambda member: member.account_id in busy.account_id).unlink()
            self.message_post(
                body=self.env._(
                    "%(count)s customers are left out: they are in another running programme of the same purpose.",
                    count=len(busy),
                )
            )
        if not self.member_ids:
            raise UserError(self.env._("There is no customer left to treat."))
        if not self.measure_ids and not (self.purpose == "win_back" and self.member_ids.loss_id):
            raise UserError(self.env._("Choose at least one measure: nothing would be done for these customers."))

    def _draw(self):
        """Who is held out: the share of each value tier, of those that are not always treated."""
        members = self.member_ids.sorted("account_id")
        drawn = members.filtered(lambda member: not member.is_exception)
        flags = uplift.draw(
            drawn.account_id.ids,
            [member.account_id.value_tier or "-" for member in drawn],
            self.holdout_share,
            self.seed,
            drawn={},
        )
        held_out = drawn.browse([member.id for member, flag in zip(drawn, flags, strict=True) if flag])
        (members - drawn).group = "exception"
        held_out.group = "holdout"
        (drawn - held_out).group = "treated"
        for tier, mine in members.grouped(lambda member: member.account_id.value_tier or "-").items():
            mine.write({"stratum": tier, "running_purpose": self.purpose})
        try:
            members.flush_recordset(["running_purpose"])
        except UniqueViolation as error:
            # Another programme of the purpose took a customer since we looked: tried again, Odoo sees whom it has.
            raise ConcurrencyError("churn.programme: started at the same moment as another one") from error
        for member in members:
            member.revenue_before = member.account_id.revenue_12m

    def _check_budget(self):
        treated = self.member_ids.filtered(lambda member: member.group != "holdout")
        planned = sum(self._cost_of(member) for member in treated)
        if self.budget and self.currency_id.compare_amounts(planned, self.budget) > 0:
            raise UserError(
                self.env._(
                    "The measures would cost %(cost)s, the budget is %(budget)s. Take fewer customers, cheaper "
                    "measures, or a larger budget.",
                    cost=self._money(planned),
                    budget=self._money(self.budget),
                )
            )

    # Tasks

    def _give_tasks(self):
        """One activity per customer and step, in one create; each person gets one message, not one per task."""
        partner_model = self.env["ir.model"]._get_id("res.partner")
        rows = []
        for member in self.member_ids.filtered(lambda member: member.group != "holdout"):
            for measure in self._measures_of(member):
                person = self._person(member.partner_id, measure.responsible)
                rows += [
                    {
                        "user_id": person.id,
                        **values,
                        "res_model_id": partner_model,
                        "res_id": member.partner_id.id,
                        "churn_member_id": member.id,
                        "automated": True,
                    }
                    for values in measure._task_values(self.date_start)
                ]
        tasks = self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(rows)
        for person, mine in tasks.grouped("user_id").items():
            if person != self.env.user:
                self.env["mail.thread"].message_notify(
                    subject=self.env._("New tasks for your customers"),
                    body=self.env._(
                        "%(count)s new tasks for your customers are in your activities, the first due on %(date)s.",
                        count=len(mine),
                        date=format_date(self.env, min(mine.mapped("date_deadline"))),
                    ),
                    partner_ids=person.partner_id.ids,
                )

    def _person(self, partner, responsible):
        """Who does it: an active owner or leader, else who is responsible for the programme."""
        owner = partner.user_id
        person = {"owner": owner, "leader": owner.sale_team_id.user_id}.get(responsible)
        return person if person and person.active else self.user_id

    def _say_started(self):
        groups = dict(
            self.env["churn.programme.member"]._read_group([("programme_id", "=", self.id)], ["group"], ["__count"])
        )
        self.message_post(
            body=self.env._(
                "Started: %(treated)s treated, %(holdout)s held out, %(always)s always treated. The result is told "
                "after %(date)s.",
                treated=groups.get("treated", 0),
                holdout=groups.get("holdout", 0),
                always=groups.get("exception", 0),
                date=format_date(self.env, self.date_end),
            )
        )

    def action_stop(self):
        """End without a verdict: whoever may choose the moment can make any effect appear."""
        self.check_access("write")
        # sudo: the right to stop it was checked; state, tasks and mailing are the program's
        for programme in self.sudo().filtered(lambda programme: programme.state == "running"):
            programme.member_ids.running_purpose = False
            programme.state = "cancelled"
            tasks = programme.env["mail.activity"].search([("churn_member_id.programme_id", "=", programme.id)])
            tasks.unlink()
            programme._drop_mailing()
