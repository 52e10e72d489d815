from analytics.routing import Found, Item, Router, Scan

OLD, ANN, BOB, CID = 1, 2, 3, 4
ACME, BOLT = 10, 20
HERE, THERE = 100, 200


def found(record=1, account=ACME, user=OLD, company=None):
    return Found(record, user, account, company)


def router(**values):
    return Router({(ACME, OLD): (7, ANN)}, frozenset({HERE}), **values)


def test_an_account_of_the_plan_goes_through_its_line():
    assert router().route(found()) == Item(1, OLD, 7, ANN)


def test_without_the_default_line_nothing_else_moves():
    assert router().route(found(account=BOLT)) is None
    assert router().route(found(account=None)) is None


def test_the_same_account_of_somebody_else_is_another_matter():
    assert router().route(found(user=CID)) is None


def test_the_default_line_takes_the_rest():
    rest = router(default=(9, BOB))
    assert rest.route(found(account=BOLT)) == Item(1, OLD, 9, BOB)
    assert rest.route(found(account=None)) == Item(1, OLD, 9, BOB)
    assert rest.route(found()) == Item(1, OLD, 7, ANN)


def test_an_account_outside_goes_to_its_owner_unless_that_is_the_leaver():
    rest = router(default=(9, BOB), owners={BOLT: CID, 30: OLD})
    assert rest.route(found(account=BOLT)) == Item(1, OLD, 9, CID)
    assert rest.route(found(account=30)) == Item(1, OLD, 9, BOB)


def test_what_another_open_line_will_move_waits():
    rest = router(default=(9, BOB), waiting={(BOLT, OLD)})
    assert rest.route(found(account=BOLT)) is None


def test_other_companies_are_left_alone_and_records_without_company_move():
    assert router().route(found(company=THERE)) is None
    assert router().route(found(company=HERE)) is not None
    assert router().route(found(company=None)) is not None


def test_scan_routes_only_what_the_lines_ask_for():
    scan = Scan({"deals": [found(1), found(2, BOLT)], "quotes": [found(3)], "empty": []})
    assert scan.route(router()) == {"deals": [Item(1, OLD, 7, ANN)], "quotes": [Item(3, OLD, 7, ANN)]}
    assert len(scan) == 3
    assert scan
    assert not Scan({"deals": []})


def test_scan_counts_by_company():
    scan = Scan({"deals": [found(1, company=HERE), found(2, company=THERE), found(3)]})
    assert scan.counts() == {"deals": 3}
    assert scan.counts({HERE}) == {"deals": 2}


def test_companies_where_a_successor_must_work():
    scan = Scan(
        {"deals": [found(1, company=HERE), found(2, company=THERE, account=BOLT)], "reports": [found(3, company=5)]}
    )
    assert scan.companies(ACME, OLD, {"deals"}) == {HERE}
    assert scan.companies(BOLT, OLD, {"deals"}) == {THERE}
    assert scan.companies(ACME, ANN, {"deals"}) == set()
