from odoo import api, fields, models
from odoo.exceptions import UserError


class ChurnWhatifTogether(models.TransientModel):
    """Asks who might leave together; one person or several, of one company."""

    _name = "churn.whatif.together"
    _description = "If They Left Together"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    user_ids = fields.Many2many("res.users", string="Who Leaves", domain="[('id', 'in', owner_ids)]")
    owner_ids = fields.Many2many("res.users", compute="_compute_owner_ids")

    @api.depends("company_id")
    def _compute_owner_ids(self):
        whatif = self.env["churn.whatif"]
        whatif.check_access("read")
        for wizard in self:
            company = wizard.company_id & self.env.companies
            # sudo: names of colleagues who own accounts, for a manager of the company
            owners = {row[1] for row in whatif.sudo()._owned(company)} if company else set()
            wizard.owner_ids = self.env["res.users"].browse(sorted(owners))

    def action_simulate(self):
        self.ensure_one()
        self.env["churn.whatif"].check_access("read")
        if not self.user_ids:
            raise UserError(self.env._("Choose who might leave."))
        return self.env["churn.whatif"]._together(self.user_ids, self.company_id)._action_open()
