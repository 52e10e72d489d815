import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

REMINDER_DAYS = 3  # before the session: late enough to know, early enough to come
AGAIN_DAYS = 7  # before the session: whoever did not answer can still plan
PATIENCE_DAYS = 3  # after the invitation: nobody is reminded who was asked the day before yesterday
LOOK_BACK = 200  # sessions: years of them
ASKED_PER_PLACE = 2  # suggested contacts per free place: about half say no; judgement
SHOWN = ("name", "start", "hours", "place", "trainer", "text", "company_id", "user_id")


class ChurnTraining(models.Model):
    """A session in which our people learn something, and to which customers may be invited.

    An invitation is a message like all others: it takes a place under the cap, and who refused the kind is not asked.
    """

    _name = "churn.training"
    _description = "Training Session"
    _inherit = ["churn.guarded", "mail.thread", "mail.activity.mixin"]
    _order = "start desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="What", required=True, translate=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        required=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
    )
    trainer = fields.Char(string="By Whom")
    start = fields.Datetime(string="When", required=True)
    hours = fields.Float(required=True, default=2)
    place = fields.Char(string="Where", translate=True)
    text = fields.Text(string="What It Is About", translate=True)
    places = fields.Integer(string="Places for Customers", required=True, default=10)
    state = fields.Selection(
        [("planned", "Planned"), ("held", "Held"), ("cancelled", "Cancelled")],
        required=True,
        default="planned",
        readonly=True,
        copy=False,
        tracking=True,
    )
    invitation_ids = fields.One2many("churn.invitation", "training_id", string="Invitations", copy=False)
    opinion_ids = fields.One2many(
        "churn.invitation", "training_id", string="Opinions of Customers", domain=[("opinion_at", "!=", False)]
    )
    coming_count = fields.Integer(string="Coming", compute="_compute_counts")
    asked_count = fields.Integer(string="Invited", compute="_compute_counts")
    places_left = fields.Integer(compute="_compute_counts")
    opinion_avg = fields.Float(string="Opinion", compute="_compute_counts", help="Mean of all answers, 1 to 5.")
    opinion_count = fields.Integer(string="Opinions", compute="_compute_counts")
    earlier_count = fields.Integer(string="Earlier Opinions", compute="_compute_earlier_count")
    unchanged_id = fields.Many2one(
        "churn.training", string="Same as", compute="_compute_unchanged", help="An earlier session that says the same."
    )
    preview_html = fields.Html(string="As Mail", compute="_compute_preview_html", sanitize=False)

    _places_positive = models.Constraint(
        "CHECK(places > 0 AND hours > 0)", "A session needs hours, and at least one place."
    )

    @api.depends("invitation_ids.answer", "invitation_ids.state", "invitation_ids.opinion_avg", "places")
    def _compute_counts(self):
        for training in self:
            opinions = [row.opinion_avg for row in training.invitation_ids if row.opinion_avg]
            training.asked_count = len(training.invitation_ids.filtered(lambda row: row.state == "invited"))
            training.coming_count = len(training.invitation_ids._comes())
            left = training._seats_left()
            training.places_left = training.places - training.coming_count if left is None else left
            training.opinion_count = len(opinions)
            training.opinion_avg = sum(opinions) / len(opinions) if opinions else 0

    def _compute_earlier_count(self):
        for training in self:
            training.earlier_count = self.env["churn.invitation"].search_count(training._earlier_domain())

    @api.depends("name", "text", "start", "company_id")
    def _compute_unchanged(self):
        """The last one before it with the same words: neither case nor spaces make a programme new."""
        for training in self:
            earlier = self.search(
                [
                    ("company_id", "=", training.company_id.id),
                    ("start", "<", training.start or fields.Datetime.now()),
                    ("state", "!=", "cancelled"),
                    ("id", "!=", training._origin.id),
                ],
                limit=LOOK_BACK,
            )
            words = training._words()
            training.unchanged_id = next((one for one in earlier if words and one._words() == words), False)

    def _words(self):
        self.ensure_one()
        return re.findall(r"\w+", f"{self.name or ''} {self.text or ''}".lower())

    @api.depends("name", "start", "hours", "place", "trainer", "text", "invitation_ids")
    @api.depends_context("lang")
    def _compute_preview_html(self):
        for training in self:
            someone = training.invitation_ids[:1].partner_id or self.env.user.partner_id
            # Of a session of its own: on a form that is being edited the row would join the list of customers.
            shown = self.new({name: training[name] for name in SHOWN})
            row = self.env["churn.invitation"].new({"training_id": shown, "partner_id": someone.id})
            training.preview_html = row._render_mail("invite", lang=self.env.lang) if training.start else False

    def _earlier_domain(self):
        self.ensure_one()
        return [
            ("opinion_at", "!=", False),
            ("training_id", "!=", self._origin.id),
            ("training_id.company_id", "=", self.company_id.id),
        ]

    # Actions

    def action_invite(self):
        """Write to those who were chosen and not yet asked."""
        self.ensure_one()
        self._follow_event()
        if self.state != "planned" or self.start <= fields.Datetime.now():
            raise UserError(self.env._("Customers are invited before the session."))
        chosen = self.invitation_ids.filtered(lambda row: row.state == "chosen")
        if not chosen:
            raise UserError(self.env._("Choose customers first."))
        self._ensure_event()
        chosen._invite()

    def action_held(self):
        """The session took place: ask those who came three questions."""
        self.ensure_one()
        self.check_access("write")
        self._follow_event()
        if self.start > fields.Datetime.now():
            raise UserError(self.env._("The session is still to come."))
        self.sudo().state = "held"  # sudo: the state is the program's; the right to write was checked
        came = self.invitation_ids.filtered("attended")  # where the event app noted who was there
        (came or self.invitation_ids._comes())._send("opinion")

    def action_cancel(self):
        self.ensure_one()
        self.check_access("write")
        self.sudo().state = "cancelled"  # sudo: as above
        self._call_off_event()
        self.invitation_ids._comes()._send("cancelled")

    def action_suggest(self):
        """Fill the list: customers about to change hands first, then those who have not heard from us for longest."""
        self.ensure_one()
        waiting = self.invitation_ids.filtered(
            lambda row: row.state == "chosen" or (row.state == "invited" and not row.answer)
        )
        wanted = ASKED_PER_PLACE * self.places_left - len(waiting)
        found = self._suggested(wanted) if wanted > 0 else self.env["res.partner"]
        if not found:
            raise UserError(self.env._("There is nobody to suggest: all are on the list, or had enough messages."))
        self._choose(found)

    def action_earlier_opinions(self):
        """What customers wished for after other sessions, to plan this one."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("churn_handover.opinion_action")
        return {**action, "domain": self._earlier_domain()}

    # Customers

    def _suggested(self, count):
        """Contacts who may get one more message today, one person per customer."""
        listed = self.invitation_ids.partner_id.commercial_partner_id
        rows = self.env["churn.coverage"].search(
            [("company_id", "=", self.company_id.id), ("account_id", "not in", listed.ids)], limit=4 * count
        )
        people = self.env["res.partner"].search(
            [
                ("commercial_partner_id", "in", rows.account_id.ids),
                ("email_normalized", "!=", False),
                ("is_blacklisted", "=", False),
                ("type", "in", (False, "contact")),
            ],
            order="is_company, id",
        )
        places = self.env["churn.place"].sudo()  # sudo: who had enough, a yes or no
        free = places._free_addresses(self.company_id, people.mapped("email_normalized"))
        kind = self.env.ref("churn_handover.kind_training")
        free -= {email for email, _kind in self.env["churn.message.optout"]._of(free, kind)}
        of_account = people.filtered(lambda one: one.email_normalized in free).grouped("commercial_partner_id")
        chosen = [of_account[account][0].id for account in rows.account_id if account in of_account]
        return people.browse(chosen[:count])

    def _choose(self, partners):
        """Add customers to the list, each once."""
        self.ensure_one()
        known = self.invitation_ids.partner_id
        self.invitation_ids = [Command.create({"partner_id": partner.id}) for partner in partners - known]

    def _takes_answers(self):
        self.ensure_one()
        return self.state == "planned" and self._starts_at() > fields.Datetime.now() and not self._is_called_off()

    # Nightly

    @api.model
    def _cron_remind(self):
        """Remind who did not answer a week before, and who comes some days before."""
        planned = self.search([("state", "=", "planned")])
        planned._follow_event()
        now, today = fields.Datetime.now(), fields.Date.context_today(self)
        for training in planned.filtered(lambda one: one.state == "planned" and one.start > now):
            days = training.start - now
            asked = training.invitation_ids.filtered(lambda row: row.state == "invited")
            silent = asked.filtered(
                lambda row: not row.answer
                and not row.asked_again
                and (row.invited_on or today) <= today - timedelta(days=PATIENCE_DAYS)
            )
            if silent and days <= timedelta(days=AGAIN_DAYS) and training.places_left > 0:
                silent._ask_again()
            coming = asked._comes().filtered(lambda row: not row.reminded)
            if coming and days <= timedelta(days=REMINDER_DAYS) and not training._event_reminds():
                coming._send("reminder")
                coming.reminded = True
