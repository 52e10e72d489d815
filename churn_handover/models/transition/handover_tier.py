from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

GATE_KINDS = ("notified", "dossier", "introduced", "followed_up")
# The care an account gets, most careful first: key accounts, then the value tiers.
CARE = ("key", "a", "b", "c")


class ChurnHandoverTier(models.Model):
    """How formally an account is handed over: which gates its line has to pass, and by when.

    Not everything deserves the same ceremony; a manager changes these rows, and the tier of a single line.
    """

    _name = "churn.handover.tier"
    _description = "Handover Tier"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        ondelete="cascade",
        help="Empty: for all companies. What a company sets for itself comes before what holds for all.",
    )
    description = fields.Text(translate=True)

    for_key = fields.Boolean(string="Key Accounts", help="Lines of key accounts start with this tier.")
    for_a = fields.Boolean(string="Value Tier A")
    for_b = fields.Boolean(string="Value Tier B")
    for_c = fields.Boolean(string="Value Tier C and No Orders")

    notified = fields.Boolean(default=True, help="The customer was told by letter, or by phone where that failed.")
    notified_days = fields.Integer(
        string="Told Before", default=14, help="Days before the change date by which the customer has been told."
    )
    dossier = fields.Boolean(string="Dossier Accepted", help="The successor accepted what the predecessor wrote down.")
    dossier_days = fields.Integer(string="Dossier Before", default=10, help="Days before the change date.")
    introduced = fields.Boolean(help="The predecessor introduced the successor in a meeting of all three sides.")
    introduced_days = fields.Integer(string="Introduced Before", default=3, help="Days before the change date.")
    followed_up = fields.Boolean(help="The manager asked the customer how it goes.")
    followed_up_days = fields.Integer(
        string="Followed Up After", default=7, help="Days after the change date; this gate never holds a line back."
    )

    plan_id = fields.Many2one(
        "mail.activity.plan",
        string="Activity Plan",
        ondelete="set null",
        check_company=True,
        domain=[("res_model", "=", "churn.handover")],
        help="The steps of predecessor, successor and manager: activities on the account from confirmation on.",
    )
    letter_template_id = fields.Many2one(
        "mail.template",
        string="Letter",
        ondelete="set null",
        domain=[("model", "=", "churn.letter")],
        help="What the customer is written; empty: the general letter.",
    )
    visit_months = fields.Integer(
        string="Leader Visits, at Least Every",
        help="Months within which a leader visits accounts that start with this tier; 0: no visits. The day is drawn "
        "within the interval, so that it can't be foreseen.",
    )

    _days_positive = models.Constraint(
        "CHECK(notified_days >= 0 AND dossier_days >= 0 AND introduced_days >= 0 AND followed_up_days >= 0)",
        "Days cannot be negative.",
    )
    _visit_months_positive = models.Constraint(
        "CHECK(visit_months IS NULL OR visit_months >= 0)", "Months cannot be negative."
    )

    @api.constrains("for_key", "for_a", "for_b", "for_c", "active", "company_id")
    def _check_defaults(self):
        """One tier at most is the default of each kind of account, in a company and for all of them."""
        for care in CARE:
            name = f"for_{care}"
            # sudo: tiers of companies that the writer does not see count, too; nothing of them is told
            tiers = self.sudo().search([(name, "=", True)])
            if len(tiers) > len(tiers.grouped("company_id")):
                raise ValidationError(
                    self.env._(
                        "Two tiers are the default for %(accounts)s. Take one of them off first.",
                        accounts=self._fields[name]._description_string(self.env),
                    )
                )

    @api.model
    def _defaults(self, companies):
        """Return {company: {care: tier}}: the company's own tier, else that of all; empty where the manager set none.

        One query, however many companies.
        """
        # sudo: how carefully an account is handed over is decided by its company, whoever plans
        tiers = self.sudo().search(Domain("company_id", "in", [False, *companies.ids]))
        defaults = {}
        for company in companies:
            own = tiers.filtered(lambda tier, company=company: tier.company_id == company)
            offered = own | (tiers - own).filtered(lambda tier: not tier.company_id)
            defaults[company] = {care: offered.filtered(f"for_{care}")[:1] for care in CARE}
        return defaults
