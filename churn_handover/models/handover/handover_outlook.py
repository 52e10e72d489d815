from collections import Counter

from odoo import api, fields, models

from .handover import OPEN_STATES

# Rules whose records a successor gains, by the figure of the load that they add to.
GAINED_RULES = {"ownership_rule_lead": "deals", "ownership_rule_quotation": "quotations"}


class ChurnHandover(models.Model):
    """Looking ahead: what is still open, and what each successor will have to carry."""

    _inherit = "churn.handover"

    open_count = fields.Integer(
        string="Still Open", compute="_compute_outlook", help="Records that the plan has yet to move or close."
    )
    load_table = fields.Html(string="Load", compute="_compute_outlook", sanitize=False)
    unplanned_count = fields.Integer(
        compute="_compute_unplanned_count", help="Accounts of the predecessor that no open plan moves."
    )

    @api.depends("state", "line_ids.account_id")
    def _compute_unplanned_count(self):
        for handover in self:
            drafted = handover._origin and handover.state == "draft" and handover.kind == "departure"
            missing = handover._owned_accounts() - handover.line_ids.account_id if drafted else ()
            handover.unplanned_count = len(missing)

    def _compute_outlook(self):
        for handover in self:
            planned = handover._origin and handover.state in ("draft", "confirmed", "running")
            items = self.env["churn.transfer"]._preview(handover) if planned else {}
            moving = [row for rule, rows in items.items() if rule.policy in ("move", "close") for row in rows]
            handover.open_count = len(moving)
            handover.load_table = handover._render_load(items)

    def _render_load(self, items):
        """Return a table of what the successors look after now and after the transfer; numbers only."""
        plan = self.sudo()  # sudo: numbers and names of colleagues, nothing else
        successors = plan.line_ids.successor_id.sorted("name")
        if not successors:
            return False
        now = self.env["churn.load"]._of(successors, plan.company_ids)
        gained = plan._load_gained(items)
        labels = {
            "accounts": self.env._("Accounts"),
            "deals": self.env._("Open Deals"),
            "quotations": self.env._("Quotations"),
            "overdue": self.env._("Overdue Activities"),
            "meetings": self.env._("Meetings, 30 Days"),
        }
        rows = []
        for user in successors:
            load = now[user.id]
            limits = {"accounts": load.account_limit, "deals": load.deal_limit}
            cells = [(getattr(load, name), gained[user.id, name], limits.get(name)) for name in labels]
            rows.append((user.name, cells))
        planned = self.state in ("draft", "confirmed", "running")
        values = {
            "title": self.env._("Load: now → after the transfer") if planned else self.env._("Load now"),
            "headings": labels.values(),
            "rows": rows,
        }
        return self.env["ir.qweb"]._render("churn_handover.handover_load", values)

    def _load_gained(self, items):
        """Return {(user id, figure of the load): number of records that the plan gives to the user}."""
        waiting = self.line_ids.filtered(lambda line: line.account_id and line.state in OPEN_STATES)
        gained = Counter((line.successor_id.id, "accounts") for line in waiting)
        for name, figure in GAINED_RULES.items():
            rule = self.env.ref(f"churn_handover.{name}", raise_if_not_found=False)
            rows = items.get(rule.sudo(), ()) if rule else ()  # sudo: a rep may read the plan but no rules
            if figure == "deals":
                leads = self.env["crm.lead"].browse(item.id for item in rows)
                deals = set(leads.filtered(lambda lead: lead.type == "opportunity").ids)
                rows = [item for item in rows if item.id in deals]
            gained.update((item.successor_id, figure) for item in rows)
        return gained

    def action_preview(self):
        """Show exactly what will move, rule by rule."""
        self.ensure_one()
        self.check_access("write")
        self.env["churn.handover.preview"]._make(self)
        return {
            **self.env["ir.actions.actions"]._for_xml_id("churn_handover.handover_preview_action"),
            "name": self.env._("What Will Move: %(name)s", name=self.name),
            "domain": [("handover_id", "=", self.id)],
        }
