from datetime import date

from dateutil.relativedelta import relativedelta
from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL, format_amount, format_date

from ..common.listed import listed
from ..common.month_words import month_words

MONTHS = 24
LISTED = 20  # documents of a kind; the customer's own screens have all
PRODUCTS = 8
# Size of the chart in pixels; wkhtmltopdf draws SVG, but no canvas.
BAR, GAP, HEIGHT = 20, 6, 110


class ChurnDossier(models.Model):
    """The part of a dossier that is collected from the data, for the screen and for the PDF."""

    _inherit = "churn.dossier"

    @api.depends("line_id")
    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_content(self):
        for dossier in self:
            values = dossier._content() if dossier.account_id and dossier._shows_account() else {}
            dossier.content = values and self.env["ir.qweb"]._render("churn_handover.dossier_content", values)

    def _shows_account(self):
        """Whether the viewer is meant to know the account: both sides until it changes hands, then who serves it.

        What was written for the handover stays; the customer's documents of today are nobody's who has handed it over,
        or who does not take over after all.
        """
        self.ensure_one()
        plan_open = self.line_id.sudo().state in ("confirmed", "stopped")  # sudo: a state, whoever may read the dossier
        return plan_open or self.handover_id.has_access("write") or self.account_id._churn_serves()

    def _content(self):
        """Return what the template shows.

        Who may read the dossier is meant to know the account (:meth:`_shows_account`), also before the day on which
        access to its documents begins; in the companies of the plan that the viewer works in. Feedback is what the
        viewer may see.
        """
        self.ensure_one()
        companies = self.handover_id.company_ids & self.env.companies or self.env.company
        companies = companies.filtered(lambda company: company.currency_id == companies[0].currency_id)
        # sudo: see above; everything below is searched by this account and these companies
        account = self.account_id.sudo().with_context(allowed_company_ids=companies.ids)
        scope = [("partner_id", "child_of", account.id), ("company_id", "in", companies.ids)]
        months = self._months(account, companies)
        return {
            "dossier": self,
            "account": account,
            "contacts": account.child_ids.filtered(lambda partner: partner.type in ("contact", "other")),
            # who is there for the handover stands in the heading
            "members": account.churn_member_ids.filtered(
                lambda member: member.state == "active" and member.origin != "overlap"
            ),
            "bars": self._bars(months),
            "chart_size": (MONTHS * (BAR + GAP), HEIGHT),
            "has_orders": any(amount for _month, amount in months),
            "highest": self._amount(max(amount for _month, amount in months), companies[0].currency_id),
            "revenue": self._amount(sum(amount for _month, amount in months), companies[0].currency_id),
            "products": self._products(account, companies),
            "leads": self._leads(account, companies),
            "quotations": account.env["sale.order"].search([*scope, ("state", "in", ("draft", "sent"))], limit=LISTED),
            "invoices": self._overdue_invoices(account, companies),
            "preferences": self._preferences(account),
            "promises": account.env["churn.promise"].search([("account_id", "=", account.id), ("state", "=", "open")]),
            "feedback": self.env["churn.feedback"].sudo(False).search([("account_id", "=", account.id)], limit=LISTED),
            "amount": self._amount,
            "day": lambda value: format_date(self.env, value) if value else "",
        }

    def _sentence(self):
        """Return who hands over to whom and when, for the head of the PDF."""
        return self.env._(
            "%(old)s hands over to %(new)s on %(date)s.",
            old=self.predecessor_id.name,
            new=Markup("<b>%s</b>") % (self.successor_id.name or self.env._("nobody yet")),
            date=format_date(self.env, self.change_date),
        )

    def _amount(self, value, currency):
        return format_amount(self.env, value, currency)

    def _months(self, account, companies):
        """Return [(first day of the month, revenue)] of the last 24 months, oldest first. One query."""
        today = fields.Date.context_today(self)
        first = today.replace(day=1) - relativedelta(months=MONTHS - 1)
        self.env["sale.order"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT date_trunc('month', o.date_order)::date,
                       SUM(o.amount_untaxed / COALESCE(NULLIF(o.currency_rate, 0), 1))
                  FROM sale_order o JOIN res_partner p ON p.id = o.partner_id
                 WHERE p.commercial_partner_id = %(account)s AND o.state = 'sale'
                   AND o.company_id = ANY(%(companies)s) AND o.date_order >= %(first)s
                 GROUP BY 1
                """,
                account=account.id,
                companies=companies.ids,
                first=first,
            )
        )
        sold = {date(month.year, month.month, 1): float(amount) for month, amount in rows}
        months = [first + relativedelta(months=index) for index in range(MONTHS)]
        return [(month, sold.get(month, 0.0)) for month in months]

    def _bars(self, months):
        """Return the bars of the chart as {x, y, height, title, label}."""
        highest = max((amount for _month, amount in months), default=0) or 1
        bars = []
        for index, (month, amount) in enumerate(months):
            height = max(0, round(HEIGHT * amount / highest))
            name = month_words(self.env, month)
            bars.append(
                {
                    "x": index * (BAR + GAP),
                    "y": HEIGHT - height,
                    "width": BAR,
                    "height": height,
                    "title": f"{name}: {amount:,.0f}",
                    "label": name if index % 4 == 0 else "",
                }
            )
        return bars

    def _products(self, account, companies):
        """Return [(product name, share in percent, amount)] of what was bought most in the 24 months."""
        since = fields.Date.context_today(self) - relativedelta(months=MONTHS)
        rows = account.env["sale.order.line"]._read_group(
            [
                ("order_partner_id", "child_of", account.id),
                ("company_id", "in", companies.ids),
                ("state", "=", "sale"),
                ("order_id.date_order", ">=", since),
                ("product_id", "!=", False),
            ],
            ["product_id", "order_id"],
            ["price_subtotal:sum"],
        )
        amounts = {}
        for product, order, amount in rows:  # as the revenue: in the company's currency, at the rate of the order
            amounts[product] = amounts.get(product, 0.0) + amount / (order.currency_rate or 1.0)
        rows = sorted(amounts.items(), key=lambda row: -row[1])
        total = sum(amount for _product, amount in rows) or 1
        return [
            (product.with_env(self.env).sudo().display_name, round(100 * amount / total), amount)  # sudo: names
            for product, amount in rows[:PRODUCTS]
        ]

    def _leads(self, account, companies):
        return account.env["crm.lead"].search(
            [
                ("partner_id", "child_of", account.id),
                ("company_id", "in", [*companies.ids, False]),
                ("won_status", "=", "pending"),
            ],
            limit=LISTED,
        )

    def _overdue_invoices(self, account, companies):
        return account.env["account.move"].search(
            [
                ("commercial_partner_id", "=", account.id),
                ("company_id", "in", companies.ids),
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("payment_state", "in", ("not_paid", "partial")),
                ("invoice_date_due", "<", fields.Date.context_today(self)),
            ],
            order="invoice_date_due",
            limit=LISTED,
        )

    def _preferences(self, account):
        """Return [(what, value)] of how the customer wants to be dealt with."""
        languages = dict(self.env["res.lang"].get_installed())
        rows = [
            (self.env._("Language"), languages.get(account.lang)),
            (self.env._("Tags"), listed(self.env, account.category_id.mapped("name"))),
            (self.env._("Payment terms"), account.property_payment_term_id.name),
            (self.env._("Phone"), account.phone),
            (self.env._("Mail"), account.email),
            (self.env._("Website"), account.website),
        ]
        return [(name, value) for name, value in rows if value]
