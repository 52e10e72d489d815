from odoo import http
from odoo.http import request

from odoo.addons.web.controllers.json import WebJsonController
from odoo.addons.web.controllers.pivot import TableExporter


class SafeguardJson(WebJsonController):
    @http.route(readonly=False)  # the attempt is written down
    def web_json_1(self, subpath, **kwargs):
        """Whole lists of customers in one request: refused to whoever is leaving."""
        watch = request.env["churn.safeguard"]
        if watch._watches():
            watch._check_departure("json")
        return super().web_json_1(subpath, **kwargs)


class SafeguardPivot(TableExporter):
    @http.route(readonly=False)  # the attempt is written down
    def export_xlsx(self, data, **kw):
        """The table is on the leaver's screen already: it is not refused, but reported."""
        watch = request.env["churn.safeguard"]
        if watch._watches():
            watch._note_departure("pivot")
        return super().export_xlsx(data, **kw)
