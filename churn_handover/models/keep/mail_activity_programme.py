from odoo import fields, models


class MailActivity(models.Model):
    _inherit = "mail.activity"

    churn_member_id = fields.Many2one(
        "churn.programme.member",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        groups="churn_handover.group_churn_leader",  # owners see the task, not the programme's groups
    )
