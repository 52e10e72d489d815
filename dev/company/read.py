"""Read a company from csv files into plain records, refusing what is wrong with file and line.

No Odoo here: the files are checked before a database is touched. COMPANY_FORMAT.md describes the two layouts.
"""

import csv
import math
import zlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

SHOWN_PROBLEMS = 20
PRICE_STEP = 0.005  # prices are kept with two decimals, so quantity × price may miss the amount by this per unit


class CompanyError(Exception):
    """The files can't be loaded; nothing was changed. `problems` holds one sentence per finding."""

    def __init__(self, *problems):
        self.problems = list(problems)
        shown = self.problems[:SHOWN_PROBLEMS]
        if len(self.problems) > len(shown):
            shown.append(f"… and {len(self.problems) - len(shown)} more")
        super().__init__("\n".join(shown))


@dataclass
class Person:
    ref: str
    territories: list = field(default_factory=list)
    leads: bool = False


@dataclass
class Account:
    ref: str
    name: str
    business_type: str = ""
    city: str = ""
    state: str = ""
    country: str = ""
    where: str = ""  # file and line, for messages


@dataclass
class Product:
    ref: str
    name: str
    category: str = ""
    subcategory: str = ""
    cost: float = 0.0


@dataclass(slots=True)
class Line:
    product: str
    quantity: float
    price: float


@dataclass
class Order:
    """An order, or with `refund` a credit note; all lines are positive in both."""

    ref: str
    date: date
    account: str
    person: str
    territory: str
    refund: bool = False
    lines: list = field(default_factory=list)


@dataclass
class Company:
    """What the files say. The keys of the dicts are the numbers used in the files."""

    people: dict
    accounts: dict
    products: dict
    orders: list  # by date
    has_contacts: bool  # whether contact persons are to be invented for the accounts

    def owners(self):
        """The person of each account's latest order, {account: person}."""
        return {order.account: order.person for order in self.orders if not order.refund}

    def manager(self):
        """The person who covers every territory and sells nothing, if there is one: the head of sales."""
        territories = {territory for person in self.people.values() for territory in person.territories}
        sellers = {order.person for order in self.orders}
        return next(
            (
                person.ref
                for person in self.people.values()
                if len(territories) > 1 and set(person.territories) == territories and person.ref not in sellers
            ),
            None,
        )

    def territories(self):
        """Each territory's orders per country and per person: {territory: (Counter, Counter)}."""
        found = defaultdict(lambda: (Counter(), Counter()))
        for order in self.orders:
            if order.territory:
                countries, people = found[order.territory]
                countries[self.accounts[order.account].country] += 1
                people[order.person] += 1
        return dict(found)


def read_company(folder):
    """Return the Company in `folder`, or in `folder` itself when it is a flat csv file.

    :raise CompanyError: naming file and line of what is wrong, up to the first 20 findings
    """
    folder = Path(folder)
    if folder.is_file():
        return _read_flat(folder)
    if not folder.is_dir():
        raise CompanyError(f"{folder}: no such folder or file")
    if (folder / "order_lines.csv").exists():
        return _read_relational(folder)
    if (folder / "orders.csv").exists():
        return _read_flat(folder / "orders.csv")
    raise CompanyError(f"{folder}: neither order_lines.csv nor orders.csv in it")


class _Table:
    """One csv file, read row by row; what is wrong is added to `problems`."""

    def __init__(self, path, problems, required):
        self.path = path
        self.problems = problems
        self.required = required
        self.line = 0

    def rows(self):
        """Yield each complete row as a dict of stripped texts."""
        try:
            with open(self.path, encoding="utf-8-sig", newline="") as file:
                reader = csv.reader(file, strict=True)
                header = [name.strip() for name in next(reader, [])]
                missing = [name for name in self.required if name not in header]
                if missing:
                    raise CompanyError(f"{self.path.name}, line 1: column {', '.join(missing)} missing")
                yield from self._rows(reader, header)
        except FileNotFoundError as error:
            raise CompanyError(f"{self.path.name}: missing in {self.path.parent}") from error
        except UnicodeDecodeError as error:
            raise CompanyError(
                f"{self.path.name}, line {self.line + 1} or after: not UTF-8 ({error.reason})"
            ) from error
        except csv.Error as error:
            raise CompanyError(f"{self.path.name}, line {reader.line_num}: {error}") from error

    def _rows(self, reader, header):
        for values in reader:
            self.line = reader.line_num
            if not values:
                continue
            if len(values) != len(header):
                self.wrong(f"{len(values)} fields instead of {len(header)}")
                continue
            yield dict(zip(header, (value.strip() for value in values), strict=True))

    def here(self):
        return f"{self.path.name}, line {self.line}"

    def wrong(self, text):
        self.problems.append(f"{self.here()}: {text}")

    def text(self, row, column):
        if not row[column]:
            self.wrong(f"{column} is empty")
        return row[column]

    def number(self, row, column):
        try:
            value = float(row[column])
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            self.wrong(f"{column} is no number: {row[column]!r}")
            return math.nan  # passes all further checks
        return value

    def day(self, row, column):
        try:
            return date.fromisoformat(row[column])
        except ValueError:
            self.wrong(f"{column} is no date like 2020-05-31: {row[column]!r}")
            return date.min

    def known(self, row, column, records, where):
        """The value of a column that must name one of `records`."""
        value = self.text(row, column)
        if value and value not in records:
            self.wrong(f"{column} {value} is not in {where}")
        return value

    def keyed(self, column, make):
        """All rows as {value of `column`: make(row)}; a value may occur once."""
        records = {}
        for row in self.rows():
            key = self.text(row, column)
            if key in records:
                self.wrong(f"{column} {key} is there twice")
            records[key] = make(row)
        return records


