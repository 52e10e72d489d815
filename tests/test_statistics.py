"""The nightly jobs bring PostgreSQL's statistics up to date themselves: after an import they may come first."""

from odoo.tests import TransactionCase


class TestStatistics(TransactionCase):
    def fill(self, rows):
        """A bulk import that PostgreSQL has not analysed yet."""
        self.env.cr.execute(
            """INSERT INTO res_partner (name, complete_name, active, type, autopost_bills, create_date, write_date)
               SELECT 'Imported ' || number, 'Imported ' || number, TRUE, 'contact', 'ask', now(), now()
                 FROM generate_series(1, %s) number""",
            [rows],
        )

    def known_rows(self):
        self.env.cr.execute("SELECT reltuples FROM pg_class WHERE oid = 'res_partner'::regclass")
        return self.env.cr.fetchone()[0]

    def refresh(self):
        return self.env["churn.statistics"]._refresh()

    def test_a_table_that_grew_is_analysed_once(self):
        self.refresh()
        before = self.known_rows()
        self.fill(20000)
        self.assertIn("res_partner", self.refresh())
        self.assertGreaterEqual(self.known_rows(), max(before, 20000))
        self.assertNotIn("res_partner", self.refresh())

    def test_own_tables_count_and_those_of_strangers_do_not(self):
        self.env.cr.execute("CREATE TABLE churn_imported AS SELECT generate_series(1, 30000) number")
        self.env.cr.execute("CREATE TABLE other_imported AS SELECT generate_series(1, 30000) number")
        found = self.refresh()
        self.assertIn("churn_imported", found)
        self.assertNotIn("other_imported", found)

    def test_a_restored_table_has_rows_and_no_statistics(self):
        """Making an index sets the number of rows, so that the table seems known."""
        self.env.cr.execute("CREATE TABLE churn_restored AS SELECT generate_series(1, 30000) number")
        self.env.cr.execute("CREATE INDEX ON churn_restored (number)")
        self.assertIn("churn_restored", self.refresh())
        self.assertNotIn("churn_restored", self.refresh())

    def test_every_table_named_is_there(self):
        from odoo.addons.churn_handover.models.common.statistics import READ_TABLES

        self.env.cr.execute("SELECT count(*) FROM unnest(%s) name WHERE to_regclass(name) IS NULL", [list(READ_TABLES)])
        self.assertEqual(self.env.cr.fetchone()[0], 0)
