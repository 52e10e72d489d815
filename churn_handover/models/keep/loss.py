from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date

# Share of lost customers that buy again when worked on: the lower end of 20 to 40 % (Griffin, Lowenstein, Customer
# Winback, 2001). The company's own results replace it: it counts as much as ten own attempts.
CHANCE = 0.20
CHANCE_WEIGHT = 10


class ChurnLoss(models.Model):
    """A customer that left, why, and whether it came back.

    A row per loss: a customer that came back and left again has two, the second one recurring.
    """

    _name = "churn.loss"
    _inherit = ["churn.guarded", "mail.thread", "mail.activity.mixin"]
    _description = "Lost Customer"
    _order = "lost_on desc, revenue desc, id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

    account_id = fields.Many2one("churn.account", required=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one(related="account_id.partner_id", string="Customer", store=True, index=True)
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(related="partner_id.user_id", string="Owner")
    value_tier = fields.Selection(related="account_id.value_tier")
    lost_on = fields.Date(string="Lost on", required=True, default=fields.Date.context_today, tracking=True)
    last_order_on = fields.Date(string="Last Order", readonly=True)
    revenue = fields.Monetary(
        string="Revenue Lost", readonly=True, help="Of the 12 months up to and with the last order."
    )
    found_by = fields.Selection(
        [("rule", "Rule"), ("hand", "By Hand")], required=True, default="hand", readonly=True, copy=False
    )
    noticed_by_id = fields.Many2one("res.users", string="Noticed by", default=lambda self: self.env.user)
    reason_id = fields.Many2one("churn.loss.reason", index="btree_not_null", ondelete="restrict", tracking=True)
    proposed_reason_id = fields.Many2one("churn.loss.reason", readonly=True, ondelete="set null", copy=False)
    review_reason_id = fields.Many2one(
        "churn.loss.reason",
        string="Reason, Given or Proposed",
        compute="_compute_review_reason_id",
        store=True,
        index="btree_not_null",
        help="The reason given; as long as there is none, the one proposed.",
    )
    evidence = fields.Text(help="What shows it: a mail, a talk, a date.")
    competitor = fields.Char(help="Who has the customer now.")
    owner_change_on = fields.Date(
        string="Owner Changed on",
        readonly=True,
        help="The last change of owner from 12 months before the last order on.",
    )
    former_owner = fields.Char(readonly=True, help="Who had the customer before that change.")
    former_owner_left = fields.Boolean(
        string="Former Owner Left the Company", readonly=True, help="Their login is archived."
    )
    proposal_text = fields.Char(compute="_compute_proposal_text")
    departure = fields.Selection(
        [
            ("left", "Owner changed, former owner left"),
            ("here", "Owner changed, former owner is still here"),
            ("none", "No change of owner"),
        ],
        compute="_compute_departure",
        store=True,
        string="Change of Owner",
    )
    occurrence = fields.Integer(string="Lost for the … Time", default=1, readonly=True, copy=False)
    is_recurring = fields.Boolean(compute="_compute_is_recurring", store=True, string="Recurring")
    state = fields.Selection(
        [("lost", "Lost"), ("won_back", "Won Back"), ("relapsed", "Lost Again"), ("closed", "Given Up")],
        default="lost",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        help="Won back: a real order came after the loss. It stays counted unless that order is cancelled or credited "
        "in full, or the customer is lost again.",
    )
    returned_on = fields.Date(string="First Order Afterwards", readonly=True, copy=False)
    revenue_back = fields.Monetary(string="Revenue since the Return", readonly=True, copy=False)
    programme_ids = fields.Many2many(
        "churn.programme",
        compute="_compute_programme_ids",
        groups="churn_handover.group_churn_leader",
    )
    programme_count = fields.Integer(compute="_compute_programme_ids", groups="churn_handover.group_churn_leader")
    chance = fields.Float(
        compute="_compute_value", string="Chance to Win Back", aggregator="avg", help="See “How it is reckoned”."
    )
    play_cost = fields.Monetary(compute="_compute_value", string="Cost of the Play")
    expected_value = fields.Monetary(
        compute="_compute_expected_value",
        store=True,
        help="Chance × revenue lost − cost of the play: the list to work through from the top.",
    )
    value_text = fields.Text(compute="_compute_value", string="How It Is Reckoned")

    _one_open = models.UniqueIndex(
        "(account_id) WHERE state = 'lost'", "This customer is in the list of losses already."
    )

    @api.depends("reason_id", "proposed_reason_id")
    def _compute_review_reason_id(self):
        for loss in self:
            loss.review_reason_id = loss.reason_id or loss.proposed_reason_id

    @api.depends("owner_change_on", "former_owner_left")
    def _compute_departure(self):
        for loss in self:
            changed = "left" if loss.former_owner_left else "here"
            loss.departure = changed if loss.owner_change_on else "none"

    @api.depends("owner_change_on", "former_owner", "proposed_reason_id")
    @api.depends_context("lang")
    def _compute_proposal_text(self):
        for loss in self:
            loss.proposal_text = loss.proposed_reason_id and self.env._(
                "The owner changed on %(date)s; before, it was %(owner)s. Was the reason “%(reason)s”?",
                date=format_date(self.env, loss.owner_change_on),
                owner=loss.former_owner,
                reason=loss.proposed_reason_id.name,
            )

    @api.depends("occurrence")
    def _compute_is_recurring(self):
        for loss in self:
            loss.is_recurring = loss.occurrence > 1

    def _compute_programme_ids(self):
        members = self.env["churn.programme.member"].search([("loss_id", "in", self.ids)])
        by_loss = members.grouped("loss_id")
        for loss in self:
            loss.programme_ids = by_loss.get(loss, members.browse()).programme_id
            loss.programme_count = len(loss.programme_ids)

    # Value

    @api.depends("revenue", "reason_id.winnable", "reason_id.measure_ids.cost", "state")
    @api.depends_context("lang")
    def _compute_value(self):
        chances = self._chances()
        for loss in self:
            tried, won, chance = chances.get(loss.reason_id.id, (0, 0, CHANCE))
            loss.chance = 0.0 if loss.reason_id and not loss.reason_id.winnable else chance
            loss.play_cost = loss._plays()._cost_in(loss.company_id)
            loss.value_text = loss._value_sentence(tried, won)

    @api.depends("revenue", "reason_id.winnable", "reason_id.measure_ids.cost", "state")
    def _compute_expected_value(self):
        """Stored, so that the work can be sorted by it; done again every night, as results come in."""
        for loss in self:
            worth = loss.chance * loss.revenue - loss.play_cost
            loss.expected_value = worth if loss.state == "lost" and loss.chance else 0.0

    def _plays(self):
        """What is done to win this customer back; as long as nobody knows why it left, or a play for it: ask."""
        plays = self.reason_id.measure_ids
        if plays:
            return plays
        unknown = self.env["ir.model.data"]._xmlid_to_res_id("churn_handover.loss_reason_unknown")
        return self.env["churn.loss.reason"].browse(unknown or []).measure_ids

    @api.model
    def _chances(self):
        """Per reason: customers worked on, of them won back, and the chance drawn to :data:`CHANCE`.

        Won back is who placed a real order within the window of the programme and was not lost again since.
        """
        # sudo: shares over all customers, no customer is told
        members = self.env["churn.programme.member"].sudo()
        worked_on = [("loss_id", "!=", False), ("group", "in", ("treated", "exception"))]
        tried = members.search_fetch([*worked_on, ("programme_id.state", "=", "done")], ["loss_id", "kept"])
        found = {}
        for reason, mine in tried.grouped(lambda member: member.loss_id.reason_id).items():
            won = len(mine.filtered(lambda member: member._is_won_back()).loss_id)
            number = len(mine.loss_id)
            found[reason.id] = (number, won, (won + CHANCE * CHANCE_WEIGHT) / (number + CHANCE_WEIGHT))
        return found

    def _value_sentence(self, tried, won):
        if self.state != "lost":
            return False
        if self.reason_id and not self.reason_id.winnable:
            return self.env._("Customers lost for this reason do not come back.")
        ground = (
            self.env._("%(won)s of %(tried)s customers lost for this reason came back", won=won, tried=tried)
            if tried
            else self.env._("no own result for this reason yet, so the usual 20 % counts")
        )
        # A new loss has no customer yet, and so no company: the form asks for the sentence all the same.
        currency = self.currency_id or self.env.company.currency_id
        return self.env._(
            "%(chance)s chance (%(ground)s) × %(revenue)s revenue lost − %(cost)s for the play.",
            chance=f"{self.chance:.0%}",
            ground=ground,
            revenue=format_amount(self.env, self.revenue, currency),
            cost=format_amount(self.env, self.play_cost, currency),
        )

    # By hand

    @api.model_create_multi
    def create(self, vals_list):
        losses = super().create(vals_list)
        by_hand = losses.filtered(lambda loss: loss.found_by == "hand")
        if by_hand:
            by_hand.sudo()._fill_facts()  # sudo: facts are the program's; the right to create it was checked
        return losses

    def write(self, vals):
        if "account_id" in vals:
            raise UserError(self.env._("A loss stays with its customer; enter another one for the other customer."))
        return super().write(vals)

    def action_accept_reason(self):
        for loss in self.filtered("proposed_reason_id"):
            loss.reason_id = loss.proposed_reason_id

    def action_give_up(self):
        self.check_access("write")
        self.filtered(lambda loss: loss.state == "lost").sudo().state = "closed"  # sudo: the right was checked

    def action_reopen(self):
        self.check_access("write")
        self.filtered(lambda loss: loss.state == "closed").sudo().state = "lost"  # sudo: the right was checked

    def action_open_programmes(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Programmes"),
            "res_model": "churn.programme",
            "view_mode": "list,kanban,form",
            "mobile_view_mode": "kanban",
            "domain": [("id", "in", self.programme_ids.ids)],
        }

    def action_win_back(self):
        """A draft programme for these customers; what is done for each follows its reason."""
        losses = self.filtered(lambda loss: loss.state == "lost" and (not loss.reason_id or loss.reason_id.winnable))
        if not losses:
            raise UserError(self.env._("None of these customers can be won back: choose losses that are still open."))
        programme = self.env["churn.programme"]._propose(losses.account_id, "win_back")
        return programme._open()
