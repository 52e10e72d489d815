import json

from odoo import api, fields, models
from odoo.tools import SQL

# Two offers contradict each other when they are made within so many days; later ones are a new negotiation.
WITHIN_DAYS = 30
TOLERANCE = 1e-6  # 110 is 10 % more than 100, not more than 10 %


class ChurnContradiction(models.Model):
    """Finding contradictions of a company; two statements, however many documents there are."""

    _inherit = "churn.contradiction"

    @api.model
    def _find(self, company):
        """Open what is found, refresh what is still so, close what is no longer so; dismissed ones stay dismissed.

        :return: number of contradictions found
        """
        self.env.flush_all()
        today = fields.Date.context_today(self)
        values = {
            "company": company.id,
            "today": today,
            "recent": fields.Date.subtract(today, days=WITHIN_DAYS),
            "earliest": fields.Date.subtract(today, days=2 * WITHIN_DAYS),
            "within": WITHIN_DAYS,
            "level": company.churn_contradiction + TOLERANCE,
        }
        self.env.cr.execute(SQL(self._SQL_OFFERS, **values))
        found = [(*row[:5], row[5] or {}, row[6]) for row in self.env.cr.fetchall()]
        self.env.cr.execute(SQL(self._SQL_DEALS, **values))
        found += [
            (account, "owners", key, None, None, {"deals": deals}, day)
            for account, key, deals, day in self.env.cr.fetchall()
        ]
        self._write_found(company, found)
        return len(found)

    # Prices are compared per reference unit, without tax, after discount, in the company's currency on the order's day.
    _SQL_OFFERS = """
        WITH offer AS (
            SELECT line.id, orders.id AS order_id, orders.name AS document, orders.user_id,
                   orders.date_order::date AS day, customer.commercial_partner_id AS account_id, line.product_id,
                   split_part(unit.parent_path, '/', 1) AS root,
                   line.price_subtotal / line.product_uom_qty / unit.factor
                       / COALESCE(NULLIF(orders.currency_rate, 0), 1) AS price,
                   COALESCE(line.discount, 0) AS discount, line.product_uom_qty AS quantity
              FROM sale_order_line line
              JOIN sale_order orders ON orders.id = line.order_id
              JOIN res_partner customer ON customer.id = orders.partner_id
              JOIN uom_uom unit ON unit.id = line.product_uom_id
             WHERE orders.company_id = %(company)s AND orders.state IN ('draft', 'sent', 'sale')
               AND orders.date_order >= %(earliest)s AND orders.user_id IS NOT NULL
               AND line.display_type IS NULL AND line.product_uom_qty > 0 AND line.price_subtotal > 0
               AND line.is_downpayment IS NOT TRUE
        ), pair AS (
            SELECT low.account_id, low.product_id, LEAST(low.user_id, high.user_id) AS one,
                   GREATEST(low.user_id, high.user_id) AS other, GREATEST(low.day, high.day) AS day,
                   CASE WHEN high.price / low.price - 1 > %(level)s THEN 'price' ELSE 'discount' END AS kind,
                   high.price / low.price - 1 AS price_gap, ABS(high.discount - low.discount) / 100 AS discount_gap,
                   low.id AS low_id, high.id AS high_id
              FROM offer low
              JOIN offer high ON high.account_id = low.account_id AND high.product_id = low.product_id
                             AND high.root = low.root AND high.user_id <> low.user_id
                             AND (high.price, high.id) > (low.price, low.id)
                             AND ABS(high.day - low.day) <= %(within)s
             WHERE GREATEST(low.day, high.day) >= %(recent)s
               AND (high.price / low.price - 1 > %(level)s OR ABS(high.discount - low.discount) / 100 > %(level)s)
        ), worst AS (
            SELECT DISTINCT ON (account_id, product_id, one, other) *
              FROM pair
             ORDER BY account_id, product_id, one, other, kind DESC,
                      CASE kind WHEN 'price' THEN price_gap ELSE discount_gap END DESC, high_id, low_id
        )
        SELECT worst.account_id, worst.kind, concat_ws('-', worst.low_id, worst.high_id) AS key, worst.product_id,
               (CASE worst.kind WHEN 'price' THEN price_gap ELSE discount_gap END)::float8,
               jsonb_build_object('low', (SELECT jsonb_build_object(
                   'order', order_id, 'document', document, 'user', user_id, 'day', day, 'price', price,
                   'discount', discount, 'quantity', quantity) FROM offer WHERE offer.id = worst.low_id),
                   'high', (SELECT jsonb_build_object(
                   'order', order_id, 'document', document, 'user', user_id, 'day', day, 'price', price,
                   'discount', discount, 'quantity', quantity) FROM offer WHERE offer.id = worst.high_id)),
               worst.day
          FROM worst
    """

    _SQL_DEALS = """
        SELECT customer.commercial_partner_id, string_agg(DISTINCT deal.user_id::text, '-'),
               jsonb_agg(jsonb_build_object('id', deal.id, 'name', deal.name, 'user', deal.user_id) ORDER BY deal.id),
               MAX(deal.create_date)::date
          FROM crm_lead deal
          JOIN res_partner customer ON customer.id = deal.partner_id
         WHERE deal.active AND deal.type = 'opportunity' AND deal.won_status = 'pending' AND deal.user_id IS NOT NULL
           AND COALESCE(deal.company_id, customer.company_id, %(company)s) = %(company)s
         GROUP BY customer.commercial_partner_id
        HAVING COUNT(DISTINCT deal.user_id) > 1
    """

    @api.model
    def _write_found(self, company, found):
        rows = [
            {
                "account": account,
                "kind": kind,
                "key": key,
                "product": product,
                "gap": gap,
                "evidence": evidence,
                "day": fields.Date.to_string(day),
            }
            for account, kind, key, product, gap, evidence, day in found
        ]
        written = self.env.execute_query(
            SQL(self._SQL_WRITE, rows=json.dumps(rows), company=company.id, uid=self.env.uid)
        )
        self.env.execute_query(
            SQL(
                "UPDATE churn_contradiction SET state = 'gone' WHERE company_id = %s AND state = 'open' "
                "AND id <> ALL(%s) RETURNING id",
                company.id,
                [row[0] for row in written],
            )
        )
        self.env.execute_query(SQL(self._SQL_PEOPLE, ids=[row[0] for row in written]))
        self.invalidate_model()

    _SQL_WRITE = """
        INSERT INTO churn_contradiction AS known (account_id, company_id, kind, key, product_id, difference, evidence,
                                                  date, state, create_uid, write_uid, create_date, write_date)
        SELECT account, %(company)s, kind, key, product, gap, evidence, day, 'open', %(uid)s, %(uid)s,
               now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
          FROM jsonb_to_recordset(%(rows)s) row (account int, kind varchar, key varchar, product int, gap float8,
                                                 evidence jsonb, day date)
   ON CONFLICT (company_id, account_id, kind, key) DO UPDATE
           SET difference = EXCLUDED.difference, evidence = EXCLUDED.evidence, date = EXCLUDED.date,
               state = CASE known.state WHEN 'gone' THEN 'open' ELSE known.state END
     RETURNING id
    """

    _SQL_PEOPLE = """
        INSERT INTO churn_contradiction_res_users_rel (churn_contradiction_id, res_users_id)
        SELECT DISTINCT known.id, person.id
          FROM churn_contradiction known
    CROSS JOIN LATERAL (
                SELECT (known.evidence -> 'low' ->> 'user')::int AS id WHERE known.kind <> 'owners'
                 UNION
                SELECT (known.evidence -> 'high' ->> 'user')::int WHERE known.kind <> 'owners'
                 UNION
                SELECT (deal ->> 'user')::int
                  FROM jsonb_array_elements(COALESCE(known.evidence -> 'deals', '[]'::jsonb)) deal
                 WHERE known.kind = 'owners') person
         WHERE known.id = ANY(%(ids)s)
   ON CONFLICT DO NOTHING
     RETURNING churn_contradiction_id
    """

    @api.model
    def _absorb(self, account, sources):
        """Go with accounts that become part of another one; what is known there already is not doubled."""
        self.flush_model()
        self.env.execute_query(
            SQL(
                """
                UPDATE churn_contradiction known SET account_id = %(account)s
                 WHERE account_id = ANY(%(sources)s) AND NOT EXISTS (
                           SELECT FROM churn_contradiction other
                            WHERE other.account_id = %(account)s AND other.company_id = known.company_id
                              AND other.kind = known.kind AND other.key = known.key)
             RETURNING id
                """,
                account=account.id,
                sources=sources.ids,
            )
        )
        self.invalidate_model()
