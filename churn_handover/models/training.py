from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

REMINDER_DAYS = 3  # before the session: late enough to know, early enough to come


class ChurnTraining(models.Model):
    """A session in which our people learn something, and to which customers may be invited.

    An invitation is a message like all others: it takes a place under the cap, and who refused the kind is not asked.
    """

    _name = "churn.training"
    _description = "Training Session"
    _inherit = ["mail.thread", "mail.activity.mixin"]
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
    place = fields.Char(string="Where")
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
    coming_count = fields.Integer(string="Coming", compute="_compute_counts")
    asked_count = fields.Integer(string="Invited", compute="_compute_counts")
    places_left = fields.Integer(compute="_compute_counts")
    opinion_avg = fields.Float(string="Opinion", compute="_compute_counts", help="Mean of all answers, 1 to 5.")
    opinion_count = fields.Integer(string="Opinions", compute="_compute_counts")

    _places_positive = models.Constraint(
        "CHECK(places >= 0 AND hours > 0)", "A session needs hours, and no negative places."
    )

    @api.depends("invitation_ids.answer", "invitation_ids.opinion_avg", "places")
    def _compute_counts(self):
        for training in self:
            invited = training.invitation_ids
            opinions = [row.opinion_avg for row in invited if row.opinion_avg]
            training.asked_count = len(invited)
            training.coming_count = len(invited.filtered(lambda row: row.answer in ("come", "colleague")))
            training.places_left = training.places - training.coming_count
            training.opinion_count = len(opinions)
            training.opinion_avg = sum(opinions) / len(opinions) if opinions else 0

    # Actions

    def action_invite(self):
        """Write to those who were chosen and not yet asked."""
        self.ensure_one()
        if self.state != "planned" or self.start <= fields.Datetime.now():
            raise UserError(self.env._("Customers are invited before the session."))
        chosen = self.invitation_ids.filtered(lambda row: row.state == "chosen")
        if not chosen:
            raise UserError(self.env._("Choose customers first."))
        chosen._invite()

    def action_held(self):
        """The session took place: ask those who came three questions."""
        self.ensure_one()
        if self.start > fields.Datetime.now():
            raise UserError(self.env._("The session is still to come."))
        self.state = "held"
        self.invitation_ids.filtered(lambda row: row.answer in ("come", "colleague"))._send("opinion")

    def action_cancel(self):
        self.ensure_one()
        self.state = "cancelled"
        self.invitation_ids.filtered(lambda row: row.answer in ("come", "colleague"))._send("cancelled")

    @api.model
    def _cron_remind(self):
        """Remind, a few days before, those who said that somebody comes."""
        now = fields.Datetime.now()
        soon = self.search(
            [("state", "=", "planned"), ("start", ">", now), ("start", "<=", now + timedelta(days=REMINDER_DAYS))]
        )
        waiting = soon.invitation_ids.filtered(lambda row: row.answer in ("come", "colleague") and not row.reminded)
        waiting._send("reminder")
        waiting.reminded = True

    def _choose(self, partners):
        """Add customers to the list, each once."""
        self.ensure_one()
        known = self.invitation_ids.partner_id
        self.invitation_ids = [Command.create({"partner_id": partner.id}) for partner in partners - known]
