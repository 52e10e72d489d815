from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

# Most that each part can add: a wide range of products counts most, since each product would have to be replaced.
PARTS = [("terms", "Contract Terms"), ("integration", "Integration")]
PART_POINTS = 20
BREADTH_POINTS = 100 - PART_POINTS * len(PARTS)


class ChurnSwitching(models.Model):
    """Something in Odoo that would make it costly for a customer to leave: a contract, a price list, a connection.

    A row says in which model it is seen and how its records lead to a customer. Models and fields of apps that are
    not installed count nothing and are not mentioned; so rows can name fields of any app. Read with all rights, since
    only whether a record exists is told: therefore only administrators write rows.
    """

    _name = "churn.switching"
    _description = "Switching Cost"
    _order = "part, sequence, id"

    name = fields.Char(required=True, translate=True, help="As it is told on the customer, e.g. “prices of their own”.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    part = fields.Selection(PARTS, required=True, default="terms")
    points = fields.Integer(required=True, default=10, help="All rows of a part together count 20 at most. Judgement.")
    res_model = fields.Char(string="Model", required=True, default="res.partner", help="Technical name.")
    partner_field = fields.Char(
        string="Leads to the Customer",
        required=True,
        default="id",
        help="Field with the contact, such as partner_id; id when the record is the contact.",
    )
    domain = fields.Char(required=True, default="[]", help="Which records count.")
    is_usable = fields.Boolean(compute="_compute_is_usable", string="In This Odoo")

    _points = models.Constraint("CHECK(points > 0 AND points <= 20)", "A row counts between 1 and 20 points.")

    @api.depends("res_model", "partner_field", "domain")
    def _compute_is_usable(self):
        for row in self:
            row.is_usable = row._fits()

    @api.constrains("domain", "res_model", "partner_field")
    def _check_domain(self):
        for row in self:
            try:
                domain = safe_eval(row.domain)
            except (ValueError, SyntaxError) as error:
                raise ValidationError(self.env._("The condition cannot be read: %(error)s", error=error)) from error
            if row.res_model in self.env and not isinstance(domain, list):
                raise ValidationError(self.env._("The condition must be a list."))

    def _fits(self):
        """Whether model and fields exist here."""
        if self.res_model not in self.env:
            return False
        model = self.env[self.res_model]
        domain = Domain(safe_eval(self.domain or "[]"))
        names = {self.partner_field, *(condition.field_expr for condition in domain.iter_conditions())}
        return all(name.split(".")[0] in model._fields for name in names)

    @api.model
    def _usable(self):
        # sudo: the rows are configuration, read for everybody alike
        # A dozen rows at most.
        return self.sudo().search([]).filtered(lambda row: row._fits())  # pylint: disable=no-search-all

    def _customers(self, partners, company):
        """Of these customers, those to whom the row applies: one statement."""
        self.ensure_one()
        # sudo: only whether such a record exists is told
        model = self.env[self.res_model].sudo().with_company(company)
        domain = Domain(safe_eval(self.domain or "[]"))
        if "company_id" in model._fields and self.res_model != "res.partner":
            domain &= Domain("company_id", "in", [company.id, False])
        if self.partner_field == "id":
            return model.search(domain & Domain("commercial_partner_id", "in", partners.ids)).commercial_partner_id
        path = Domain(f"{self.partner_field}.commercial_partner_id", "in", partners.ids)
        rows = model._read_group(domain & path, [self.partner_field])
        contacts = self.env["res.partner"].sudo().union(*[partner for (partner,) in rows])  # sudo: as above
        return contacts.commercial_partner_id
