from odoo import api, fields, models
from odoo.exceptions import UserError


class ChurnCaseCompensation(models.Model):
    """What somebody gets for an account that moved: tracked until given."""

    _name = "churn.case.compensation"
    _description = "Compensation"
    _inherit = ["churn.guarded"]
    _order = "state desc, due_date, id"

    case_id = fields.Many2one("churn.case", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="case_id.company_id", store=True)
    user_id = fields.Many2one(related="case_id.user_id", string="For", store=True, index=True)
    kind = fields.Selection(
        [("account", "Account"), ("lead", "Lead or Opportunity"), ("help", "Help")], required=True, default="account"
    )
    account_id = fields.Many2one(
        "res.partner", ondelete="cascade", index="btree_not_null", domain=[("churn_is_account", "=", True)]
    )
    lead_id = fields.Many2one("crm.lead", ondelete="cascade", index="btree_not_null")
    note = fields.Char(string="What")
    due_date = fields.Date(
        string="Until", required=True, default=lambda self: fields.Date.add(fields.Date.today(), days=30)
    )
    state = fields.Selection(
        [("promised", "Promised"), ("given", "Given")], required=True, default="promised", readonly=True, copy=False
    )
    given_date = fields.Date(readonly=True, copy=False)

    _what = models.Constraint(
        "CHECK((kind = 'account' AND account_id IS NOT NULL) OR (kind = 'lead' AND lead_id IS NOT NULL)"
        " OR (kind = 'help' AND note IS NOT NULL))",
        "Say which account, which lead, or what help is given.",
    )

    @api.depends("kind", "account_id", "lead_id", "note")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.account_id.name or line.lead_id.name or line.note

    def write(self, vals):
        if not self.env.su and {"state", "given_date"} & vals.keys():
            raise UserError(self.env._("Press “Given” when it has been given."))
        return super().write(vals)

    def action_given(self):
        """Mark as given; an account or a lead has to have arrived."""
        self.check_access("write")
        for line in self:
            owner = line.account_id.user_id if line.kind == "account" else line.lead_id.user_id
            if line.kind != "help" and owner != line.user_id:
                raise UserError(
                    self.env._(
                        "%(what)s still belongs to %(owner)s. Hand it over to %(user)s first.",
                        what=line.display_name,
                        owner=owner.name or self.env._("nobody"),
                        user=line.user_id.name,
                    )
                )
            line._set_given()

    def _set_given(self):
        # sudo: the right to the line was checked, or the cron does it
        self.sudo().write({"state": "given", "given_date": fields.Date.context_today(self)})

    @api.model
    def _find_given(self):
        """Mark what has arrived, and remind the manager of what has not when its day has come."""
        promised = self.search([("state", "=", "promised"), ("case_id.state", "=", "closed")])
        for line in promised:
            owner = line.account_id.user_id if line.kind == "account" else line.lead_id.user_id
            if line.kind != "help" and owner == line.user_id:
                line._set_given()
            elif line.due_date == fields.Date.context_today(self):
                line.case_id.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self.env._("Compensation is due: %(what)s", what=line.display_name),
                    user_id=line.case_id.manager_id.id,
                )
