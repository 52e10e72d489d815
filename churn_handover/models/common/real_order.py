from odoo.tools import SQL


def credited_orders(company):
    """The company's orders of which nothing stands invoiced any more, because of a credit note: not real orders.

    Reads from the few credit notes to their orders, so that its cost does not grow with the orders. The caller flushes
    invoices and order lines.
    """
    return SQL(
        """SELECT line.order_id FROM sale_order_line line
            WHERE line.order_id IN (
                  SELECT credited.order_id
                    FROM account_move note
                    JOIN account_move_line entry ON entry.move_id = note.id
                    JOIN sale_order_line_invoice_rel link ON link.invoice_line_id = entry.id
                    JOIN sale_order_line credited ON credited.id = link.order_line_id
                   WHERE note.company_id = %s AND note.move_type = 'out_refund' AND note.state = 'posted')
            GROUP BY line.order_id HAVING sum(line.untaxed_amount_invoiced) <= 0""",
        company.id,
    )
