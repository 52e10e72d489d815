from odoo import api, models
from odoo.tools import SQL

from ..common.real_order import credited_orders

# How far before the last order a change of owner may lie to be proposed as the reason.
CHANGE_MONTHS = 12
# Losses per step: some seconds.
STEP = 2_000


class ChurnLoss(models.Model):
    """The nightly search for lost customers and for those who came back. One statement per step and company."""

    _inherit = "churn.loss"

    @api.model
    def _cron_find(self):
        """Every company once a night; see :meth:`_find_step`."""
        run = self.env["churn.keep.run"]
        run._begin_anew("loss")
        self.env["churn.steps"]._work_off(lambda: run._next_step("loss"), "churn_handover.cron_loss")

    @api.model
    def _find_step(self, run):
        """Register new losses, :data:`STEP` at a time; then who came back; then what each open loss is worth.

        The first search of a company that has lost customers for years takes many steps, any later one two.

        :return: whether the run is finished
        """
        company = run.company_id
        if not run.cursor:
            if len(self._find(company, STEP)) < STEP:
                self._find_returned(company)
                run.cursor = 1
            return False
        ours = [("company_id", "=", company.id), ("state", "=", "lost"), ("id", ">=", run.cursor)]
        opened = self.search(ours, order="id", limit=STEP)
        opened.invalidate_recordset(["chance"])  # what was reckoned before the last results
        self.env.add_to_compute(self._fields["expected_value"], opened)
        self.env.flush_all()
        run.cursor = max(opened.ids, default=0) + 1
        return len(opened) < STEP

    @api.model
    def _find(self, company, limit=None):
        """Register who is silent for longer than the company's settings allow; return the new losses.

        Silence is measured in the customer's own usual gaps, so that a yearly buyer is not lost after four months. The
        loss has the day from which the rule says so: the first search, in a company that has lost customers for
        years, finds them where they belong in time.
        A customer that came back and fell silent again is a new, recurring loss; the former one is marked.
        """
        self.env["churn.account"].flush_model()
        self.flush_model()
        today = company._churn_today()
        rows = self.env.execute_query(
            SQL(
                """SELECT account.id,
                          account.last_buying_day
                              + ceil(greatest(%(gaps)s * account.usual_gap, %(days)s))::int AS lost_on
                     FROM churn_account account JOIN res_partner partner ON partner.id = account.partner_id
                    WHERE account.company_id = %(company)s AND partner.active AND account.usual_gap IS NOT NULL
                      AND account.score_status IN ('scored', 'cannot_tell', 'lost')
                      AND %(today)s::date - account.last_buying_day >= greatest(%(gaps)s * account.usual_gap, %(days)s)
                      AND NOT EXISTS (
                          SELECT FROM churn_loss loss
                           WHERE loss.account_id = account.id
                             AND (loss.state = 'lost' OR loss.last_order_on >= account.last_buying_day
                                  OR loss.lost_on > account.last_buying_day))
                    ORDER BY account.id LIMIT %(limit)s""",
                company=company.id,
                limit=limit,
                today=today,
                gaps=company.churn_loss_gaps,
                days=company.churn_loss_days,
            )
        )
        losses = self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True, tracking_disable=True).create(
            [
                {"account_id": account_id, "lost_on": day, "found_by": "rule", "noticed_by_id": False}
                for account_id, day in rows
            ]
        )
        losses._fill_facts()
        return losses

    def _fill_facts(self):
        """Write what the data knows: last order, revenue lost, change of owner, the how-manieth loss it is."""
        if not self.ids:
            return
        self.flush_model()
        self.env["sale.order"].flush_model()
        self.env["churn.assignment"].flush_model()
        reason = self.env.ref("churn_handover.loss_reason_person_left", raise_if_not_found=False)
        self.env.cr.execute(
            SQL(
                self._SQL_FACTS,
                losses=self.ids,
                companies=self.company_id.ids,
                zones=[company._churn_zone() for company in self.company_id],
                months=SQL("interval '%s months'", CHANGE_MONTHS),
                left_reason=reason.id if reason else None,
            )
        )
        self.invalidate_recordset()
        former = self.search(
            [("account_id", "in", self.account_id.ids), ("state", "=", "won_back"), ("id", "not in", self.ids)]
        )
        former.with_context(tracking_disable=True).state = "relapsed"
        self.modified(["owner_change_on", "former_owner_left", "occurrence", "revenue", "proposed_reason_id"])

    # "seen": the last order by whatever the score counts (orders or invoices), the money by confirmed orders. A loss
    # entered after the customer came back has the last confirmed order up to its own day. A day is the company's: an
    # order of the evening in America or of the morning in China has another one in UTC.
    _SQL_FACTS = """
        WITH seen AS (
            SELECT loss.id, account.partner_id, account.company_id, loss.lost_on, zone.name AS zone,
                   CASE WHEN coalesce(account.last_buying_day, account.last_order_date) <= loss.lost_on
                        THEN coalesce(account.last_buying_day, account.last_order_date)
                        ELSE (SELECT (max(doc.date_order) AT TIME ZONE 'UTC' AT TIME ZONE zone.name)::date
                                FROM res_partner partner JOIN sale_order doc ON doc.partner_id = partner.id
                               WHERE partner.commercial_partner_id = account.partner_id AND doc.state = 'sale'
                                 AND doc.company_id = account.company_id
                                 AND doc.date_order < (loss.lost_on + 1)::timestamp
                                                          AT TIME ZONE zone.name AT TIME ZONE 'UTC')
                   END AS last_day
              FROM churn_loss loss JOIN churn_account account ON account.id = loss.account_id
              JOIN unnest(%(companies)s::int[], %(zones)s::text[]) zone (company_id, name)
                   ON zone.company_id = account.company_id
             WHERE loss.id = ANY(%(losses)s)
        ), money AS (
            SELECT seen.id, sum(doc.amount_untaxed / coalesce(nullif(doc.currency_rate, 0), 1)) AS revenue
              FROM seen
              JOIN res_partner partner ON partner.commercial_partner_id = seen.partner_id
              JOIN sale_order doc ON doc.partner_id = partner.id AND doc.company_id = seen.company_id
                   AND doc.state = 'sale'
                   AND doc.date_order < (seen.last_day + 1)::timestamp AT TIME ZONE seen.zone AT TIME ZONE 'UTC'
                   AND doc.date_order >= (seen.last_day - interval '12 months')
                                             AT TIME ZONE seen.zone AT TIME ZONE 'UTC'
             GROUP BY seen.id
        ), changed AS (
            SELECT DISTINCT ON (seen.id) seen.id, latter.date_from AS day, person.name, NOT users.active AS gone
              FROM seen
              JOIN churn_assignment former ON former.account_id = seen.partner_id AND former.kind = 'owner'
              JOIN churn_assignment latter ON latter.account_id = former.account_id AND latter.kind = 'owner'
                   AND latter.user_id <> former.user_id AND latter.date_from >= former.date_to
                   AND latter.date_from <= seen.lost_on
                   AND latter.date_from >= coalesce(seen.last_day, seen.lost_on) - %(months)s
              JOIN res_users users ON users.id = former.user_id
              JOIN res_partner person ON person.id = users.partner_id
             ORDER BY seen.id, latter.date_from DESC, former.date_to DESC
        )
        UPDATE churn_loss loss
           SET last_order_on = seen.last_day, revenue = coalesce(money.revenue, 0),
               owner_change_on = changed.day, former_owner = changed.name,
               former_owner_left = coalesce(changed.gone, FALSE),
               proposed_reason_id = CASE WHEN changed.id IS NOT NULL THEN %(left_reason)s::int END,
               occurrence = 1 + (SELECT count(*) FROM churn_loss other
                                  WHERE other.account_id = loss.account_id AND other.id < loss.id)
          FROM seen LEFT JOIN money ON money.id = seen.id LEFT JOIN changed ON changed.id = seen.id
         WHERE loss.id = seen.id
    """

    @api.model
    def _find_returned(self, company):
        """Mark who placed a real order after being lost, and sum up what they bought since; take the mark from those
        whose orders were cancelled or credited in full."""
        self.flush_model()
        for model in ("sale.order", "sale.order.line", "account.move", "account.move.line"):
            self.env[model].flush_model()
        day = SQL("(doc.date_order AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", company._churn_zone())
        amount = SQL("doc.amount_untaxed / coalesce(nullif(doc.currency_rate, 0), 1)")
        rows = self.env.execute_query(
            SQL(
                """SELECT loss.id, loss.state, min(%(day)s), coalesce(sum(%(amount)s), 0)
                     FROM churn_loss loss
                LEFT JOIN (sale_order doc JOIN res_partner partner ON partner.id = doc.partner_id)
                          ON partner.commercial_partner_id = loss.partner_id AND doc.company_id = loss.company_id
                          AND doc.state = 'sale' AND doc.amount_untaxed > 0 AND %(day)s > loss.lost_on
                          AND doc.id NOT IN (%(credited)s)
                    WHERE loss.state IN ('lost', 'closed', 'won_back') AND loss.company_id = %(company)s
                    GROUP BY loss.id
                   HAVING CASE WHEN loss.state = 'won_back'
                               THEN coalesce(sum(%(amount)s), 0) IS DISTINCT FROM loss.revenue_back
                               ELSE count(doc.id) > 0 END
                    ORDER BY loss.id""",
                day=day,
                amount=amount,
                credited=credited_orders(company),
                company=company.id,
            )
        )
        gone = [loss_id for loss_id, state, first, __ in rows if state == "won_back" and not first]
        back = self.browse(loss_id for loss_id, __, first, __ in rows if first)
        for loss, (first, revenue) in zip(back, [row[2:] for row in rows if row[2]], strict=True):
            loss.write({"state": "won_back", "returned_on": first, "revenue_back": revenue})
        self.browse(gone)._not_back_after_all()

    def _not_back_after_all(self):
        """Lost as before; a customer with a later loss, or two of them, is lost once."""
        self.write({"returned_on": False, "revenue_back": 0.0})
        taken = self.search([("account_id", "in", self.account_id.ids), ("state", "=", "lost")]).account_id
        for account, losses in self.grouped("account_id").items():
            latest = losses.sorted("id")[-1:] if account not in taken else self.browse()
            latest.state = "lost"
            (losses - latest).state = "relapsed"
