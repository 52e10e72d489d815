from odoo import api, fields, models
from odoo.exceptions import UserError


class ChurnStandard(models.Model):
    """How any of us treats a customer: a checklist that is the same for all, and that customers may read."""

    _name = "churn.standard"
    _description = "Service Standard"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, default=lambda self: self.env.company, help="Empty: the standard of all companies."
    )
    text = fields.Text(string="What Customers Read", translate=True)
    point_ids = fields.One2many("churn.standard.point", "standard_id", string="Points", copy=True)
    check_count = fields.Integer(compute="_compute_check_count")

    @api.depends("point_ids")
    def _compute_check_count(self):
        counts = dict(
            self.env["churn.standard.check"]._read_group(
                [("standard_id", "in", self.ids)], ["standard_id"], ["__count"]
            )
        )
        for standard in self:
            standard.check_count = counts.get(standard, 0)

    def action_checks(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("churn_handover.standard_check_action")
        return {
            **action,
            "domain": [("standard_id", "=", self.id)],
            "context": {"default_standard_id": self.id},
        }

    @api.model
    def _for_meetings(self):
        """The standard of meetings, or the first there is where a company has its own ones."""
        standards = self.search([("company_id", "in", (False, self.env.company.id))])
        meeting = self.env.ref("churn_handover.standard_meeting", raise_if_not_found=False) or self.browse()
        if not standards:
            raise UserError(self.env._("There is no service standard yet: ask a manager to write one."))
        return (meeting & standards) or standards[0]

    def action_check_myself(self):
        """A self-check, to tick after a meeting."""
        self.ensure_one()
        self.check_access("read")
        checks = self.env["churn.standard.check"].sudo()  # sudo: that it is one of oneself, the program says
        check = checks.create({"standard_id": self.id, "user_id": self.env.uid, "is_self_check": True})
        return check.sudo(False)._open()
