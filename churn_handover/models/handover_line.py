from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models

NAMES_SHOWN = 10


class ChurnHandoverLine(models.Model):
    """One account of a handover: the unit of transfer, state and undo.

    Exactly one line of a plan has no account (``is_default``): its successor takes what hangs on no account.
    """

    _name = "churn.handover.line"
    _description = "Handover Line"
    _order = "handover_id, is_default desc, id"
    _rec_name = "account_id"

    handover_id = fields.Many2one("churn.handover", required=True, index=True, ondelete="cascade")
    is_default = fields.Boolean(readonly=True, help="Takes what hangs on no account.")
    account_id = fields.Many2one("res.partner", index=True, ondelete="set null")
    account_name = fields.Char(readonly=True)
    predecessor_id = fields.Many2one("res.users", required=True, index=True, ondelete="restrict")
    successor_id = fields.Many2one("res.users", index=True, ondelete="restrict")
    change_date = fields.Date(required=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("confirmed", "Confirmed"),
            ("stopped", "Stopped"),
            ("done", "Moved"),
            ("undone", "Undone"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
    )
    stop_reason = fields.Char(readonly=True, copy=False)
    moved_at = fields.Datetime(readonly=True, copy=False)

    _open_account_unique = models.UniqueIndex(
        "(account_id) WHERE account_id IS NOT NULL AND state IN ('confirmed', 'stopped')",
        "This account is already part of another open handover.",
    )
    _account_or_default = models.Constraint(
        "CHECK(is_default OR account_id IS NOT NULL OR state IN ('done', 'undone', 'cancelled'))",
        "A line needs an account.",
    )

    @api.depends("account_id", "account_name", "is_default")
    def _compute_display_name(self):
        for line in self:
            everything_else = self.env._("Everything else") if line.is_default else ""
            line.display_name = line.account_id.display_name or line.account_name or everything_else

    def _listed(self):
        """Return the first names of the lines, and how many more there are, for a message."""
        names = ", ".join(self[:NAMES_SHOWN].mapped("display_name"))
        more = len(self) - NAMES_SHOWN
        return self.env._("%(names)s and %(count)s more", names=names, count=more) if more > 0 else names

    # May the successor take it?

    def _refusals(self):
        """Return {line: why its successor cannot take the account, and what to do}; set-based."""
        refusals = {}
        companies = self._companies()
        for line in self:
            # sudo: whether the successor is active and works in the account's companies must be known to any planner
            successor = line.successor_id.sudo()
            names = {"account": line.display_name, "successor": successor.name}
            if not successor:
                refusals[line] = self.env._("%(account)s: nobody takes over. Choose a successor.", account=line.display_name)
            elif successor == line.predecessor_id:
                refusals[line] = self.env._("%(successor)s cannot succeed themselves. Choose another successor.", **names)
            elif not successor.active:
                refusals[line] = self.env._("%(successor)s is archived. Choose another successor.", **names)
            elif successor.share:
                refusals[line] = self.env._("%(successor)s is no internal user. Choose another successor.", **names)
            elif missing := companies[line] - successor.company_ids:
                refusals[line] = self.env._(
                    "%(account)s: %(successor)s has no access to %(companies)s, where the account has open records. "
                    "Choose another successor or give access.",
                    companies=", ".join(missing.mapped("name")),
                    **names,
                )
        return refusals

    def _companies(self):
        """Return {line: companies in which the predecessor has open records on the account}, in any company."""
        company_ids = defaultdict(set)
        for rule in self.env["churn.ownership.rule"]._installed("move"):
            for found in rule._find(self.predecessor_id):
                if found.company_id:
                    company_ids[found.account_id, found.user_id].add(found.company_id)
        # sudo: companies that the planner may not enter are named in the refusal
        company = self.env["res.company"].sudo()
        default = {line: line.handover_id.company_ids.ids for line in self if line.is_default}
        return {
            line: company.browse(default.get(line) or company_ids[line.account_id.id, line.predecessor_id.id]) for line in self
        }

    def _stop_refused(self):
        """Set lines whose successor cannot take over to stopped, with the reason."""
        for line, reason in self.filtered(lambda line: line.state == "confirmed")._refusals().items():
            line.write({"state": "stopped", "stop_reason": reason})

    def _sync_overlap(self):
        """Put successors on the account team for the overlap, and take off who is no successor any more."""
        # sudo: the team rows belong to the plan, whose rights the caller checked
        members = self.env["churn.team.member"].sudo()
        members.search([("handover_line_id", "in", self.ids), ("origin", "=", "overlap")]).unlink()
        role = self.env.ref("churn_handover.role_successor")
        values = []
        for line in self:
            if line.state != "confirmed" or not line.account_id or not line.handover_id.overlap_days:
                continue
            date_from, date_to = line._overlap_dates()
            users = line.successor_id if line.handover_id.kind == "departure" else line.successor_id | line.predecessor_id
            values += [
                {
                    "account_id": line.account_id.id,
                    "user_id": user.id,
                    "role_id": role.id,
                    "date_from": date_from,
                    "date_to": date_to,
                    "origin": "overlap",
                    "handover_line_id": line.id,
                }
                for user in users
            ]
        members.create(values)

    def _overlap_dates(self):
        """Return (first, last) day of common access: up to the change in a departure, else around it."""
        days = self.handover_id.overlap_days
        if self.handover_id.kind == "departure":
            return self.change_date - timedelta(days=days), self.change_date
        return self.change_date - timedelta(days=days // 2), self.change_date + timedelta(days=days // 2)
