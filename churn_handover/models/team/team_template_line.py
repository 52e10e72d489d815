from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...analytics import teams as core


class ChurnTeamTemplateLine(models.Model):
    """A place on the team: which role, and who gets it."""

    _name = "churn.team.template.line"
    _description = "Place of an Account Team Template"
    _order = "template_id, sequence, id"
    _rec_name = "role_id"

    template_id = fields.Many2one("churn.team.template", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    role_id = fields.Many2one("churn.team.role", required=True, ondelete="restrict")
    who = fields.Selection(
        [
            ("known", "Colleague Who Knows the Customer Best"),
            ("load", "Colleague of the Sales Team with the Fewest Accounts"),
            ("manager", "Owner's Manager"),
            ("leader", "Leader of the Owner's Sales Team"),
            ("user", "This Person"),
        ],
        required=True,
        default="known",
        help="Who knows the customer best is counted from mails, meetings and calls of the last 12 months.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Person",
        ondelete="restrict",
        index="btree_not_null",
        domain=[("share", "=", False)],
        compute="_compute_user_id",
        store=True,
        readonly=False,
    )
    is_backup = fields.Boolean(string="Backup", help="Takes over when the owner is suddenly gone.")
    backup_rank = fields.Integer(string="Rank", default=1, help="The backup with rank 1 is asked first.")
    stand_in_role_id = fields.Many2one(
        "churn.team.role",
        string="Stands In For",
        ondelete="restrict",
        help="Backup of who has this role on the team; the backup of the owner is a tick of its own.",
    )
    customer_visible = fields.Boolean(
        string="Shown to Customer",
        compute="_compute_customer_visible",
        store=True,
        readonly=False,
    )

    _rank_positive = models.Constraint("CHECK(backup_rank > 0)", "The first backup has rank 1.")

    @api.depends("who")
    def _compute_user_id(self):
        for line in self:
            line.user_id = line.user_id if line.who == "user" else False

    @api.depends("role_id")
    def _compute_customer_visible(self):
        for line in self:
            line.customer_visible = line.role_id.customer_visible

    @api.constrains("who", "user_id")
    def _check_user(self):
        for line in self:
            if line.who == "user" and (not line.user_id or line.user_id.share):
                raise ValidationError(
                    self.env._("%(role)s: choose the person, one of your own people.", role=line.role_id.name)
                )

    def _core(self):
        """The place as :mod:`analytics.teams` knows it."""
        return core.Line(self.id, self.role_id.id, self.who, self.user_id.id, self.backup_rank if self.is_backup else 0)

    def _member_values(self, account_id, user_id):
        """Values of the team member that this place makes."""
        self.ensure_one()
        return {
            "account_id": account_id,
            "user_id": user_id,
            "role_id": self.role_id.id,
            "is_backup": self.is_backup,
            "backup_rank": self.backup_rank,
            "stand_in_role_id": self.stand_in_role_id.id,
            "customer_visible": self.customer_visible,
        }
