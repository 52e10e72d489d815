from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools import hmac as signed
from odoo.tools.urls import urljoin

ANSWERS = ("come", "colleague", "no")
MARKS = [("1", "1"), ("2", "2"), ("3", "3"), ("4", "4"), ("5", "5")]


class ChurnInvitation(models.Model):
    """A customer asked to a training session: whether somebody comes, and what they thought of it."""

    _name = "churn.invitation"
    _description = "Invitation to a Training Session"
    _inherit = ["churn.guarded"]
    _order = "id"
    _rec_name = "partner_id"

    training_id = fields.Many2one("churn.training", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="training_id.company_id")
    partner_id = fields.Many2one("res.partner", string="Contact", required=True, index=True, ondelete="cascade")
    state = fields.Selection(
        [("chosen", "Chosen"), ("invited", "Invited"), ("left_out", "Left Out")],
        required=True,
        default="chosen",
        readonly=True,
    )
    invited_on = fields.Date(readonly=True)
    left_out = fields.Selection(
        [
            ("address", "No Address"),
            ("refused", "Does Not Want Such Messages"),
            ("cap", "Had Enough Messages Lately"),
            ("twice", "Same Address Twice"),
        ],
        string="Left Out Because",
        readonly=True,
    )
    not_delivered = fields.Boolean(compute="_compute_not_delivered", help="The mail came back, or no server took it.")
    answer = fields.Selection(
        [("come", "Comes"), ("colleague", "Sends a Colleague"), ("no", "Does Not Come")], readonly=True
    )
    colleague = fields.Char(readonly=True)
    answered_at = fields.Datetime(readonly=True)
    asked_again = fields.Boolean(readonly=True, help="Reminded once, because no answer came.")
    reminded = fields.Boolean(readonly=True, help="Reminded once, because somebody comes.")

    # Three questions afterwards, 1 (no) to 5 (yes)
    mark_useful = fields.Selection(MARKS, string="Useful for My Work", readonly=True)
    mark_people = fields.Selection(MARKS, string="Trust in the People", readonly=True)
    mark_again = fields.Selection(MARKS, string="Would Come Again", readonly=True)
    wish = fields.Text(string="Wish for Next Time", readonly=True)
    opinion_at = fields.Datetime(readonly=True)
    opinion_avg = fields.Float(string="Opinion", compute="_compute_opinion_avg", store=True, aggregator="avg")

    _partner_once = models.UniqueIndex("(training_id, partner_id)", "This contact is on the list already.")

    @api.model
    def _drop_doubles(self, contact, sources):
        """Contacts that are about to become one have one place on a list: the one that says most about them."""
        # sudo: lists that the user may not see must not stop the merge
        rows = self.sudo().search([("partner_id", "in", (contact | sources).ids)])
        rows.flush_recordset()
        for mine in rows.grouped("training_id").values():
            known = mine.sorted(lambda row: (bool(row.opinion_at), bool(row.answer), row.state == "invited", -row.id))
            self.env.cr.execute("DELETE FROM churn_invitation WHERE id = ANY(%s)", [known[:-1].ids])
        self.env.invalidate_all()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_invited(self):
        if any(row.state == "invited" for row in self):
            raise UserError(self.env._("Who was invited stays on the list: the answer belongs to it."))

    @api.depends("mark_useful", "mark_people", "mark_again")
    def _compute_opinion_avg(self):
        for row in self:
            marks = [int(mark) for mark in (row.mark_useful, row.mark_people, row.mark_again) if mark]
            row.opinion_avg = sum(marks) / len(marks) if marks else 0

    @api.depends("state")
    def _compute_not_delivered(self):
        places = self.env["churn.place"].sudo()  # sudo: whether the mail arrived, on the list of who was asked
        failed = places.search([("training_id", "in", self.training_id.ids), ("state", "=", "freed")])
        pairs = {(place.training_id, place.partner_id) for place in failed}
        for row in self:
            row.not_delivered = (row.training_id, row.partner_id) in pairs and not row.answer

    def _comes(self):
        """Those from whom somebody said to come."""
        return self.filtered(lambda row: row.answer in ("come", "colleague"))

    # Answers

    def _token(self, what):
        self.ensure_one()
        return signed(self.env(su=True), f"churn-invitation-{what}", self.id)

    def _url(self, what, answer=False):
        """The page where this contact answers. "/view" in it keeps the link tracker away: with one address per
        recipient it would make a tracker for each, and store the signature where others can read it."""
        self.ensure_one()
        if not self.id:
            return "#"  # a preview
        url = urljoin(self.get_base_url(), f"/churn/view/{what}/{self.id}/{self._token(what)}")
        return f"{url}?answer={answer}" if answer else url

    def _answer(self, answer, colleague=False):
        """Note the answer, unless the last place went to somebody else.

        :return: whether it was taken
        """
        self.ensure_one()
        if answer not in ANSWERS:
            raise UserError(self.env._("Choose one of the answers."))
        # Two answers for the last place wait for each other.
        self.env.execute_query(SQL("SELECT id FROM churn_training WHERE id = %s FOR UPDATE", self.training_id.id))
        self.env.cr.execute("UPDATE churn_training SET write_date = write_date WHERE id = %s", [self.training_id.id])
        comes, came = answer != "no", self.answer in ("come", "colleague")
        if comes and not came and self.training_id.places_left <= 0:
            return False
        values = {
            "answer": answer,
            "colleague": colleague if answer == "colleague" else False,
            "answered_at": fields.Datetime.now(),
        }
        if not self._carry_over(values):
            return False
        self.write(values)
        return True

    def _open_for_answers(self):
        self.ensure_one()
        return self.state == "invited" and self.training_id._takes_answers()

    def _too_late_for_a_place(self):
        """Whether others took all places, and none of them is this contact's."""
        self.ensure_one()
        return self._open_for_answers() and not self._comes() and self.training_id.places_left <= 0

    def _give_opinion(self, marks, wish):
        """Note the opinion, unless nothing was said: who pressed the button too early can still answer.

        :param marks: three texts "1" to "5", any of them may be missing
        :return: whether something was said
        """
        self.ensure_one()
        known = dict(MARKS)
        useful, people, again = (mark if mark in known else False for mark in marks)
        wish = (wish or "").strip()[:2000] or False
        if not (useful or people or again or wish):
            return False
        self.write(
            {
                "mark_useful": useful,
                "mark_people": people,
                "mark_again": again,
                "wish": wish,
                "opinion_at": fields.Datetime.now(),
            }
        )
        return True
