from odoo import fields, models


class ChurnHandover(models.Model):
    _inherit = "churn.handover"

    rotation_round_id = fields.Many2one(
        "churn.rotation.round", index="btree_not_null", ondelete="restrict", readonly=True
    )
