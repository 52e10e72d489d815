"""Bring the tables to what this version keeps in them."""

from odoo.tools.sql import column_exists, drop_not_null, rename_column, table_columns


def migrate(cr, version):
    rename_segments(cr)
    split_costs(cr)


def rename_segments(cr):
    """What a segment is called is computed in the reader's language: the name in the table is what people gave it."""
    if not column_exists(cr, "churn_segment", "own_name"):
        rename_column(cr, "churn_segment", "name", "own_name")
        drop_not_null(cr, "churn_segment", "own_name")


def split_costs(cr):
    """A cost was one number, read in each company as of its own currency: each goes on with what it saw."""
    if table_columns(cr, "churn_measure")["cost"]["udt_name"] == "jsonb":
        return
    rename_column(cr, "churn_measure", "cost", "cost_of_all")
    cr.execute("ALTER TABLE churn_measure ADD COLUMN cost jsonb")
    cr.execute(
        """UPDATE churn_measure
              SET cost = (SELECT jsonb_object_agg(company.id::text, cost_of_all) FROM res_company company)
            WHERE cost_of_all > 0"""
    )
    cr.execute("ALTER TABLE churn_measure DROP COLUMN cost_of_all")
