"""Posted invoices and credit notes in bulk: a line per product, one for the tax, one for what is owed."""

from dev.company.bulk import Rows, follow, link, reserve_ids

BALANCING_LINES = 2  # the tax and what is owed


class InvoiceWriter:
    """
    :param followers: {id of a user: id of the user's partner}
    :param texts: {id of a product: text of its lines}
    :param partners: {id of an account: the account}
    """

    def __init__(self, env, followers, texts, partners):
        self.env = env
        self.followers = followers
        self.texts = texts
        self.partners = partners
        self.counters = {}

    def write(self, documents):
        """Write the credit notes, and the invoices of orders whose lines are written."""
        if not documents:
            return
        cr = self.env.cr
        moves = Rows("account_move", documents[0].pattern.moves[False])
        lines = Rows("account_move_line", documents[0].pattern.move_lines[False, "product"])
        move_ids = reserve_ids(cr, "account_move", len(documents))
        line_count = sum(len(document.items) + BALANCING_LINES for document in documents)
        line_ids = iter(reserve_ids(cr, "account_move_line", line_count))
        taxes, order_lines, followers = [], [], []
        for move_id, document in zip(move_ids, documents, strict=True):
            move = self._add_move(moves, move_id, document)
            own_ids = [next(line_ids) for _item in document.items]
            self._add_product_lines(lines, own_ids, move, document)
            self._add_tax_line(lines, next(line_ids), move, document)
            self._add_term_line(lines, next(line_ids), move, document)
            taxes += [(line_id, tax_id) for line_id in own_ids for tax_id in document.tax_ids]
            order_lines += zip(document.line_ids, own_ids, strict=False)  # a credit note has no order lines
            if not document.header.refund:
                followers.append((move_id, self.followers[document.header.user_id]))
        moves.write(cr)
        lines.write(cr)
        link(self.env, "account.move.line", "tax_ids", taxes)
        link(self.env, "sale.order.line", "invoice_lines", order_lines)
        follow(self.env, "account.move", followers)

    def _next_number(self, document):
        """The columns that number the next invoice or credit note of the document's year."""
        form, values = document.pattern.numbering[document.header.refund]
        values = {**values, "year": document.header.day.year, "month": document.header.day.month}
        prefix = form.format(**{**values, "seq": 0, "seq_length": 1}).removesuffix(f"0{values.get('suffix', '')}")
        if prefix not in self.counters:
            journal_id = document.pattern.moves[document.header.refund]["journal_id"]
            last = self.env["account.move"].search(
                [("journal_id", "=", journal_id), ("sequence_prefix", "=", prefix)],
                order="sequence_number DESC",
                limit=1,
            )
            self.counters[prefix] = last.sequence_number
        self.counters[prefix] += 1
        counter = self.counters[prefix]
        name = form.format(**{**values, "seq": counter})
        return {"name": name, "sequence_prefix": prefix, "sequence_number": counter}

    def _add_move(self, rows, move_id, document):
        """Add the row of the document; return the columns that its lines repeat."""
        header, amounts = document.header, document.amounts
        sign = -1 if header.refund else 1
        number = self._next_number(document)
        rows.add(
            document.pattern.moves[header.refund],
            id=move_id,
            **number,
            ref=header.name,
            invoice_origin=None if header.refund else header.name,
            payment_reference=None if header.refund else number["name"],
            access_token=None,
            partner_id=header.partner_id,
            commercial_partner_id=header.partner_id,
            partner_shipping_id=header.partner_id,
            invoice_partner_display_name=self.partners[header.partner_id].name,
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
        return {
            "move_id": move_id,
            "move_name": number["name"],
            "ref": header.name,
            "partner_id": header.partner_id,
            "date": header.day,
            "invoice_date": header.day,
            "create_date": header.moment,
        }

    def _add_line(self, rows, document, kind, balance, **values):
        rows.add(
            document.pattern.move_lines[document.header.refund, kind],
            balance=balance,
            amount_currency=balance,
            debit=max(balance, 0.0),
            credit=max(-balance, 0.0),
            **values,
        )

    def _add_product_lines(self, rows, line_ids, move, document):
        refund = document.header.refund
        first = document.pattern.move_lines[refund, "product"]["sequence"]
        # An invoice numbers the lines that it takes from an order; lines made by hand are all alike.
        step = 0 if refund else 1
        for place, (line_id, item) in enumerate(zip(line_ids, document.items, strict=True)):
            product, quantity, price = item
            untaxed, total = document.amounts.lines[place]
            self._add_line(
                rows,
                document,
                "product",
                untaxed if refund else -untaxed,
                id=line_id,
                sequence=first + place * step,
                product_id=product.id,
                name=self.texts[product.id],
                quantity=quantity,
                price_unit=price,
                price_subtotal=untaxed,
                price_total=total,
                **move,
            )

    def _add_tax_line(self, rows, line_id, move, document):
        """Add the tax, if the account's fiscal position has one."""
        refund, amounts = document.header.refund, document.amounts
        if (refund, "tax") in document.pattern.move_lines:
            self._add_line(
                rows,
                document,
                "tax",
                amounts.tax if refund else -amounts.tax,
                id=line_id,
                tax_base_amount=amounts.untaxed if refund else -amounts.untaxed,
                **move,
            )

    def _add_term_line(self, rows, line_id, move, document):
        """Add what the customer owes, or gets back."""
        header = document.header
        owed = -document.amounts.total if header.refund else document.amounts.total
        self._add_line(
            rows,
            document,
            "payment_term",
            owed,
            id=line_id,
            name=None if header.refund else f"{header.name} - {move['move_name']}",
            date_maturity=header.day,
            amount_residual=owed,
            amount_residual_currency=owed,
            **move,
        )
