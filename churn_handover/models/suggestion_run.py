import numpy as np

from odoo import api, fields, models
from odoo.tools import SQL

from .score_book import EPOCH, day_number

TOP = 3
# Who would be told "of similar customers fewer buy it than of all" rightly asks why it is suggested.
LEAST_LIFT = 0.999
# A refused suggestion is not made again for a year.
REFUSED_DAYS = 365


class ChurnSuggestion(models.Model):
    """The weekly search for suggestions, and what became of them."""

    _inherit = "churn.suggestion"

    @api.model
    def _cron_find(self):
        companies = [row[0] for row in self.env["churn.account"]._read_group([], ["company_id"])]
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(companies))
        for company in companies:
            self._find(company)
            if not commit_progress(1):
                break

    @api.model
    def _find(self, company):
        """Replace the unanswered suggestions of a company by the present ones; count each account's breadth."""
        from ..analytics import basket  # scikit-learn: only where it is used

        self._mark_ordered(company)
        today = fields.Date.context_today(self)
        baskets = self._baskets(company, today)
        self._write_breadth(company, baskets, day_number(today))
        found = basket.suggest(baskets, day_number(today), TOP, self._answers(company)) if len(baskets.accounts) else []
        self.search([("company_id", "=", company.id), ("state", "=", "open")]).unlink()
        answered = self.search(
            [
                ("company_id", "=", company.id),
                "|",
                ("state", "=", "accepted"),
                "&",
                ("state", "in", ("refused", "ordered")),
                ("answered_on", ">=", fields.Date.subtract(today, days=REFUSED_DAYS)),
            ]
        )
        taken = {(one.account_id.id, one.category_id.id) for one in answered}
        return self.create(
            [
                {
                    "account_id": one.account,
                    "category_id": one.category,
                    "because_id": one.because,
                    "support": one.support,
                    "confidence": one.confidence,
                    "popularity": one.popularity,
                    "lift": one.lift,
                    "chance": one.chance,
                    "amount": one.amount,
                    "expected": one.expected,
                    "lapsed": one.lapsed,
                    "found_on": today,
                }
                for one in found
                if (one.account, one.category) not in taken and (one.lapsed or one.lift >= LEAST_LIFT)
            ]
        )

    @api.model
    def _baskets(self, company, today):
        """Order lines of three years by account and category: one statement."""
        from ..analytics import basket

        self.env["sale.order.line"].flush_model()
        self.env["sale.order"].flush_model()
        self.env.cr.execute(
            SQL(
                """SELECT figures.id, template.categ_id, doc.date_order::date - %(epoch)s::date,
                          line.price_subtotal::float8 / coalesce(nullif(doc.currency_rate::float8, 0), 1)
                     FROM sale_order doc
                     JOIN res_partner partner ON partner.id = doc.partner_id
                     JOIN churn_account figures ON figures.partner_id = partner.commercial_partner_id
                          AND figures.company_id = doc.company_id
                     JOIN sale_order_line line ON line.order_id = doc.id AND line.price_subtotal > 0
                     JOIN product_product product ON product.id = line.product_id
                     JOIN product_template template ON template.id = product.product_tmpl_id
                    WHERE doc.company_id = %(company)s AND doc.state = 'sale' AND template.type <> 'service'
                      AND doc.date_order >= %(today)s::date - 1095 AND doc.date_order < %(today)s::date""",
                epoch=EPOCH,
                company=company.id,
                today=today,
            )
        )
        rows = np.array(self.env.cr.fetchall(), dtype=float).reshape(-1, 4)
        return basket.Baskets(rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3])

    @api.model
    def _write_breadth(self, company, baskets, day):
        from ..analytics import basket

        now, before, usual = basket.breadth(baskets, day) if len(baskets.accounts) else ([], [], 0.0)
        self.env["churn.account"].flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE churn_account account
                      SET breadth = coalesce(found.now, 0), breadth_before = coalesce(found.before, 0),
                          breadth_usual = %(usual)s
                     FROM churn_account own
                LEFT JOIN unnest(%(ids)s::int[], %(now)s::int[], %(before)s::int[]) found (id, now, before)
                       ON found.id = own.id
                    WHERE own.id = account.id AND own.company_id = %(company)s""",
                company=company.id,
                usual=usual,
                ids=[int(account) for account in baskets.accounts],
                now=[int(number) for number in now],
                before=[int(number) for number in before],
            )
        )
        self.env["churn.account"].invalidate_model(["breadth", "breadth_before", "breadth_usual"])

    @api.model
    def _answers(self, company):
        """Per category how many suggestions led to an order, and how many were refused."""
        rows = self._read_group(
            [("company_id", "=", company.id), ("state", "in", ("ordered", "refused"))],
            ["category_id", "state"],
            ["__count"],
        )
        answers = {}
        for category, state, count in rows:
            ordered, refused = answers.get(category.id, (0, 0))
            answers[category.id] = (ordered + count, refused) if state == "ordered" else (ordered, refused + count)
        return answers

    @api.model
    def _mark_ordered(self, company):
        """Suggestions whose category was bought since they were made."""
        self.flush_model()
        self.env["sale.order.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT suggestion.id
                     FROM churn_suggestion suggestion
                     JOIN res_partner partner ON partner.commercial_partner_id = suggestion.partner_id
                     JOIN sale_order doc ON doc.partner_id = partner.id AND doc.company_id = suggestion.company_id
                          AND doc.state = 'sale' AND doc.date_order::date > suggestion.found_on
                     JOIN sale_order_line line ON line.order_id = doc.id AND line.price_subtotal > 0
                     JOIN product_product product ON product.id = line.product_id
                     JOIN product_template template ON template.id = product.product_tmpl_id
                          AND template.categ_id = suggestion.category_id
                    WHERE suggestion.company_id = %s AND suggestion.state IN ('open', 'accepted')""",
                company.id,
            )
        )
        ordered = self.browse([row[0] for row in rows])
        ordered.write({"state": "ordered", "answered_on": fields.Date.context_today(self)})
