from collections import Counter

from odoo import api, fields, models

from ..models.common.listed import listed


class ChurnHandoverPreview(models.TransientModel):
    """What exactly a plan will do, rule by rule; made anew each time it is opened."""

    _name = "churn.handover.preview"
    _description = "Handover Preview"
    _order = "sequence, id"
    _rec_name = "rule_id"

    handover_id = fields.Many2one("churn.handover", required=True, ondelete="cascade")
    sequence = fields.Integer()
    rule_id = fields.Many2one("churn.ownership.rule", string="What", required=True, ondelete="cascade")
    policy = fields.Selection(related="rule_id.policy")
    note = fields.Text(related="rule_id.note")
    record_count = fields.Integer(string="Records")
    record_ids = fields.Json()
    receivers = fields.Char(help="Who gets how many.")

    @api.model
    def _make(self, handover):
        """Make the rows of a plan and return them.

        The caller has checked the right to the plan; the rows hold numbers and ids, the records themselves open with
        the reader's own rights.
        """
        self.search([("handover_id", "=", handover.id)]).unlink()
        items = self.env["churn.transfer"]._preview(handover)
        names = {user.id: user.name for user in handover.sudo().line_ids.successor_id}  # sudo: names of colleagues
        rows = []
        for rule, rule_items in items.items():
            receivers = Counter(item.successor_id for item in rule_items if rule.policy == "move")
            unknown = self.env["res.users"].sudo().browse(receivers.keys() - names.keys() - {False})  # sudo: as above
            names.update({user.id: user.name for user in unknown})
            rows.append(
                {
                    "handover_id": handover.id,
                    "sequence": rule.sequence,
                    "rule_id": rule.id,
                    "record_count": len({item.id for item in rule_items}),
                    "record_ids": sorted({item.id for item in rule_items}),
                    "receivers": listed(
                        self.env,
                        [
                            f"{names.get(user_id) or self.env._('nobody')} {count}"
                            for user_id, count in receivers.most_common()
                        ],
                    ),
                }
            )
        return self.create(rows)

    def action_open_records(self):
        """Open the records themselves, as far as the reader may see them."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.rule_id.name,
            "res_model": self.rule_id.res_model,
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", self.record_ids)],
            "context": {"active_test": False},
        }
