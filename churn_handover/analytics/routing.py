"""Which line of a handover an open record belongs to, and who gets it. Plain Python on ids."""

from dataclasses import dataclass, field


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
    waiting: set = field(default_factory=set)  # {(account, predecessor)} that another open line will move
    default: tuple | None = None  # (line, successor) of the default line, when it is run
    companies: frozenset = frozenset()  # companies of the plan; a record without company belongs to all
    owners: dict = field(default_factory=dict)  # {account: active owner} of accounts outside the plan

    def route(self, account, user, company):
        """Return (line, successor) for an open record of ``user``, or None when this run leaves it alone."""
        if company and company not in self.companies:
            return None
        if (account, user) in self.lines:
            return self.lines[account, user]
        if self.default is None or (account, user) in self.waiting:
            return None
        line, successor = self.default
        owner = self.owners.get(account)
        return line, (owner if owner and owner != user else successor)
