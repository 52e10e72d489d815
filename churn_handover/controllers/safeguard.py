from odoo import http
from odoo.http import request

from odoo.addons.web.controllers.json import WebJsonController
from odoo.addons.web.controllers.pivot import TableExporter
from odoo.addons.web.controllers.vcard import Partner


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


class SafeguardVcard(Partner):
    @http.route(readonly=False)  # the attempt is written down
    def download_vcard(self, partner_ids=None, partner=None, **kwargs):
        """Business cards by the dozen are an export without the right to export; one card is ordinary work."""
        watch = request.env["churn.safeguard"]
        ids = [int(one) for one in (partner_ids or "").split(",") if one.isdigit()]
        if len(ids) > 1 and watch._watches():
            watch._check("export", request.env["res.partner"].browse(ids).exists())
        return super().download_vcard(partner_ids=partner_ids, partner=partner, **kwargs)
