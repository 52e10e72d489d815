"""Reading orders from a csv file: good rows count, bad ones are named."""

import pytest

from analytics.orders_csv import UnusableFileError, day_number, day_text, read_orders


@pytest.fixture
def file(tmp_path):
    """A function that writes a csv file and returns its path."""

    def write(text, encoding="utf-8"):
        path = tmp_path / "orders.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return write


HEADER = "customer_id,date,amount,order_id\n"


def test_customers_are_sorted_and_rows_refer_to_them(file):
    orders = read_orders(file("customer_id,date,amount\nb,2024-01-02,5\na,2024-01-01,-2.5\n"))
    assert orders.customers == ["a", "b"]
    assert orders.account.tolist() == [1, 0]
    assert [day_text(day) for day in orders.day] == ["2024-01-02", "2024-01-01"]
    assert orders.amount.tolist() == [5.0, -2.5]
    assert orders.bad == []


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("a,2024-13-01,5,1", "there is no day 2024-13-01"),
        ("a,2024-02-30,5,1", "there is no day 2024-02-30"),
        ("a,01/02/2024,5,1", "date '01/02/2024' is not YYYY-MM-DD"),
        ("a,,5,1", "date '' is not YYYY-MM-DD"),
        ("a,1900-01-01,5,1", "date 1900-01-01 is before 1970"),
        ("a,2024-01-01,five,1", "amount 'five' is not a number"),
        ("a,2024-01-01,,1", "amount '' is not a number"),
        ("a,2024-01-01,nan,1", "amount 'nan' can't be a sum of money"),
        ("a,2024-01-01,1e300,1", "amount '1e300' can't be a sum of money"),
        (" ,2024-01-01,5,1", "the customer is missing"),
        ("a,2024-01-01", "columns are missing"),
    ],
)
def test_a_bad_row_is_left_out_and_named_by_its_line(file, row, why):
    orders = read_orders(file(f"{HEADER}good,2024-01-01,5,0\n{row}\ngood,2024-01-03,6,2\n"))
    assert [(bad.line, bad.why) for bad in orders.bad] == [(3, why)]
    assert orders.amount.tolist() == [5.0, 6.0]


def test_lines_of_one_order_are_added_up_on_its_earliest_day(file):
    orders = read_orders(file(f"{HEADER}a,2024-01-02,5,1\na,2024-01-01,7,1\nb,2024-01-02,1,1\n"))
    assert orders.amount.tolist() == [12.0, 1.0]
    assert day_text(orders.day[0]) == "2024-01-01"


def test_an_exact_copy_of_an_order_is_a_duplicate(file):
    orders = read_orders(file(f"{HEADER}a,2024-01-02,5,1\na,2024-01-02,5,1\n"))
    assert orders.amount.tolist() == [5.0]
    assert [(bad.line, bad.why) for bad in orders.bad] == [(3, "duplicate of an earlier row of order 1")]


def test_without_order_id_equal_rows_are_two_orders(file):
    orders = read_orders(file("customer_id,date,amount\na,2024-01-02,5\na,2024-01-02,5\n"))
    assert orders.amount.tolist() == [5.0, 5.0]


def test_rows_from_the_cut_off_on_might_as_well_not_be_there(file):
    """Not even their mistakes are told: nothing of the future may show."""
    late = "a,2024-02-01,5,8\na,2024-02-02,nonsense,9\n,2024-03-01,1,10\n"
    whole = read_orders(file(f"{HEADER}a,2024-01-31,5,7\n{late}"), before=day_number("2024-02-01"))
    cut = read_orders(file(f"{HEADER}a,2024-01-31,5,7\n"), before=day_number("2024-02-01"))
    assert (whole.customers, whole.day.tolist(), whole.bad) == (cut.customers, cut.day.tolist(), cut.bad)


@pytest.mark.parametrize(
    "text",
    [
        "customer_id;date;amount\na;2024-01-02;5\n",
        "customer_id\tdate\tamount\na\t2024-01-02\t5\n",
        "\ufeffcustomer_id,date,amount\r\na,2024-01-02,5\r\n",
        "amount,Name,Date,CUSTOMER_ID\n5,x,2024-01-02 10:30:00,a\n",
        'customer_id,date,amount\n"a",2024-01-02T08:00:00Z,5.0\n\n',
    ],
)
def test_what_spreadsheets_write_can_be_read(file, text):
    orders = read_orders(file(text))
    assert (orders.customers, orders.amount.tolist(), orders.bad) == (["a"], [5.0], [])
    assert day_text(orders.day[0]) == "2024-01-02"


def test_text_in_another_encoding_does_not_stop_the_others(file):
    orders = read_orders(file("customer_id,date,amount\nMüller,2024-01-02,5\n", encoding="latin-1"))
    assert len(orders.customers) == 1


def test_a_quoted_line_break_keeps_the_line_numbers_right(file):
    orders = read_orders(file(f'{HEADER}"a\nb",2024-01-01,5,1\nc,2024-01-01,oops,2\n'))
    assert [bad.line for bad in orders.bad] == [4]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no column customer_id, date, amount"),
        ("customer,date,amount\na,2024-01-01,5\n", "no column customer_id"),
        (HEADER, "no usable row"),
        (f"{HEADER}a,never,5,1\n", "no usable row"),
        (f"{HEADER}a,2024-05-01,5,1\n", "no usable row before the date"),
    ],
)
def test_a_file_without_a_usable_row_is_an_error(file, text, why):
    with pytest.raises(UnusableFileError, match=why):
        read_orders(file(text), before=day_number("2024-03-01"))
