from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL, format_date, format_time
from odoo.tools import hmac as signed
from odoo.tools.urls import urljoin

ANSWERS = ("come", "colleague", "no")
MARKS = [("1", "1"), ("2", "2"), ("3", "3"), ("4", "4"), ("5", "5")]


class ChurnInvitation(models.Model):
    """A customer asked to a training session: whether somebody comes, and what they thought of it."""

    _name = "churn.invitation"
    _description = "Invitation to a Training Session"
    _order = "id"
    _rec_name = "partner_id"

    training_id = fields.Many2one("churn.training", required=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", string="Contact", required=True, index=True, ondelete="cascade")
    state = fields.Selection(
        [("chosen", "Chosen"), ("invited", "Invited"), ("left_out", "Left Out")],
        required=True,
        default="chosen",
        readonly=True,
    )
    left_out = fields.Selection(
        [
            ("address", "No Address"),
            ("refused", "Does Not Want Such Messages"),
            ("cap", "Had Enough Messages Lately"),
        ],
        string="Left Out Because",
        readonly=True,
    )
    answer = fields.Selection(
        [("come", "Comes"), ("colleague", "Sends a Colleague"), ("no", "Does Not Come")], readonly=True
    )
    colleague = fields.Char(readonly=True)
    answered_at = fields.Datetime(readonly=True)
    reminded = fields.Boolean(readonly=True)

    # Three questions afterwards, 1 (no) to 5 (yes)
    mark_useful = fields.Selection(MARKS, string="Useful for My Work", readonly=True)
    mark_people = fields.Selection(MARKS, string="Trust in the People", readonly=True)
    mark_again = fields.Selection(MARKS, string="Would Come Again", readonly=True)
    wish = fields.Text(string="Wish for Next Time", readonly=True)
    opinion_at = fields.Datetime(readonly=True)
    opinion_avg = fields.Float(string="Opinion", compute="_compute_opinion_avg", aggregator="avg")

    _partner_once = models.UniqueIndex("(training_id, partner_id)", "This contact is on the list already.")

    @api.depends("mark_useful", "mark_people", "mark_again")
    def _compute_opinion_avg(self):
        for row in self:
            marks = [int(mark) for mark in (row.mark_useful, row.mark_people, row.mark_again) if mark]
            row.opinion_avg = sum(marks) / len(marks) if marks else 0

    # Sending

    def _invite(self):
        """Invite, as far as addresses, refusals and the cap allow; each invitation takes a place like any message."""
        kind = self.env.ref("churn_handover.kind_training")
        emails = {row: row.partner_id.email_normalized for row in self}
        places = self.env["churn.place"].sudo()  # sudo: written by the engine only
        wanted = {email for email in emails.values() if email}
        refused = {email for email, _kind in self.env["churn.message.optout"]._of(wanted, kind)}
        blacklist = self.env["mail.blacklist"].sudo()  # sudo: who refused all mail decides for everybody who sends
        refused |= set(blacklist.search([("email", "in", list(wanted))]).mapped("email"))
        free = places._free_addresses(self.training_id.company_id, wanted - refused)
        taken = self.browse()
        for row, email in emails.items():
            if email in free:
                free.discard(email)
                taken |= row
            else:
                reason = "cap" if email else "address"
                row.write({"state": "left_out", "left_out": "refused" if email in refused else reason})
        accounts = taken.partner_id.grouped("commercial_partner_id")
        places.create(
            [
                {
                    "email": partner.email_normalized,
                    "partner_id": partner.id,
                    "account_id": account.id,
                    "company_id": self.training_id.company_id.id,
                    "state": "sent",
                    "sent_on": fields.Date.context_today(self),
                    "kind_id": kind.id,
                }
                for account, partners in accounts.items()
                for partner in partners
            ]
        )
        taken.state = "invited"
        taken._send("invite")

    def _send(self, what):
        """One mail per person, in the person's language.

        :param what: "invite", "reminder", "cancelled", "opinion"
        """
        # sudo: mails are made for whoever may run the session
        self.env["mail.mail"].sudo().create([row._mail(what) for row in self])

    def _when(self):
        """Day and time of the session as the contact reads them."""
        self.ensure_one()
        zone = self.partner_id.tz or self.training_id.user_id.tz or "UTC"
        start = fields.Datetime.context_timestamp(self.with_context(tz=zone), self.training_id.start)
        day = format_date(self.env, start.date(), date_format="full")
        return f"{day}, {format_time(self.env, self.training_id.start, tz=zone, time_format='short')}"

    def _mail(self, what):
        self.ensure_one()
        lang = self.partner_id.lang or self.env.lang
        row = self.with_context(lang=lang)
        training = row.training_id
        name = {"name": training.name}
        subjects = {
            "invite": row.env._("Invitation: %(name)s", **name),
            "reminder": row.env._("We look forward to seeing you: %(name)s", **name),
            "cancelled": row.env._("Cancelled: %(name)s", **name),
            "opinion": row.env._("Three questions about %(name)s", **name),
        }
        body = row.env["ir.qweb"]._render(
            "churn_handover.training_mail",
            {
                "what": what,
                "row": row,
                "training": training,
                "title": subjects[what],
                "company": training.company_id.sudo(),  # sudo: name of the sender, on its own letter
                "when": row._when(),
                "color": row.env.ref("churn_handover.kind_training").color,
            },
            minimal_qcontext=True,
        )
        return {
            "subject": subjects[what],
            "body_html": body,
            "email_from": training.user_id.email_formatted or training.company_id.email_formatted,
            "recipient_ids": [Command.link(self.partner_id.id)],
            "auto_delete": True,
        }

    # Answers

    def _token(self, what):
        self.ensure_one()
        return signed(self.env(su=True), f"churn-invitation-{what}", self.id)

    def _url(self, what, answer=False):
        self.ensure_one()
        url = urljoin(self.get_base_url(), f"/churn/{what}/{self.id}/{self._token(what)}")
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
        self.write(
            {
                "answer": answer,
                "colleague": colleague if answer == "colleague" else False,
                "answered_at": fields.Datetime.now(),
            }
        )
        return True

    def _open_for_answers(self):
        self.ensure_one()
        training = self.training_id
        return self.state == "invited" and training.state == "planned" and training.start > fields.Datetime.now()

    def _give_opinion(self, marks, wish):
        """:param marks: three texts "1" to "5", any of them may be missing"""
        self.ensure_one()
        known = dict(MARKS)
        useful, people, again = (mark if mark in known else False for mark in marks)
        self.write(
            {
                "mark_useful": useful,
                "mark_people": people,
                "mark_again": again,
                "wish": (wish or "").strip()[:2000] or False,
                "opinion_at": fields.Datetime.now(),
            }
        )
