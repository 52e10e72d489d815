from odoo import api, fields, models
from odoo.tools import SQL

# How far before the last order a change of owner may lie to be proposed as the reason.
CHANGE_MONTHS = 12


class ChurnLoss(models.Model):
    """The nightly search for lost customers and for those who came back. One statement per step and company."""

    _inherit = "churn.loss"

    @api.model
    def _cron_find(self):
        for company in self.env["res.company"].search([("id", "in", self._companies_with_scores())]):
            self._find(company)
        self._find_returned()
        opened = self.search([("state", "=", "lost")])
        self.env.add_to_compute(self._fields["expected_value"], opened)

    @api.model
    def _companies_with_scores(self):
        return [row[0].id for row in self.env["churn.account"]._read_group([], ["company_id"])]

    @api.model
    def _find(self, company):
        """Register who is silent for longer than the company's settings allow; return the new losses.

        Silence is measured in the customer's own usual gaps, so that a yearly buyer is not lost after four months. The
        loss has the day from which the rule says so: the first search, in a company that has lost customers for
        years, finds them where they belong in time.
        A customer that came back and fell silent again is a new, recurring loss; the former one is marked.
        """
        self.env["churn.account"].flush_model()
        self.flush_model()
        today = fields.Date.context_today(self)
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
                    ORDER BY account.id""",
                company=company.id,
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
        self.env.cr.execute(
            SQL(
                self._SQL_FACTS,
                losses=self.ids,
                months=SQL("interval '%s months'", CHANGE_MONTHS),
                left_reason=self.env.ref("churn_handover.loss_reason_person_left", raise_if_not_found=False).id or None,
            )
        )
        self.invalidate_recordset()
        former = self.search(
            [("account_id", "in", self.account_id.ids), ("state", "=", "won_back"), ("id", "not in", self.ids)]
        )
        former.with_context(tracking_disable=True).state = "relapsed"
        self.modified(["owner_change_on", "former_owner_left", "occurrence", "revenue", "proposed_reason_id"])

    # "seen": the last order by whatever the score counts (orders or invoices), the money by confirmed orders. A loss
    # entered after the customer came back has the last confirmed order up to its own day.
    _SQL_FACTS = """
        WITH seen AS (
            SELECT loss.id, account.partner_id, account.company_id, loss.lost_on,
                   CASE WHEN coalesce(account.last_buying_day, account.last_order_date) <= loss.lost_on
                        THEN coalesce(account.last_buying_day, account.last_order_date)
                        ELSE (SELECT max(doc.date_order)::date
                                FROM res_partner partner JOIN sale_order doc ON doc.partner_id = partner.id
                               WHERE partner.commercial_partner_id = account.partner_id AND doc.state = 'sale'
                                 AND doc.company_id = account.company_id AND doc.date_order < loss.lost_on + 1)
                   END AS last_day
              FROM churn_loss loss JOIN churn_account account ON account.id = loss.account_id
             WHERE loss.id = ANY(%(losses)s)
        ), money AS (
            SELECT seen.id, sum(doc.amount_untaxed / coalesce(nullif(doc.currency_rate, 0), 1)) AS revenue
              FROM seen
              JOIN res_partner partner ON partner.commercial_partner_id = seen.partner_id
              JOIN sale_order doc ON doc.partner_id = partner.id AND doc.company_id = seen.company_id
                   AND doc.state = 'sale' AND doc.date_order < seen.last_day + 1
                   AND doc.date_order >= seen.last_day - interval '12 months'
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
               proposed_reason_id = CASE WHEN changed.id IS NOT NULL THEN %(left_reason)s END,
               occurrence = 1 + (SELECT count(*) FROM churn_loss other
                                  WHERE other.account_id = loss.account_id AND other.id < loss.id)
          FROM seen LEFT JOIN money ON money.id = seen.id LEFT JOIN changed ON changed.id = seen.id
         WHERE loss.id = seen.id
    """

    @api.model
    def _find_returned(self):
        """Mark who placed a real order after being lost, and sum up what they bought since."""
        self.flush_model()
        self.env["sale.order"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT loss.id, min(doc.date_order)::date,
                          sum(doc.amount_untaxed / coalesce(nullif(doc.currency_rate, 0), 1))
                     FROM churn_loss loss
                     JOIN res_partner partner ON partner.commercial_partner_id = loss.partner_id
                     JOIN sale_order doc ON doc.partner_id = partner.id AND doc.company_id = loss.company_id
                          AND doc.state = 'sale' AND doc.amount_untaxed > 0 AND doc.date_order::date > loss.lost_on
                    WHERE loss.state IN ('lost', 'closed', 'won_back')
                    GROUP BY loss.id
                   HAVING loss.state <> 'won_back'
                       OR sum(doc.amount_untaxed / coalesce(nullif(doc.currency_rate, 0), 1))
                          IS DISTINCT FROM loss.revenue_back"""
            )
        )
        for loss_id, day, revenue in rows:
            self.browse(loss_id).write({"state": "won_back", "returned_on": day, "revenue_back": revenue})
