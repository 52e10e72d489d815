from odoo import api, fields, models
from odoo.fields import Command

from ..models.case.case import AGREED_FIELDS, DECIDED_FIELDS
from ..models.case.case_return import RETURN_KINDS

COPIED = sorted(DECIDED_FIELDS | AGREED_FIELDS)


class ChurnCaseDecide(models.TransientModel):
    """Asks for a decision with everything that belongs to it; nothing of it is on the case before it is carried out."""

    _name = "churn.case.decide"
    _description = "Decide a Case"

    case_id = fields.Many2one("churn.case", required=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="case_id.company_id")
    user_id = fields.Many2one(related="case_id.user_id", string="Salesperson")
    answer_text = fields.Text(related="case_id.answer_text")
    decision = fields.Selection(
        [("keep", "Keeps the Account"), ("probation", "Probation"), ("share", "Share"), ("move", "Move")],
        required=True,
    )
    decision_text = fields.Text(string="Why This Decision", required=True)
    # Probation
    target_kind = fields.Selection([("revenue", "Revenue"), ("orders", "Number of Orders")], default="revenue")
    target_amount = fields.Float(string="Target")
    probation_to = fields.Date(string="Probation Until")
    help_visits = fields.Integer(string="Visits by the Manager")
    help_calls = fields.Integer(string="Calls by the Manager")
    # Share and move
    colleague_id = fields.Many2one("res.users", string="Second Person", domain=[("share", "=", False)])
    successor_id = fields.Many2one("res.users", domain=[("share", "=", False)])
    change_date = fields.Date()
    return_date = fields.Date(string="May Return on")
    return_kind = fields.Selection(RETURN_KINDS, string="Returns If", default="words")
    return_target = fields.Float(string="At Least")
    return_condition = fields.Char(string="Condition")
    compensation_ids = fields.One2many("churn.case.decide.compensation", "decide_id")
    credit_ids = fields.One2many("churn.case.decide.credit", "decide_id")
    referral_percent = fields.Float(
        string="Referrals to the Former Owner", help="Share of won deals that this account referred, in percent."
    )
    referral_until = fields.Date()

    @api.onchange("decision")
    def _onchange_decision(self):
        if self.decision == "move" and not self.credit_ids:
            self.credit_ids = [Command.create({"lead_id": lead.id}) for lead in self.case_id._open_deals()]

    def action_carry_out(self):
        self.ensure_one()
        values = {name: self._fields[name].convert_to_write(self[name], self) for name in COPIED}
        if self.decision == "move":
            values["compensation_ids"] = self.compensation_ids._commands()
            values["credit_ids"] = self.credit_ids._commands()
        self.case_id._carry_out(values)
        return {"type": "ir.actions.act_window_close"}
