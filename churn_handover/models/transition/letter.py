import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain
from odoo.tools import consteq, format_date
from odoo.tools.mail import email_normalize

from ..common.listed import listed

VALID_DAYS = 60  # the page stays open this long after the last change date it tells of
SENT_STATES = ("sent", "arrived", "failed")
# What only the engine writes: through RPC it would forge a proof, or a link to somebody else's page.
ENGINE_FIELDS = frozenset(
    (
        "state",
        "access_token",
        "partner_id",
        "email",
        "day",
        "sent_at",
        "send_after",
        "expires_on",
        "failure",
        "company_id",
        "purpose",
    )
)


class ChurnLetter(models.Model):
    """What one person at a customer is told on one day: who leaves, who comes, when; for one account or several.

    It is what the mail template renders. One per address and day, so that nobody gets two letters on a day. Its proof
    is the ``mail.notification``, see ``letter_delivery.py``; its page for the customer is in ``letter_page.py``.
    """

    _name = "churn.letter"
    _description = "Letter to a Customer"
    _inherit = ["mail.thread"]
    _order = "day desc, id desc"
    _rec_name = "email"
    _mail_post_access = "read"

    partner_id = fields.Many2one("res.partner", string="Recipient", required=True, index=True, ondelete="cascade")
    email = fields.Char(string="Address", required=True, readonly=True, help="In normal form: it is what is unique.")
    day = fields.Date(required=True, readonly=True, help="No person gets two letters on one day.")
    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade", readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Sender",
        required=True,
        ondelete="restrict",
        domain=[("share", "=", False)],
        help="Who writes to the customer: the predecessor, or the manager.",
    )
    purpose = fields.Selection([("handover", "New Contact Person")], required=True, default="handover", readonly=True)
    template_id = fields.Many2one("mail.template", required=True, domain=[("model", "=", "churn.letter")])
    lang = fields.Char(compute="_compute_lang", compute_sudo=True)
    item_ids = fields.One2many("churn.letter.item", "letter_id", string="Accounts")
    item_count = fields.Integer(string="Number of Accounts", compute="_compute_items", compute_sudo=True)
    account_names = fields.Char(string="Tells About", compute="_compute_items", compute_sudo=True)
    is_correction = fields.Boolean(string="Correction", compute="_compute_items", compute_sudo=True)
    state = fields.Selection(
        [
            ("draft", "To Send"),
            ("sent", "On Its Way"),
            ("arrived", "Arrived"),
            ("failed", "Did Not Arrive"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        index=True,
        group_expand=True,
    )
    send_after = fields.Datetime(
        string="Goes Out At", readonly=True, help="Sent by itself then, unless somebody holds it back; empty: by hand."
    )
    sent_at = fields.Datetime(readonly=True)
    failure = fields.Char(string="Why It Did Not Arrive", readonly=True)
    access_token = fields.Char(readonly=True, copy=False, groups="base.group_system")
    expires_on = fields.Date(string="Page Open Until", readonly=True)
    preview = fields.Html(compute="_compute_preview", sanitize=False)
    preview_subject = fields.Char(compute="_compute_preview")

    _email_day_unique = models.UniqueIndex(
        "(email, day) WHERE state <> 'cancelled'", "This person gets another letter on that day."
    )

    @api.depends("partner_id.lang")
    def _compute_lang(self):
        for letter in self:
            letter.lang = letter.partner_id.lang or letter.company_id.partner_id.lang or self.env.lang

    @api.depends("item_ids")
    def _compute_items(self):
        for letter in self:
            rows = letter._rows()
            letter.item_count = len(rows)
            letter.account_names = listed(self.env, rows.mapped("account_id.display_name"))
            letter.is_correction = any(row.kind != "new" for row in rows)

    def _rows(self):
        """Return what the letters tell, a row per account."""
        return self.item_ids

    # Rights

    def write(self, vals):
        if not self.env.su and not ENGINE_FIELDS.isdisjoint(vals):
            raise AccessError(self.env._("A letter is sent, and its state changes, by its buttons only."))
        if {"template_id", "user_id"} & vals.keys() and self.filtered(lambda one: one.state != "draft"):
            raise UserError(self.env._("This letter has been sent: it cannot be changed any more."))
        return super().write(vals)

    # Preparing

    @api.model
    def _prepare(self, lines, kind="new"):
        """Make one draft per address and day for lines of plans, or add the lines to a draft that is there.

        Lines that a letter has told already are left out; where there is no address, the gate asks for a call. A fixed
        number of queries, however many lines.

        :param kind: what the items tell: ``new``, ``changed`` or ``off``, see ``churn.letter.item``
        :return: the letters that the lines are in
        """
        # sudo: the caller checked the right to the plans; addresses of customers may be out of a leader's sight
        lines = lines.sudo().browse(lines.ids).filtered(lambda line: line.account_id)  # sudo: as above; read as one
        items = self.env["churn.letter.item"].sudo()  # sudo: as above
        if kind == "new":
            lines -= items.search([("line_id", "in", lines.ids), ("letter_id.state", "!=", "cancelled")]).line_id
        addresses = lines._letter_addresses()
        without = lines.filtered(lambda line: line not in addresses)
        without._gates("notified")._reopen(self.env._("No e-mail address: tell the customer by phone."))
        letters = self.sudo()._for_addresses(addresses)  # sudo: as above
        items.create(
            [
                {"letter_id": letters[line].id, "line_id": line.id, "kind": kind, **line._told()}
                for line in addresses
                if line not in letters[line].item_ids.line_id
            ]
        )
        drafts = self.sudo().browse({letter.id for letter in letters.values()})  # sudo: as above
        drafts._choose_template()
        return self.browse(drafts.ids)

    def _choose_template(self):
        """Give drafts the letter of the most careful tier they tell of; what somebody chose by hand stays."""
        general = self.env.ref("churn_handover.letter_template")
        for letter in self:
            tiers = letter.item_ids.line_id.tier_id.sorted("sequence")
            wanted = tiers[-1:].letter_template_id or general
            if letter.template_id != wanted and letter.template_id in tiers.letter_template_id | general:
                letter.template_id = wanted

    def _for_addresses(self, addresses):
        """Return {line: draft letter} on the first day on which the address gets no other; new ones made at once.

        :param addresses: {line: (partner, normalised address)}; a line says what its letter is for and from whom
        """
        today = fields.Date.context_today(self)
        emails = {email for _partner, email in addresses.values()}
        taken = {}
        for letter in self.search([("email", "in", list(emails)), ("day", ">=", today), ("state", "!=", "cancelled")]):
            taken[letter.email, letter.day] = letter
        values, places = {}, {}
        for line, (partner, email) in addresses.items():
            kind, day = (line._letter_company().id, line._letter_purpose), today
            while not self._is_free(taken.get((email, day)), values.get((email, day)), kind):
                day += timedelta(days=1)
            places[line] = (email, day)
            if not taken.get((email, day)) and (email, day) not in values:
                values[email, day] = line._letter_values(partner, email, day)
        self.browse({taken[place].id for place in places.values() if place in taken})._hold()
        template = self.env.ref("churn_handover.letter_template")
        for letter in values.values():
            letter.setdefault("template_id", template.id)
        quiet = self.with_context(mail_create_nolog=True, mail_create_nosubscribe=True, tracking_disable=True)
        taken.update(zip(values, self.browse(quiet.create(list(values.values())).ids), strict=True))
        return {line: taken[place] for line, place in places.items()}

    def _hold(self):
        """Let nobody send these drafts before this transaction ends, or start anew when somebody has just done so.

        Else an account would be added to a letter that has left without it, or a draft made to say what the customer
        never read, and the gate pass with that letter's proof.
        """
        if self:
            self.env.cr.execute("SELECT FROM churn_letter WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [self.ids])

    @api.model
    def _first_addresses(self, accounts):
        """Return {account: (partner, normalised address)}: its own, else that of its first contact. One query."""
        contacts = self.env["res.partner"].search(
            Domain("commercial_partner_id", "in", accounts.ids) & Domain("email", "!=", False),
            order="parent_id NULLS FIRST, type, id",
        )
        first = {}
        for contact in contacts:
            account = contact.commercial_partner_id
            if (email := email_normalize(contact.email)) and (account not in first or contact == account):
                first[account] = (contact, email)
        return first

    @api.model
    def _is_free(self, letter, values, kind):
        """Whether a day's letter to an address can take one more account: there is none, or a draft of this kind.

        :param kind: (company id, purpose): whoever writes, and what about, is the same in one letter
        """
        if letter:
            return letter.state == "draft" and (letter.company_id.id, letter.purpose) == kind
        return not values or (values["company_id"], values["purpose"]) == kind

    # Screens

    @api.depends("template_id", "item_ids", "user_id", "partner_id")
    def _compute_preview(self):
        """Render the letter as the customer will get it, with the values of today and a link that leads nowhere."""
        for letter in self:
            real = letter.sudo()._origin  # sudo: who may read the letter may read what it says, see _prepare
            if not real or not real.template_id:
                letter.preview = letter.preview_subject = False
                continue
            template = real.template_id
            rendered = template._generate_template(real.ids, ["subject", "body_html"])[real.id]
            letter.preview = rendered["body_html"]
            letter.preview_subject = rendered["subject"]

    @api.model
    def _rehearse(self, line, words):
        """Return what a line's customer would read in a letter of today, with words that nobody has saved yet.

        :param words: {field of the line: text}
        """
        # sudo: who may read the line may read what its customer is written; callers checked that
        line = line.sudo()
        partner, email = line._letter_addresses().get(line, (line.account_id, ""))
        letter = self.sudo().new(  # sudo: as above; nothing is stored
            {
                **line._letter_values(partner, email, fields.Date.context_today(self)),
                "item_ids": [Command.create({"line_id": line.new(words, origin=line), "kind": "new"})],
            }
        )
        template = (
            line.tier_id.letter_template_id or self.env.ref("churn_handover.letter_template").sudo()
        )  # sudo: as above
        template = template.with_context(lang=letter.lang)
        return template._render_template_qweb(template.body_html, self._name, letter._ids)[letter.id]

    def action_send(self):
        """Send what is still to send; a letter dated later says so instead of doing nothing."""
        self.check_access("write")
        if not self._send() and (later := self.filtered(lambda letter: letter.state == "draft")):
            raise UserError(
                self.env._(
                    "%(person)s gets another letter before, and nobody gets two on one day: this one can be sent from "
                    "%(day)s on.",
                    person=later[0].partner_id.name,
                    day=format_date(self.env, later[0].day),
                )
            )

    def action_cancel(self):
        self.check_access("write")
        self.sudo().filtered(lambda letter: letter.state == "draft").state = "cancelled"  # sudo: the right was checked

    def action_open_page(self):
        """Open the customer's page as the customer sees it."""
        self.ensure_one()
        self.check_access("read")
        if self.state not in SENT_STATES:
            raise UserError(self.env._("The page exists as soon as the letter has been sent."))
        return {"type": "ir.actions.act_url", "url": self._page_url(), "target": "new"}

    def _accounts(self):
        """Return the accounts that the letters tell about."""
        return self.item_ids.account_id

    def _by_stake(self):
        """Return the letters in the order in which they go out: those with most value at stake first."""
        # sudo: figures decide the order, they are not shown
        figures = self.env["churn.account"].sudo()
        rows = figures._read_group(
            [("partner_id", "in", self._accounts().ids)], ["partner_id", "company_id"], ["revenue_12m:sum"]
        )
        today, ours = fields.Date.context_today(self), self.env.company.currency_id
        revenue = {
            (account, company): company.currency_id._convert(amount, ours, company, today)
            for account, company, amount in rows
        }
        return self.sorted(
            lambda letter: (
                -sum(revenue.get((one, letter.company_id), 0) for one in letter._accounts()),
                letter.id,
            )
        )

    def _runs(self):
        """Yield ((template, author), letters) of neighbours that have both in common, in their order.

        Sorted by template the customers with most at stake would not come first.
        """
        ids, last = [], None
        for letter in self:
            key = (letter.template_id, letter.user_id)
            if ids and key != last:
                yield last, self.browse(ids)
                ids = []
            ids.append(letter.id)
            last = key
        if ids:
            yield last, self.browse(ids)

    def _send(self):
        """Send drafts through their template, in the customer's language; the mails are queued, proof comes later.

        The queue sends in the order in which mails were made: customers with most value at stake hear first.
        """
        today = fields.Date.context_today(self)
        # sudo: the right was checked; tokens and states are the engine's
        letters = self.sudo().filtered(lambda letter: letter.state == "draft" and letter.day <= today)._by_stake()
        now = fields.Datetime.now()
        for letter in letters:
            last = max(letter.item_ids.mapped("told_date"), default=today)
            letter.write(
                {
                    "access_token": secrets.token_urlsafe(24),
                    "expires_on": max(last, today) + timedelta(days=VALID_DAYS),
                    "state": "sent",
                    "sent_at": now,
                }
            )
        for (template, author), part in letters._runs():
            part.message_mail_with_source(
                template,
                author_id=author.partner_id.id,
                email_from=author.email_formatted,
                force_send=False,
                auto_delete_keep_log=True,
            )
        letters._delivery_changed()
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()  # sudo: crons are the system's
        return letters

    # The customer's link

    def _page_url(self, anchor="", **query):
        """Return the address of the customer's page; a draft has none yet.

        :param anchor: id of the element to show first
        """
        self.ensure_one()
        # sudo: only who may read the letter comes here
        token = self.sudo().access_token or "preview"
        parts = "&".join(f"{name}={value}" for name, value in query.items())
        return f"{self.get_base_url()}/handover/{self.id}/{token}{'?' if parts else ''}{parts}{anchor and f'#{anchor}'}"

    @api.model
    def _by_token(self, letter_id, token):
        """Return the letter that the token opens today, else nothing; compared in constant time."""
        domain = Domain("id", "=", letter_id) & Domain("state", "in", SENT_STATES) & Domain("item_ids", "!=", False)
        # sudo: the token is the right
        letter = self.sudo().search(domain & Domain("expires_on", ">=", fields.Date.context_today(self)))
        known = letter.access_token or secrets.token_urlsafe(24)
        return letter if consteq(known.encode(), (token or "").encode()) and letter.access_token else self.browse()
