from odoo import api, fields, models
from odoo.tools import format_date

KEPT_MONTHS = 12
GC_BATCH = 1000


class ChurnRotationChange(models.Model):
    """What planning anew changed: the account, its place in the plan before and after, and which rule asked for it.

    Like the lines, it says "decision" where a freeze or an exception is behind it; who may know more is shown more.
    """

    _name = "churn.rotation.change"
    _description = "Change of the Rotation Plan"
    _order = "planned_on desc, account_id, id"
    _rec_name = "account_id"

    schedule_id = fields.Many2one(
        "churn.rotation.schedule", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="schedule_id.company_id", store=True, index=True)
    planned_on = fields.Datetime(required=True, readonly=True)
    account_id = fields.Many2one("res.partner", required=True, index=True, ondelete="cascade", readonly=True)
    kind = fields.Selection([("move", "Changes Hands"), ("join", "Second Person")], required=True, readonly=True)
    predecessor_id = fields.Many2one("res.users", required=True, ondelete="cascade", readonly=True)
    before_date = fields.Date(readonly=True)
    before_user_id = fields.Many2one("res.users", ondelete="cascade", readonly=True)
    after_date = fields.Date(readonly=True)
    after_user_id = fields.Many2one("res.users", ondelete="cascade", readonly=True)
    because = fields.Char(readonly=True, required=True)
    before = fields.Char(compute="_compute_texts")
    after = fields.Char(compute="_compute_texts")
    why = fields.Char(compute="_compute_why")

    @api.depends("before_date", "before_user_id", "after_date", "after_user_id")
    @api.depends_context("lang")
    def _compute_texts(self):
        for change in self:
            change.before = change._place(change.before_date, change.before_user_id)
            change.after = change._place(change.after_date, change.after_user_id)

    def _place(self, day, user):
        if not day:
            return self.env._("Not in a round")
        return self.env._("%(date)s to %(user)s", date=format_date(self.env, day), user=user.name)

    @api.depends("because", "account_id")
    @api.depends_context("uid", "lang")
    def _compute_why(self):
        lines = self.env["churn.rotation.line"]
        decisions = lines._decision_texts(self.account_id.ids)
        for change in self:
            change.why = change._text() or lines._text_rule(change.because, change.account_id.id, decisions)

    def _text(self):
        texts = {
            "due": self.env._("It is due now"),
            "free": self.env._("Nothing stands in its way any more"),
            "face": self.env._("This key account knows one person only"),
            "gone": self.env._("It is not in this schedule any more"),
            "owner": self.env._("It has another owner by now"),
            "round": self.env._("The day of its round has come"),
            "tenure": self.env._("It is not due yet"),
            "known": self.env._("No second person is needed any more"),
            "nobody": self.env._("The successor cannot take over any more"),
            "cap": self.env._("Too many accounts in that round"),
            "balance": self.env._("The successor would receive too much"),
        }
        return texts.get(self.because)

    @api.autovacuum
    def _gc_old(self):
        limit = fields.Datetime.subtract(fields.Datetime.now(), months=KEPT_MONTHS)
        old = self.search([("planned_on", "<", limit)], limit=GC_BATCH)
        count = len(old)
        old.unlink()
        return count, count == GC_BATCH
