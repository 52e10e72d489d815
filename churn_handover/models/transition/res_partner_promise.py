from odoo import api, fields, models
from odoo.tools import SQL


class ResPartner(models.Model):
    """Promises on the account's screen; they go with it when accounts are merged."""

    _inherit = "res.partner"

    churn_promise_ids = fields.One2many(
        "churn.promise", "account_id", string="Promises", groups="churn_handover.group_churn_user"
    )
    churn_open_promise_count = fields.Integer(
        string="Open Promises", compute="_compute_churn_promises", groups="churn_handover.group_churn_user"
    )
    churn_overdue_promise_count = fields.Integer(
        string="Overdue Promises", compute="_compute_churn_promises", groups="churn_handover.group_churn_user"
    )

    @api.depends("commercial_partner_id", "churn_promise_ids.state", "churn_promise_ids.due_date")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_churn_promises(self):
        accounts = self.commercial_partner_id.ids
        promises = self.env["churn.promise"].sudo(False)._open_promises(accounts) if accounts else {}
        none = self.env["churn.promise"]
        for partner in self:
            own = promises.get(partner.commercial_partner_id.id, none)
            partner.churn_open_promise_count = len(own)
            partner.churn_overdue_promise_count = len(own.filtered("is_overdue"))

    def action_churn_promises(self):
        self.ensure_one()
        account = self.commercial_partner_id
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("churn_handover.promise_action"),
            "name": self.env._("Promises to %(customer)s", customer=account.name),
            "domain": [("account_id", "=", account.id)],
            "context": {"default_account_id": account.id},
        }

    def _churn_absorb(self, sources, reason):
        result = super()._churn_absorb(sources, reason)
        promises = self.env["churn.promise"]
        promises.flush_model(["account_id"])
        self.env.execute_query(
            SQL(
                "UPDATE churn_promise SET account_id = %s WHERE account_id = ANY(%s) RETURNING id", self.id, sources.ids
            )
        )
        promises.invalidate_model(["account_id", "user_id"], flush=False)
        self.invalidate_recordset(["churn_promise_ids"], flush=False)
        return result
