import numpy as np

from odoo import api, fields, models
from odoo.tools import SQL

from ..score.score_book import ScoreBook, day_date, day_number

USUAL_HORIZON = 90
YEAR = 365
# Standardised difference from which something "sets a segment apart": Cohen's small effect.
APART = 0.2
# Months of figures that are kept, and shown in the chart.
KEPT_MONTHS = 24
# Of a new segment the figures of so many months before are looked up in the orders: it has a trend from its first day.
PAST_MONTHS = 5
# In a larger company that would take minutes: there the trend begins with the first search.
PAST_CUSTOMERS = 20_000
# Fewer customers than this make a rate of a month that jumps about.
LEAST_OF_A_MONTH = 15
# … and whose means differ by a tenth at least: of thousands of customers also less would be significant.
TELLING = 0.1
# Which of the shipped measures is suggested when a rule asks for little (low) or much (high) of a feature; the first in
# this order counts: a new owner is introduced by the leader, who buys little is offered more.
MEASURE = {
    ("owner_days", "low"): "churn_handover.measure_leader_visit",
    ("breadth", "low"): "churn_handover.measure_offer",
    ("trend", "low"): "churn_handover.measure_visit",
    ("silence", "high"): "churn_handover.measure_call",
}


class SegmentBook(ScoreBook):
    """The orders of all accounts of a company, whatever model scores them."""

    def _figures(self):
        return SQL("figures.company_id = %s AND figures.score_model_id IS NOT NULL", self.company_id)


