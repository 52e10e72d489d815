"""The kinds of warning that stock Odoo and this addon have data for. Each is one query over all accounts.

The days below are judgement; no study gives better ones.
"""

from odoo import api, models
from odoo.tools import SQL, format_amount, format_date

# Follow-ups after a handover end on day 90; until then the new owner is new to the customer.
OWNER_NEW_DAYS = 90
# A departure is announced weeks before; what is planned for later than this is no risk yet.
OWNER_LEAVING_DAYS = 90
CONTACT_LEFT_DAYS = 90
# A few days late is habit; a month is a message.
OVERDUE_DAYS = 30
# A warning that more than a quarter of the customers have tells nobody apart.
OVERDUE_FEW, OVERDUE_SHARE = 5, 0.25
# Two half-years hold enough orders for a range of products to be more than chance.
BREADTH_DAYS = 180
BREADTH_LEAST = 3
CONTACT_DAYS = 90
CONTACT_LEAST = 4


class ChurnWarning(models.Model):
    _inherit = "churn.warning"

    @api.model
    def _warning_kinds(self):
        return {
            **super()._warning_kinds(),
            "owner_changed": ("_rows_owner_changed", "_text_owner_changed"),
            "owner_leaving": ("_rows_owner_leaving", "_text_owner_leaving"),
            "owner_archived": ("_rows_owner_archived", "_text_owner_archived"),
            "contact_left": ("_rows_contact_left", "_text_contact_left"),
            "less_contact": ("_rows_less_contact", "_text_less_contact"),
            "less_breadth": ("_rows_less_breadth", "_text_less_breadth"),
            "overdue": ("_rows_overdue", "_text_overdue"),
        }

    # Owner

    @api.model
    def _rows_owner_changed(self, company, today):
        return SQL(
            """SELECT figures.id, 'assignment:' || assignment.id, assignment.date_from,
                      jsonb_build_object('new', new_partner.name, 'old', old.name), NULL::int
                 FROM churn_assignment assignment
                 JOIN churn_account figures
                   ON figures.partner_id = assignment.account_id AND figures.company_id = %(company)s
                 JOIN res_users new_user ON new_user.id = assignment.user_id
                 JOIN res_partner new_partner ON new_partner.id = new_user.partner_id
                 JOIN LATERAL (
                      SELECT partner.name
                        FROM churn_assignment former
                        JOIN res_users ON res_users.id = former.user_id
                        JOIN res_partner partner ON partner.id = res_users.partner_id
                       WHERE former.account_id = assignment.account_id AND former.kind = 'owner'
                         AND former.user_id <> assignment.user_id AND former.date_to <= assignment.date_from
                       ORDER BY former.date_to DESC, former.id DESC
                       LIMIT 1) old ON TRUE
                WHERE assignment.kind = 'owner' AND assignment.date_to IS NULL
                  AND assignment.date_from > %(today)s::date - %(days)s""",
            company=company.id,
            today=today,
            days=OWNER_NEW_DAYS,
        )

    @api.model
    def _text_owner_changed(self, params):
        return self.env._("Owner changed from %(old)s to %(new)s", old=params.get("old"), new=params.get("new"))

    @api.model
    def _rows_owner_leaving(self, company, today):
        return SQL(
            """SELECT figures.id, 'line:' || line.id, line.create_date::date,
                      jsonb_build_object('old', partner.name, 'date', line.change_date), NULL::int
                 FROM churn_handover_line line
                 JOIN churn_account figures ON figures.partner_id = line.account_id AND figures.company_id = %(company)s
                 JOIN res_users ON res_users.id = line.predecessor_id
                 JOIN res_partner partner ON partner.id = res_users.partner_id
                WHERE line.state IN ('confirmed', 'stopped')
                  AND line.change_date <= %(today)s::date + %(days)s""",
            company=company.id,
            today=today,
            days=OWNER_LEAVING_DAYS,
        )

    @api.model
    def _text_owner_leaving(self, params):
        return self.env._(
            "%(owner)s hands the customer over on %(date)s",
            owner=params.get("old"),
            date=format_date(self.env, params.get("date")),
        )

    @api.model
    def _rows_owner_archived(self, company, today):
        return SQL(
            """SELECT figures.id, 'user:' || owner.id, owner.write_date::date,
                      jsonb_build_object('old', owner_partner.name), NULL::int
                 FROM churn_account figures
                 JOIN res_partner account ON account.id = figures.partner_id AND account.active
                 JOIN res_users owner ON owner.id = account.user_id AND NOT owner.active
                 JOIN res_partner owner_partner ON owner_partner.id = owner.partner_id
                WHERE figures.company_id = %s""",
            company.id,
        )

    @api.model
    def _text_owner_archived(self, params):
        return self.env._("The owner %(owner)s no longer works here", owner=params.get("old"))

    # Customer's side

    @api.model
    def _rows_contact_left(self, company, today):
        """People of the customer that were archived. When is not recorded: the last change of an archived contact.

        A warning that has run its time is not opened again by a later change of the contact.
        """
        return SQL(
            """SELECT figures.id, 'partner:' || contact.id, coalesce(open_row.date, contact.write_date::date),
                      jsonb_build_object('contact', contact.name, 'function', contact.function), NULL::int
                 FROM res_partner contact
                 JOIN res_partner account ON account.id = contact.commercial_partner_id AND account.active
                 JOIN churn_account figures ON figures.partner_id = account.id AND figures.company_id = %(company)s
                 JOIN churn_warning_kind kind ON kind.code = 'contact_left'
            LEFT JOIN churn_warning open_row ON open_row.account_id = figures.id AND open_row.kind_id = kind.id
                  AND open_row.key = 'partner:' || contact.id AND open_row.closed_on IS NULL
                WHERE NOT contact.active AND contact.id <> account.id AND contact.type = 'contact'
                  AND NOT contact.is_company
                  AND contact.write_date > %(today)s::date - %(days)s
                  AND coalesce(open_row.date, contact.write_date::date) > %(today)s::date - %(days)s
                  AND NOT EXISTS (
                      SELECT FROM churn_warning former
                       WHERE former.account_id = figures.id AND former.kind_id = kind.id
                         AND former.key = 'partner:' || contact.id AND former.closed_on IS NOT NULL)""",
            company=company.id,
            today=today,
            days=CONTACT_LEFT_DAYS,
        )

    @api.model
    def _text_contact_left(self, params):
        if params.get("function"):
            return self.env._(
                "%(contact)s (%(function)s) has left the customer",
                contact=params.get("contact"),
                function=params["function"],
            )
        return self.env._("%(contact)s has left the customer", contact=params.get("contact"))

    @api.model
    def _rows_less_contact(self, company, today):
        """Meetings and done activities: less than half of the quarter before."""
        return SQL(
            """SELECT figures.id, 'contact', %(today)s::date,
                      jsonb_build_object('now', touch.now, 'before', touch.before, 'days', %(days)s), NULL::int
                 FROM churn_account figures
                 JOIN (SELECT partner.commercial_partner_id AS account_id,
                              count(*) FILTER (WHERE day >= %(today)s::date - %(days)s) AS now,
                              count(*) FILTER (WHERE day < %(today)s::date - %(days)s) AS before
                         FROM (%(touches)s) touched
                         JOIN res_partner partner ON partner.id = touched.partner_id
                        GROUP BY 1) touch ON touch.account_id = figures.partner_id
                WHERE figures.company_id = %(company)s
                  AND touch.before >= %(least)s AND touch.now * 2 < touch.before""",
            company=company.id,
            today=today,
            days=CONTACT_DAYS,
            least=CONTACT_LEAST,
            touches=self._touches(today),
        )

    @api.model
    def _touches(self, today):
        """``SELECT partner_id, day`` of meetings and of done activities on the customer or its opportunities."""
        return SQL(
            """SELECT DISTINCT attendee.res_partner_id AS partner_id, event.id AS touch, event.start::date AS day
                 FROM calendar_event event
                 JOIN calendar_event_res_partner_rel attendee ON attendee.calendar_event_id = event.id
                WHERE event.active AND event.start >= %(since)s AND event.start < %(today)s
                UNION ALL
               SELECT activity.res_id, activity.id, activity.date_done
                 FROM mail_activity activity
                WHERE activity.res_model = 'res.partner' AND NOT activity.active
                  AND activity.date_done >= %(since)s AND activity.date_done < %(today)s
                UNION ALL
               SELECT lead.partner_id, activity.id, activity.date_done
                 FROM mail_activity activity
                 JOIN crm_lead lead ON lead.id = activity.res_id
                WHERE activity.res_model = 'crm.lead' AND NOT activity.active
                  AND activity.date_done >= %(since)s AND activity.date_done < %(today)s""",
            since=SQL("(%s::date - %s)", today, 2 * CONTACT_DAYS),
            today=today,
        )

    @api.model
    def _text_less_contact(self, params):
        return self.env._(
            "Meetings and calls in the last %(days)s days: %(now)s; in the %(days)s before: %(before)s",
            now=params.get("now"),
            before=params.get("before"),
            days=params.get("days"),
        )

    # Orders and invoices

    @api.model
    def _rows_less_breadth(self, company, today):
        """Product categories bought: less than half of the half-year before, and still buying."""
        return SQL(
            """SELECT figures.id, 'breadth', %(today)s::date,
                      jsonb_build_object('now', bought.now, 'before', bought.before, 'days', %(days)s), NULL::int
                 FROM churn_account figures
                 JOIN (SELECT partner.commercial_partner_id AS account_id,
                              count(DISTINCT template.categ_id)
                                  FILTER (WHERE doc.date_order >= %(today)s::date - %(days)s) AS now,
                              count(DISTINCT template.categ_id)
                                  FILTER (WHERE doc.date_order < %(today)s::date - %(days)s) AS before
                         FROM sale_order doc
                         JOIN res_partner partner ON partner.id = doc.partner_id
                         JOIN sale_order_line line ON line.order_id = doc.id AND line.price_subtotal > 0
                         JOIN product_product product ON product.id = line.product_id
                         JOIN product_template template ON template.id = product.product_tmpl_id
                        WHERE doc.company_id = %(company)s AND doc.state = 'sale'
                          AND doc.date_order >= %(today)s::date - 2 * %(days)s AND doc.date_order < %(today)s::date
                        GROUP BY 1) bought ON bought.account_id = figures.partner_id
                WHERE figures.company_id = %(company)s
                  AND bought.before >= %(least)s AND bought.now > 0 AND bought.now * 2 <= bought.before""",
            company=company.id,
            today=today,
            days=BREADTH_DAYS,
            least=BREADTH_LEAST,
        )

    @api.model
    def _text_less_breadth(self, params):
        return self.env._(
            "Product categories bought in the last %(days)s days: %(now)s; in the %(days)s before: %(before)s",
            now=params.get("now"),
            before=params.get("before"),
            days=params.get("days"),
        )

    @api.model
    def _rows_overdue(self, company, today):
        """Nothing where many are overdue: such a company keeps no payments in Odoo, or all its customers pay late."""
        return SQL(
            """WITH late AS (
                   SELECT figures.id AS account_id, count(*) AS invoices, min(doc.invoice_date_due) AS since,
                          sum(doc.amount_residual_signed) AS amount
                     FROM account_move doc
                     JOIN churn_account figures
                       ON figures.partner_id = doc.commercial_partner_id AND figures.company_id = %(company)s
                    WHERE doc.company_id = %(company)s AND doc.state = 'posted' AND doc.move_type = 'out_invoice'
                      AND doc.payment_state IN ('not_paid', 'partial') AND doc.amount_residual_signed > 0
                      AND doc.invoice_date_due <= %(today)s::date - %(days)s
                    GROUP BY figures.id
               ), customers AS (
                   SELECT count(DISTINCT commercial_partner_id) AS number
                     FROM account_move
                    WHERE company_id = %(company)s AND state = 'posted' AND move_type = 'out_invoice'
               )
               SELECT account_id, 'overdue', since + %(days)s,
                      jsonb_build_object('count', invoices, 'amount', amount, 'since', since, 'currency', %(currency)s),
                      NULL::int
                 FROM late
                WHERE (SELECT count(*) FROM late) <= (SELECT greatest(%(few)s, number * %(share)s) FROM customers)""",
            company=company.id,
            today=today,
            days=OVERDUE_DAYS,
            few=OVERDUE_FEW,
            share=OVERDUE_SHARE,
            currency=company.currency_id.id,
        )

    @api.model
    def _text_overdue(self, params):
        currency = self.env["res.currency"].browse(params.get("currency"))
        return self.env._(
            "Invoices overdue since %(date)s: %(count)s, %(amount)s in all",
            count=params.get("count"),
            date=format_date(self.env, params.get("since")),
            amount=format_amount(self.env, params.get("amount") or 0.0, currency),
        )
