from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

from ..common.listed import listed

LOW_RATING = 2  # of 5; the unhappy smiley is 1, the neutral one 3
ENGINE_FIELDS = frozenset(
    (
        "state",
        "line_id",
        "account_id",
        "account_name",
        "step_id",
        "successor_id",
        "predecessor_id",
        "ask_manager",
        "ask_customer",
        "rating_last_value",
        "is_alerted",
        "done_date",
        "done_by_id",
    )
)
TEMPLATE = "churn_handover.mail_template_followup"


class ChurnFollowup(models.Model):
    """A question to the customer, some days after its owner changed: by the manager, and by mail.

    For the two people it is about, it does not exist (``rule_followup_hidden``), nor do its ratings. Nothing of
    it reaches a chatter or a follower: Odoo would post what the customer wrote.
    """

    _name = "churn.followup"
    _description = "Follow-up"
    _inherit = ["rating.mixin", "mail.activity.mixin"]
    _order = "due_date, id"
    _rec_name = "account_name"

    line_id = fields.Many2one("churn.handover.line", required=True, index=True, ondelete="cascade", readonly=True)
    handover_id = fields.Many2one(related="line_id.handover_id")
    account_id = fields.Many2one("res.partner", index="btree_not_null", ondelete="set null", readonly=True)
    account_name = fields.Char(readonly=True)
    step_id = fields.Many2one("churn.followup.step", ondelete="set null", readonly=True)
    ask_manager = fields.Boolean(readonly=True)
    ask_customer = fields.Boolean(readonly=True)
    due_date = fields.Date(required=True, index=True)
    successor_id = fields.Many2one("res.users", required=True, index=True, ondelete="cascade", readonly=True)
    predecessor_id = fields.Many2one("res.users", required=True, ondelete="cascade", readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Asks",
        index="btree_not_null",
        ondelete="set null",
        domain="[('share', '=', False), ('id', 'not in', [successor_id, predecessor_id])]",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Who Is Asked",
        ondelete="set null",
        domain="[('id', 'child_of', account_id)]",
    )
    state = fields.Selection(
        [("planned", "Planned"), ("asked", "Asked"), ("done", "Done"), ("cancelled", "Cancelled")],
        required=True,
        default="planned",
        readonly=True,
        index=True,
        group_expand=True,
    )
    answer_successor = fields.Text(string="How is the new contact person?", copy=False)
    answer_wishes = fields.Text(string="What else do you want from us?", copy=False)
    answer_before = fields.Text(string="What was better before?", copy=False)
    done_date = fields.Date(readonly=True)
    done_by_id = fields.Many2one("res.users", string="Done by", ondelete="set null", readonly=True)
    is_alerted = fields.Boolean(readonly=True, help="A low rating became a complaint.")
    is_overdue = fields.Boolean(compute="_compute_is_overdue")
    comparison = fields.Html(compute="_compute_comparison", sanitize=False)

    _line_step_unique = models.UniqueIndex("(line_id, step_id)", "This line has this follow-up already.")

    @api.depends("state", "due_date")
    def _compute_is_overdue(self):
        today = fields.Date.context_today(self)
        for followup in self:
            followup.is_overdue = followup.state in ("planned", "asked") and followup.due_date < today

    @api.depends("account_name", "step_id")
    def _compute_display_name(self):
        for followup in self:
            followup.display_name = listed(self.env, (followup.account_name, followup.step_id.name))

    def write(self, vals):
        if not self.env.su and not ENGINE_FIELDS.isdisjoint(vals):
            raise AccessError(self.env._("The state of a follow-up changes by its buttons only."))
        if vals.get("user_id") and any(vals["user_id"] in f._about().ids for f in self):
            raise UserError(self.env._("Whoever is asked about cannot ask the customer. Choose somebody else."))
        return super().write(vals)

    def _lang(self):
        """Return the language in which the customer is asked: as in letters, the company's when they have none."""
        company = self.account_id.company_id or self.handover_id.company_ids[:1]
        return self.partner_id.lang or company.partner_id.lang or self.env.lang

    def _about(self):
        return self.successor_id | self.predecessor_id

    # Asking

    def action_send_rating(self):
        """Mail the three smileys now."""
        self.check_access("write")
        without = self.filtered(lambda followup: not followup.partner_id.email)
        if without:
            raise UserError(
                self.env._(
                    "%(account)s: nobody there has a mail address. Choose who is asked, or call.",
                    account=without[0].account_name,
                )
            )
        self._send_rating()

    def _send_rating(self):
        """Queue the mails; each in the customer's language."""
        template = self.env.ref(TEMPLATE).sudo()  # sudo: who may ask need not be an editor of templates
        for followup in self:
            template.send_mail(followup.id, force_send=False)
        # sudo: the state is the engine's
        self.sudo().filtered(lambda followup: followup.state == "planned").state = "asked"

    def action_done(self):
        """The customer was asked: the answers stand here."""
        self.check_access("write")
        for followup in self:
            answers = (followup.answer_successor, followup.answer_wishes, followup.answer_before)
            if not any((answer or "").strip() for answer in answers) and not followup.rating_last_value:
                raise UserError(
                    self.env._("Write down at least one answer of the customer before you mark this as done.")
                )
        # sudo: state and gates are the engine's; the right to the follow-up was checked
        self.sudo().write({"state": "done", "done_date": fields.Date.context_today(self), "done_by_id": self.env.uid})
        self.sudo().activity_ids.action_feedback()  # sudo: as above
        self._pass_gate()

    def _pass_gate(self):
        for followup in self:
            followup.line_id.sudo()._gates("followed_up")._pass(followup, followup.step_id.name)  # sudo: as above

    def action_promise(self):
        """A wish becomes a promise: with somebody who keeps it, and a date."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Promise"),
            "res_model": "churn.promise",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_account_id": self.account_id.id,
                "default_contact_id": self.partner_id.id if self.partner_id != self.account_id else False,
                "default_name": (self.answer_wishes or "").split("\n")[0],
                "default_user_id": self.successor_id.id,
                "default_source_ref": f"churn.handover.line,{self.line_id.id}",
            },
        }

    def action_task(self):
        """A wish becomes a task on the account, for the new contact person; shown, so that it can be changed."""
        self.ensure_one()
        self.check_access("write")
        task = self.account_id.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=(self.answer_wishes or "").strip().split("\n")[0],
            note=plaintext2html(self.answer_wishes or ""),
            user_id=self.successor_id.id,
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Task"),
            "res_model": "mail.activity",
            "res_id": task.id,
            "views": [(self.env.ref("mail.mail_activity_view_form_popup").id, "form")],
            "target": "new",
        }

    # Rating

    def _rating_get_operator(self):
        return self.successor_id.partner_id

    def _rating_get_partner(self):
        return self.partner_id

    def rating_apply(self, rate, token=None, rating=None, feedback=None, subtype_xmlid=None, notify_delay_send=False):
        """Keep the rating here, and nowhere else: Odoo would post it. A low one becomes a complaint.

        An old mail can still be answered after the handover was taken back. What the customer says counts; it does not
        make anything of that handover done.
        """
        self.ensure_one()
        # sudo: the customer's token was checked by the caller; ratings are written by managers only
        ratings = self.env["rating.rating"].sudo()
        if not rating:
            rating = ratings.search([("access_token", "=", token or "")], limit=1)
        rating = ratings.browse(rating.id)
        if not rating or (rating.res_model, rating.res_id) != (self._name, self.id) or not 1 <= rate <= 5:
            raise ValueError(self.env._("Invalid token or rating."))
        rating.write({"rating": rate, "feedback": feedback, "consumed": True})
        if rate <= LOW_RATING and not self.is_alerted:
            self.sudo()._alert(rating)  # sudo: the complaint is entered for the customer
        if self.state == "cancelled":
            return rating
        if not self.ask_manager:  # then nothing is left to do
            # sudo: the state is the engine's
            self.sudo().write({"state": "done", "done_date": fields.Date.context_today(self)})
        self._pass_gate()
        return rating

    def _alert(self, rating):
        """Enter a complaint: it tells the manager, is hidden from the person, and freezes rotation of the account."""
        self.is_alerted = True
        partner = rating.partner_id or self.account_id
        plan = self.with_context(lang=self.user_id.lang or self.env.lang)
        self.env["churn.feedback"].create(
            {
                "kind": "complaint",
                "source": "rating",
                "subject": plan.env._("Low rating after a change of contact person"),
                "text": rating.feedback or plan.env._("The customer chose the unhappy face and wrote nothing."),
                "partner_id": partner.id,
                "about_user_id": self.successor_id.id,
                "company_id": (partner.company_id or self.handover_id.company_ids[:1]).id,
            }
        )

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Nobody follows: Odoo notifies followers whether they may read it or not."""
        return True
