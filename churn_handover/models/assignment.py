from odoo import fields, models


class ChurnAssignment(models.Model):
    """Who owned or served an account, from when to when, and why it ended.

    Rows outlive the account: when it is deleted, ``account_name`` still says whose history it was.
    """

    _name = "churn.assignment"
    _description = "Assignment History"
    _order = "date_from desc, id desc"
    _rec_name = "account_name"

    account_id = fields.Many2one("res.partner", index=True, ondelete="set null", readonly=True)
    account_name = fields.Char(required=True, readonly=True)
    user_id = fields.Many2one("res.users", required=True, index=True, ondelete="restrict", readonly=True)
    kind = fields.Selection([("owner", "Owner"), ("team", "Team Member")], required=True, default="owner", readonly=True)
    role_id = fields.Many2one("churn.team.role", ondelete="set null", readonly=True)
    date_from = fields.Date(required=True, readonly=True)
    date_to = fields.Date(readonly=True, help="Last day of the assignment; empty while it lasts.")
    start_reason = fields.Selection("_selection_reason", required=True, default="manual", readonly=True)
    end_reason = fields.Selection("_selection_reason", readonly=True)
    changed_by_id = fields.Many2one("res.users", ondelete="set null", readonly=True)
    handover_line_id = fields.Many2one("churn.handover.line", index="btree_not_null", ondelete="set null", readonly=True)

    def _selection_reason(self):
        return [
            ("manual", self.env._("Changed by hand")),
            ("created", self.env._("Account created")),
            ("import", self.env._("Import")),
            ("handover", self.env._("Handover")),
            ("undo", self.env._("Handover undone")),
            ("merge", self.env._("Accounts merged")),
            ("parent", self.env._("Became part of another account")),
            ("deleted", self.env._("Account deleted")),
            ("archived", self.env._("Account archived")),
            ("seed", self.env._("Known at installation")),
            ("found", self.env._("Found by the nightly comparison")),
        ]
