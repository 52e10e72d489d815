from odoo import api, fields, models

ANSWERS = ("fine", "call", "other")


class ChurnLetterItem(models.Model):
    """What a letter tells about one account, as it was told, and what the customer answered.

    The successor never sees the rows about themselves: who would rather have somebody else says so in confidence.
    """

    _name = "churn.letter.item"
    _description = "Account in a Letter"
    _order = "letter_id, id"
    _rec_name = "account_id"

    letter_id = fields.Many2one("churn.letter", required=True, index=True, ondelete="cascade")
    line_id = fields.Many2one("churn.handover.line", required=True, index=True, ondelete="cascade")
    account_id = fields.Many2one(related="line_id.account_id")
    predecessor_id = fields.Many2one(related="line_id.predecessor_id")
    kind = fields.Selection(
        [("new", "New Contact Person"), ("changed", "Correction"), ("off", "Called Off")],
        required=True,
        default="new",
        help="A correction tells what has changed since an earlier letter.",
    )
    told_user_id = fields.Many2one("res.users", string="Successor Named", ondelete="restrict")
    told_date = fields.Date(string="Change Date Named")
    told_charge_date = fields.Date(
        string="Fully in Charge, as Named", help="From which day on the customer can rely on the successor alone."
    )
    answer = fields.Selection(
        [("fine", "Fine"), ("call", "Call Me"), ("other", "Somebody Else")], readonly=True, copy=False
    )
    answer_text = fields.Text(string="What the Customer Wrote", readonly=True, copy=False)
    answered_at = fields.Datetime(readonly=True, copy=False)

    _letter_line_unique = models.UniqueIndex("(letter_id, line_id)", "A letter tells about an account once.")

    def _answer(self, answer, text=None):
        """Take the customer's answer, once; a wish for a call becomes a task, words become feedback.

        :return: whether it was taken: False when an answer was given before
        """
        self.ensure_one()
        # Whoever comes second waits here, starts anew and finds the answer given.
        self.env.cr.execute("SELECT id FROM churn_letter_item WHERE id = %s FOR UPDATE", [self.id])
        if answer not in ANSWERS or self.answer:
            return False
        text = (text or "").strip()[:4000]
        self.write({"answer": answer, "answer_text": text, "answered_at": fields.Datetime.now()})
        if answer == "call":
            self._ask_for_call()
        if text or answer == "other":
            self._pass_on(answer, text)
        return True

    def _ask_for_call(self):
        manager = self.line_id._hears_answers()
        env = self.with_context(lang=manager.lang or self.env.lang).env
        self.account_id.activity_schedule(
            "mail.mail_activity_data_call",
            date_deadline=fields.Date.context_today(self),
            summary=env._("%(name)s asks for a call about the new contact person", name=self.letter_id.partner_id.name),
            user_id=manager.id,
        )

    def _pass_on(self, answer, text):
        """What the customer writes goes to whoever takes care of feedback, never to the person it is about.

        The page promises that only our management reads it. Beside another answer than "somebody else" the words may be
        about anybody: they wait, out of sight of both sides and of who is named, until a leader has read them.
        """
        feedback = self.env["churn.feedback"]
        manager = self.line_id.handover_id.user_id
        env = self.with_context(lang=manager.lang or self.env.lang).env
        if answer == "other":
            whom = {"kind": "concern", "about_user_id": self.line_id.successor_id.id}
        else:
            hidden = self.line_id.successor_id | self.line_id.predecessor_id | feedback._mentioned_users(text)
            whom = {"kind": "wish", "is_sorted": False, "withheld_user_ids": [fields.Command.set(hidden.ids)]}
        feedback.create(
            {
                **whom,
                "source": "portal",
                "partner_id": self.letter_id.partner_id.id,
                "company_id": self.letter_id.company_id.id,
                "text": text or env._("Would rather have somebody else as contact person."),
            }
        )._find_somebody()

    @api.depends("account_id")
    def _compute_display_name(self):
        for item in self:
            item.display_name = item.line_id.display_name
