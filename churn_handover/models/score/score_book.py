"""The order history of one score model's accounts, read from the database by single statements.

``ScoreBook`` gives the core what ``analytics.inputs.OrderBook`` gives it from arrays: ``start_before(t0)``,
``snapshot(t0, horizon)`` and ``ordered(accounts, t0, horizon)``. No ORM record crosses over.
"""

from datetime import date, datetime, time, timedelta

import numpy as np
import pytz

from odoo.tools import SQL, file_open

from ...analytics.inputs import COLUMNS, Inputs

EPOCH = date(1970, 1, 1)


def day_number(day):
    """Whole days from 1970-01-01 to a ``date``."""
    return (day - EPOCH).days


def day_date(number):
    """The ``date`` of a day number."""
    return EPOCH + timedelta(days=int(number))


class ScoreBook:
    """The orders of the accounts of one model, up to and without the day ``until``.

    An account's number in the core is the id of its row of figures (``churn.account``).

    :param env: environment; rights are the caller's affair, only SQL is used
    :param company_id: orders of this company only
    :param model_id: accounts whose row of figures names this score model
    :param source: ``sale`` (confirmed sales orders) or ``invoice`` (posted customer invoices)
    :param tz: name of the time zone in which an order's day is meant
    :param until: ``date``; nothing on or after it is ever read
    :param accounts: ``(first, last)`` ids of ``churn.account``, to read a range only
    """

    def __init__(self, env, company_id, model_id, source, tz, until, accounts=None):
        self.env = env
        self.company_id = company_id
        self.model_id = model_id
        self.source = source
        self.tz = pytz.timezone(tz or "UTC")
        self.until = day_number(until)
        self.accounts = accounts

    def start_before(self, t0):
        """Day number of the first order before ``t0``; ``t0`` itself without any."""
        orders = self._orders(until=min(int(t0), self.until))
        query = SQL("SELECT min(day) FROM (%s) line WHERE amount > 0 AND amount < 1e100", orders)
        first = self.env.execute_query(query)[0][0]
        return int(t0) if first is None else first

    def snapshot(self, t0, horizon):
        """The core's ``Inputs`` at day number ``t0``: one statement."""
        with file_open("churn_handover/analytics/inputs.sql") as file:
            statement = file.read()
        orders = self._orders(until=min(int(t0), self.until))
        # The sorts of a million orders fit in this; Odoo's connections have 4 MB. It ends with the transaction.
        self.env.cr.execute("SET LOCAL work_mem = '96MB'")
        # The statement is a file of this addon, not user input.
        query = SQL(statement, orders=orders, t0=int(t0), horizon=int(horizon))  # pylint: disable=sql-injection
        self.env.cr.execute(query)
        names = [column.name for column in self.env.cr.description]
        columns = _columns(self.env.cr, names)
        return Inputs.from_columns(t0, horizon, {name: columns[name] for name in COLUMNS})

    def ordered(self, accounts, t0, horizon):
        """True for each of ``accounts`` (ascending) that has an order in ``t0 … t0 + horizon - 1``."""
        orders = self._orders(since=int(t0), until=min(int(t0 + horizon), self.until))
        query = SQL("SELECT DISTINCT account FROM (%s) line WHERE amount > 0 AND amount < 1e100", orders)
        found = [row[0] for row in self.env.execute_query(query)]
        return np.isin(accounts, np.asarray(found, dtype=np.int64))

    def _midnight(self, day):
        """Midnight of a day number in the company's time zone, as the database stores it (UTC, naive)."""
        local = self.tz.localize(datetime.combine(day_date(day), time.min))
        return local.astimezone(pytz.UTC).replace(tzinfo=None)

    def _orders(self, since=None, until=None):
        """``SELECT account, day, amount``: orders positive, credit notes negative, in company currency.

        Contacts roll up to the account, and each amount is converted at the rate of the order's own date: the rate
        stored on the order, for invoices the amount posted in company currency. Cancelled documents, quotations and
        accounts that are no customers (our own companies and people) are left out.
        """
        parts = [self._refunds(since, until)]
        parts.append(self._sale_orders(since, until) if self.source == "sale" else self._invoices(since, until))
        return SQL(" UNION ALL ").join(parts)

    def _sale_orders(self, since, until):
        until = self.until if until is None else until
        return SQL(
            """SELECT figures.id AS account,
                      (doc.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date - DATE '1970-01-01' AS day,
                      doc.amount_untaxed::float8 / coalesce(nullif(doc.currency_rate::float8, 0), 1) AS amount
                 FROM sale_order doc
                 JOIN res_partner partner ON partner.id = doc.partner_id
                 JOIN churn_account figures ON figures.partner_id = partner.commercial_partner_id
                WHERE doc.company_id = %(company)s AND doc.state = 'sale'
                  AND doc.date_order < %(until)s AND %(since)s AND %(accounts)s""",
            tz=self.tz.zone,
            company=self.company_id,
            until=self._midnight(until),
            since=SQL("TRUE") if since is None else SQL("doc.date_order >= %s", self._midnight(since)),
            accounts=self._figures(),
        )

    def _invoices(self, since, until):
        return self._moves(SQL("doc.move_type = 'out_invoice' AND doc.amount_untaxed_signed > 0"), since, until)

    def _refunds(self, since, until):
        return self._moves(SQL("doc.move_type = 'out_refund' AND doc.amount_untaxed_signed < 0"), since, until)

    def _moves(self, kind, since, until):
        until = self.until if until is None else until
        return SQL(
            """SELECT figures.id AS account, doc.invoice_date - DATE '1970-01-01' AS day,
                      doc.amount_untaxed_signed::float8 AS amount
                 FROM account_move doc
                 JOIN churn_account figures ON figures.partner_id = doc.commercial_partner_id
                WHERE doc.company_id = %(company)s AND doc.state = 'posted' AND %(kind)s
                  AND doc.invoice_date < %(until)s AND %(since)s AND %(accounts)s""",
            company=self.company_id,
            kind=kind,
            until=day_date(until),
            since=SQL("TRUE") if since is None else SQL("doc.invoice_date >= %s", day_date(since)),
            accounts=self._figures(),
        )

    def _figures(self):
        """Which rows of figures belong to the book."""
        rows = SQL("figures.company_id = %s AND figures.score_model_id = %s", self.company_id, self.model_id)
        if self.accounts:
            first, last = self.accounts
            rows = SQL("%s AND figures.id BETWEEN %s AND %s", rows, first, last)
        return rows


def rows_table(cursor, width):
    """The cursor's rows as a float array, without a Python list of all rows (a seventh of the memory)."""
    blocks = []
    while rows := cursor.fetchmany(20000):
        blocks.append(np.array(rows, dtype=float))
    return np.concatenate(blocks) if blocks else np.zeros((0, width))


def _columns(cursor, names):
    """The cursor's rows as ``{name: float array}``."""
    table = rows_table(cursor, len(names))
    return {name: table[:, position] for position, name in enumerate(names)}
