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


def companies_by_account(rows):
    """Return {(account, user): set of companies in which the user has open records on the account}."""
    companies = defaultdict(set)
    for found in rows:
        if found.company_id:
            companies[found.account_id, found.user_id].add(found.company_id)
    return companies
