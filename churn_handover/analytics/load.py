"""What a salesperson looks after today and how much one can look after at all. Plain Python on numbers."""

from typing import NamedTuple


class Load(NamedTuple):
    """Load and capacity of one person; a limit of None means that there is none.

    :param revenue: of the accounts owned, 12 months, in the currency the caller asked for; so is ``revenue_limit``
    :param meetings: of the next 30 days
    """

    accounts: int = 0
    deals: int = 0
    quotations: int = 0
    overdue: int = 0
    meetings: int = 0
    revenue: float = 0.0
    account_limit: int | None = None
    deal_limit: int | None = None
    revenue_limit: float | None = None

    @property
    def free_accounts(self):
        """How many more accounts fit; None without limit, 0 when full or over."""
        return None if self.account_limit is None else max(0, self.account_limit - self.accounts)

    @property
    def free_deals(self):
        return None if self.deal_limit is None else max(0, self.deal_limit - self.deals)

    @property
    def free_revenue(self):
        return None if self.revenue_limit is None else max(0.0, self.revenue_limit - self.revenue)

    @property
    def share(self):
        """Accounts as a share of the limit; None without limit."""
        return self.accounts / self.account_limit if self.account_limit else None
