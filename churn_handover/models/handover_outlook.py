from collections import Counter

from odoo import api, fields, models
from odoo.fields import Domain

from .handover import OPEN_STATES

# Rules whose records make up a successor's load, besides the accounts.
LOAD_RULES = ("ownership_rule_lead", "ownership_rule_quotation", "ownership_rule_activity")
ACCOUNTS = "accounts"


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
        refs = (self.env.ref(f"churn_handover.{name}", raise_if_not_found=False) for name in LOAD_RULES)
        rules = [rule.sudo() for rule in refs if rule]  # sudo: a rep may read the plan but no rules
        columns = [ACCOUNTS, *rules]
        now = plan._load_now(successors, rules)
        gained = plan._load_gained(items, rules)
        planned = self.state in ("draft", "confirmed", "running")
        values = {
            "title": self.env._("Load: now → after the transfer") if planned else self.env._("Load now"),
            "headings": [self.env._("Accounts"), *(rule.name for rule in rules)],
            "rows": [
                (user.name, [(now[user, column], gained[user, column]) for column in columns]) for user in successors
            ],
        }
        return self.env["ir.qweb"]._render("churn_handover.handover_load", values)

    def _load_now(self, users, rules):
        """Return {(user, column): number of records}; one query per column."""
        partners = self.env["res.partner"]
        wanted = [(ACCOUNTS, partners, "user_id", partners._churn_account_domain())]
        wanted += [(rule, self.env[rule.res_model], rule.field_name, rule._open_domain()) for rule in rules]
        counts = Counter()
        for column, model, field_name, domain in wanted:
            held = Domain(field_name, "in", users.ids) & Domain(domain)
            for user, count in model._read_group(held, [field_name], ["__count"]):
                counts[user, column] = count
        return counts

    def _load_gained(self, items, rules):
        """Return {(user, column): number of records that the plan gives to the user}."""
        waiting = self.line_ids.filtered(lambda line: line.account_id and line.state in OPEN_STATES)
        gained = Counter((line.successor_id, ACCOUNTS) for line in waiting)
        users = self.env["res.users"]
        for rule in rules:
            gained.update((users.browse(item.successor_id), rule) for item in items.get(rule, ()))
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
