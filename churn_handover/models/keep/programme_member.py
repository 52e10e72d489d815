from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ..common.listed import listed
from ..common.real_order import credited_orders
from ..quality.place import LEFT_OUT

# Why a treated customer gets no mail although nobody had too many: there is no place that could say so.
NO_PLACE = [("no_address", "No E-Mail Address"), ("blacklist", "Refused All Mail")]


class ChurnProgrammeMember(models.Model):
    """An account in a programme: its group, as drawn at the start, and what it did in the window.

    Managers only: an owner sees the task on the customer, and a customer without one may be in no programme at all.
    """

    _name = "churn.programme.member"
    _inherit = ["churn.guarded"]
    _description = "Account in a Programme"
    _order = "programme_id desc, group desc, revenue_before desc, id"
    _rec_name = "partner_id"

    programme_id = fields.Many2one("churn.programme", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="programme_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    account_id = fields.Many2one("churn.account", required=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one(related="account_id.partner_id", string="Customer", store=True, index=True)
    user_id = fields.Many2one(related="partner_id.user_id", string="Owner")
    risk_band = fields.Selection(related="account_id.risk_band")
    measure_text = fields.Char(
        string="What Is Done",
        compute="_compute_measure_text",
        help="The measures of the programme; for a lost customer also the play for its reason.",
    )
    loss_id = fields.Many2one("churn.loss", index="btree_not_null", ondelete="set null", readonly=True)
    is_exception = fields.Boolean(
        string="Always Treated",
        help="Set before the start: too important to be held out. Not part of the draw and reported apart.",
    )
    group = fields.Selection(
        [("treated", "Treated"), ("holdout", "Holdout"), ("exception", "Always Treated")],
        readonly=True,
        help="Drawn at the start, kept to the end.",
    )
    running_purpose = fields.Char(readonly=True, copy=False, help="Set while the programme runs.")
    stratum = fields.Char(string="Value Tier at Start", readonly=True)
    revenue_before = fields.Monetary(readonly=True, help="Of the 12 months before the start.")
    kept = fields.Boolean(string="Bought", readonly=True, help="At least one real order in the window.")
    revenue = fields.Monetary(string="Revenue in the Window", readonly=True)
    task_ids = fields.One2many(
        "mail.activity", "churn_member_id", string="Tasks", context={"active_test": False}, readonly=True
    )
    is_reached = fields.Boolean(readonly=True, help="At least one task was done by the end of the window.")

    mail_reason = fields.Selection([*LEFT_OUT, *NO_PLACE], string="No Mail Because", readonly=True)
    mail_text = fields.Char(compute="_compute_mail_text", string="Mail")

    _programme_account_unique = models.UniqueIndex("(programme_id, account_id)", "A customer is in a programme once.")
    _one_of_a_purpose = models.UniqueIndex(
        "(account_id, running_purpose) WHERE running_purpose IS NOT NULL",
        "A customer is in one running programme of a purpose at a time.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        members = super().create(vals_list)
        members.programme_id._require_draft(
            self.env._("This programme has started: who is added now was not drawn and would prove nothing.")
        )
        members._link_losses()
        return members

    def _link_losses(self):
        """Of a programme that wins back: the loss that each of its customers stands for."""
        members = self.filtered(lambda member: member.programme_id.purpose == "win_back")
        if not members:
            return
        # sudo: the link is the program's; the customers were checked when they were added
        losses = self.env["churn.loss"].sudo()
        found = losses.search([("account_id", "in", members.account_id.ids), ("state", "=", "lost")])
        by_account = found.grouped("account_id")
        for member in members.sudo():  # sudo: as above
            member.loss_id = by_account.get(member.account_id)

    @api.depends("programme_id.measure_ids.name", "loss_id.reason_id.measure_ids.name", "group")
    @api.depends_context("lang")
    def _compute_measure_text(self):
        for member in self:
            measures = member.programme_id._measures_of(member) if member.group != "holdout" else []
            member.measure_text = listed(self.env, [measure.name for measure in measures])

    def _is_won_back(self):
        """A real order within the window, and not lost again since."""
        return self.kept and self.loss_id.state == "won_back"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        self.programme_id._require_draft(self.env._("Only a programme that has not started can lose customers."))

    def write(self, vals):
        if "is_exception" in vals:
            self.programme_id._require_draft(
                self.env._("Who is always treated is chosen before the draw; this programme has started.")
            )
        if {"account_id", "programme_id"} & set(vals):
            raise UserError(self.env._("Take the customer out and add the other one."))
        return super().write(vals)

    @api.depends("mail_reason", "programme_id.mailing_id")
    @api.depends_context("lang")
    def _compute_mail_text(self):
        """What became of the programme's mail to this customer."""
        # sudo: the places of customers whose members the reader sees
        places = self.env["churn.place"].sudo()
        mailings = self.programme_id.sudo().mailing_id  # sudo: as above
        found = places.search([("mailing_id", "in", mailings.ids), ("account_id", "in", self.partner_id.ids)])
        by_key = {(place.mailing_id.id, place.account_id.id): place for place in found}
        states = dict(places._fields["state"]._description_selection(self.env))
        reasons = dict(self._fields["mail_reason"]._description_selection(self.env))
        for member in self:
            mailing = member.programme_id.sudo().mailing_id  # sudo: as above
            place = by_key.get((mailing.id, member.partner_id.id), places)
            if member.mail_reason:
                member.mail_text = self.env._("Left out: %(reason)s", reason=reasons[member.mail_reason])
            elif place.sent_on:
                member.mail_text = self.env._("Sent on %(date)s", date=format_date(self.env, place.sent_on))
            else:
                member.mail_text = states.get(place.state, False)

    def action_open_customer(self):
        return self.account_id.action_open_customer()

    @api.model
    def _outcome(self, programme):
        """Write who bought in the window, for how much, and who was reached: one statement for all members."""
        self.flush_model()
        for model in ("sale.order", "sale.order.line", "account.move", "account.move.line", "mail.activity"):
            self.env[model].flush_model()
        bought = self._sql_orders(programme) if programme.basis == "sale" else self._sql_invoices(programme)
        self.env.cr.execute(
            SQL(
                """UPDATE churn_programme_member member
                      SET kept = coalesce(found.orders, 0) > 0, revenue = coalesce(found.revenue, 0),
                          is_reached = EXISTS (
                              SELECT FROM mail_activity task
                               WHERE task.churn_member_id = member.id AND NOT task.active
                                 AND task.date_done <= %(last)s)
                     FROM churn_programme_member own
                LEFT JOIN (%(bought)s) found ON found.partner_id = own.partner_id
                    WHERE own.id = member.id AND own.programme_id = %(programme)s""",
                bought=bought,
                programme=programme.id,
                last=programme.date_end,
            )
        )
        self.invalidate_model()

    @api.model
    def _sql_orders(self, programme):
        return SQL(
            """SELECT partner.commercial_partner_id AS partner_id,
                      count(*) FILTER (WHERE doc.amount_untaxed > 0) AS orders,
                      sum(doc.amount_untaxed / coalesce(nullif(doc.currency_rate, 0), 1)) AS revenue
                 FROM sale_order doc JOIN res_partner partner ON partner.id = doc.partner_id
                WHERE doc.company_id = %s AND doc.state = 'sale'
                  AND doc.date_order >= %s AND doc.date_order < %s AND doc.id NOT IN (%s)
                GROUP BY 1""",
            programme.company_id.id,
            programme.company_id._churn_midnight(programme.date_start),
            programme.company_id._churn_midnight(programme.date_end + timedelta(days=1)),
            credited_orders(programme.company_id),
        )

    @api.model
    def _sql_invoices(self, programme):
        return SQL(
            """SELECT commercial_partner_id AS partner_id,
                      count(*) FILTER (WHERE move_type = 'out_invoice' AND amount_untaxed_signed > 0
                                         AND payment_state IS DISTINCT FROM 'reversed') AS orders,
                      sum(amount_untaxed_signed) AS revenue
                 FROM account_move
                WHERE company_id = %s AND state = 'posted' AND move_type IN ('out_invoice', 'out_refund')
                  AND invoice_date BETWEEN %s AND %s
                GROUP BY 1""",
            programme.company_id.id,
            programme.date_start,
            programme.date_end,
        )
