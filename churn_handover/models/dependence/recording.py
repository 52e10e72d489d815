from odoo import fields, models
from odoo.tools import SQL


class ChurnRecording(models.Model):
    """How much of each salesperson's contact Odoo knows, so that a low number is not taken for a wide bridge.

    Who sells to a customer talked with somebody there: if nothing is recorded, it happened outside Odoo. It says how
    far the figures can be trusted, not how much people work; so it is in the order of names, and for managers only.
    """

    _name = "churn.recording"
    _description = "Recorded Contact"
    _auto = False
    _order = "user_id, company_id"
    _rec_name = "user_id"
    _depends = {
        "churn.account": ["partner_id", "company_id", "order_count_12m", "owner_contacts", "dependence_status"],
        "res.company": ["churn_contact_level"],
        "res.partner": ["active", "user_id"],
        "res.users": ["active", "share"],
    }

    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one(related="user_id.sale_team_id", string="Sales Team")
    company_id = fields.Many2one("res.company", readonly=True)
    buying = fields.Integer(
        string="Customers Who Ordered", readonly=True, help="Accounts owned that ordered in the last 12 months."
    )
    recorded = fields.Integer(
        string="With a Recorded Contact",
        readonly=True,
        help="Of these, how many had a mail, meeting, call or document of the owner in Odoo in the last 12 months.",
    )
    missing = fields.Integer(string="Without", readonly=True)
    share = fields.Float(string="Recorded", readonly=True, aggregator=None)
    minimum = fields.Float(string="At Least", readonly=True, aggregator=None, help="From the settings.")
    state = fields.Selection(
        [("told", "Known"), ("cannot_tell", "Can't Tell"), ("nothing", "Nobody Ordered")],
        string="Person Dependence",
        readonly=True,
        help="Below the level of the settings the person dependence of these customers is not told.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT found.*, found.buying - found.recorded AS missing,
                   CASE WHEN found.buying > 0 THEN found.recorded::float8 / found.buying END AS share,
                   CASE WHEN found.buying = 0 THEN 'nothing'
                        WHEN found.recorded < found.minimum * found.buying THEN 'cannot_tell'
                        ELSE 'told' END AS state
              FROM (
                SELECT (ROW_NUMBER() OVER (ORDER BY account.user_id, figures.company_id))::int AS id, account.user_id,
                       figures.company_id, MAX(company.churn_contact_level) AS minimum,
                       (COUNT(*) FILTER (WHERE figures.order_count_12m > 0))::int AS buying,
                       (COUNT(*) FILTER (WHERE figures.order_count_12m > 0 AND figures.owner_contacts > 0))::int
                           AS recorded
                  FROM churn_account figures
                  JOIN res_partner account ON account.id = figures.partner_id AND account.active
                  JOIN res_users owner ON owner.id = account.user_id AND owner.active AND NOT owner.share
                  JOIN res_company company ON company.id = figures.company_id
                 WHERE figures.dependence_status IS NOT NULL
                 GROUP BY account.user_id, figures.company_id
              ) found
            """
        )

    def action_open_missing(self):
        """The customers who ordered without a recorded contact: mails to log, meetings to put in the calendar."""
        self.ensure_one()
        return self._open(self.env._("Without a Recorded Contact"), [("owner_contacts", "=", 0)])

    def action_open_accounts(self):
        self.ensure_one()
        return self._open(self.env._("Customers Who Ordered"), [])

    def _open(self, name, domain):
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("churn_handover.account_dependence_action"),
            "name": name,
            "display_name": name,
            "domain": [
                ("user_id", "=", self.user_id.id),
                ("company_id", "=", self.company_id.id),
                ("order_count_12m", ">", 0),
                ("partner_id.active", "=", True),
                *domain,
            ],
            "context": {},
        }
