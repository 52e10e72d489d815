"""Confirmed orders in bulk; what isn't plain enough for that goes by the ORM."""

from datetime import timedelta

from dev.company import with_orm
from dev.company.bulk import Rows, follow, link, reserve_ids
from dev.company.documents import Documents
from dev.company.invoices import InvoiceWriter
from dev.company.masters import batches

FILLED_TABLES = ("sale_order", "sale_order_line", "account_move", "account_move_line", "mail_followers")


class OrderLoader:
    """Writes a company's orders, invoices and credit notes.

    :param shift: timedelta added to the dates of the files
    """

    def __init__(self, env, records, shift, today):
        self.env = env
        self.documents = Documents(env, records, shift, today)
        self.round = self.documents.round
        self.partners = {user.id: user.partner_id.id for user in records.users.values()}
        self.texts = {
            product.id: product.get_product_multiline_description_sale() for product in records.products.values()
        }
        self.invoices = InvoiceWriter(env, self.partners, self.texts, self.documents.partners)

    def load(self, orders):
        """Write orders and credit notes, sorted by date; return how many went by the ORM."""
        by_orm = 0
        for batch in batches(orders):
            documents = [self.documents.make(order) for order in batch]
            plain = [document for document in documents if document.amounts.is_plain]
            self._write([document for document in plain if not document.header.refund])
            self.invoices.write([document for document in plain if document.header.refund or document.invoiced])
            self.env.invalidate_all()
            for document in documents:
                if not document.amounts.is_plain:
                    self._make_with_orm(document)
                    by_orm += 1
        self.env.flush_all()
        self.env.cr.execute(f"ANALYZE {', '.join(FILLED_TABLES)}")
        return by_orm

    def _make_with_orm(self, document):
        if document.header.refund:
            with_orm.make_credit_note(self.env, document.header, document.items)
            return
        order = with_orm.make_order(self.env, document.header, document.items)
        order.message_subscribe(order.user_id.partner_id.ids)
        if document.invoiced:
            invoice = with_orm.make_invoice(order, document.header.day)
            invoice.message_subscribe(order.user_id.partner_id.ids)

    def _write(self, documents):
        if not documents:
            return
        cr = self.env.cr
        orders = Rows("sale_order", documents[0].pattern.order)
        lines = Rows("sale_order_line", documents[0].pattern.order_line)
        order_ids = reserve_ids(cr, "sale_order", len(documents))
        line_ids = iter(reserve_ids(cr, "sale_order_line", sum(len(document.items) for document in documents)))
        taxes, followers = [], []
        for order_id, document in zip(order_ids, documents, strict=True):
            document.line_ids = [next(line_ids) for _item in document.items]
            self._add_order(orders, order_id, document)
            self._add_lines(lines, order_id, document)
            taxes += [(line_id, tax_id) for line_id in document.line_ids for tax_id in document.tax_ids]
            followers.append((order_id, self.partners[document.header.user_id]))
        orders.write(cr)
        lines.write(cr)
        link(self.env, "sale.order.line", "tax_ids", taxes)
        follow(self.env, "sale.order", followers)

    def _add_order(self, rows, order_id, document):
        header, amounts = document.header, document.amounts
        validity = self.env.company.quotation_validity_days
        rows.add(
            document.pattern.order,
            id=order_id,
            name=header.name,
            partner_id=header.partner_id,
            partner_invoice_id=header.partner_id,
            partner_shipping_id=header.partner_id,
            user_id=header.user_id,
            team_id=header.team_id,
            date_order=header.moment,
            create_date=header.moment,
            validity_date=header.day + timedelta(validity) if validity > 0 else None,
            amount_untaxed=amounts.untaxed,
            amount_tax=amounts.tax,
            amount_total=amounts.total,
            invoice_status="invoiced" if document.invoiced else "to invoice",
        )

    def _add_lines(self, rows, order_id, document):
        header, invoiced = document.header, document.invoiced
        for line_id, item, amounts in zip(document.line_ids, document.items, document.amounts.lines, strict=True):
            product, quantity, price = item
            untaxed, total = amounts
            rows.add(
                document.pattern.order_line,
                id=line_id,
                order_id=order_id,
                order_partner_id=header.partner_id,
                salesman_id=header.user_id,
                product_id=product.id,
                name=self.texts[product.id],
                product_uom_qty=quantity,
                price_unit=price,
                technical_price_unit=price,
                price_subtotal=untaxed,
                price_total=total,
                price_tax=total - untaxed,
                price_reduce_taxexcl=self.round(untaxed / quantity),
                price_reduce_taxinc=self.round(total / quantity),
                qty_invoiced=quantity if invoiced else 0.0,
                qty_to_invoice=0.0 if invoiced else quantity,
                untaxed_amount_invoiced=untaxed if invoiced else 0.0,
                untaxed_amount_to_invoice=0.0 if invoiced else untaxed,
                invoice_status="invoiced" if invoiced else "to invoice",
                create_date=header.moment,
            )
