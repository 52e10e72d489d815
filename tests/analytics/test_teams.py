"""Who would join a team by a template: the rules by hand, and what must hold whatever the data."""

from hypothesis import given
from hypothesis import strategies as st

from analytics.teams import OUTCOMES, Account, Line, Sources, propose

BACKUP, LEADER, SERVICE = 1, 2, 3
OWNER, ANN, BOB, EVE, LEA = 10, 11, 12, 13, 20
EVERYBODY = {user: frozenset({1}) for user in (OWNER, ANN, BOB, EVE, LEA)}


def one(line, account=None, **sources):
    account = account or Account(1, OWNER, None, 7)
    return propose([account], {7: [line]}, Sources(companies=EVERYBODY, **sources))[0][2:]


def test_each_rule_finds_its_person():
    assert one(Line(1, BACKUP, "user", ANN)) == (ANN, "add")
    assert one(Line(1, LEADER, "manager"), manager={OWNER: LEA}) == (LEA, "add")
    assert one(Line(1, LEADER, "leader"), leader={OWNER: LEA}) == (LEA, "add")
    assert one(Line(1, BACKUP, "known"), known={1: [OWNER, BOB, ANN]}) == (BOB, "add")
    assert one(Line(1, BACKUP, "load"), colleagues={OWNER: [ANN, BOB]}, load={ANN: 4, BOB: 3}) == (BOB, "add")


def test_what_stays_as_it_is_says_why():
    taken = Account(1, OWNER, None, 7, members=frozenset({ANN}), roles=frozenset({BACKUP}))
    assert one(Line(1, BACKUP, "user", BOB), taken) == (None, "filled")
    assert one(Line(1, SERVICE, "user", ANN), taken) == (ANN, "serving")
    assert one(Line(1, SERVICE, "user", OWNER)) == (OWNER, "serving")
    assert one(Line(1, SERVICE, "user", BOB), Account(1, OWNER, None, 7, earlier=frozenset({SERVICE}))) == (
        None,
        "earlier",
    )
    assert one(Line(1, LEADER, "leader")) == (None, "nobody")
    assert one(Line(1, BACKUP, "user", 99)) == (None, "nobody"), "archived: not among those who may serve"
    assert one(Line(1, BACKUP, "user", ANN), Account(1, OWNER, 2, 7)) == (None, "nobody"), "works in another company"


def test_a_backup_is_added_where_one_is_missing():
    backed = Account(1, OWNER, None, 7, members=frozenset({BOB}), roles=frozenset({SERVICE}), backups=1)
    assert one(Line(1, BACKUP, "user", ANN, rank=1), backed) == (None, "backed")
    assert one(Line(1, BACKUP, "user", ANN, rank=2), backed) == (ANN, "add"), "the second one is missing"
    assert one(Line(1, BACKUP, "user", ANN), backed) == (ANN, "add"), "no backup's place"
    lines = {7: [Line(1, BACKUP, "user", ANN, rank=1), Line(2, LEADER, "user", LEA, rank=1)]}
    found = propose([Account(1, OWNER, None, 7)], lines, Sources(companies=EVERYBODY))
    assert [row[3] for row in found] == ["add", "backed"]


def test_two_places_never_go_to_one_person():
    lines = {7: [Line(1, BACKUP, "known"), Line(2, SERVICE, "known")]}
    found = propose([Account(1, OWNER, None, 7)], lines, Sources(companies=EVERYBODY, known={1: [ANN, BOB]}))
    assert [(row[2], row[3]) for row in found] == [(ANN, "add"), (BOB, "add")]


def test_the_load_is_spread_over_the_accounts():
    accounts = [Account(number, OWNER, None, 7) for number in range(1, 7)]
    sources = Sources(companies=EVERYBODY, colleagues={OWNER: [ANN, BOB, EVE]}, load={ANN: 2})
    found = [row[2] for row in propose(accounts, {7: [Line(1, BACKUP, "load")]}, sources)]
    assert found == [BOB, EVE, BOB, EVE, ANN, BOB]


@given(
    st.lists(st.sampled_from(["manager", "leader", "user", "known", "load"]), min_size=1, max_size=4),
    st.lists(st.sampled_from([OWNER, ANN, BOB, EVE, LEA, 99]), max_size=4),
    st.integers(1, 6),
    st.randoms(),
)
def test_whatever_the_data(rules, people, count, random):
    lines = {7: [Line(at, at, who, people[0] if people else None) for at, who in enumerate(rules)]}
    accounts = [Account(number, OWNER, 1, 7, members=frozenset(people[1:2])) for number in range(count)]
    sources = Sources(
        companies=EVERYBODY,
        manager={OWNER: people[-1]} if people else {},
        known=dict.fromkeys(range(count), people),
        colleagues={OWNER: sorted(set(people))},
    )
    found = propose(accounts, lines, sources)
    random.shuffle(accounts)
    assert propose(accounts, lines, sources) == found, "the order of the accounts does not matter"
    assert len(found) == count * len(rules)
    for account in accounts:
        joins = [row[2] for row in found if row[0] == account.id and row[3] == "add"]
        assert len(joins) == len(set(joins))
        assert not {OWNER, 99, *account.members} & set(joins)
    assert {row[3] for row in found} <= set(OUTCOMES)
