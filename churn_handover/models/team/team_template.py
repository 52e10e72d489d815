from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..common.listed import listed

# Value tiers that a template is for, by its field.
TIERS = {"a": ("a",), "b": ("a", "b")}


class ChurnTeamTemplate(models.Model):
    """Who should serve a kind of account, place by place; it adds people to teams and never takes anybody off.

    An account gets the first template, in their order, whose conditions it meets all.
    """

    _name = "churn.team.template"
    _description = "Account Team Template"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="The first template that fits an account counts.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        ondelete="cascade",
        help="Whose key accounts, value tiers and segments count; empty: each company's own.",
    )
    is_automatic = fields.Boolean(
        string="For New Accounts",
        help="Applied when an account gets its first owner, and every night to those that are new: first owner or "
        "first order not longer than 90 days ago. Somebody who was taken off a team is not added again.",
    )
    automatic_since = fields.Date(compute="_compute_automatic_since", store=True, readonly=True)
    key_only = fields.Boolean(string="Key Accounts Only")
    value_tier = fields.Selection([("a", "A"), ("b", "A and B")], help="Empty: whatever the value tier.")
    segment_ids = fields.Many2many("churn.segment", string="Segments")
    industry_ids = fields.Many2many("res.partner.industry", string="Industries")
    category_ids = fields.Many2many("res.partner.category", string="Tags")
    team_ids = fields.Many2many("crm.team", string="Sales Teams", help="Sales team of the account's owner.")
    line_ids = fields.One2many("churn.team.template.line", "template_id", string="Places", copy=True)
    condition_text = fields.Char(string="For", compute="_compute_condition_text")

    @api.depends("is_automatic", "active")
    def _compute_automatic_since(self):
        today = fields.Date.context_today(self)
        for template in self:
            running = template.is_automatic and template.active
            template.automatic_since = (template.automatic_since or today) if running else False

    @api.constrains("line_ids")
    def _check_lines(self):
        for template in self:
            roles = template.line_ids.mapped("role_id")
            if len(roles) < len(template.line_ids):
                raise ValidationError(
                    self.env._("%(template)s: a role can have one place only.", template=template.name)
                )

    @api.depends("key_only", "value_tier", "segment_ids", "industry_ids", "category_ids", "team_ids")
    @api.depends_context("lang")
    def _compute_condition_text(self):
        tiers = dict(self._fields["value_tier"]._description_selection(self.env))
        for template in self:
            parts = [self.env._("key accounts")] if template.key_only else []
            if template.value_tier:
                parts.append(self.env._("value tier %(tier)s", tier=tiers[template.value_tier]))
            for records in (template.segment_ids, template.industry_ids, template.category_ids, template.team_ids):
                if records:
                    parts.append(listed(self.env, records.mapped("display_name")))
            template.condition_text = " · ".join(parts) or self.env._("every account")

    def _account_domain(self):
        """Which partners the template is for, as a domain of accounts with an active owner."""
        self.ensure_one()
        domain = Domain("churn_is_account", "=", True) & Domain("user_id.active", "=", True)
        figures = Domain.TRUE
        if self.key_only:
            figures &= Domain("is_key_account", "=", True)
        if self.value_tier:
            figures &= Domain("value_tier", "in", TIERS[self.value_tier])
        if self.segment_ids:
            figures &= Domain.OR(segment._account_domain() for segment in self.segment_ids)
        if not figures.is_true():
            if self.company_id:
                figures &= Domain("company_id", "=", self.company_id.id)
            domain &= Domain("churn_account_ids", "any", figures)
        if self.company_id:
            domain &= Domain("company_id", "in", (self.company_id.id, False))
        if self.industry_ids:
            domain &= Domain("industry_id", "in", self.industry_ids.ids)
        if self.category_ids:
            domain &= Domain("category_id", "child_of", self.category_ids.ids)
        if self.team_ids:
            domain &= Domain("user_id.sale_team_id", "in", self.team_ids.ids)
        return domain

    def _fitting(self, scope):
        """Return {partner id: template} of the partners in the domain that one of these templates is for.

        One query per template; the first in order wins.
        """
        found = {}
        for template in self.sorted(lambda template: (template.sequence, template.id)):
            for partner_id in self.env["res.partner"]._search(scope & template._account_domain()):
                found.setdefault(partner_id, template)
        return found

    def action_apply(self):
        """Open the preview for all accounts that this template is for."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("churn_handover.team_apply_action"),
            "context": {"default_template_id": self.id, "default_scope": "all"},
        }
