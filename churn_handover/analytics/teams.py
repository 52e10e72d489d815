"""Who would join an account's team by a template: a choice per account and line, made without any query.

Nobody is ever taken off a team: a role that somebody fills stays as it is, and who serves the account already is not
added a second time.
"""

from collections import defaultdict
from dataclasses import dataclass, field

OUTCOMES = ("add", "filled", "backed", "earlier", "serving", "nobody")


@dataclass(frozen=True)
class Line:
    """One place of a template.

    :param who: ``manager``, ``leader``, ``user``, ``known`` or ``load``
    :param user: the named person where ``who`` is ``user``
    :param rank: which backup of the owner this is, from 1; 0: none
    """

    id: int
    role: int
    who: str
    user: int | None = None
    rank: int = 0


@dataclass(frozen=True)
class Account:
    """An account that gets a team.

    :param owner: its active owner, or None
    :param company: the company it belongs to; None: shared by all
    :param members: ids of who serves it today or soon, ``roles`` which roles are filled by people who still work here
    :param backups: how many of these stand in for the owner
    :param earlier: roles that somebody had and has no more; given only where those must stay empty
    """

    id: int
    owner: int | None
    company: int | None
    template: int
    members: frozenset = frozenset()
    roles: frozenset = frozenset()
    backups: int = 0
    earlier: frozenset = frozenset()


@dataclass
class Sources:
    """Whom the rules lead to.

    :param companies: {user: ids of companies} of everybody who may serve: active people of ours
    :param manager: {owner: the superior}; ``leader``: {owner: leader of the sales team}
    :param known: {account: users, most contacts first}; ``colleagues``: {owner: users of the same sales team}
    :param load: {user: accounts served now}
    """

    companies: dict = field(default_factory=dict)
    manager: dict = field(default_factory=dict)
    leader: dict = field(default_factory=dict)
    known: dict = field(default_factory=dict)
    colleagues: dict = field(default_factory=dict)
    load: dict = field(default_factory=dict)


def propose(accounts, lines, sources):
    """List of ``(account id, line id, user id or None, outcome)``, ordered by account and line.

    :param lines: {template: lines in their order}
    :return: outcomes: ``add``; ``filled``: somebody has the role; ``backed``: there are as many backups; ``earlier``:
        somebody had the role and was taken off; ``serving``: whom the rule leads to is the owner or on the team;
        ``nobody``: it leads to nobody who may serve

    Colleagues chosen by load are spread: each choice counts for the next one. Ties go to the lower id.
    """
    load = defaultdict(int, sources.load)
    found = []
    for account in sorted(accounts, key=lambda account: account.id):
        taken, roles, backups = {account.owner, *account.members}, set(account.roles), account.backups
        for line in lines[account.template]:
            user, outcome = None, "add"
            if line.role in roles:
                outcome = "filled"
            elif line.rank and backups >= line.rank:
                outcome = "backed"
            elif line.role in account.earlier:
                outcome = "earlier"
            else:
                usable = [one for one in _candidates(line, account, sources, load) if _may_serve(one, account, sources)]
                user = next((one for one in usable if one not in taken), None)
                if user is None:
                    user, outcome = (usable[0], "serving") if usable else (None, "nobody")
            if outcome == "add":
                taken.add(user)
                roles.add(line.role)
                backups += 1 if line.rank else 0
                load[user] += 1
            found.append((account.id, line.id, user, outcome))
    return found


def _candidates(line, account, sources, load):
    """Ids of whom the line may mean, the first choice first."""
    if line.who == "user":
        return [line.user]
    if line.who == "known":
        return sources.known.get(account.id, ())
    if line.who == "load":
        return sorted(sources.colleagues.get(account.owner, ()), key=lambda user: (load[user], user))
    one = (sources.manager if line.who == "manager" else sources.leader).get(account.owner)
    return [one] if one else []


def _may_serve(user, account, sources):
    companies = sources.companies.get(user)
    return companies is not None and (account.company is None or account.company in companies)
