import io
import re

from odoo import http
from odoo.http import content_disposition, request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class WhatifController(http.Controller):
    @http.route("/churn_handover/whatif.xlsx", type="http", auth="user", methods=["GET"])
    def download(self, ids=""):
        """The chosen figures, or else the latest ones, as a spreadsheet; rights are those of the reader."""
        import xlsxwriter  # one of Odoo's own requirements, read when somebody downloads

        rows = request.env["churn.whatif"]
        rows.check_access("read")
        chosen = [int(number) for number in re.findall(r"\d+", ids)]
        rows = rows.search([("id", "in", chosen)] if chosen else [("is_latest", "=", True)])
        output = io.BytesIO()
        with xlsxwriter.Workbook(output, {"in_memory": True}) as book:
            bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
            for title, table in rows._sheets():
                sheet = book.add_worksheet(title[:31])
                sheet.write_row(0, 0, table[0], bold)
                for number, values in enumerate(table[1:], start=1):
                    for column, value in enumerate(values):
                        if isinstance(value, str):  # a name that begins with = is no formula
                            sheet.write_string(number, column, value)
                        elif hasattr(value, "year"):
                            sheet.write_datetime(number, column, value, day)
                        else:
                            sheet.write_number(number, column, value)
                sheet.autofit()
        headers = [
            ("Content-Type", XLSX),
            ("Content-Disposition", content_disposition(f"{request.env._('If Somebody Left Tomorrow')}.xlsx")),
        ]
        return request.make_response(output.getvalue(), headers)
