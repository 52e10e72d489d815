from datetime import date, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command
from odoo.tools import SQL

from dev.company import CompanyError, load_company

from .common_company import AdventureWorksCase, SmallCompanyCase, shared_data

SALESPEOPLE = """
    salesperson_id,territory_ids,is_manager
    1,1,1
    2,1,0
    3,2,0
    9,1 2,0
"""
RESELLERS = """
    reseller_id,name,business_type,city,state,country
    10,Bike World,Specialty Bike Shop,Seattle,Washington,United States
    11,Vélo Plus,Ware House,Paris,,France
    12,Never Bought,Warehouse,Portland,Oregon,United States
"""
PRODUCTS = """
    product_id,name,subcategory,category,standard_cost
    100,"Frame, red",Frames,Components,50.5
    101,Helmet,Helmets,Accessories,7
"""
ORDER_LINES = """
    order_id,date,reseller_id,salesperson_id,territory_id,product_id,quantity,unit_price,amount
    A1,2020-01-10,10,2,1,100,2,99.99,199.98
    A1,2020-01-10,10,2,1,101,1,15.5,15.5
    A2,2020-03-01,10,3,2,101,3,15.5,46.5
    A3,2020-03-31,11,3,2,100,1,120,120
"""
FOUR_FILES = {
    "salespeople": SALESPEOPLE,
    "resellers": RESELLERS,
    "products": PRODUCTS,
    "order_lines": ORDER_LINES,
}
# What cannot be equal: numbers drawn from a sequence, and the moment of creation.
DRAWN = {"id", "create_date", "write_date", "order_id", "move_id"}
NUMBERED = {"sequence_number", "name", "payment_reference", "move_name"}


def rows(records):
    """The stored columns of records, past the ORM."""
    query = SQL("SELECT * FROM %s WHERE id IN %s ORDER BY id", SQL.identifier(records._table), tuple(records.ids))
    return records.env.execute_query_dict(query)


def followers(record):
    return {follower.partner_id: follower.subtype_ids for follower in record.message_follower_ids}


class TwinMixin:
    """Compares what the loader wrote with what the ORM makes of the same input."""

    def twin(self, order):
        """The same order entered in Odoo: created, confirmed, invoiced if the first one is."""
        twin = self.env["sale.order"].create(
            {
                "name": order.name,
                "partner_id": order.partner_id.id,
                "user_id": order.user_id.id,
                "team_id": order.team_id.id,
                "date_order": order.date_order,
                "validity_date": order.validity_date,
                "order_line": [
                    Command.create(
                        {
                            "product_id": line.product_id.id,
                            "product_uom_qty": line.product_uom_qty,
                            "price_unit": line.price_unit,
                        }
                    )
                    for line in order.order_line
                ],
            }
        )
        twin.action_confirm()
        twin.date_order = order.date_order
        if order.invoice_ids:
            day = order.invoice_ids.invoice_date
            invoice = twin._create_invoices()
            invoice.write({"invoice_date": day, "invoice_date_due": day})
            invoice.action_post()
        return twin

    def compare_rows(self, records, twins, ignored=frozenset()):
        self.assertEqual(len(records), len(twins))
        for row, twin_row in zip(rows(records), rows(twins), strict=True):
            for column in row.keys() - DRAWN - ignored:
                value, twin_value = row[column], twin_row[column]
                message = f"{records._name} {row['id']}, column {column}"
                if isinstance(value, float):
                    self.assertAlmostEqual(value, twin_value, 9, message)
                else:
                    self.assertEqual(value, twin_value, message)

    def compare_order(self, order):
        twin = self.twin(order)
        self.env.flush_all()
        self.compare_rows(order, twin)
        self.compare_rows(order.order_line, twin.order_line)
        self.assertEqual(order.order_line.tax_ids, twin.order_line.tax_ids)
        self.assertEqual(followers(order), followers(twin))
        if twin.invoice_ids:
            self.compare_move(order.invoice_ids, twin.invoice_ids)

    def compare_move(self, move, twin):
        self.compare_rows(move, twin, NUMBERED)
        lines, twin_lines = move.line_ids.sorted("id"), twin.line_ids.sorted("id")
        self.compare_rows(lines, twin_lines, {"name", "move_name"})
        named, twin_named = (
            [(line.name or "").replace(line.move_id.name, "number") for line in group] for group in (lines, twin_lines)
        )
        self.assertEqual(named, twin_named)
        self.assertEqual(lines.tax_ids, twin_lines.tax_ids)
        self.assertEqual(followers(move), followers(twin))
        self.assertRegex(move.name, rf"^R?INV/{move.invoice_date.year}/\d{{5}}$")


