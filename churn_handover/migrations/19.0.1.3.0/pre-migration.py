"""What a segment is called is computed in the reader's language: the name in the table is what people gave it."""

from odoo.tools.sql import column_exists, drop_not_null, rename_column


def migrate(cr, version):
    if column_exists(cr, "churn_segment", "own_name"):
        return
    rename_column(cr, "churn_segment", "name", "own_name")
    drop_not_null(cr, "churn_segment", "own_name")
