from odoo import api, fields, models
from odoo.fields import Domain


class ChurnAccess(models.AbstractModel):
    """What a cover sees: the accounts covered, and what hangs on no account of anybody."""

    _inherit = "churn.access"
    _churn_user_field = "user_id"

    churn_covered_by_me = fields.Boolean(
        string="Covered by Me",
        compute="_compute_churn_covered_by_me",
        search="_search_churn_covered_by_me",
        compute_sudo=True,  # says only whether the user covers the customer
        help="Its owner is away, and you cover.",
    )

    @api.depends_context("uid")
    @api.depends(lambda self: (self._churn_partner_field,))
    def _compute_churn_covered_by_me(self):
        today = fields.Date.context_today(self)
        loose = self._churn_loose()
        for record in self:
            members = record[self._churn_partner_field].commercial_partner_id.churn_member_ids
            record.churn_covered_by_me = record in loose or any(
                member.origin == "cover"
                and member.user_id.id == self.env.uid
                and member.date_from <= today <= member.date_to
                for member in members
            )

    @api.model
    def _search_churn_covered_by_me(self, operator, value):
        if operator != "in":
            return NotImplemented
        # sudo: the user's own covers, also on accounts of companies that are not switched on
        members = (
            self.env["churn.team.member"]
            .sudo()
            ._search([("user_id", "=", self.env.uid), ("origin", "=", "cover"), ("state", "=", "active")])
        )
        path = f"{self._churn_partner_field}.commercial_partner_id.churn_member_ids"
        mine = Domain(path, "in", members) | self._churn_loose_domain()
        return Domain.OR(mine if wanted else ~mine for wanted in value)

    # What hangs on no account of anybody

    @api.model
    def _churn_loose_domain(self):
        """Records of people whom the user covers in general, on no customer or on one whom nobody owns."""
        users = self.env["churn.absence"]._covered_users()
        if not users or self._churn_user_field not in self._fields:
            return Domain.FALSE
        partner = self._churn_partner_field
        return Domain(self._churn_user_field, "in", users) & (
            Domain(partner, "=", False) | Domain(f"{partner}.commercial_partner_id.user_id", "=", False)
        )

    def _churn_loose(self):
        """Return those of the records, see :meth:`_churn_loose_domain`."""
        users = self.env["churn.absence"]._covered_users()
        if not users or self._churn_user_field not in self._fields:
            return self.browse()
        return self.filtered(
            lambda record: record[self._churn_user_field].id in users
            and not record[self._churn_partner_field].commercial_partner_id.user_id
        )
