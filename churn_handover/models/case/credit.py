from odoo import fields, models
from odoo.tools import SQL


class ChurnCredit(models.Model):
    """Won deals by person and month, divided as the cases decided; commissions are not computed."""

    _name = "churn.credit"
    _description = "Credited Results"
    _auto = False
    _order = "date desc, id"
    _rec_name = "lead_id"

    lead_id = fields.Many2one("crm.lead", string="Opportunity", readonly=True)
    user_id = fields.Many2one("res.users", string="Person", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(string="Won on", readonly=True)
    role = fields.Selection(
        [("owner", "Owner"), ("former", "Former Owner"), ("referral", "Referral")], string="Credited As", readonly=True
    )
    percent = fields.Float(string="Share, %", readonly=True, aggregator="avg")
    amount = fields.Monetary(readonly=True, help="Expected revenue of the won deal times the share.")

    @property
    def _table_query(self):
        for model in ("crm.lead", "churn.case", "churn.case.credit", "res.partner"):
            self.env[model].flush_model()
        return SQL(
            """
            WITH won AS (
                SELECT l.id, l.user_id, COALESCE(l.company_id, %s) AS company_id, l.date_closed::date AS date,
                       COALESCE(l.expected_revenue, 0) AS amount,
                       l.create_date::date AS created, referrer.commercial_partner_id AS referrer_id
                  FROM crm_lead l
             LEFT JOIN res_partner referrer ON referrer.id = l.churn_referrer_id
                 WHERE l.won_status = 'won' AND l.active AND l.date_closed IS NOT NULL
            ), shares AS (
                SELECT won.id, credit.user_id, 'former' AS role, credit.former_percent AS percent
                  FROM won
                  JOIN churn_case_credit credit ON credit.lead_id = won.id AND credit.former_percent > 0
                   AND (credit.date_to IS NULL OR won.date <= credit.date_to)
                  JOIN churn_case c ON c.id = credit.case_id AND c.state = 'closed' AND c.decision = 'move'
                 WHERE credit.user_id IS DISTINCT FROM won.user_id
                 UNION ALL
                SELECT won.id, c.user_id, 'referral', c.referral_percent
                  FROM won
                  JOIN churn_case c ON c.account_id = won.referrer_id AND c.state = 'closed' AND c.decision = 'move'
                   AND c.referral_percent > 0 AND won.created >= c.decision_date
                   AND (c.referral_until IS NULL OR won.created <= c.referral_until)
                 WHERE c.user_id IS DISTINCT FROM won.user_id
            ), divided AS (
                SELECT id, user_id, role, percent FROM shares
                 UNION ALL
                SELECT won.id, won.user_id, 'owner',
                       GREATEST(100 - COALESCE((SELECT SUM(percent) FROM shares WHERE shares.id = won.id), 0), 0)
                  FROM won
            )
            SELECT (ROW_NUMBER() OVER (ORDER BY won.id, divided.role, divided.user_id))::int AS id,
                   won.id AS lead_id, divided.user_id, won.company_id, won.date, divided.role, divided.percent,
                   won.amount * divided.percent / 100 AS amount
              FROM divided JOIN won ON won.id = divided.id
            """,
            self.env.company.id,
        )
