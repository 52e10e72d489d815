from odoo import api, fields, models


class ResPartner(models.Model):
    """What the contact form shows of the account's team beside the rows themselves."""

    _inherit = "res.partner"

    churn_owner_since = fields.Date(
        string="Owner since", compute="_compute_churn_owner_since", groups="churn_handover.group_churn_user"
    )
    churn_handover_count = fields.Integer(
        string="Handovers", compute="_compute_churn_handover_count", groups="churn_handover.group_churn_user"
    )

    @api.depends("churn_assignment_ids.date_from", "churn_assignment_ids.date_to")
    def _compute_churn_owner_since(self):
        rows = self.env["churn.assignment"].search_fetch(
            [("account_id", "in", self.ids), ("kind", "=", "owner"), ("date_to", "=", False)],
            ["account_id", "date_from"],
        )
        since = {row.account_id.id: row.date_from for row in rows}
        for partner in self:
            partner.churn_owner_since = since.get(partner._origin.id)

    @api.depends_context("uid")
    def _compute_churn_handover_count(self):
        lines = self.env["churn.handover.line"]._read_group(
            [("account_id", "in", self.ids)], ["account_id"], ["__count"]
        )
        counts = {account.id: count for account, count in lines}
        for partner in self:
            partner.churn_handover_count = counts.get(partner._origin.id, 0)

    def action_churn_handovers(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("churn_handover.handover_line_action")
        return {**action, "domain": [("account_id", "=", self.id)], "context": {}}

    def action_churn_history(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("churn_handover.assignment_action")
        return {**action, "domain": [("account_id", "=", self.id)], "context": {}}

    def action_churn_account_team(self):
        """Open the form of the account a contact belongs to."""
        self.ensure_one()
        return self.commercial_partner_id._get_records_action(context={})