class TestAdventureWorks(TwinMixin, AdventureWorksCase):
    def test_everything_is_loaded(self):
        counts = self.company.counts
        loaded = [counts[kind] for kind in ("salespeople", "accounts", "products", "orders", "lines")]
        self.assertEqual(loaded, [18, 701, 397, 3616, 57851])
        orders = self.env["sale.order"].search([("name", "=like", "SO%")])
        self.assertEqual(len(orders), 3616)
        self.assertEqual(set(orders.mapped("state")), {"sale"})
        yesterday = fields.Date.today() - timedelta(days=1)
        self.assertEqual(max(orders.mapped("date_order")).date(), yesterday)

    def test_a_sample_of_orders_equals_what_the_orm_makes(self):
        """Every stored column of order, lines, invoice and journal items, of each kind of order."""
        orders = self.env["sale.order"].search([("name", "=like", "SO%")], order="id")
        kinds = orders.grouped(lambda order: (order.fiscal_position_id, order.invoice_status))
        self.assertGreaterEqual(len(kinds), 4)
        sample = self.env["sale.order"].union(*(group[::15][:5] for group in kinds.values()))
        sample |= max(orders[::7], key=lambda order: len(order.order_line))
        for order in sample:
            self.compare_order(order)

    def test_journal_balances_and_numbers_are_unique(self):
        self.env.cr.execute(
            """
            SELECT count(*) FILTER (WHERE balance <> 0), count(*)
              FROM (SELECT move_id, sum(balance) AS balance FROM account_move_line GROUP BY 1) AS moves
            """
        )
        unbalanced, count = self.env.cr.fetchone()
        self.assertEqual(unbalanced, 0)
        invoices = self.env["account.move"].search([("state", "=", "posted")])
        self.assertEqual(len(set(invoices.mapped("name"))), len(invoices))
        self.assertGreater(count, 3000)

    def test_owner_is_the_salesperson_of_the_latest_order(self):
        owned = self.env["res.partner"]._read_group(
            [("is_company", "=", True), ("user_id", "!=", False)], ["user_id"], ["__count"]
        )
        counts = dict(owned)
        self.assertEqual(counts[self.person["282"]], 68)
        self.assertEqual(counts[self.person["283"]], 74)
        self.assertEqual(sum(counts.values()), 632)
        account = self.env["res.partner"].search([("user_id", "=", self.person["282"].id)], limit=1)
        latest = self.env["sale.order"].search(
            [("partner_id", "=", account.commercial_partner_id.id), ("state", "=", "sale")],
            order="date_order DESC, id DESC",
            limit=1,
        )
        self.assertEqual(latest.user_id, self.person["282"])
        self.assertIn(self.person["282"].partner_id, account.commercial_partner_id.message_partner_ids)
        self.assertEqual(set(account.commercial_partner_id.child_ids.user_id), {self.person["282"]})

    def test_rights_teams_and_employees(self):
        rep, leader, manager = self.person["282"], self.person["272"], self.company.records.manager
        self.assertEqual(manager, self.person["277"])
        self.assertTrue(rep.has_group("sales_team.group_sale_salesman"))
        self.assertFalse(rep.has_group("sales_team.group_sale_salesman_all_leads"))
        self.assertTrue(leader.has_group("churn_handover.group_churn_leader"))
        self.assertFalse(leader.has_group("sales_team.group_sale_manager"))
        self.assertTrue(manager.has_group("churn_handover.group_churn_manager"))
        self.assertFalse(manager.has_group("base.group_system"))
        self.assertEqual(len(rep.crm_team_ids), 2)
        self.assertEqual(rep.crm_team_ids.user_id, leader)
        self.assertEqual(rep.employee_id.parent_id.user_id, leader)
        self.assertEqual(leader.employee_id.parent_id.user_id, manager)
        self.assertEqual(self.env.ref("__import__.person_282"), rep)

    def test_a_rep_sees_own_documents_only(self):
        rep = self.person["282"]
        orders = self.env["sale.order"].with_user(rep).search([])
        self.assertTrue(all(rep in (order.user_id, order.partner_id.user_id) for order in orders.sudo()))
        self.assertLess(len(orders), self.env["sale.order"].search_count([]))

    def test_open_business_is_there_and_belongs_to_the_owners(self):
        rep = self.person["282"]
        for model, domain in (
            ("crm.lead", [("user_id", "=", rep.id), ("won_status", "=", "pending")]),
            ("sale.order", [("user_id", "=", rep.id), ("state", "in", ("draft", "sent"))]),
            ("sale.order", [("user_id", "=", rep.id), ("invoice_status", "=", "to invoice")]),
            ("account.move", [("invoice_user_id", "=", rep.id), ("state", "=", "draft")]),
            ("mail.activity", [("user_id", "=", rep.id), ("res_model", "!=", False)]),
            ("mail.activity", [("user_id", "=", rep.id), ("res_model", "=", False)]),
            ("calendar.event", [("user_id", "=", rep.id), ("start", ">", fields.Datetime.now())]),
        ):
            with self.subTest(model=model, domain=domain):
                self.assertTrue(self.env[model].search_count(domain))
        for lead in self.env["crm.lead"].search([("partner_id", "!=", False)]):
            self.assertEqual(lead.user_id, lead.partner_id.commercial_partner_id.user_id)
            self.assertIn(lead.user_id.partner_id, lead.message_partner_ids)

    def test_nobody_is_told_of_generated_records(self):
        self.assertFalse(self.env["mail.mail"].search_count([]))

    def test_a_second_load_is_refused(self):
        with self.assertRaisesRegex(CompanyError, "loaded company already"):
            load_company(self.env, shared_data("northwind.csv"))


