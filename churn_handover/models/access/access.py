from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# Up to so many contacts of served accounts the list is hidden from the planner, see _search_churn_my_account.
SHORT_LIST = 2000


class ChurnAccess(models.AbstractModel):
    """Documents of an account that its owner and its account team may work on, on the days they serve it.

    Stock Odoo lets a rep with "Own Documents Only" see what carries the rep's own name. The record rules of
    this addon add what belongs to an account the rep serves today: as its owner (whose predecessor's orders
    keep their name), as a member of its team, as cover, as successor in an overlap. The rules read the field
    below; its dates are compared when a query runs, never when a rule is cached.
    """

    _name = "churn.access"
    _description = "Access That Follows the Account Team"
    _churn_partner_field = "partner_id"
    _churn_partner_indexed = True

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
        loose = self._churn_loose()
        for record in self:
            account = record[self._churn_partner_field].commercial_partner_id
            record.churn_my_account = account.id in mine or record in loose

    @api.model
    def _search_churn_my_account(self, operator, value):
        """Search by a list of partners, in the form PostgreSQL runs fastest (100,000 accounts, benchmarks/access.py).

        The rule becomes ``user_id = me OR partner is one of mine``. A path of relations in its place joins every
        order with its partner. A plain list makes the planner walk all orders by date until 80 match; a list it
        cannot see into makes it fetch mine by index and sort them. Such a list is slow when it is long or cannot
        use an index: then it is given plainly, and hashed.
        """
        if operator != "in":
            return NotImplemented
        name, partners = self._churn_partner_field, self.env["churn.team.member"]._my_partner_ids()
        mine = Domain(name, "in", partners)
        if self._churn_partner_indexed and 0 < len(partners) <= SHORT_LIST:
            mine = Domain.custom(
                to_sql=lambda model, alias, query: SQL(
                    "%s = ANY(ARRAY(SELECT unnest(%s)))", model._field_to_sql(alias, name, query), partners
                )
            )
        mine |= self._churn_loose_domain()
        return Domain.OR(mine if wanted else ~mine for wanted in value)

    @api.model
    def _churn_loose_domain(self):
        """What the user may work on although it hangs on no account of anybody; nothing here, see access_cover.py."""
        return Domain.FALSE

    def _churn_loose(self):
        return self.browse()

    def _check_access(self, operation):
        # A membership may begin or end, and midnight pass, while a value is in the cache: access asks anew.
        self.invalidate_recordset(["churn_my_account"], flush=False)
        return super()._check_access(operation)
