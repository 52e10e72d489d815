from odoo import fields, models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    churn_referrer_id = fields.Many2one(
        "res.partner",
        string="Referred by Customer",
        index="btree_not_null",
        ondelete="set null",
        help="When that customer has changed hands, the former owner may be credited for what it refers.",
    )
