from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import format_date

TODO = "mail.mail_activity_data_todo"
CALL = "mail.mail_activity_data_call"
VISIT = "mail.mail_activity_data_meeting"
DECIDABLE = ("told", "answered", "probation")


class ChurnCase(models.Model):
    """What the manager decides, and what follows from it."""

    _inherit = "churn.case"

    # Probation
    target_kind = fields.Selection(
        [("revenue", "Revenue"), ("orders", "Number of Orders")], default="revenue", readonly=True
    )
    target_amount = fields.Float(string="Target", readonly=True, copy=False)
    probation_from = fields.Date(readonly=True, copy=False)
    probation_to = fields.Date(string="Probation Until", readonly=True, copy=False)
    help_visits = fields.Integer(string="Visits by the Manager", readonly=True, copy=False)
    help_calls = fields.Integer(string="Calls by the Manager", readonly=True, copy=False)
    result_amount = fields.Float(string="Result", readonly=True, copy=False)
    probation_measured = fields.Boolean(readonly=True, copy=False)
    target_met = fields.Boolean(readonly=True, copy=False)

    # Share and move
    colleague_id = fields.Many2one("res.users", string="Second Person", readonly=True, copy=False, ondelete="restrict")
    successor_id = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    change_date = fields.Date(readonly=True, copy=False)
    handover_id = fields.Many2one("churn.handover", readonly=True, copy=False, index="btree_not_null")
    compensation_ids = fields.One2many("churn.case.compensation", "case_id", copy=False)
    compensation_open = fields.Integer(string="Compensation Not Given", compute="_compute_compensation_open")
    credit_ids = fields.One2many("churn.case.credit", "case_id", copy=False)
    referral_percent = fields.Float(
        string="Referrals to the Former Owner",
        readonly=True,
        copy=False,
        help="Share of won deals that this account referred, in percent.",
    )
    referral_until = fields.Date(readonly=True, copy=False)

    _percent_range = models.Constraint(
        "CHECK(referral_percent BETWEEN 0 AND 100)", "A share is between 0 and 100 percent."
    )

    @api.depends("compensation_ids.state")
    def _compute_compensation_open(self):
        for case in self:
            case.compensation_open = len(case.compensation_ids.filtered(lambda line: line.state == "promised"))

    def _open_deals(self):
        """Opportunities on the account that the salesperson works on and the move takes along."""
        # sudo: a leader with "Own Documents Only" decides about the team's deals, too
        deals = self.env["crm.lead"].sudo()
        return deals.search(
            [
                ("partner_id", "child_of", self.account_id.ids),
                ("type", "=", "opportunity"),
                ("won_status", "=", "pending"),
                ("user_id", "=", self.user_id.id),
                ("company_id", "in", [False, self.company_id.id]),
            ]
        )

    # Deciding

    def action_decide(self):
        """Ask what is decided; nothing of it is on the case before it is carried out."""
        self.ensure_one()
        self._check_decidable()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("churn_handover.case_decide_action"),
            "name": self.env._("Decide about %(account)s", account=self.account_id.name),
            "context": {"default_case_id": self.id},
        }

    def _check_decidable(self):
        self._check_manager()
        for case in self:
            if case.state not in DECIDABLE:
                raise UserError(self.env._("Tell the salesperson first; what is decided stays."))
            if case.state == "told":
                raise UserError(
                    self.env._(
                        "%(user)s may answer until %(date)s. Decide after the answer.",
                        user=case.user_id.name,
                        date=format_date(self.env, case.deadline),
                    )
                )

    def _carry_out(self, values):
        """Carry out a decision; the salesperson reads it.

        :param values: of the fields of the decision, compensation and credit lines included
        """
        self.ensure_one()
        self._check_decidable()
        if not values.get("decision") or not values.get("decision_text"):
            raise UserError(self.env._("Choose a decision and say why."))
        if self.state == "probation" and values["decision"] == "probation" and not self.probation_measured:
            raise UserError(self.env._("The probation is running: decide when it is over, or decide otherwise."))
        # sudo: the right to decide was checked; what is decided is nobody's to write before it is carried out
        self.sudo().write(values)
        getattr(self, f"_decide_{self.decision}")()
        self.sudo()._close("probation" if self.decision == "probation" else "closed")  # sudo: as above

    def _close(self, state):
        self.write({"state": state, "decision_date": fields.Date.context_today(self), "decided_by_id": self.env.uid})
        self.activity_unlink([TODO])
        self.message_notify(
            partner_ids=self.user_id.partner_id.ids,
            subject=self.env._("Decision on %(account)s", account=self.account_id.name),
            body=self.decision_text,
        )
        if state == "closed" and self.decision == "move":
            self._remind_of_return()

    def _decide_keep(self):
        """Nothing changes but the history."""

    def _decide_probation(self):
        today = fields.Date.context_today(self)
        if not self.probation_to or self.probation_to <= today or self.target_amount <= 0:
            raise UserError(self.env._("A probation needs a target and a last day in the future."))
        # sudo: the right to the case was checked
        self.sudo().write({"probation_from": today, "probation_measured": False, "result_amount": 0})
        span = (self.probation_to - today).days
        for count, kind, summary in (
            (self.help_visits, VISIT, self.env._("Visit the customer together")),
            (self.help_calls, CALL, self.env._("Call the customer")),
        ):
            for number in range(count):
                self.activity_schedule(
                    kind,
                    date_deadline=fields.Date.add(today, days=span * (number + 1) // (count + 1)),
                    summary=summary,
                    user_id=self.manager_id.id,
                )

    def _decide_share(self):
        if not self.colleague_id or self.colleague_id == self.user_id:
            raise UserError(self.env._("Choose the second person who joins the account team."))
        self._check_not_to_oneself(self.colleague_id)
        self.env["churn.team.member"].create(
            {
                "account_id": self.account_id.id,
                "user_id": self.colleague_id.id,
                "role_id": self.env.ref("churn_handover.role_second_face").id,
                "is_backup": True,
            }
        )

    def _decide_move(self):
        """Make the handover; whoever is full cannot receive, and every open deal gets its credit line."""
        if not self.successor_id or not self.change_date:
            raise UserError(self.env._("A move needs a successor and a date."))
        if self.account_id.user_id != self.user_id:
            raise UserError(self.env._("%(account)s has another owner by now.", account=self.account_id.name))
        self._check_not_to_oneself(self.successor_id)
        self._check_room(self.successor_id, 1)
        returned = len(self.compensation_ids.filtered(lambda line: line.kind == "account"))
        self._check_room(self.user_id, returned - 1)
        missing = self._open_deals() - self.credit_ids.lead_id
        # sudo: the right to the case was checked
        self.sudo().credit_ids = [Command.create({"lead_id": lead.id}) for lead in missing]
        plan = self.env["churn.handover"]._plan(
            self.user_id,
            self.change_date,
            self.account_id,
            kind="reassignment",
            company_ids=[Command.set(self.company_id.ids)],
            user_id=self.manager_id.id,
        )
        plan.line_ids.successor_id = self.successor_id
        plan._confirm()
        self.sudo().handover_id = plan  # sudo: as above

    def _check_not_to_oneself(self, user):
        """A leader who gets the account is not the one to decide that; a manager answers for it."""
        if user == self.env.user and not user.has_group("churn_handover.group_churn_manager"):
            raise UserError(self.env._("A manager decides when you take the account yourself."))

    def _check_room(self, user, gain):
        """:raise UserError: when the user would look after more accounts than can be served well"""
        # sudo: numbers only; whoever decides must know what a colleague can carry
        load = self.env["churn.load"].sudo()._of(user, user.sudo().company_ids)[user.id]
        # sudo: as above
        accounts = load.accounts + self.env["churn.handover.line"].sudo()._coming(user)[user.id]
        if load.account_limit and gain > 0 and accounts + gain > load.account_limit:
            raise UserError(
                self.env._(
                    "%(user)s looks after %(accounts)s accounts and can serve %(limit)s well. Choose somebody else.",
                    user=user.name,
                    accounts=accounts,
                    limit=load.account_limit,
                )
            )

    @api.constrains("successor_id", "user_id")
    def _check_successor(self):
        if any(case.successor_id and case.successor_id == case.user_id for case in self):
            raise ValidationError(self.env._("The salesperson cannot succeed themselves: that is keeping the account."))

    # Probation

    def _measure(self):
        """Measure what was ordered during the probation, and ask the manager to decide."""
        for case in self:
            revenue, orders = case._ordered(case.probation_from, case.probation_to)
            result = revenue if case.target_kind == "revenue" else orders
            case.write(
                {
                    "result_amount": result,
                    "target_met": result >= case.target_amount,
                    "probation_measured": True,
                    "state": "answered",
                }
            )
            case.activity_schedule(TODO, summary=self.env._("Decide the case"), user_id=case.manager_id.id)
            case._message_log(
                body=self.env._(
                    "Probation is over: %(result)s of %(target)s.",
                    result=round(result),
                    target=round(case.target_amount),
                )
            )

    def _ordered(self, first, last):
        """Return (revenue without tax, number) of the orders confirmed from one day to another, both included."""
        self.ensure_one()
        # sudo: figures of the account alone, by which the case is decided; whoever decides may have no right to orders
        orders = self.env["sale.order"].sudo()
        found = orders.search(
            [
                ("partner_id", "child_of", self.account_id.ids),
                ("company_id", "=", self.company_id.id),
                ("state", "=", "sale"),
                ("date_order", ">=", first),
                ("date_order", "<", fields.Date.add(last, days=1)),
            ]
        )
        return sum(order.amount_untaxed / (order.currency_rate or 1.0) for order in found), len(found)

    def action_view_handover(self):
        self.ensure_one()
        return self.handover_id._get_records_action(context={})