class ChurnSegment(models.Model):
    """The monthly search for segments; figures of all segments are refreshed with it."""

    _inherit = "churn.segment"

    @api.model
    def _cron_find(self):
        """One search a month and company; see :meth:`_find_step`."""
        run = self.env["churn.keep.run"]
        self.env["churn.steps"]._work_off(lambda: run._next_step("segment"), "churn_handover.cron_segment")

    @api.model
    def _learned_model(self, company):
        """The company's score model for all customers, which knows the horizon and the source of orders."""
        return self.env["churn.score.model"].search([("domain", "=", False), ("company_id", "=", company.id)], limit=1)

    @api.model
    def _find(self, model):
        """Search now, all steps at once; return the found segments of the company."""
        self.env["churn.keep.run"]._of("segment", model.company_id)._complete()
        return self._found(model.company_id)

    @api.model
    def _found(self, company):
        """In the order in which the last search found them, which ``_order`` keeps: the riskiest first."""
        return self.search([("company_id", "=", company.id), ("kind", "=", "found")])

    @api.model
    def _find_step(self, run):
        """Learn the rules from the last horizon; put today's accounts in the segments and refresh the figures; then, a
        month per step, look up how new segments fared before.

        :return: whether the run is finished
        """
        model = self._learned_model(run.company_id)
        params = model.sudo().params or {}  # sudo: only the horizon is read
        horizon = int(params.get("horizon") or USUAL_HORIZON)
        base = model._book()
        book = SegmentBook(self.env, run.company_id.id, model.id, base.source, base.tz.zone, run.started_on)
        today = day_number(run.started_on)
        step = run.cursor
        run.cursor += 1
        if not step:
            return not self._learn(run, book, today, horizon)
        if step == 1:
            self._assign(run.company_id, book, book.snapshot(today, horizon), today)
            self._refresh_figures(run.company_id)
        else:
            self._look_back(run, book, step - 1, horizon)
        return step > PAST_MONTHS or not self._first_found(run)

    @api.model
    def _learn(self, run, book, today, horizon):
        """Write the segments learned; return whether there was anybody to learn from."""
        from ...analytics import segments  # scikit-learn: only where it is used

        past = book.snapshot(today - horizon, horizon)
        if not len(past):
            return False
        known = self._found(run.company_id)
        columns = self._features(book, past, today - horizon)
        left = ~book.ordered(past.account, today - horizon, horizon)
        learned = segments.learn(columns, left, [segment._conditions() for segment in known])
        found = self._write_found(run, known, learned)
        (known - found).active = False
        return True

    def _conditions(self):
        """The rule as the core knows it."""
        from ...analytics import segments

        return tuple(segments.Condition(*part) for part in self.rule or [])

    @api.model
    def _features(self, book, inputs, day):
        """What rules are made of, for these inputs on a day number: nothing of that day itself is known yet."""
        from ...analytics import segments

        columns = segments.features(inputs)
        self.env.flush_all()
        bought = dict(
            self.env.execute_query(
                SQL(
                    """SELECT figures.id, count(DISTINCT template.categ_id)
                         FROM sale_order doc
                         JOIN res_partner partner ON partner.id = doc.partner_id
                         JOIN churn_account figures ON figures.partner_id = partner.commercial_partner_id
                              AND figures.company_id = doc.company_id
                         JOIN sale_order_line line ON line.order_id = doc.id AND line.price_subtotal > 0
                         JOIN product_product product ON product.id = line.product_id
                         JOIN product_template template ON template.id = product.product_tmpl_id
                        WHERE doc.company_id = %s AND doc.state = 'sale'
                          AND doc.date_order >= %s AND doc.date_order < %s
                        GROUP BY figures.id""",
                    book.company_id,
                    book._midnight(day - YEAR),
                    book._midnight(day),
                )
            )
        )
        owned = dict(
            self.env.execute_query(
                SQL(
                    """SELECT figures.id, %(day)s::date - max(owner.date_from)
                         FROM churn_assignment owner
                         JOIN churn_account figures ON figures.partner_id = owner.account_id
                        WHERE figures.company_id = %(company)s AND owner.kind = 'owner'
                          AND owner.date_from <= %(day)s AND (owner.date_to IS NULL OR owner.date_to > %(day)s)
                        GROUP BY figures.id""",
                    company=book.company_id,
                    day=day_date(day),
                )
            )
        )
        accounts = inputs.account.tolist()
        if bought:
            columns["breadth"] = np.array([bought.get(account, 0) for account in accounts], dtype=float)
        # without a known owner: as if for ever, since what marks leavers is a change
        columns["owner_days"] = np.array([owned.get(account, 10**4) for account in accounts], dtype=float)
        return columns

    @api.model
    def _first_found(self, run):
        """Segments of which no search of an earlier month has figures."""
        month = fields.Date.to_string(run.started_on.replace(day=1))
        found = self._found(run.company_id)
        if sum(found.mapped("account_count")) > PAST_CUSTOMERS:
            return self.browse()
        return found.filtered(
            lambda segment: all(row["month"] == month or row.get("past") for row in segment.month_figures or [])
        )

    @api.model
    def _look_back(self, run, book, months, horizon):
        """What the figures of new segments were so many months ago, by the orders up to then."""
        day = fields.Date.subtract(run.started_on, months=months)
        today = day_number(day)
        past, now = book.snapshot(today - horizon, horizon), book.snapshot(today, horizon)
        if not len(past):
            return
        before = self._features(book, past, today - horizon)
        columns = self._features(book, now, today)
        left = ~book.ordered(past.account, today - horizon, horizon)
        for segment in self._first_found(run):
            segment._note_past_month(day.replace(day=1), before, left, columns)

    @api.model
    def _write_found(self, run, known, learned):
        """A row per rule: the former segment it continues, or a new one."""
        found = self.browse()
        for one in learned:
            values = {
                "rule": [[part.feature, part.low, part.high] for part in one.rule],
                "churn_rate": one.rate,
                "rate_low": one.low,
                "rate_high": one.high,
                "updated_on": run.started_on,
            }
            if one.before is None:
                found |= self.create({**values, **self._new_values(run.company_id, one)})
            else:
                segment = known[one.before]
                # the comparison is with the month before, also when learned twice in a month
                if segment.updated_on < run.started_on.replace(day=1):
                    values.update(rate_before=segment.churn_rate, count_before=segment.account_count)
                segment.write(values)
                found |= segment
        return found

    @api.model
    def _new_values(self, company, one):
        """Company, kind and suggested measure of a segment that is new."""
        asked = {(part.feature, "low") for part in one.rule if part.high is not None}
        asked |= {(part.feature, "high") for part in one.rule if part.low is not None}
        xmlid = next((MEASURE[part] for part in MEASURE if part in asked), "churn_handover.measure_call")
        measure = self.env.ref(xmlid, raise_if_not_found=False)
        return {
            "company_id": company.id,
            "kind": "found",
            "measure_ids": [(6, 0, measure.ids)] if measure else [],
        }

    @api.model
    def _assign(self, company, book, now, today):
        """Put today's accounts in their segments: one statement per segment, and one for those in none."""
        from ...analytics import segments

        columns = self._features(book, now, today)
        self.env["churn.account"].flush_model(["segment_id", "company_id"])
        wanted = np.zeros(len(now), dtype=np.int64)
        for segment in self._found(company):
            rule = segment._conditions()
            inside = segments.members(rule, columns)
            wanted[inside] = segment.id
            used = {condition.feature for condition in rule}
            apart = [row for row in segments.differences(columns, inside) if row[0] not in used and _is_telling(*row)]
            segment.differences = [row[:3] for row in apart][:2]
        self.env.cr.execute(
            SQL(
                """UPDATE churn_account account
                      SET segment_id = CASE WHEN account.score_status IS DISTINCT FROM 'lost'
                                            THEN nullif(found.segment_id, 0) END
                     FROM churn_account own
                LEFT JOIN unnest(%(ids)s::int[], %(segments)s::int[]) found (id, segment_id) ON found.id = own.id
                    WHERE own.id = account.id AND own.company_id = %(company)s
                      AND account.segment_id IS DISTINCT FROM
                          CASE WHEN account.score_status IS DISTINCT FROM 'lost'
                               THEN nullif(found.segment_id, 0) END""",
                company=company.id,
                ids=now.account.tolist(),
                segments=wanted.tolist(),
            )
        )
        self.env["churn.account"].invalidate_model(["segment_id"])

    @api.model
    def _refresh_figures(self, company):
        self.search([("company_id", "=", company.id)])._refresh()

    def _refresh(self):
        """Number, revenue and money at risk; of segments by hand also the rate. One statement each."""
        # sudo: figures are the program's, also of a segment a manager has just defined; every reader gets the same
        for segment in self.sudo().with_context(churn_known_to_all=True):
            rows = segment.env["churn.account"]._read_group(
                segment._account_domain(), [], ["__count", "revenue_12m:sum", "expected_loss:sum", "probability:avg"]
            )
            count, revenue, loss, rate = rows[0]
            values = {"account_count": count, "revenue": revenue, "money_at_risk": loss}
            if segment.kind == "manual":
                values.update(segment._rate_by_hand(rate or 0.0, count))
            segment.write(values)
            segment._note_month()

    def _rate_by_hand(self, rate, count):
        """The mean probability with its interval, and what they were the last time in another month."""
        today = fields.Date.context_today(self)
        reach = 1.96 * (rate * (1 - rate) / count) ** 0.5 if count else 0.0
        values = {
            "churn_rate": rate,
            "rate_low": max(rate - reach, 0.0),
            "rate_high": min(rate + reach, 1.0),
            "updated_on": today,
        }
        if self.updated_on and self.updated_on < today.replace(day=1):
            values.update(rate_before=self.churn_rate, count_before=self.account_count)
        return values

    def _note_month(self):
        """Keep the figures of the running month for the trend."""
        month = fields.Date.to_string(self.updated_on.replace(day=1))
        earlier = [row for row in self.month_figures or [] if row["month"] != month]
        row = {"month": month, "rate": self.churn_rate, "count": self.account_count, "money": self.money_at_risk}
        self.month_figures = [*earlier, row][-KEPT_MONTHS:]

    def _note_past_month(self, month, before, left, columns):
        """Add the figures of a month before the first search.

        :param before: what is known of customers one horizon before that month's day
        :param left: which of them placed no order since
        :param columns: the same of the day itself
        """
        from ...analytics import segments

        inside = segments.members(self._conditions(), before)
        if inside.sum() < LEAST_OF_A_MONTH:
            return
        row = {
            "month": fields.Date.to_string(month),
            "rate": float(left[inside].mean()),
            "count": int(segments.members(self._conditions(), columns).sum()),
            "past": True,
        }
        others = [other for other in self.month_figures or [] if other["month"] != row["month"]]
        self.month_figures = sorted([*others, row], key=lambda other: other["month"])

    @api.model_create_multi
    def create(self, vals_list):
        created = super().create(vals_list)
        created._check_name()
        created.filtered(lambda segment: segment.kind == "manual")._refresh()
        return created

    def write(self, vals):
        result = super().write(vals)
        if "domain" in vals:
            self._refresh()
        return result

    def action_find_again(self):
        """Learn now instead of next month; say so when there is nobody to learn from."""
        self.check_access("write")
        found = self.browse()
        for company in self.env.companies:
            if self._learned_model(company):
                found |= self.sudo()._find(self._learned_model(company))  # sudo: the progress is the engine's
        if found:
            return {"type": "ir.actions.client", "tag": "soft_reload"}
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "message": self.env._(
                    "There is nobody to learn from yet: segments need customers whose orders go back for longer than "
                    "the churn probability looks ahead."
                ),
            },
        }


def _is_telling(_feature, mine, others, standardised):
    """Whether a difference of means is one that a reader would see."""
    return abs(standardised) > APART and abs(mine - others) >= TELLING * max(abs(mine), abs(others))
