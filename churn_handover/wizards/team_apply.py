from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL


class ChurnTeamApply(models.TransientModel):
    """Shows whom templates would add to which teams, and adds those that were not unticked. Nobody is taken off."""

    _name = "churn.team.apply"
    _description = "Apply Account Team Templates"

    template_id = fields.Many2one(
        "churn.team.template", string="Template", help="Empty: for each account the first template that fits it."
    )
    scope = fields.Selection(
        [("selected", "Selected Accounts"), ("all", "All Accounts That Fit")],
        required=True,
        default=lambda self: "selected" if self._default_accounts() else "all",
    )
    only_uncovered = fields.Boolean(
        string="Only What Is Not Covered", help="Only accounts whose team lacks something, as of the last night."
    )
    account_ids = fields.Many2many("res.partner", string="Accounts", default=lambda self: self._default_accounts())
    account_total = fields.Integer(compute="_compute_account_total", string="Selected")
    previewed = fields.Boolean(readonly=True)
    line_ids = fields.One2many("churn.team.apply.line", "wizard_id")
    add_line_ids = fields.One2many("churn.team.apply.line", "wizard_id", domain=[("outcome", "=", "add")])
    skip_line_ids = fields.One2many("churn.team.apply.line", "wizard_id", domain=[("outcome", "!=", "add")])
    fitting_count = fields.Integer(string="Accounts That Fit", readonly=True)
    add_count = fields.Integer(compute="_compute_counts")
    add_account_count = fields.Integer(compute="_compute_counts")
    skip_count = fields.Integer(compute="_compute_counts")

    @api.model
    def _default_accounts(self):
        """Accounts of the list this was started from: contacts, or rows of account figures."""
        ids = self.env.context.get("active_ids") or []
        if self.env.context.get("active_model") == "churn.account":
            return self.env["churn.account"].browse(ids).partner_id
        if self.env.context.get("active_model") == "res.partner":
            return self.env["res.partner"].browse(ids).commercial_partner_id
        return self.env["res.partner"]

    @api.depends("account_ids")
    def _compute_account_total(self):
        for wizard in self:
            wizard.account_total = len(wizard.account_ids)

    @api.depends("add_line_ids.take", "skip_line_ids")
    def _compute_counts(self):
        for wizard in self:
            adding = wizard.add_line_ids.filtered("take")
            wizard.add_count = len(adding)
            wizard.add_account_count = len(adding.account_id)
            wizard.skip_count = len(wizard.skip_line_ids)

    def _scope(self):
        """Domain of the accounts in question: only those whose teams the user may compose."""
        domain = Domain("id", "in", self.account_ids.ids) if self.scope == "selected" else Domain.TRUE
        if self.only_uncovered:
            domain &= Domain(
                "churn_account_ids",
                "any",
                [("coverage_gap", "!=", False), ("company_id", "=", self.env.company.id)],
            )
        if self.env.user.has_group("churn_handover.group_churn_manager"):
            return domain
        uid = self.env.uid
        led = Domain("user_id.crm_team_member_ids.crm_team_id.user_id", "=", uid)
        return domain & (Domain("user_id", "=", uid) | led)

    def action_preview(self):
        """Find out whom the templates would add; writes nothing but the lines of this dialog."""
        self.ensure_one()
        templates = self.template_id or self.env["churn.team.template"].search([("line_ids", "!=", False)])
        if not templates.line_ids:
            raise UserError(self.env._("There is no template with places yet. Make one first."))
        self._check_leader()
        fitting = templates._fitting(self._scope())
        self.line_ids.unlink()
        # sudo: whom a rule leads to is asked of all people; only names of those chosen are shown
        self._write_lines(templates.sudo()._proposals(fitting))
        self.write({"previewed": True, "fitting_count": len(fitting)})
        return self._open()

    def _write_lines(self, proposals):
        """Make the lines of the preview; one statement."""
        columns = [list(column) for column in zip(*proposals, strict=True)] or [[], [], [], []]
        self.env.execute_query(
            SQL(
                """
                INSERT INTO churn_team_apply_line (wizard_id, account_id, place_id, user_id, outcome, take, create_uid,
                                                   write_uid, create_date, write_date)
                SELECT %(wizard)s, row.account, row.place, row.person, row.outcome, row.outcome = 'add', %(uid)s,
                       %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                  FROM unnest(%(accounts)s::int[], %(places)s::int[], %(people)s::int[], %(outcomes)s::varchar[])
                       row (account, place, person, outcome)
             RETURNING id
                """,
                wizard=self.id,
                uid=self.env.uid,
                accounts=columns[0],
                places=columns[1],
                people=columns[2],
                outcomes=columns[3],
            )
        )
        self.env["churn.team.apply.line"].invalidate_model()
        self.invalidate_recordset()

    def action_apply(self):
        """Add the people of the preview that are still ticked, with the rights of the user."""
        self.ensure_one()
        self._check_leader()
        chosen = self.line_ids.filtered(lambda line: line.outcome == "add" and line.take)
        if not chosen:
            raise UserError(self.env._("Nobody is to be added."))
        members = self.env["churn.team.template"]._add_members(
            [(line.account_id.id, line.place_id.id, line.user_id.id, "add") for line in chosen]
        )
        message = self.env._(
            "%(people)d added to the teams of %(accounts)d customers.",
            people=len(members),
            accounts=len(members.account_id),
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "message": message, "next": {"type": "ir.actions.act_window_close"}},
        }

    def action_back(self):
        self.previewed = False
        return self._open()

    def _check_leader(self):
        if not self.env.user.has_group("churn_handover.group_churn_leader"):
            raise AccessError(self.env._("Team leaders and managers compose account teams."))

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Apply Team Templates"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }
