"""Who gets which message on a day: the cap, the kinds in turn, and who of our people is shown next.

Everything is deterministic: the same history and the same day give the same plan, whichever server computes it.

Days are ordinals (``date.toordinal``). A message that is on its way, but not yet sent, has the day None and counts
against the cap until it is sent or has failed: nobody knows on which of the next days it arrives.
"""

from collections import defaultdict
from dataclasses import dataclass, field

# Why a recipient of the audience gets nothing. "waits" is no refusal: the budget of this step ended before.
CAP, NOTHING_NEW, OPT_OUT, SEEN, DUPLICATE, WAITS = "cap", "nothing_new", "opt_out", "seen", "duplicate", "waits"


@dataclass(frozen=True, slots=True)
class Rules:
    """At most ``cap`` messages (``key_cap`` for contacts of key accounts) in any ``window`` days in a row."""

    cap: int = 2
    key_cap: int = 2
    window: int = 30

    def limit(self, key):
        return self.key_cap if key else self.cap


@dataclass(frozen=True, slots=True)
class Recipient:
    """A contact that could get a message.

    :param address: the normalised address, which is who somebody is: the same one in two places is one person
    :param key: whether the account is a key account
    :param urgency: smaller is earlier; accounts about to change hands before all others
    """

    id: int
    address: str
    account: int
    key: bool = False
    urgency: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """A message ready to be sent; ``content`` identifies what it says, whatever record carries it."""

    id: int
    kind: int
    content: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that somebody got or is about to get.

    :param day: None while it is on its way
    :param launch: what was launched together, such as one step of a series: for the account it is one message, to
        however many of its people it went
    :param kind, content: None in an ordinary mailing
    """

    address: str
    account: int | None
    day: int | None
    launch: object
    kind: int | None = None
    content: str | None = None


@dataclass
class Ledger:
    """What addresses and accounts have got, as far as the next plan needs to know."""

    addresses: dict = field(default_factory=lambda: defaultdict(list))
    accounts: dict = field(default_factory=lambda: defaultdict(dict))
    contents: dict = field(default_factory=lambda: defaultdict(set))
    heard: dict = field(default_factory=lambda: defaultdict(dict))

    @classmethod
    def of(cls, rows):
        ledger = cls()
        for row in rows:
            ledger.add(row)
        return ledger

    def add(self, sent):
        self.addresses[sent.address].append(sent.day)
        if sent.content is not None:
            self.contents[sent.address].add(sent.content)
        if sent.account is None:
            return
        # The latest day of a launch: None, still on its way, is later than any.
        days = self.accounts[sent.account]
        before = days.get(sent.launch, 0)
        days[sent.launch] = None if before is None or sent.day is None else max(before, sent.day)
        if sent.content is not None:
            self.contents[sent.account].add(sent.content)
        if sent.kind is not None:
            heard = self.heard[sent.account]
            heard[sent.kind] = max(heard.get(sent.kind, 0), _ordinal(sent.day))

    def address_load(self, address, today, window):
        """Messages of an address that count on this day."""
        return sum(_counts(day, today, window) for day in self.addresses.get(address, ()))

    def account_load(self, account, today, window):
        """Launches that reached an account and count on this day."""
        return sum(_counts(day, today, window) for day in self.accounts.get(account, {}).values())

    def last_heard(self, account):
        """The last day the account heard anything of a kind; 0 for never."""
        return max(self.heard.get(account, {}).values(), default=0)


def _counts(day, today, window):
    return day is None or day > today - window


def _ordinal(day):
    # On its way is the latest there is.
    return 10**7 if day is None else day


@dataclass
class Plan:
    """:param chosen: recipient id → message
    :param left_out: recipient id → reason
    :param meant: recipient id → the message that would have been theirs, for those left out"""

    chosen: dict = field(default_factory=dict)
    left_out: dict = field(default_factory=dict)
    meant: dict = field(default_factory=dict)

    def leave_out(self, people, reason, message=None):
        for one in people:
            self.left_out[one.id] = reason
            if message is not None:
                self.meant[one.id] = message


def turn(kinds, heard):
    """Kinds in the order in which an account should hear them: never heard first, then the longest ago.

    :param kinds: kinds in the order of the series, which decides between equals
    :param heard: kind → last day
    """
    return sorted(kinds, key=lambda kind: (heard.get(kind, 0), kinds.index(kind)))


def plan(today, recipients, messages, kinds, ledger, rules, opted_out=frozenset(), budget=None):
    """Choose for every account its next message, and who of its people may get it.

    Accounts come by urgency, then by how long they have not heard from us. All people of an account get the same
    message in one step. A kind that nobody of the account wants, or that has nothing new for it, is passed over.

    :param recipients: list of Recipient
    :param messages: list of Message, the preferred of each kind first
    :param kinds: kinds of the series, in its order
    :param opted_out: set of (address, kind)
    :param budget: most contacts of this step; None for no limit
    :return: a Plan
    """
    result = Plan()
    by_kind = defaultdict(list)
    for message in messages:
        by_kind[message.kind].append(message)
    kinds = [kind for kind in kinds if by_kind[kind]]
    people = defaultdict(list)
    for recipient in sorted(recipients, key=lambda one: one.id):
        people[recipient.account].append(recipient)
    order = sorted(
        people, key=lambda account: (min(p.urgency for p in people[account]), ledger.last_heard(account), account)
    )
    taken = set()
    for account in order:
        if budget is not None and len(result.chosen) >= budget:
            # Not asked, so there is nothing to say about them: the others had not heard from us for longer.
            result.leave_out(people[account], WAITS)
            continue
        _plan_account(result, today, people[account], by_kind, kinds, ledger, rules, opted_out, budget, taken)
    return result


def _plan_account(result, today, people, by_kind, kinds, ledger, rules, opted_out, budget, taken):
    account = people[0].account
    message = _next_message(account, people, by_kind, kinds, ledger, opted_out)
    if message is None:
        unwanted = bool(kinds) and all((one.address, kind) in opted_out for one in people for kind in kinds)
        result.leave_out(people, OPT_OUT if unwanted else NOTHING_NEW)
    else:
        _admit(result, today, people, message, ledger, rules, opted_out, budget, taken)


def confirm(today, meant, ledger, rules, opted_out=frozenset()):
    """Check a plan made earlier against what happened since: the moment before the launch, under the locks.

    :param meant: list of (Recipient, Message)
    :return: a Plan with the same messages, for those who may still get theirs
    """
    result = Plan()
    people = defaultdict(list)
    for recipient, message in sorted(meant, key=lambda pair: pair[0].id):
        people[recipient.account, message].append(recipient)
    taken = set()
    for (_account, message), some in people.items():
        _admit(result, today, some, message, ledger, rules, opted_out, None, taken)
    return result


def _admit(result, today, people, message, ledger, rules, opted_out, budget, taken):
    """Let those of an account through who may get this message."""
    key = any(one.key for one in people)
    if ledger.account_load(people[0].account, today, rules.window) >= rules.limit(key):
        result.leave_out(people, CAP, message)
        return
    for one in people:
        reason = _refusal(one, message, today, ledger, rules, key, opted_out, taken)
        if reason is None and budget is not None and len(result.chosen) >= budget:
            reason = WAITS
        if reason is None:
            result.chosen[one.id] = message
            taken.add(one.address)
        else:
            result.leave_out([one], reason, message)


def _next_message(account, people, by_kind, kinds, ledger, opted_out):
    known = ledger.contents.get(account, ())
    for kind in turn(kinds, ledger.heard.get(account, {})):
        if all((one.address, kind) in opted_out for one in people):
            continue
        for message in by_kind[kind]:
            if message.content not in known:
                return message
    return None


def _refusal(one, message, today, ledger, rules, key, opted_out, taken):
    if one.address in taken:
        return DUPLICATE
    if (one.address, message.kind) in opted_out:
        return OPT_OUT
    if message.content in ledger.contents.get(one.address, ()):
        return SEEN
    if ledger.address_load(one.address, today, rules.window) >= rules.limit(key or one.key):
        return CAP
    return None


@dataclass(frozen=True, slots=True)
class Item:
    """Something of a person that may be shown and was not shown yet.

    :param person: whose it is
    :param outside: achieved outside the company, in the eyes of others: more credible
    :param day: when it was achieved
    """

    id: int
    person: int
    outside: bool
    day: int


def spotlight(items, last_shown, places, leavers=frozenset()):
    """Choose what the next bulletin shows: the people who waited longest, each with one item.

    Who was never shown comes first, then who was shown longest ago: so nobody is shown twice before everybody
    who has something was shown once. Between equals the outside achievement is first, then the newer one. The
    chosen are returned external first, as the bulletin prints them.

    :param last_shown: person → day last shown; missing for never
    :param places: how many people a bulletin shows
    :param leavers: persons who are leaving, and must not be shown
    :return: list of Item
    """
    best = {}
    for item in items:
        if item.person not in leavers and (item.person not in best or _rank(item) < _rank(best[item.person])):
            best[item.person] = item
    queue = sorted(best.values(), key=lambda item: (last_shown.get(item.person, 0), *_rank(item)))
    return sorted(queue[:places], key=_rank)


def _rank(item):
    return (not item.outside, -item.day, item.id)