class _Orders:
    """Collects rows into orders and credit notes."""

    def __init__(self, table):
        self.table = table
        self.records = {}
        self.first_lines = {}

    def add(self, row, account, person, territory, line):
        """Put a line into its order; a negative line belongs to the order's credit note.

        All rows of an order must agree on date, account, person and territory.
        """
        table = self.table
        ref, day = table.text(row, "order_id"), table.day(row, "date")
        refund = line.price < 0 or line.quantity < 0
        order = self.records.get((ref, refund))
        if order is None:
            order = self.records[ref, refund] = Order(ref, day, account, person, territory, refund)
            self.first_lines[ref, refund] = table.line
        elif (order.date, order.account, order.person, order.territory) != (day, account, person, territory):
            first = self.first_lines[ref, refund]
            table.wrong(f"order {ref} has another date, account, person or territory in line {first}")
        order.lines.append(Line(line.product, abs(line.quantity), abs(line.price)))

    def sorted(self):
        if not any(not order.refund for order in self.records.values()):
            raise CompanyError(f"{self.table.path.name}: no order in it")
        return sorted(self.records.values(), key=lambda order: order.date)


def _read_relational(folder):
    problems = []
    people = _Table(folder / "salespeople.csv", problems, ["salesperson_id", "territory_ids", "is_manager"]).keyed(
        "salesperson_id",
        lambda row: Person(row["salesperson_id"], row["territory_ids"].split(), row["is_manager"] == "1"),
    )
    resellers = _Table(
        folder / "resellers.csv",
        problems,
        ["reseller_id", "name", "business_type", "city", "state", "country"],
    )
    accounts = resellers.keyed(
        "reseller_id",
        lambda row: Account(
            row["reseller_id"],
            resellers.text(row, "name"),
            row["business_type"],
            row["city"],
            row["state"],
            row["country"],
            resellers.here(),
        ),
    )
    items = _Table(
        folder / "products.csv", problems, ["product_id", "name", "subcategory", "category", "standard_cost"]
    )
    products = items.keyed(
        "product_id",
        lambda row: Product(
            row["product_id"],
            items.text(row, "name"),
            row["category"],
            row["subcategory"],
            items.number(row, "standard_cost"),
        ),
    )
    columns = ["order_id", "date", "reseller_id", "salesperson_id", "territory_id", "product_id", "quantity"]
    table = _Table(folder / "order_lines.csv", problems, [*columns, "unit_price", "amount"])
    orders = _Orders(table)
    for row in table.rows():
        quantity, price, amount = (table.number(row, column) for column in ("quantity", "unit_price", "amount"))
        if not quantity:
            table.wrong("quantity is 0")
        elif abs(quantity * price - amount) > abs(quantity) * PRICE_STEP + PRICE_STEP:
            table.wrong(f"amount {row['amount']} is not quantity × unit_price ({quantity * price:.2f})")
        orders.add(
            row,
            account=table.known(row, "reseller_id", accounts, "resellers.csv"),
            person=table.known(row, "salesperson_id", people, "salespeople.csv"),
            territory=table.text(row, "territory_id"),
            line=Line(table.known(row, "product_id", products, "products.csv"), quantity, price),
        )
    if problems:
        raise CompanyError(*problems)
    return Company(people, accounts, products, orders.sorted(), has_contacts=True)


def _read_flat(path):
    problems = []
    table = _Table(path, problems, ["customer_id", "date", "amount", "order_id"])
    orders = _Orders(table)
    for row in table.rows():
        orders.add(
            row,
            account=table.text(row, "customer_id"),
            person=table.text(row, "salesperson") if "salesperson" in row else "",
            territory=row.get("territory", ""),
            line=Line("goods", 1.0, table.number(row, "amount")),
        )
    if problems:
        raise CompanyError(*problems)
    records = orders.sorted()
    accounts = {order.account: Account(order.account, f"Customer {order.account}") for order in records}
    if not records[0].person:
        _share_out(records, accounts)
    people = {order.person: Person(order.person) for order in records}
    for order in records:
        territories = people[order.person].territories
        if order.territory and order.territory not in territories:
            territories.append(order.territory)
    return Company(people, accounts, {"goods": Product("goods", "Goods")}, records, has_contacts=False)


def _share_out(orders, accounts):
    """Give orders without salespeople to 3 to 12 people, an account always to the same one."""
    count = min(12, max(3, len(accounts) // 60))
    for order in orders:
        order.person = str(zlib.crc32(order.account.encode()) % count + 1)
