"""Orders, invoices and credit notes made by Odoo itself: the pattern for the rows written in bulk."""

from dataclasses import dataclass

from odoo.fields import Command
from odoo.tools import SQL


@dataclass
class Header:
    """What an order or credit note needs beside its lines, as ids and dates of the database."""

    name: str
    partner_id: int
    user_id: int
    team_id: int
    day: object  # datetime.date
    refund: bool = False

    @property
    def moment(self):
        """Mid-morning in Greenwich: the same day from Los Angeles to Shanghai."""
        return f"{self.day} 10:00:00"


def make_order(env, header, lines):
    """A confirmed order.

    :param lines: [(product, quantity, price), …]
    """
    order = env["sale.order"].create(
        {
            "name": header.name,
            "partner_id": header.partner_id,
            "user_id": header.user_id,
            "team_id": header.team_id,
            "date_order": header.moment,
            "order_line": [
                Command.create({"product_id": product.id, "product_uom_qty": quantity, "price_unit": price})
                for product, quantity, price in lines
            ],
        }
    )
    order.action_confirm()
    order.date_order = header.moment  # the confirmation has put now
    return order


def make_invoice(order, day):
    """The posted invoice of an order, due at once."""
    invoice = order._create_invoices()
    invoice.write({"invoice_date": day, "invoice_date_due": day})
    invoice.action_post()
    return invoice


def make_credit_note(env, header, lines):
    """A posted credit note.

    :param lines: [(product, quantity, price), …]
    """
    refund = env["account.move"].create(
        {
            "move_type": "out_refund",
            "partner_id": header.partner_id,
            "invoice_user_id": header.user_id,
            "team_id": header.team_id,
            "ref": header.name,
            "invoice_date": header.day,
            "invoice_date_due": header.day,
            "invoice_line_ids": [
                Command.create({"product_id": product.id, "quantity": quantity, "price_unit": price})
                for product, quantity, price in lines
            ],
        }
    )
    refund.action_post()
    return refund


class Pattern:
    """The rows of an order, its invoice and a credit note, as the ORM makes them for one fiscal position.

    They are read and rolled back. What they hold is taken over into the bulk rows, but for the columns that
    differ from order to order.
    """

    def __init__(self, env, header, product):
        lines = [(product, 1.0, 100.0)]
        with env.cr.savepoint() as savepoint:
            order = make_order(env, header, lines)
            invoice = make_invoice(order, header.day)
            refund = make_credit_note(env, header, lines)
            env.flush_all()
            self.tax_ids = order.order_line.tax_ids.ids
            self.tax_rate = sum(order.order_line.tax_ids.mapped("amount"))
            self.is_plain = self._is_plain(order.order_line.tax_ids)
            self.order = self._rows(env, order)[0]
            self.order_line = self._rows(env, order.order_line)[0]
            self.moves = {}  # {refund or not: row}
            self.move_lines = {}  # {(refund or not, display_type): row}
            self.numbering = {}  # {refund or not: (format, its values)}
            for move in invoice + refund:
                is_refund = move == refund
                self.moves[is_refund] = self._rows(env, move)[0]
                self.numbering[is_refund] = move._get_sequence_format_param(move.name)
                for row in self._rows(env, move.line_ids):
                    self.move_lines[is_refund, row["display_type"]] = row
            savepoint.rollback()

    @staticmethod
    def _rows(env, records):
        query = SQL("SELECT * FROM %s WHERE id IN %s ORDER BY id", SQL.identifier(records._table), records._ids)
        return env.execute_query_dict(query)

    @staticmethod
    def _is_plain(taxes):
        """Whether there is at most one tax, a percentage on top of the price, posted as one amount."""
        if len(taxes) > 1:
            return False
        return all(
            tax.amount_type == "percent"
            and not (tax.price_include or tax.include_base_amount)
            and tax.tax_exigibility == "on_invoice"
            and not tax.repartition_line_ids.tag_ids
            # A base line and a tax line for invoices, the same for credit notes.
            and len(tax.repartition_line_ids) == 4
            for tax in taxes
        )
