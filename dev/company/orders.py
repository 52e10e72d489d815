"""Confirmed orders, their invoices and credit notes, written in bulk; what isn't plain enough for that goes by the ORM."""

from datetime import timedelta

from dev.company import with_orm
from dev.company.bulk import Rows, copy_rows, reserve_ids
from dev.company.documents import Documents
from dev.company.masters import batches

INVOICED_AFTER = 30  # days: younger orders are still to invoice


class OrderLoader:
    """Writes a company's orders.

    :param shift: timedelta added to the dates of the files
    """

    def __init__(self, env, records, shift, today):
        self.env = env
        self.cr = env.cr
        self.invoiced_until = today - timedelta(INVOICED_AFTER)
        self.partners = {user.id: user.partner_id.id for user in records.users.values()}
        self.texts = {
            product.id: product.get_product_multiline_description_sale() for product in records.products.values()
        }
        self.names = {
            partner.id: partner.name for partner in env["res.partner"].browse(records.accounts.values())
        }
        self.documents = Documents(env, records, shift)
        self.round = self.documents.round
        self.move_numbers = {}

    def load(self, orders):
        """Write orders and credit notes in the order of their dates; return how many went by the ORM."""
        by_orm = 0
        for batch in batches(orders):
            documents = [self.documents.make(order) for order in batch]
            plain = [document for document in documents if document.amounts.is_plain]
            self._write_orders([document for document in plain if not document.header.refund])
            self._write_moves([document for document in plain if document.header.refund or self._is_invoiced(document)])
            self.env.invalidate_all()
            for document in documents:
                if not document.amounts.is_plain:
                    self._make_with_orm(document)
                    by_orm += 1
        for table in ("sale_order", "sale_order_line", "account_move", "account_move_line", "mail_followers"):
            self.cr.execute(f"ANALYZE {table}")
        return by_orm

    def _is_invoiced(self, document):
        return document.header.day <= self.invoiced_until

    def _make_with_orm(self, document):
        if document.header.refund:
            with_orm.make_credit_note(self.env, document.header, document.items)
            return
        order = with_orm.make_order(self.env, document.header, document.items)
        if self._is_invoiced(document):
            with_orm.make_invoice(order, document.header.day)

    # -- orders

    def _write_orders(self, documents):
        if not documents:
            return
        orders = Rows("sale_order", documents[0].pattern.order)
        lines = Rows("sale_order_line", documents[0].pattern.order_line)
        order_ids = reserve_ids(self.cr, "sale_order", len(documents))
        line_ids = iter(reserve_ids(self.cr, "sale_order_line", sum(len(document.items) for document in documents)))
        for order_id, document in zip(order_ids, documents, strict=True):
            document.line_ids = [next(line_ids) for _item in document.items]
            self._add_order(orders, order_id, document)
            self._add_order_lines(lines, order_id, document)
        orders.write(self.cr)
        lines.write(self.cr)
        self._link(
            "sale.order.line",
            "tax_ids",
            [(line, tax) for document in documents for line in document.line_ids for tax in document.tax_ids],
        )
        self._follow("sale.order", order_ids, documents)

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
            invoice_status="invoiced" if self._is_invoiced(document) else "to invoice",
        )

    def _add_order_lines(self, rows, order_id, document):
        header = document.header
        invoiced = self._is_invoiced(document)
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

    # -- invoices and credit notes

    def _write_moves(self, documents):
        if not documents:
            return
        moves = Rows("account_move", documents[0].pattern.moves[False])
        lines = Rows("account_move_line", documents[0].pattern.move_lines[False, "product"])
        move_ids = reserve_ids(self.cr, "account_move", len(documents))
        line_ids = iter(
            reserve_ids(self.cr, "account_move_line", sum(len(document.items) + 2 for document in documents))
        )
        taxes, order_lines = [], []
        for move_id, document in zip(move_ids, documents, strict=True):
            number = self._next_number(document)
            self._add_move(moves, move_id, number, document)
            own_ids = [next(line_ids) for _item in document.items]
            self._add_product_lines(lines, own_ids, move_id, number, document)
            self._add_balancing_lines(lines, (next(line_ids), next(line_ids)), move_id, number, document)
            taxes += [(line, tax) for line in own_ids for tax in document.tax_ids]
            order_lines += zip(document.line_ids, own_ids, strict=False)  # a credit note has no order lines
        moves.write(self.cr)
        lines.write(self.cr)
        self._link("account.move.line", "tax_ids", taxes)
        self._link("sale.order.line", "invoice_lines", order_lines)
        self._follow("account.move", move_ids, documents)

    def _next_number(self, document):
        """The name of the next invoice or credit note of the document's year, with its prefix and counter."""
        form, values = document.pattern.numbering[document.header.refund]
        values = {**values, "year": document.header.day.year, "month": document.header.day.month}
        prefix = form.format(**{**values, "seq": 0, "seq_length": 1}).removesuffix(f"0{values.get('suffix', '')}")
        if prefix not in self.move_numbers:
            self.cr.execute(
                "SELECT coalesce(max(sequence_number), 0) FROM account_move WHERE journal_id = %s AND sequence_prefix = %s",
                [document.pattern.moves[document.header.refund]["journal_id"], prefix],
            )
            self.move_numbers[prefix] = self.cr.fetchone()[0]
        self.move_numbers[prefix] += 1
        counter = self.move_numbers[prefix]
        return {"name": form.format(**{**values, "seq": counter}), "prefix": prefix, "counter": counter}

    def _add_move(self, rows, move_id, number, document):
        header, amounts = document.header, document.amounts
        sign = -1 if header.refund else 1
        rows.add(
            document.pattern.moves[header.refund],
            id=move_id,
            name=number["name"],
            sequence_prefix=number["prefix"],
            sequence_number=number["counter"],
            ref=header.name,
            invoice_origin=None if header.refund else header.name,
            payment_reference=None if header.refund else number["name"],
            access_token=None,
            partner_id=header.partner_id,
            commercial_partner_id=header.partner_id,
            partner_shipping_id=header.partner_id,
            invoice_partner_display_name=self.names[header.partner_id],
            invoice_user_id=header.user_id,
            team_id=header.team_id,
            date=header.day,
            invoice_date=header.day,
            invoice_date_due=header.day,
            create_date=header.moment,
            amount_untaxed=amounts.untaxed,
            amount_tax=amounts.tax,
            amount_total=amounts.total,
            amount_residual=amounts.total,
            amount_untaxed_signed=sign * amounts.untaxed,
            amount_untaxed_in_currency_signed=sign * amounts.untaxed,
            amount_tax_signed=sign * amounts.tax,
            amount_total_signed=sign * amounts.total,
            amount_total_in_currency_signed=sign * amounts.total,
            amount_residual_signed=sign * amounts.total,
        )

    def _add_line(self, rows, kind, document, move_id, number, balance, **values):
        header = document.header
        rows.add(
            document.pattern.move_lines[header.refund, kind],
            move_id=move_id,
            move_name=number["name"],
            ref=header.name,
            partner_id=header.partner_id,
            date=header.day,
            invoice_date=header.day,
            create_date=header.moment,
            balance=balance,
            amount_currency=balance,
            debit=max(balance, 0.0),
            credit=max(-balance, 0.0),
            **values,
        )

    def _add_product_lines(self, rows, line_ids, move_id, number, document):
        sign = 1 if document.header.refund else -1
        # An invoice numbers the lines it takes from an order; by hand all get the same.
        step = 0 if document.header.refund else 1
        first = document.pattern.move_lines[document.header.refund, "product"]["sequence"]
        for place, (line_id, item) in enumerate(zip(line_ids, document.items, strict=True)):
            product, quantity, price = item
            untaxed, total = document.amounts.lines[place]
            self._add_line(
                rows,
                "product",
                document,
                move_id,
                number,
                sign * untaxed,
                id=line_id,
                sequence=first + place * step,
                product_id=product.id,
                name=self.texts[product.id],
                quantity=quantity,
                price_unit=price,
                price_subtotal=untaxed,
                price_total=total,
            )

    def _add_balancing_lines(self, rows, line_ids, move_id, number, document):
        """The tax line, if there is a tax, and the line of what the customer owes or gets."""
        header, amounts = document.header, document.amounts
        sign = 1 if header.refund else -1
        if (header.refund, "tax") in document.pattern.move_lines:
            self._add_line(
                rows,
                "tax",
                document,
                move_id,
                number,
                sign * amounts.tax,
                id=line_ids[0],
                tax_base_amount=sign * amounts.untaxed,
            )
        self._add_line(
            rows,
            "payment_term",
            document,
            move_id,
            number,
            -sign * amounts.total,
            id=line_ids[1],
            name=None if header.refund else f"{header.name} - {number['name']}",
            date_maturity=header.day,
            amount_residual=-sign * amounts.total,
            amount_residual_currency=-sign * amounts.total,
        )

    # -- shared

    def _link(self, model, field_name, pairs):
        """Fill a many2many field with pairs of ids."""
        field = self.env[model]._fields[field_name]
        copy_rows(self.cr, field.relation, (field.column1, field.column2), pairs)

    def _follow(self, model, ids, documents):
        """Subscribe each record's salesperson, as Odoo does with who is responsible."""
        subtype_ids = self.env["mail.message.subtype"].default_subtypes(model)[0].ids
        follower_ids = reserve_ids(self.cr, "mail_followers", len(ids))
        rows = [
            (follower_id, model, res_id, self.partners[document.header.user_id])
            for follower_id, res_id, document in zip(follower_ids, ids, documents, strict=True)
        ]
        copy_rows(self.cr, "mail_followers", ("id", "res_model", "res_id", "partner_id"), rows)
        self._link("mail.followers", "subtype_ids", [(row, subtype) for row in follower_ids for subtype in subtype_ids])