class TestSmallCompany(TwinMixin, SmallCompanyCase):
    def test_four_files(self):
        with freeze_time("2026-05-10 12:00:00"):
            records = self.load(**FOUR_FILES).records
        orders = self.env["sale.order"].search([("name", "in", ("A1", "A2", "A3"))], order="name")
        # The last order of the files, of March 31st, becomes yesterday.
        self.assertEqual(
            [order.date_order.date() for order in orders],
            [date(2026, 2, 17), date(2026, 4, 9), date(2026, 5, 9)],
        )
        self.assertEqual(orders.mapped("amount_untaxed"), [215.48, 46.5, 120.0])
        self.assertEqual(orders.mapped("invoice_status"), ["invoiced", "invoiced", "to invoice"])
        accounts = self.env["res.partner"].browse(records.accounts.values())
        self.assertEqual(accounts.mapped("user_id"), records.users["3"])
        self.assertFalse(accounts[2].user_id, "who never bought has no owner")
        self.assertEqual(accounts.mapped("country_id.code"), ["US", "FR"])
        self.assertEqual(accounts[1].industry_id, accounts[2].industry_id, "one business type, two spellings")
        self.assertEqual(accounts[0].state_id.name, "Washington")
        figures = self.env["churn.account"].search([("partner_id", "=", accounts[0].id)])
        self.assertEqual(figures.revenue_12m, 261.98)
        frame = records.products["100"]
        self.assertEqual(frame.categ_id.complete_name, "Components / Frames")
        self.assertEqual((frame.list_price, frame.standard_price), (120.0, 50.5))
        self.assertEqual(records.manager, records.users["9"])
        # A team is led by its manager, or else by who sells most in it.
        self.assertEqual(records.teams["1"].user_id, records.users["1"])
        self.assertEqual(records.teams["2"].user_id, records.users["3"])

    def test_negative_lines_become_a_credit_note_that_the_orm_would_make(self):
        lines = f"""{ORDER_LINES.rstrip()}
    A4,2020-03-05,10,3,2,101,-1,15.5,-15.5
    A4,2020-03-05,10,3,2,100,-1,33.33,-33.33
"""
        records = self.load(**{**FOUR_FILES, "order_lines": lines}).records
        self.assertFalse(self.env["sale.order"].search([("name", "=", "A4")]))
        refund = self.env["account.move"].search([("ref", "=", "A4")])
        self.assertEqual((refund.move_type, refund.state), ("out_refund", "posted"))
        self.assertEqual(refund.amount_untaxed_signed, -48.83)
        self.assertEqual(refund.invoice_user_id, records.users["3"])
        twin = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": refund.partner_id.id,
                "invoice_user_id": refund.invoice_user_id.id,
                "team_id": refund.team_id.id,
                "ref": refund.ref,
                "invoice_date": refund.invoice_date,
                "invoice_date_due": refund.invoice_date,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": line.product_id.id,
                            "quantity": line.quantity,
                            "price_unit": line.price_unit,
                        }
                    )
                    for line in refund.invoice_line_ids
                ],
            }
        )
        twin.action_post()
        self.env.flush_all()
        self.compare_move(refund, twin)

    def test_broken_quantities_leave_no_cent_behind(self):
        """Odoo spreads a cent over the lines when they don't add up: those orders are made by the ORM itself."""
        lines = f"""{ORDER_LINES.rstrip()}
    A5,2020-01-05,10,3,2,101,0.5,10.01,5.01
    A5,2020-01-05,10,3,2,100,0.5,10.01,5.01
    A6,2020-01-06,10,3,2,100,12.12,12.12,146.89
"""
        self.load(**{**FOUR_FILES, "order_lines": lines})
        for order in self.env["sale.order"].search([("name", "in", ("A5", "A6"))]):
            self.compare_order(order)
            self.assertFalse(self.env.company.currency_id.round(sum(order.invoice_ids.line_ids.mapped("balance"))))

    def test_other_taxes_go_by_the_orm(self):
        self.env.company.account_sale_tax_id.price_include_override = "tax_included"
        self.load(**FOUR_FILES)
        order = self.env["sale.order"].search([("name", "=", "A1")])
        self.assertEqual(order.amount_total, 215.48)
        self.compare_order(order)

    def test_rounding_per_line(self):
        self.env.company.tax_calculation_rounding_method = "round_per_line"
        self.load(**FOUR_FILES)
        for order in self.env["sale.order"].search([("name", "in", ("A1", "A2"))]):
            self.compare_order(order)

    def test_flat_file_with_salespeople(self):
        loaded = load_company(self.env, shared_data("northwind.csv"))
        self.assertEqual((loaded.counts["salespeople"], loaded.counts["accounts"]), (9, 89))
        account = self.env.ref("__import__.account_VINET")
        order = self.env["sale.order"].search([("name", "=", "SO10248")])
        self.assertEqual(order.partner_id, account)
        self.assertEqual(order.amount_untaxed, 440.0)
        self.compare_order(order)
        self.assertEqual(loaded.records.users.keys() & {"1", "9", "manager"}, {"1", "9", "manager"})
        self.assertTrue(loaded.records.manager.has_group("sales_team.group_sale_manager"))
        self.assertTrue(loaded.counts["opportunities"])

    def test_flat_file_without_salespeople_shares_the_customers_out(self):
        rows = "\n".join(f"    {n % 40},2020-01-{n % 28 + 1:02},{n}.5,{n}" for n in range(1, 90))
        loaded = self.load(orders=f"    customer_id,date,amount,order_id\n{rows}\n")
        accounts = self.env["res.partner"].browse(loaded.records.accounts.values())
        self.assertEqual(len(accounts.user_id), 3)
        for orders in self.env["sale.order"].search([]).grouped("partner_id").values():
            self.assertEqual(orders.user_id, orders.partner_id.user_id)

    def test_the_same_files_and_seed_give_the_same_open_business(self):
        def generated():
            with self.env.cr.savepoint() as savepoint:
                self.load(open_business=True, **FOUR_FILES)
                leads = self.env["crm.lead"].search([("partner_id", "!=", False)])
                made = [(lead.name, lead.expected_revenue, lead.date_deadline) for lead in leads]
                made += [
                    (order.partner_id.name, order.amount_total)
                    for order in self.env["sale.order"].search([("state", "!=", "sale")])
                ]
                savepoint.rollback()
            return made

        self.assertEqual(generated(), generated())

    def test_a_bad_file_changes_nothing(self):
        before = self.env["res.users"].search_count([]), self.env["res.partner"].search_count([])
        bad = RESELLERS.replace("United States", "Atlantis", 1)
        message = r"^resellers.csv, line 2: country 'Atlantis' is not known$"
        with self.assertRaisesRegex(CompanyError, message), self.env.cr.savepoint():
            self.load(**{**FOUR_FILES, "resellers": bad})
        after = self.env["res.users"].search_count([]), self.env["res.partner"].search_count([])
        self.assertEqual(after, before)
