"""Orders and credit notes on their way into the database: with ids, new dates and taxes."""

from dataclasses import dataclass
from datetime import timedelta

from odoo.tools import float_round

from dev.company.with_orm import Header, Pattern

INVOICED_AFTER = 30  # days: younger orders are still to invoice


@dataclass
class Amounts:
    """A document's amounts; `lines` holds (without tax, with tax) of each line."""

    lines: list
    untaxed: float
    tax: float
    total: float
    is_plain: bool  # whether the lines add up to the document, with no cent to be spread over them


@dataclass
class Document:
    header: Header
    items: list  # (product, quantity, price) of each line
    pattern: Pattern
    amounts: Amounts
    invoiced: bool
    line_ids: list = ()  # of the written order lines

    @property
    def tax_ids(self):
        return self.pattern.tax_ids


class Documents:
    """Turns the orders of the files into documents.

    :param shift: timedelta added to the dates of the files
    """

    def __init__(self, env, records, shift, today):
        self.env = env
        self.records = records
        self.shift = shift
        self.invoiced_until = today - timedelta(INVOICED_AFTER)
        self.rounding = env.company.currency_id.rounding
        self.rounds_lines = env.company.tax_calculation_rounding_method == "round_per_line"
        self.price_digits = env["decimal.precision"].precision_get("Product Price")
        self.quantity_digits = env["decimal.precision"].precision_get("Product Unit")
        partners = env["res.partner"].browse(records.accounts.values())
        self.partners = {partner.id: partner for partner in partners}
        self.patterns = {}
        self.fiscal_positions = {}

    def make(self, order):
        user = self.records.users[order.person]
        team = self.records.teams.get(order.territory) or user.sale_team_id
        header = Header(
            name=f"SO{order.ref}" if order.ref.isdigit() else order.ref,
            partner_id=self.records.accounts[order.account],
            user_id=user.id,
            team_id=team.id or None,
            day=order.date + self.shift,
            refund=order.refund,
        )
        items = [
            (
                self.records.products[line.product],
                float_round(line.quantity, self.quantity_digits),
                float_round(line.price, self.price_digits),
            )
            for line in order.lines
        ]
        pattern = self._pattern(header, items[0][0])
        amounts = self._amounts(items, pattern)
        return Document(header, items, pattern, amounts, header.day <= self.invoiced_until)

    def round(self, value):
        return float_round(value, precision_rounding=self.rounding)

    def _pattern(self, header, product):
        """The pattern for the fiscal position of the header's account."""
        position = self.fiscal_positions.get(header.partner_id)
        if position is None:
            partner = self.partners[header.partner_id]
            position = self.env["account.fiscal.position"]._get_fiscal_position(partner).id
            self.fiscal_positions[header.partner_id] = position
        if position not in self.patterns:
            self.patterns[position] = Pattern(self.env, header, product)
        return self.patterns[position]

    def _amounts(self, items, pattern):
        """The amounts as account.tax computes them for one percentage on top of the price."""
        lines, all_untaxed, all_tax = [], 0.0, 0.0
        for _product, quantity, price in items:
            untaxed = quantity * price
            if self.rounds_lines:
                untaxed = self.round(untaxed)
            tax = untaxed * pattern.tax_rate / 100
            if self.rounds_lines:
                tax = self.round(tax)
            all_untaxed += untaxed
            all_tax += tax
            untaxed = self.round(untaxed)
            lines.append((untaxed, self.round(untaxed + self.round(tax))))
        untaxed, tax = self.round(all_untaxed), self.round(all_tax)
        adds_up = abs(sum(line[0] for line in lines) - untaxed) < self.rounding / 2
        return Amounts(lines, untaxed, tax, self.round(untaxed + tax), pattern.is_plain and adds_up)
