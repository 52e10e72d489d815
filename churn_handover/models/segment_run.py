import numpy as np

from odoo import api, fields, models
from odoo.tools import SQL

from .score_book import ScoreBook, day_date, day_number

USUAL_HORIZON = 90
YEAR = 365
# Which of the shipped measures is suggested when a rule has this feature; the first in this order counts.
MEASURE = {
    "owner_days": "churn_handover.measure_leader_visit",
    "breadth": "churn_handover.measure_offer",
    "trend": "churn_handover.measure_visit",
    "silence": "churn_handover.measure_call",
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
        """Companies whose segments are not of this month; a step is one company."""
        month = fields.Date.context_today(self).replace(day=1)
        done = self.env["churn.segment"]._read_group(
            [("updated_on", ">=", month), ("kind", "=", "found")], ["company_id"]
        )
        todo = self.env["churn.score.model"].search(
            [("domain", "=", False), ("trained_on", "!=", False), ("company_id", "not in", [row[0].id for row in done])]
        )
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=len(todo))
        for model in todo:
            self._find(model)
            if not commit_progress(1):
                break

    @api.model
    def _find(self, model):
        """Learn the company's segments from the last horizon and put today's accounts in them."""
        from ..analytics import segments  # scikit-learn: only where it is used

        today = day_number(model._today())
        params = model.sudo().params or {}  # sudo: only the horizon is read
        horizon = int(params.get("horizon") or USUAL_HORIZON)
        base = model._book()
        book = SegmentBook(self.env, model.company_id.id, model.id, base.source, base.tz.zone, model._today())
        past = book.snapshot(today - horizon, horizon)
        left = ~book.ordered(past.account, today - horizon, horizon)
        known = self.search([("company_id", "=", model.company_id.id), ("kind", "=", "found")])
        former = [tuple(segments.Condition(*part) for part in segment.rule or []) for segment in known]
        columns = self._features(model.company_id, past, today - horizon)
        if not len(past):
            return self.browse()
        learned = segments.learn(columns, left, former)
        now = book.snapshot(today, horizon)
        columns = self._features(model.company_id, now, today)
        found = self._write_found(model.company_id, known, learned, columns)
        self._assign(model.company_id, found, learned, now, columns)
        (known - found).active = False
        self._refresh_figures(model.company_id)
        return found

    @api.model
    def _features(self, company, inputs, day):
        """What rules are made of, for these inputs on a day number."""
        from ..analytics import segments

        columns = segments.features(inputs)
        self.env["sale.order.line"].flush_model()
        self.env["churn.assignment"].flush_model()
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
                    company.id,
                    day_date(day - YEAR),
                    day_date(day),
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
                    company=company.id,
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
    def _write_found(self, company, known, learned, columns):
        from ..analytics import segments

        found = self.browse()
        for one in learned:
            inside = segments.members(one.rule, columns)
            used = {condition.feature for condition in one.rule}
            apart = [
                row[:3] for row in segments.differences(columns, inside) if row[0] not in used and abs(row[3]) > 0.2
            ]
            values = {
                "rule": [[part.feature, part.low, part.high] for part in one.rule],
                "churn_rate": one.rate,
                "rate_low": one.low,
                "rate_high": one.high,
                "differences": apart[:2],
                "updated_on": fields.Date.context_today(self),
            }
            if one.before is None:
                found |= self.create({**values, **self._new_values(company, one)})
            else:
                segment = known[one.before]
                # the comparison is with the month before, also when learned twice in a month
                if segment.updated_on < values["updated_on"].replace(day=1):
                    values.update(
                        rate_before=segment.churn_rate, count_before=segment.account_count, months=segment.months + 1
                    )
                segment.write(values)
                found |= segment
        return found

    @api.model
    def _new_values(self, company, one):
        """Name and suggested measure of a segment that is new."""
        parts = [self._condition_text(part.feature, part.low, part.high) for part in one.rule]
        features = {part.feature for part in one.rule}
        xmlid = next((MEASURE[feature] for feature in MEASURE if feature in features), "churn_handover.measure_call")
        measure = self.env.ref(xmlid, raise_if_not_found=False)
        return {
            "name": "; ".join(parts) or self.env._("All customers"),
            "company_id": company.id,
            "kind": "found",
            "measure_ids": [(6, 0, measure.ids)] if measure else [],
            "rate_before": one.rate,
        }

    @api.model
    def _assign(self, company, found, learned, now, columns):
        """Put today's accounts in their segments: one statement per segment, and one for those in none."""
        from ..analytics import segments

        self.env["churn.account"].flush_model(["segment_id", "company_id"])
        self.env.cr.execute(SQL("UPDATE churn_account SET segment_id = NULL WHERE company_id = %s", company.id))
        for segment, one in zip(found, learned, strict=True):
            ids = now.account[segments.members(one.rule, columns)].tolist()
            self.env.cr.execute(
                SQL(
                    """UPDATE churn_account SET segment_id = %s
                        WHERE id = ANY(%s) AND score_status IS DISTINCT FROM 'lost'""",
                    segment.id,
                    ids,
                )
            )
        self.env["churn.account"].invalidate_model(["segment_id"])

    @api.model
    def _refresh_figures(self, company):
        """Number, revenue and money at risk of all segments; of those by hand also the rate."""
        for segment in self.search([("company_id", "=", company.id)]):
            rows = self.env["churn.account"]._read_group(
                segment._account_domain(), [], ["__count", "revenue_12m:sum", "expected_loss:sum", "probability:avg"]
            )
            count, revenue, loss, rate = rows[0]
            values = {"account_count": count, "revenue": revenue, "money_at_risk": loss}
            if segment.kind == "manual":
                rate = rate or 0.0
                reach = 1.96 * (rate * (1 - rate) / count) ** 0.5 if count else 0.0
                values.update(
                    churn_rate=rate,
                    rate_low=max(rate - reach, 0.0),
                    rate_high=min(rate + reach, 1.0),
                    updated_on=fields.Date.context_today(self),
                )
            segment.write(values)

    @api.model_create_multi
    def create(self, vals_list):
        segments = super().create(vals_list)
        manual = segments.filtered(lambda segment: segment.kind == "manual")
        if manual:
            for company in manual.company_id:
                self._refresh_figures(company)
        return segments

    def write(self, vals):
        result = super().write(vals)
        if "domain" in vals:
            for company in self.company_id:
                self._refresh_figures(company)
        return result

    def action_find_again(self):
        """Learn now instead of next month."""
        for model in self.env["churn.score.model"].search(
            [("domain", "=", False), ("company_id", "in", self.env.companies.ids)]
        ):
            self._find(model)
