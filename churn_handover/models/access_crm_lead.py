from odoo import fields, models


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "churn.access"]

    # Not stored: the nightly refresh must not write opportunities. Filtered, sorted and grouped by a join.
    churn_value_tier = fields.Selection(related="partner_id.churn_value_tier", groups="churn_handover.group_churn_user")
    churn_is_key_account = fields.Boolean(
        related="partner_id.churn_is_key_account", groups="churn_handover.group_churn_user"
    )
