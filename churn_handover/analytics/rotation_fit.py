"""Who may follow whom: the account team first, then by experience with such customers, then by draw."""

from __future__ import annotations

import zlib
from collections import defaultdict

# Experience counts in steps of doubling: 1, 2–3, 4 and more accounts of that industry or country.
EXPERIENCE_STEPS = 3
INDUSTRY_WEIGHT, COUNTRY_WEIGHT, SALES_TEAM_WEIGHT = 2, 1, 2


def draw(*ids):
    """A number that ids decide alone: equal candidates are told apart by it, whoever else is there."""
    return zlib.crc32(":".join(map(str, ids)).encode())


class Ranking:
    """Ranks the possible successors of an account by facts alone, never by what others get."""

    def __init__(self, accounts, reps, rules):
        self.reps = {rep.id: rep for rep in reps}
        self.takers = [rep for rep in reps if rep.takes]
        self.rules = rules
        self.industry, self.country = defaultdict(int), defaultdict(int)
        for account in accounts:
            self.industry[account.owner, account.industry] += 1
            self.country[account.owner, account.country] += 1
        self.ranked = {}  # {account: [rep, …]}

    def candidates(self, account):
        """Ids of who may follow the owner, best first."""
        if account.id not in self.ranked:
            team = self.reps[account.owner].sales_team
            able = [
                rep
                for rep in self.takers
                if rep.id != account.owner and (not self.rules.same_team or rep.sales_team == team)
            ]
            able.sort(key=lambda rep: (*self._merit(account, rep), draw(account.id, rep.id), rep.id))
            self.ranked[account.id] = [rep.id for rep in able]
        return self.ranked[account.id]

    def _merit(self, account, rep):
        """Smaller is better: known to the customer first, then experience with such customers."""
        team = self.reps[account.owner].sales_team
        score = SALES_TEAM_WEIGHT * (team is not None and rep.sales_team == team)
        if account.industry is not None:
            score += INDUSTRY_WEIGHT * min(self.industry[rep.id, account.industry].bit_length(), EXPERIENCE_STEPS)
        if account.country is not None:
            score += COUNTRY_WEIGHT * min(self.country[rep.id, account.country].bit_length(), EXPERIENCE_STEPS)
        return rep.id not in account.known, -score

    def facts(self, account, rep_id):
        """What speaks for the person: some of "known", "industry", "country", "sales_team"."""
        team = self.reps[account.owner].sales_team
        facts = {
            "known": rep_id in account.known,
            "industry": account.industry is not None and self.industry[rep_id, account.industry] > 0,
            "country": account.country is not None and self.country[rep_id, account.country] > 0,
            "sales_team": team is not None and self.reps[rep_id].sales_team == team,
        }
        return tuple(name for name, holds in facts.items() if holds)
