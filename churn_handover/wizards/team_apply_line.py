from odoo import fields, models


class ChurnTeamApplyLine(models.TransientModel):
    """Somebody who would join a team, or why a place stays as it is."""

    _name = "churn.team.apply.line"
    _description = "Line of Applying Account Team Templates"
    _order = "account_id, id"

    wizard_id = fields.Many2one("churn.team.apply", required=True, index=True, ondelete="cascade", readonly=True)
    account_id = fields.Many2one("res.partner", string="Customer", ondelete="cascade", readonly=True)
    owner_id = fields.Many2one(related="account_id.user_id", string="Owner")
    place_id = fields.Many2one("churn.team.template.line", ondelete="cascade", readonly=True)
    role_id = fields.Many2one(related="place_id.role_id")
    is_backup = fields.Boolean(related="place_id.is_backup")
    user_id = fields.Many2one("res.users", string="Joins", ondelete="cascade", readonly=True)
    outcome = fields.Selection(
        [
            ("add", "Joins"),
            ("filled", "Somebody Has This Role"),
            ("backed", "Has a Backup Already"),
            ("earlier", "Was Taken Off Before"),
            ("serving", "Serves the Customer Already"),
            ("nobody", "Nobody Fits"),
        ],
        string="Result",
        readonly=True,
    )
    take = fields.Boolean(string="Add")
