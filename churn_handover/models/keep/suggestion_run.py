import base64
import csv
import io

from odoo import api, fields, models
from odoo.tools import SQL

from ..score.score_book import EPOCH, day_number, rows_table

TOP = 3
# Customers per step: a few seconds of CPU and under 200 MB whatever the company's size.
RANGE = 20_000
# Fewer customers than this have no usual range of products of their own.
LEAST_PEERS = 10
# A refused suggestion is not made again for a year; one that came at the wrong time, for a quarter.
REFUSED_DAYS = 365
NOT_NOW_DAYS = 90
# Taken up by an owner, and not yet ordered: somebody who knows the customer believes in it.
ACCEPTED_WEIGHT = 0.5

COLUMNS = (
    "account_id",
    "category_id",
    "because_id",
    "support",
    "confidence",
    "popularity",
    "lift",
    "chance",
    "amount",
    "expected",
    "lapsed",
)


class ChurnSuggestion(models.Model):
    """The weekly search for suggestions, in ranges of customers, and what became of them."""

    _inherit = "churn.suggestion"

    @api.model
    def _cron_find(self):
        """One search a week and company; see :meth:`_find_step`."""
        run = self.env["churn.keep.run"]
        self.env["churn.steps"]._work_off(lambda: run._next_step("suggestion"), "churn_handover.cron_suggestion")

    @api.model
    def _find(self, company):
        """Search now, all steps at once; return the open suggestions of the company."""
        self.env["churn.keep.run"]._of("suggestion", company)._complete()
        return self.search([("company_id", "=", company.id), ("state", "=", "open")])

    @api.model
    def _find_step(self, run):
        """Learn from all customers of the company, then write the suggestions of one range after the other.

        :return: whether the run is finished
        """
        from ...analytics import basket, market  # scikit-learn: only where it is used, not in every worker

        company, today = run.company_id, run.started_on
        if not run.market:
            self._mark_answers(company)
            baskets = self._baskets(company, today)
            learned = market.learn(baskets, day_number(today), self._answers(company))
            run.market = base64.b64encode(learned.to_bytes())
            return False
        bounds, count = self._bounds(company, run.cursor)
        if count:
            learned = market.Market.from_bytes(base64.b64decode(run.market))
            baskets = self._baskets(company, today, bounds, learned.categories)
            self._write_breadth(company, baskets, run, bounds)
            found = basket.suggest(baskets, day_number(today), TOP, market=learned)
            self._write_found(company, found, bounds, today)
            run.cursor = bounds[1]
        if count == RANGE:
            return False
        self._write_usual_breadth(company)
        return True

    @api.model
    def _bounds(self, company, cursor):
        """The next range: first and last row of figures, and how many rows of this company are in it."""
        rows = self.env.execute_query(
            SQL(
                """SELECT max(id), count(*)
                     FROM (SELECT id FROM churn_account WHERE company_id = %s AND id > %s ORDER BY id LIMIT %s) next""",
                company.id,
                cursor,
                RANGE,
            )
        )
        last, count = rows[0]
        return (cursor + 1, last), count

    @api.model
    def _baskets(self, company, today, bounds=None, categories=None):
        """Order lines of three years by account, category and span of time: one statement.

        Days are those of UTC: an order of the hours around midnight may count in the span before, which no threshold
        of weeks and months depends on.

        :param bounds: first and last row of figures (``churn.account``); None for all
        """
        from ...analytics import basket

        self.env.flush_all()
        # The sums of a million lines fit in this; Odoo's connections have 4 MB. It ends with the transaction.
        self.env.cr.execute("SET LOCAL work_mem = '96MB'")
        spans = SQL("ARRAY[%s]", SQL(", ").join(SQL("%s", span) for span in basket.SPANS))
        self.env.cr.execute(
            SQL(
                """SELECT figures.id, template.categ_id,
                          %(today)s::date - %(epoch)s::date
                              - (%(spans)s)[width_bucket(%(today)s::date - doc.date_order::date, %(spans)s)] AS day,
                          sum(line.price_subtotal::float8 / coalesce(nullif(doc.currency_rate::float8, 0), 1))
                     FROM sale_order doc
                     JOIN res_partner partner ON partner.id = doc.partner_id
                     JOIN churn_account figures ON figures.partner_id = partner.commercial_partner_id
                          AND figures.company_id = doc.company_id
                     JOIN sale_order_line line ON line.order_id = doc.id AND line.price_subtotal > 0
                     JOIN product_product product ON product.id = line.product_id
                     JOIN product_template template ON template.id = product.product_tmpl_id
                    WHERE doc.company_id = %(company)s AND doc.state = 'sale' AND template.type <> 'service'
                      AND doc.date_order >= %(today)s::date - 1095 AND doc.date_order < %(today)s::date
                      AND %(range)s
                    GROUP BY 1, 2, 3""",
                epoch=EPOCH,
                company=company.id,
                today=today,
                spans=spans,
                range=SQL("figures.id BETWEEN %s AND %s", *bounds) if bounds else SQL("TRUE"),
            )
        )
        table = rows_table(self.env.cr, 4)
        return basket.Baskets(*table.T, categories=categories)

    @api.model
    def _write_breadth(self, company, baskets, run, bounds):
        """Breadth of a range of customers; only rows that change are written."""
        from ...analytics import basket

        now, before = basket.breadth(baskets, day_number(run.started_on)) if len(baskets.accounts) else ([], [])
        self.env["churn.account"].flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE churn_account account
                      SET breadth = coalesce(found.now, 0), breadth_before = coalesce(found.before, 0)
                     FROM churn_account own
                LEFT JOIN unnest(%(ids)s::int[], %(now)s::int[], %(before)s::int[]) found (id, now, before)
                       ON found.id = own.id
                    WHERE own.id = account.id AND own.company_id = %(company)s AND own.id BETWEEN %(first)s AND %(last)s
                      AND (account.breadth, account.breadth_before)
                          IS DISTINCT FROM (coalesce(found.now, 0), coalesce(found.before, 0))""",
                company=company.id,
                ids=[int(account) for account in baskets.accounts],
                now=[int(number) for number in now],
                before=[int(number) for number in before],
                first=bounds[0],
                last=bounds[1],
            )
        )
        self.env["churn.account"].invalidate_model(["breadth", "breadth_before"])

    @api.model
    def _write_usual_breadth(self, company):
        """The median of similar customers that bought anything: of the same industry and value tier; where these are
        fewer than :data:`LEAST_PEERS`, of the same value tier; else of all. One statement for all customers."""
        accounts = self.env["churn.account"]
        accounts.flush_model()
        self.env["res.partner"].flush_model(["industry_id", "active"])
        self.env.cr.execute(SQL(self._SQL_USUAL, company=company.id, least=LEAST_PEERS))
        accounts.invalidate_model(["breadth_usual", "breadth_peers", "breadth_like"])

    _SQL_USUAL = """
        WITH usual AS (
            SELECT account.value_tier, partner.industry_id, count(*) AS number,
                   grouping(account.value_tier, partner.industry_id) AS level,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY account.breadth) AS half
              FROM churn_account account JOIN res_partner partner ON partner.id = account.partner_id
             WHERE account.company_id = %(company)s AND account.breadth > 0 AND partner.active
             GROUP BY GROUPING SETS ((account.value_tier, partner.industry_id), (account.value_tier), ())
        ), found AS (
            SELECT account.id, coalesce(alike.half, sized.half, everybody.half, 0) AS half,
                   coalesce(alike.number, sized.number, everybody.number, 0) AS number,
                   CASE WHEN alike.number > 0 THEN 'industry' WHEN sized.number > 0 THEN 'tier' ELSE 'all' END AS kind
              FROM churn_account account
              JOIN res_partner partner ON partner.id = account.partner_id
         LEFT JOIN usual alike ON alike.level = 0 AND alike.number >= %(least)s
                   AND alike.value_tier = account.value_tier AND alike.industry_id = partner.industry_id
         LEFT JOIN usual sized ON sized.level = 1 AND sized.number >= %(least)s
                   AND sized.value_tier = account.value_tier
         LEFT JOIN usual everybody ON everybody.level = 3
             WHERE account.company_id = %(company)s
        )
        UPDATE churn_account account
           SET breadth_usual = found.half, breadth_peers = found.number, breadth_like = found.kind
          FROM found
         WHERE found.id = account.id
           AND (account.breadth_usual, account.breadth_peers, account.breadth_like)
               IS DISTINCT FROM (found.half, found.number::int, found.kind)
    """

    @api.model
    def _write_found(self, company, found, bounds, today):
        """Put what was found in a temporary table by COPY, then into the suggestions.

        A suggestion that is still open keeps its row and the day it was first made; what is no longer found goes.
        """
        self.flush_model()
        cr = self.env.cr
        cr.execute("DROP TABLE IF EXISTS churn_suggestion_in")
        cr.execute(
            """CREATE TEMP TABLE churn_suggestion_in (
                   account_id int, category_id int, because_id int, support int, confidence float8, popularity float8,
                   lift float8, chance float8, amount numeric, expected numeric, lapsed bool) ON COMMIT DROP"""
        )
        stream = io.StringIO()
        csv.writer(stream).writerows(_row(one) for one in found)
        stream.seek(0)
        cr.copy_expert(f"COPY churn_suggestion_in ({', '.join(COLUMNS)}) FROM STDIN WITH (FORMAT csv)", stream)
        values = {
            "company": company.id,
            "first": bounds[0],
            "last": bounds[1],
            "today": today,
            "uid": self.env.uid,
            "refused": REFUSED_DAYS,
            "not_now": NOT_NOW_DAYS,
            "columns": SQL(", ").join(map(SQL.identifier, COLUMNS)),
            "new": SQL(", ").join(SQL.identifier("new", column) for column in COLUMNS),
            "update": SQL(", ").join(
                SQL("%s = %s", SQL.identifier(column), SQL.identifier("excluded", column)) for column in COLUMNS[2:]
            ),
        }
        cr.execute(SQL(self._SQL_GONE, **values))
        cr.execute(SQL(self._SQL_NEW, **values))
        cr.execute("DROP TABLE churn_suggestion_in")
        self.invalidate_model()

    _SQL_GONE = """
        DELETE FROM churn_suggestion former
         WHERE former.company_id = %(company)s AND former.account_id BETWEEN %(first)s AND %(last)s
           AND former.state = 'open'
           AND NOT EXISTS (SELECT FROM churn_suggestion_in new
                            WHERE new.account_id = former.account_id AND new.category_id = former.category_id)
    """

    # What was answered is read before the first row is written: a plan made for an empty table would go through all
    # that the statement has written so far, for each row that it writes.
    _SQL_NEW = """
          WITH answered AS MATERIALIZED (
               SELECT account_id, category_id FROM churn_suggestion
                WHERE company_id = %(company)s AND account_id BETWEEN %(first)s AND %(last)s
                  AND (state = 'accepted'
                       OR state IN ('refused', 'failed', 'ordered')
                          AND answered_on >= %(today)s::date
                              - CASE WHEN refusal = 'not_now' THEN %(not_now)s ELSE %(refused)s END))
        INSERT INTO churn_suggestion AS former
                    (%(columns)s, partner_id, company_id, state, found_on,
                     create_uid, write_uid, create_date, write_date)
        SELECT %(new)s, account.partner_id, account.company_id, 'open', %(today)s,
               %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
          FROM churn_suggestion_in new JOIN churn_account account ON account.id = new.account_id
         WHERE NOT EXISTS (
               SELECT FROM answered
                WHERE answered.account_id = new.account_id AND answered.category_id = new.category_id)
            ON CONFLICT (account_id, category_id) WHERE state IN ('open', 'accepted')
               DO UPDATE SET %(update)s WHERE former.state = 'open'
    """

    # What became of them

    @api.model
    def _answers(self, company):
        """Per category what speaks for it and what against: orders and half of what is in work; refusals and failures.

        "Not now" says nothing about the category, only about the day.
        """
        rows = self._read_group(
            [
                ("company_id", "=", company.id),
                ("state", "in", ("ordered", "refused", "failed", "accepted")),
                "|",
                ("refusal", "=", False),
                ("refusal", "!=", "not_now"),
            ],
            ["category_id", "state"],
            ["__count"],
        )
        answers = {}
        for category, state, count in rows:
            good, bad = answers.get(category.id, (0, 0))
            if state in ("refused", "failed"):
                answers[category.id] = (good, bad + count)
            else:
                answers[category.id] = (good + count * (1 if state == "ordered" else ACCEPTED_WEIGHT), bad)
        return answers

    @api.model
    def _mark_answers(self, company):
        self._mark_ordered(company)
        self._mark_failed(company)

    @api.model
    def _mark_failed(self, company):
        """In work, and the opportunity made of it is lost."""
        lost = self.with_context(active_test=False).search(
            [("company_id", "=", company.id), ("state", "=", "accepted"), ("lead_id.won_status", "=", "lost")]
        )
        lost.write({"state": "failed", "answered_on": fields.Date.context_today(self)})

    @api.model
    def _mark_ordered(self, company):
        """Suggestions whose category was bought since they were made."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT suggestion.id
                     FROM churn_suggestion suggestion
                     JOIN res_partner partner ON partner.commercial_partner_id = suggestion.partner_id
                     JOIN sale_order doc ON doc.partner_id = partner.id AND doc.company_id = suggestion.company_id
                          AND doc.state = 'sale'
                          AND (doc.date_order AT TIME ZONE 'UTC' AT TIME ZONE %s)::date > suggestion.found_on
                     JOIN sale_order_line line ON line.order_id = doc.id AND line.price_subtotal > 0
                     JOIN product_product product ON product.id = line.product_id
                     JOIN product_template template ON template.id = product.product_tmpl_id
                          AND template.categ_id = suggestion.category_id
                    WHERE suggestion.company_id = %s AND suggestion.state IN ('open', 'accepted')""",
                company._churn_zone(),
                company.id,
            )
        )
        ordered = self.browse([row[0] for row in rows])
        ordered.write({"state": "ordered", "answered_on": fields.Date.context_today(self)})


def _row(one):
    return (
        one.account,
        one.category,
        one.because,
        one.support,
        one.confidence,
        one.popularity,
        one.lift,
        one.chance,
        round(one.amount, 2),
        round(one.expected, 2),
        one.lapsed,
    )
