"""Reading a company's files, and what is said when they are wrong: no database needed."""

import pytest

from dev.company import CompanyError, read_company

HEADERS = {
    "salespeople": "salesperson_id,territory_ids,is_manager",
    "resellers": "reseller_id,name,business_type,city,state,country",
    "products": "product_id,name,subcategory,category,standard_cost",
    "order_lines": ("order_id,date,reseller_id,salesperson_id,territory_id,product_id,quantity,unit_price,amount"),
}
ROWS = {
    "salespeople": ["1,5,0"],
    "resellers": ["7,Shop,,Rome,,Italy"],
    "products": ["100,Frame,,,1.5"],
    "order_lines": ["A1,2020-01-10,7,1,5,100,2,10,20"],
}


def write(folder, **changed):
    for name, header in HEADERS.items():
        rows = changed.get(name, ROWS[name])
        (folder / f"{name}.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return folder


def flat(folder, *rows, header="customer_id,date,amount,order_id"):
    path = folder / "orders.csv"
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


def message(folder):
    with pytest.raises(CompanyError) as raised:
        read_company(folder)
    return str(raised.value)


def test_a_good_folder(tmp_path):
    company = read_company(write(tmp_path))
    assert [(order.ref, order.account, order.person) for order in company.orders] == [("A1", "7", "1")]


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ("A2,2020-02-30,7,1,5,100,2,10,20", "date is no date like 2020-05-31: '2020-02-30'"),
        ("A2,2020-02-03,7,1,5,100,two,10,20", "quantity is no number: 'two'"),
        ("A2,2020-02-03,7,1,5,100,nan,10,20", "quantity is no number: 'nan'"),
        ("A2,2020-02-03,7,1,5,100,0,10,0", "quantity is 0"),
        ("A2,2020-02-03,7,1,5,100,2,10,25", "amount 25 is not quantity × unit_price (20.00)"),
        ("A2,2020-02-03,8,1,5,100,2,10,20", "reseller_id 8 is not in resellers.csv"),
        ("A2,2020-02-03,7,9,5,100,2,10,20", "salesperson_id 9 is not in salespeople.csv"),
        ("A2,2020-02-03,7,1,5,999,2,10,20", "product_id 999 is not in products.csv"),
        (",2020-02-03,7,1,5,100,2,10,20", "order_id is empty"),
        ("A2,2020-02-03,7,1,5,100,2", "7 fields instead of 9"),
        (
            "A1,2020-01-11,7,1,5,100,2,10,20",
            "order A1 has another date, account, person or territory in line 2",
        ),
    ],
)
def test_a_bad_row_is_named_with_file_and_line(tmp_path, row, text):
    folder = write(tmp_path, order_lines=[*ROWS["order_lines"], row])
    assert message(folder) == f"order_lines.csv, line 3: {text}"


def test_lines_are_those_of_the_file_after_a_line_break_in_a_field(tmp_path):
    folder = write(tmp_path, resellers=['7,"Shop\nand more",,Rome,,Italy', "7,Twin,,Rome,,Italy"])
    assert message(folder) == "resellers.csv, line 4: reseller_id 7 is there twice"


def test_all_findings_are_told_but_no_flood_of_them(tmp_path):
    rows = [f"A{n},never,7,1,5,100,2,10,20" for n in range(30)]
    lines = message(write(tmp_path, order_lines=rows)).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "… and 10 more"


def test_missing_files_and_columns(tmp_path):
    assert "no such folder" in message(tmp_path / "nowhere")
    assert "neither order_lines.csv nor orders.csv" in message(tmp_path)
    folder = write(tmp_path)
    (folder / "products.csv").unlink()
    assert message(folder) == f"products.csv: missing in {folder}"
    (folder / "products.csv").write_text("product_id,name\n", encoding="utf-8")
    assert message(folder) == "products.csv, line 1: column subcategory, category, standard_cost missing"


def test_a_file_that_is_not_utf_8(tmp_path):
    folder = write(tmp_path)
    (folder / "resellers.csv").write_bytes(f"{HEADERS['resellers']}\n7,Caf\xe9,,,,\n".encode("latin-1"))
    assert message(folder).startswith("resellers.csv, line 1 or after: not UTF-8")


def test_an_empty_company(tmp_path):
    assert message(write(tmp_path, order_lines=[])) == "order_lines.csv: no order in it"


def test_a_flat_file_alone_or_in_a_folder(tmp_path):
    path = flat(tmp_path, "C1,2020-01-02,10.5,1", "C1,2020-01-03,-4,2")
    for place in (path, tmp_path):
        company = read_company(place)
        assert [(order.ref, order.refund) for order in company.orders] == [("1", False), ("2", True)]
        assert company.orders[1].lines[0].price == 4


def test_flat_rows_of_one_order_agree(tmp_path):
    flat(tmp_path, "C1,2020-01-02,10,1", "C2,2020-01-02,10,1")
    assert message(tmp_path) == ("orders.csv, line 3: order 1 has another date, account, person or territory in line 2")


def test_credit_notes_alone_are_no_company(tmp_path):
    flat(tmp_path, "C1,2020-01-02,-10,1")
    assert message(tmp_path) == "orders.csv: no order in it"


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path):
    path = flat(tmp_path, "C1,2020-01-02,10,1")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_company(path).accounts.keys() == {"C1"}
