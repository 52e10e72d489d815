"""Which line of a handover an open record belongs to, and who gets it. Plain Python on ids."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple


class Found(NamedTuple):
    """An open record that an ownership rule finds; account and company are ids or None."""

    id: int
    user_id: int
    account_id: int
    company_id: int


class Item(NamedTuple):
    """A record on its way: whose it is, the line it moves through, whose it will be (ids)."""

    id: int
    user_id: int
    line_id: int
    successor_id: int


@dataclass
class Router:
    """Decides, record by record, through which line it moves.

    * on an account of the plan: through that account's line, to its successor;
    * on another account: to that account's own active owner if there is one, else to the default successor;
    * on no account: to the default successor.

    The last two go through the default line, and only when that line is run (``default``): a plan without one touches
    nothing but its own accounts.
    """

    lines: dict  # {(account, predecessor): (line, successor)} of the lines being run
    companies: frozenset  # companies of the plan; a record without company belongs to all
    default: tuple | None = None  # (line, successor) of the default line, when it is run
    waiting: set = field(default_factory=set)  # {(account, predecessor)} that another open line will move
    owners: dict = field(default_factory=dict)  # {account: active owner} of accounts outside the plan

    def route(self, found):
        """Return the Item for a Found record, or None when this run leaves it alone."""
        if found.company_id and found.company_id not in self.companies:
            return None
        key = (found.account_id, found.user_id)
        if key in self.lines:
            return Item(found.id, found.user_id, *self.lines[key])
        if self.default is None or key in self.waiting:
            return None
        line_id, successor_id = self.default
        owner_id = self.owners.get(found.account_id)
        if owner_id and owner_id != found.user_id:
            successor_id = owner_id
        return Item(found.id, found.user_id, line_id, successor_id)


class Scan:
    """Everything open of the predecessors, looked up once per run, ready to be taken out account by account."""

    def __init__(self, found):
        """:param found: {rule: list of Found}"""
        self.rules = list(found)
        self.by_key = defaultdict(list)  # {(account, user): [(rule, Found)]}
        for rule, rows in found.items():
            for row in rows:
                self.by_key[row.account_id, row.user_id].append((rule, row))

    def __bool__(self):
        return bool(self.by_key)

    def __len__(self):
        return sum(len(rows) for rows in self.by_key.values())

    def accounts(self):
        return {account for account, _user in self.by_key if account}

    def counts(self, companies=None):
        """Return {rule: number of records}, only those in the companies (or in none) when companies are given."""
        counts = dict.fromkeys(self.rules, 0)
        for rows in self.by_key.values():
            for rule, row in rows:
                if companies is None or not row.company_id or row.company_id in companies:
                    counts[rule] += 1
        return {rule: count for rule, count in counts.items() if count}

    def rows(self, without=()):
        """Yield (rule, Found), leaving out the pairs (account, user) in ``without``."""
        for key, rows in self.by_key.items():
            if key not in without:
                yield from rows

    def by_user(self):
        """Return {user: Scan of what that user holds}."""
        found = {}
        for (_account, user), rows in self.by_key.items():
            own = found.setdefault(user, {rule: [] for rule in self.rules})
            for rule, row in rows:
                own[rule].append(row)
        return {user: Scan(rows) for user, rows in found.items()}

    def companies(self, account, user, rules):
        """Return the companies in which one of the rules finds something of the user on the account."""
        rows = self.by_key.get((account, user), ())
        return {row.company_id for rule, row in rows if row.company_id and rule in rules}

    def route(self, router):
        """Return {rule: list of Item} of what the router lets through."""
        keys = router.lines.keys() & self.by_key.keys() if router.default is None else self.by_key
        items = {rule: [] for rule in self.rules}
        for key in keys:
            for rule, row in self.by_key[key]:
                if item := router.route(row):
                    items[rule].append(item)
        return {rule: sorted(rows) for rule, rows in items.items() if rows}
