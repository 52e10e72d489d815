from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class ChurnAccess(models.AbstractModel):
    """Documents of an account that its owner and its account team may work on, on the days they serve it.

    Stock Odoo lets a rep with "Own Documents Only" see what carries the rep's own name. The record rules of
    this addon add what belongs to an account the rep serves today: as its owner (whose predecessor's orders
    keep their name), as a member of its team, as cover, as successor in an overlap. The rules read the field
    below. It is a field and not a path of relations because ``user_id = me OR partner_id.….user_id = me`` makes
    PostgreSQL join every order to its partner, while ``partner_id IN (…)`` uses the index: a count over 200,000
    orders took 208 ms by path. The days are compared when a query runs, never when a rule is cached.
    """

    _name = "churn.access"
    _description = "Access That Follows the Account Team"
    _churn_partner_field = "partner_id"

    churn_my_account = fields.Boolean(
        string="My Account",
        compute="_compute_churn_my_account",
        search="_search_churn_my_account",
        compute_sudo=True,  # says only whether the user serves the customer; members of other companies stay unread
        help="You serve this customer today: as the owner, on the account team, as cover or as successor.",
    )

    @api.depends_context("uid")
    @api.depends(lambda self: (self._churn_partner_field,))
    def _compute_churn_my_account(self):
        today = fields.Date.context_today(self)
        accounts = self.mapped(self._churn_partner_field).commercial_partner_id
        mine = {
            account.id
            for account in accounts
            if account.user_id.id == self.env.uid
            or any(
                member.user_id.id == self.env.uid
                and member.date_from <= today
                and (not member.date_to or member.date_to >= today)
                for member in account.churn_member_ids
            )
        }
        for record in self:
            record.churn_my_account = record[self._churn_partner_field].commercial_partner_id.id in mine

    @api.model
    def _search_churn_my_account(self, operator, value):
        if operator != "in":
            return NotImplemented
        mine = Domain(self._churn_partner_field, "in", self.env["churn.team.member"]._my_partner_ids())
        return Domain.OR(mine if wanted else ~mine for wanted in value)

    def _check_access(self, operation):
        # A membership may begin or end, and midnight pass, while a value is in the cache: access asks anew.
        self.invalidate_recordset(["churn_my_account"], flush=False)
        return super()._check_access(operation)
