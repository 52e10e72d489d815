from odoo import fields, models
from odoo.tools import SQL

from .res_partner import SQL_OURS


class ChurnTenure(models.Model):
    """How long each account has had its owner: the chart that shows who is due, before and after a plan."""

    _name = "churn.tenure"
    _description = "Tenure"
    _auto = False
    _order = "months desc, id"
    _rec_name = "account_id"

    account_id = fields.Many2one("res.partner", readonly=True)
    user_id = fields.Many2one("res.users", string="Owner", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    since = fields.Date(readonly=True)
    months = fields.Integer(readonly=True, aggregator="avg", help="Full months with the present owner.")
    years = fields.Selection(
        [
            ("0", "Up to 1 Year"),
            ("1", "1 to 2 Years"),
            ("2", "2 to 3 Years"),
            ("3", "3 to 5 Years"),
            ("5", "5 and More"),
        ],
        string="Time With the Owner",
        readonly=True,
    )
    next_date = fields.Date(string="Changes on", readonly=True, help="The day of the proposed or confirmed rotation.")

    def action_open_customer(self):
        return self.account_id._churn_open_team()

    @property
    def _table_query(self):
        for model in ("churn.assignment", "churn.rotation.line"):
            self.env[model].flush_model()
        self.env["res.partner"].flush_model(["user_id", "active", "company_id", "commercial_partner_id"])
        return SQL(
            """
            SELECT id, account_id, user_id, company_id, since, months, next_date,
                   CASE WHEN months < 12 THEN '0' WHEN months < 24 THEN '1' WHEN months < 36 THEN '2'
                        WHEN months < 60 THEN '3' ELSE '5' END AS years
              FROM (
                SELECT p.id, p.id AS account_id, p.user_id, p.company_id, since.day AS since,
                       (EXTRACT(year FROM age(%(today)s::date, since.day)) * 12
                        + EXTRACT(month FROM age(%(today)s::date, since.day)))::int AS months,
                       (SELECT MIN(line.date) FROM churn_rotation_line line
                         WHERE line.account_id = p.id AND line.kind = 'move' AND line.date >= %(today)s
                           AND line.state IN ('proposed', 'confirmed')) AS next_date
                  FROM res_partner p
             LEFT JOIN churn_assignment a ON a.account_id = p.id AND a.kind = 'owner' AND a.date_to IS NULL
            CROSS JOIN LATERAL (SELECT COALESCE(a.date_from, p.create_date::date) AS day) since
                 WHERE p.active AND p.commercial_partner_id = p.id AND p.user_id IS NOT NULL
                   AND p.id NOT IN (%(ours)s)
              ) tenure
            """,
            today=fields.Date.context_today(self),
            ours=SQL(SQL_OURS),
        )
