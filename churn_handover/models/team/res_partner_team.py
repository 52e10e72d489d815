from odoo import api, fields, models
from odoo.tools import format_date

from ..common.listed import listed
from .account_team_run import MIN_MEETINGS

USER = "churn_handover.group_churn_user"
ICONS = {
    "success": "fa-check-circle",
    "warning": "fa-exclamation-triangle",
    "danger": "fa-exclamation-circle",
    "secondary": "fa-info-circle",
}


class ResPartner(models.Model):
    """What the page "Account Team" says about the team of this account: advice, brief, contradictions."""

    _inherit = "res.partner"

    churn_team_advice = fields.Html(string="Advice", compute="_compute_churn_team_advice", sanitize=False, groups=USER)
    churn_brief_ids = fields.One2many("churn.brief", "account_id", string="Briefs", groups=USER)
    churn_brief_id = fields.Many2one("churn.brief", string="Brief", compute="_compute_churn_brief", groups=USER)
    churn_brief_version_id = fields.Many2one("churn.brief.version", compute="_compute_churn_brief", groups=USER)
    churn_brief_html = fields.Html(string="Current Brief", compute="_compute_churn_brief", sanitize=False, groups=USER)
    churn_brief_waits = fields.Boolean(compute="_compute_churn_brief", groups=USER)
    churn_brief_open = fields.Integer(string="Brief Not Confirmed", compute="_compute_churn_brief", groups=USER)
    churn_brief_allowed = fields.Boolean(compute="_compute_churn_brief", groups=USER)
    churn_contradiction_ids = fields.One2many(
        "churn.contradiction", "account_id", string="Contradictions", domain=[("state", "=", "open")], groups=USER
    )
    churn_contradiction_count = fields.Integer(
        string="Open Contradictions", compute="_compute_churn_contradiction_count", groups=USER
    )

    # Advice

    @api.depends("churn_member_ids", "user_id", "churn_is_account")
    @api.depends_context("uid", "lang", "company")
    def _compute_churn_team_advice(self):
        for partner in self:
            account = partner._origin
            shown = account and account.churn_is_account and account.user_id and account._churn_may_advise()
            advice = account._churn_team_advice() if shown else []
            partner.churn_team_advice = (
                self.env["ir.qweb"]._render("churn_handover.team_advice", {"advice": advice}) if advice else False
            )

    def _churn_leads_owner(self):
        """Whether the current user may judge the team: a manager, or the leader of the owner's sales team."""
        self.ensure_one()
        if self.env.user.has_group("churn_handover.group_churn_manager"):
            return True
        leads = self.env.user.has_group("churn_handover.group_churn_leader")
        # sudo: who leads the owner's team is asked, nothing of the team is shown
        return leads and self.env.user in self.sudo().user_id.crm_team_member_ids.crm_team_id.user_id

    def _churn_serves(self):
        """Whether the current user serves the account today."""
        self.ensure_one()
        return self.env["churn.brief"].sudo(False).new({"account_id": self.id}).churn_my_account

    def _churn_may_advise(self):
        """Advice is for who serves the account, and for who may judge its team."""
        return self._churn_leads_owner() or self._churn_serves()

    def _churn_team_advice(self):
        """Return [{level, icon, text}] about this account's team as it is now, in the present company."""
        self.ensure_one()
        # sudo: the query tells about this account's team only; who may be told was asked before
        accounts = self.env["churn.account"].sudo()
        rows = self.env.execute_query_dict(accounts._sql_teams(self.env.company, self.ids))
        if not rows:
            return []
        row = rows[0]
        said = [self._tell_coverage(row), self._tell_reach(row), self._tell_size(row), *self._tell_shared(row)]
        return [{"level": level, "icon": ICONS[level], "text": text} for level, text in filter(None, said)]

    def _tell_coverage(self, row):
        gap = row["coverage_gap"]
        if not gap:
            return "success", self.env._(
                "Covered: %(count)d people serve this customer, a backup among them.", count=row["team_size"]
            )
        members = self.sudo().churn_member_ids  # sudo: names of the team, which everybody may read
        gone = members.filtered(lambda member: member.state == "active" and not member.user_id.active)
        words = {
            "owner": lambda: self.env._("Nobody who still works here owns this customer. Choose a salesperson."),
            "archived": lambda: self._tell_archived(gone, members),
            "backup": lambda: self.env._(
                "No backup: if %(owner)s is suddenly gone, nobody takes over. Name a backup below.",
                owner=self.user_id.name,
            ),
            "ending": lambda: self.env._(
                "The last backup's time on the team ends within 30 days. Extend it, or name another one."
            ),
            "size": lambda: self.env._(
                "The team has %(count)d people; for this customer it should have %(minimum)d at least.",
                count=row["team_size"],
                minimum=row["minimum"],
            ),
        }
        return "danger" if gap in ("owner", "backup") else "warning", words[gap]()

    def _tell_archived(self, gone, members):
        """Who is on the team and works here no more, and who stands in for their roles."""
        parts = []
        for member in gone:
            others = members.filtered(
                lambda one, role=member.role_id: one.stand_in_role_id == role
                and one.state == "active"
                and one.user_id.active
            )
            stands_in = listed(self.env, others.mapped("user_id.name"))
            if stands_in:
                parts.append(
                    self.env._(
                        "%(person)s no longer works here; %(others)s stands in as %(role)s.",
                        person=member.user_id.name,
                        others=stands_in,
                        role=member.role_id.name,
                    )
                )
            else:
                parts.append(
                    self.env._(
                        "%(person)s no longer works here: find somebody else as %(role)s.",
                        person=member.user_id.name,
                        role=member.role_id.name,
                    )
                )
        return " ".join(parts)

    def _tell_reach(self, row):
        words = {
            "both": ("success", self.env._("The team reaches across departments and across levels.")),
            "departments": ("success", self.env._("The team reaches across departments; no leader is part of it.")),
            "levels": ("success", self.env._("The team reaches across levels, from a leader down.")),
            "neither": (
                "secondary",
                self.env._(
                    "Everybody on the team is of one department and one level. Somebody of another department, or a "
                    "leader, would hold the customer by a second rope."
                ),
            ),
            "unknown": (
                "secondary",
                self.env._("The departments of the people on the team are not known, so their mix can't be told."),
            ),
        }
        return words.get(row["team_reach"])

    def _tell_size(self, row):
        meetings = row["meeting_count"] or 0
        if row["size_advice"] == "unknown":
            return "secondary", self.env._(
                "Whether the team is too large or too small can't be told: %(count)d meetings with this customer are "
                "recorded in the last 12 months, %(minimum)d are needed.",
                count=meetings,
                minimum=MIN_MEETINGS,
            )
        numbers = {
            "count": meetings,
            "ours": round(row["ours_at_table"], 1),
            "theirs": round(row["theirs_at_table"], 1),
            "people": row["people_met"],
            "team": row["team_size"],
        }
        if row["size_advice"] == "many":
            return "warning", self.env._(
                "Too many of us: in %(count)d meetings %(ours)s of us met %(theirs)s of them on average; the team has "
                "%(team)d people for the %(people)d who came. Fewer faces are easier to know.",
                **numbers,
            )
        if row["size_advice"] == "few":
            return "warning", self.env._(
                "Too few of us: in %(count)d meetings %(ours)s of us met %(theirs)s of them on average; %(people)d of "
                "their people came, the team has %(team)d. Bring somebody along.",
                **numbers,
            )
        return "success", self.env._(
            "The size fits: in %(count)d meetings %(ours)s of us met %(theirs)s of them on average; %(people)d of "
            "their people came, the team has %(team)d.",
            **numbers,
        )

    def _tell_shared(self, row):
        """What could make owner and first backup leave together; for leaders and managers only.

        Of departures each reader is told what the reader may know; that there is more to know is said always, so that
        it betrays nothing.
        """
        backup = self.env["res.users"].browse(row["first_backup_id"] or [])
        if not backup or not self._churn_leads_owner():
            return []
        names = {"owner": self.user_id.name, "backup": backup.sudo().name}  # sudo: a name
        said = []
        if row["shared_risk"] in ("manager", "both"):
            said.append(self.env._("%(owner)s and the backup %(backup)s have the same manager.", **names))
        if row["shared_risk"] in ("hired", "both"):
            said.append(self.env._("%(owner)s and the backup %(backup)s began in the same month.", **names))
        days = (self.user_id | backup)._churn_known_departures()
        if len(days) == 2:
            said.append(
                self.env._(
                    "Both leave: %(owner)s on %(day)s, the backup %(backup)s on %(other_day)s.",
                    day=format_date(self.env, days[self.user_id.id]),
                    other_day=format_date(self.env, days[backup.id]),
                    **names,
                )
            )
        advice = []
        if said:
            reason = self.env._("What makes one leave may make both leave: a backup from elsewhere is safer.")
            advice.append(("warning", " ".join([*said, reason])))
        if not backup._churn_knows_hr():
            advice.append(
                ("secondary", self.env._("Whether HR knows of departures is told to HR only and not counted here."))
            )
        return advice

    # Brief and contradictions

    @api.depends("churn_brief_ids.version_ids", "churn_is_account")
    @api.depends_context("uid", "lang")
    def _compute_churn_brief(self):
        briefs = self.env["churn.brief"].sudo(False)
        by_account = {brief.account_id.id: brief for brief in briefs.search([("account_id", "in", self._origin.ids)])}
        for partner in self:
            brief = by_account.get(partner._origin.id, briefs)
            partner.churn_brief_id = brief
            partner.churn_brief_version_id = brief.current_id
            partner.churn_brief_waits = brief.to_confirm
            partner.churn_brief_open = brief.unconfirmed_count
            account = partner._origin
            may_begin = account.churn_is_account and (account._churn_leads_owner() or account._churn_serves())
            partner.churn_brief_allowed = bool(brief) or may_begin
            partner.churn_brief_html = brief._current_html()

    @api.depends("churn_contradiction_ids")
    @api.depends_context("uid")
    def _compute_churn_contradiction_count(self):
        counts = dict(
            self.env["churn.contradiction"]
            .sudo(False)
            ._read_group([("account_id", "in", self._origin.ids), ("state", "=", "open")], ["account_id"], ["__count"])
        )
        counts = {account.id: count for account, count in counts.items()}
        for partner in self:
            partner.churn_contradiction_count = counts.get(partner._origin.id, 0)

    # Actions

    def _churn_open_team(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.id,
            "views": [(False, "form")],
            "context": {"form_view_initial_mode": "readonly"},
        }

    def action_churn_brief(self):
        """Open the brief; where there is none yet, begin one."""
        self.ensure_one()
        account = self.commercial_partner_id
        brief = self.env["churn.brief"].search([("account_id", "=", account.id)], limit=1)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Brief"),
            "res_model": "churn.brief",
            "res_id": brief.id,
            "views": [(False, "form")],
            "context": {"default_account_id": account.id},
        }

    def action_churn_brief_confirm(self):
        self.ensure_one()
        return self.churn_brief_id.action_confirm()

    def action_churn_contradictions(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("churn_handover.contradiction_action"),
            "domain": [("account_id", "=", self.commercial_partner_id.id)],
            "context": {"search_default_open": 1},
        }

    def action_churn_team_template(self):
        """Preview what the templates would add to this account's team."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("churn_handover.team_apply_action"),
            "context": {"active_model": "res.partner", "active_ids": self.ids},
        }

    def _churn_absorb(self, sources, reason):
        result = super()._churn_absorb(sources, reason)
        if sources:
            self.env["churn.brief"]._absorb(self, sources)
            self.env["churn.contradiction"]._absorb(self, sources)
            self.env["churn.account"]._team_changed(self.ids)
            self.invalidate_recordset(["churn_brief_ids", "churn_contradiction_ids"], flush=False)
        return result
