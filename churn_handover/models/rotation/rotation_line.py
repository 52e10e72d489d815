from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ...analytics.rotation import earliest_day, months_after
from ..common.listed import listed

# What only the planner and the buttons write.
PLANNER_FIELDS = frozenset(("state", "account_id", "predecessor_id", "kind", "facts", "owner_since", "schedule_id"))


class ChurnRotationLine(models.Model):
    """One account of the plan: who gives it to whom in which round and why; or why it stays although it is due."""

    _name = "churn.rotation.line"
    _description = "Rotation Line"
    _inherit = ["churn.guarded"]
    _order = "date, account_id, id"
    _rec_name = "account_id"

    schedule_id = fields.Many2one("churn.rotation.schedule", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="schedule_id.company_id", store=True, index=True)
    round_id = fields.Many2one(
        "churn.rotation.round",
        index="btree_not_null",
        ondelete="cascade",
        domain="[('schedule_id', '=', schedule_id), ('state', '=', 'proposed')]",
    )
    date = fields.Date(string="Change Date", related="round_id.date", store=True, index="btree_not_null")
    account_id = fields.Many2one("res.partner", required=True, index=True, ondelete="cascade", readonly=True)
    kind = fields.Selection(
        [("move", "Changes Hands"), ("join", "Second Person")], required=True, default="move", readonly=True
    )
    state = fields.Selection(
        [("proposed", "Proposed"), ("held", "Stays"), ("skipped", "Skipped"), ("confirmed", "Confirmed")],
        required=True,
        default="proposed",
        readonly=True,
    )
    predecessor_id = fields.Many2one("res.users", required=True, index=True, ondelete="restrict", readonly=True)
    successor_id = fields.Many2one(
        "res.users", index="btree_not_null", ondelete="restrict", domain=[("share", "=", False)]
    )
    owner_since = fields.Date(readonly=True)
    tenure_months = fields.Integer(
        string="Tenure, Months",
        compute="_compute_tenure_months",
        store=True,
        aggregator="avg",
        help="Months with the present owner on the day of the change.",
    )
    is_placed = fields.Boolean(
        string="Placed by Hand", readonly=True, help="A manager chose round or successor: planning again keeps it."
    )
    facts = fields.Json(readonly=True)
    why_now = fields.Char(compute="_compute_why")
    why_successor = fields.Char(string="Why This Successor", compute="_compute_why")
    skip_reason = fields.Char(readonly=True)
    can_plan = fields.Boolean(compute="_compute_can_plan")

    _open_account_unique = models.UniqueIndex(
        "(account_id, kind, company_id) WHERE state IN ('proposed', 'held')", "This account is in the plan already."
    )

    @api.depends("owner_since", "date")
    def _compute_tenure_months(self):
        for line in self:
            span = relativedelta(line.date or fields.Date.context_today(self), line.owner_since)
            line.tenure_months = span.years * 12 + span.months if line.owner_since else 0

    @api.depends_context("uid")
    @api.depends("predecessor_id")
    def _compute_can_plan(self):
        """Managers plan for everybody, team leaders for the members of their teams but not for themselves."""
        writable = self._filtered_access("write")
        for line in self:
            line.can_plan = line in writable

    # Why

    @api.depends("facts", "predecessor_id", "owner_since", "state", "kind", "is_placed")
    @api.depends_context("uid", "lang")
    def _compute_why(self):
        decisions = self._decision_texts(self.account_id.ids)
        for line in self:
            facts = line.facts or {}
            line.why_now = line._text_now(facts, decisions)
            line.why_successor = line._text_successor(facts.get("fit", ()))

    def _text_now(self, facts, decisions):
        account_id = self.account_id.id
        names = [self._text_rule(rule, account_id, decisions) for rule in facts.get("waited", ())]
        if self.state == "held":
            return self._text_rule(facts.get("because"), account_id, decisions)
        if self.kind == "join":
            text = self.env._("This key account knows only %(owner)s", owner=self.predecessor_id.name)
        else:
            text = self.env._(
                "With %(owner)s since %(since)s: %(months)s months on that day",
                owner=self.predecessor_id.name,
                since=format_date(self.env, self.owner_since),
                months=self.tenure_months,
            )
        waited = listed(self.env, dict.fromkeys(names))
        return self.env._("%(reason)s. Waited: %(waited)s", reason=text, waited=waited) if waited else text

    @api.model
    def _text_rule(self, rule, account_id, decisions):
        texts = {
            "decision": decisions.get(account_id) or self.env._("Decision of the manager"),
            "consent": self.env._("Key account without consent"),
            "cap": self.env._("No room in the rounds of the year"),
            "balance": self.env._("Nobody can take it and keep the balance"),
            "nobody": self.env._("No possible successor"),
            "quiet": self.env._("Negotiation, renewal or high season"),
            "kept": self.env._("Kept as planned before"),
        }
        return texts.get(rule, "")

    def _text_successor(self, fit):
        texts = {
            "known": self.env._("The customer knows this person"),
            "industry": self.env._("Knows the industry"),
            "country": self.env._("Knows the country"),
            "sales_team": self.env._("Same sales team"),
        }
        if self.is_placed:
            return self.env._("Chosen by the manager")
        if not self.successor_id:
            return ""
        return listed(self.env, [texts[name] for name in texts if name in fit]) or self.env._("Has room for it")

    @api.model
    def _decision_texts(self, account_ids):
        """Why accounts are frozen, for those whose reason the viewer may see: {account id: text}.

        A freeze, an exception and a longer tenure are stored alike, as a decision. What is behind it is looked up with
        the viewer's own rights: whom a complaint is about sees nothing but the decision, as of an exception whose
        reason somebody keeps to themselves.
        """
        feedback = self.env["churn.feedback"].sudo(False)
        texts = {}
        if feedback.has_access("read"):
            voices = feedback._voices(account_ids)
            frozen = feedback._frozen(voices)
            for account, until in frozen.items():
                if voices[account].open_complaints:
                    texts[account] = self.env._("Open complaint")
                else:
                    day = format_date(self.env, until)
                    texts[account] = self.env._("Complaint solved: steady until %(date)s", date=day)
        exceptions = self.env["churn.rotation.exception"].sudo(False)
        if exceptions.has_access("read"):
            today = fields.Date.context_today(self)
            for one in exceptions.search(
                [("account_id", "in", account_ids), ("kind", "!=", "consent"), ("date_to", ">=", today)]
            ):
                texts.setdefault(one.account_id.id, one.reason)
        return texts

    # What a manager changes

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        if not PLANNER_FIELDS.isdisjoint(vals):
            raise UserError(self.env._("The plan is changed by moving an account, skipping it or planning again."))
        placing = {"round_id", "successor_id"} & vals.keys()
        if placing and any(line.state != "proposed" for line in self):
            raise UserError(self.env._("Only proposed accounts can be moved to another round or person."))
        if "successor_id" in vals:
            self._check_led(self.env["res.users"].browse(vals["successor_id"]))
        result = super().write(vals)
        if placing:
            self.sudo().is_placed = True  # sudo: the right to write was checked above
            self._check_still_holds()
        return result

    def _check_led(self, successor):
        """:raise UserError: when a team leader gives accounts to somebody else's people"""
        if not successor or self.env.user.has_group("churn_handover.group_churn_manager"):
            return
        # sudo: who leads whom
        if self.env.user not in successor.sudo().crm_team_member_ids.crm_team_id.user_id:
            raise UserError(
                self.env._(
                    "%(user)s is not in a team that you lead. Choose somebody of your team, or ask a manager.",
                    user=successor.name,
                )
            )

    @api.constrains("successor_id", "predecessor_id")
    def _check_successor(self):
        for line in self:
            if line.successor_id and line.successor_id == line.predecessor_id:
                raise ValidationError(
                    self.env._(
                        "%(user)s cannot succeed themselves. Choose another successor.", user=line.successor_id.name
                    )
                )

    def _check_still_holds(self):
        """Refuse what freeze, exceptions, minimum tenure and consent do not allow; they bind managers too.

        :raise UserError: with the accounts and their reasons
        """
        for schedule, lines in self.grouped("schedule_id").items():
            # sudo: the freeze counts whether or not the viewer may know of it; texts come from the viewer's rights
            inputs = schedule.sudo()._inputs(lines.account_id)
            refused = {line: rule for line in lines if (rule := line._refused_by(inputs.get(line.account_id.id)))}
            if refused:
                decisions = self._decision_texts(self.account_id.ids)
                reasons = [
                    f"{line.account_id.name}: {line._text_refusal(rule, decisions)}" for line, rule in refused.items()
                ]
                raise UserError(
                    self.env._(
                        "These accounts cannot change hands then. Choose another round, skip them or plan again.\n"
                        "%(reasons)s",
                        reasons="\n".join(reasons[:10]),
                    )
                )

    def _refused_by(self, account):
        """The rule that the line breaks on its day, or None. ``account``: what the planner reads of it, or None."""
        if account is None or account.owner != self.predecessor_id.id:
            return "gone"
        if not self.date or not self.successor_id:
            return "incomplete"
        if account.stays_until and self.date <= account.stays_until:
            return "decision"
        if self.kind == "join":
            return None
        rules = self.schedule_id._rules()
        if self.date < earliest_day(account, rules):
            # a longer tenure follows from complaints, which not everybody may know of
            return "tenure" if self.date < months_after(account.since, rules.tenure) else "decision"
        return "consent" if rules.consent and account.key and not account.consent else None

    def _text_refusal(self, rule, decisions):
        if rule == "tenure":
            return self.env._("The minimum tenure is not over")
        if rule == "gone":
            return self.env._("It has another owner, or is part of a handover")
        if rule == "incomplete":
            return self.env._("Round or successor is missing")
        return self._text_rule(rule, self.account_id.id, decisions)

    def _skip(self, reason, until, is_private=False):
        """Leave the accounts with their owners until a day; the decision is kept as an exception."""
        self.check_access("write")
        if any(line.state != "proposed" for line in self):
            raise UserError(self.env._("Only proposed accounts can be skipped."))
        self.env["churn.rotation.exception"].create(
            [
                {
                    "account_id": line.account_id.id,
                    "company_id": line.company_id.id,
                    "kind": "stay",
                    "reason": reason,
                    "date_to": until,
                    "is_private": is_private,
                }
                for line in self
            ]
        )
        # sudo: the right to write was checked; the state is the plan's
        self.sudo().write({"state": "skipped", "skip_reason": False if is_private else reason, "is_placed": False})
