import hashlib
import re
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import format_date, html2plaintext

# What the customer reads: while a message is ready these stay as they are.
CONTENT_FIELDS = frozenset(("subject", "preview", "body", "line_ids", "kind_id", "facts_on"))


class ChurnMessage(models.Model):
    """One edition of a kind: what customers read. The series decide who gets it and when."""

    _name = "churn.message"
    _description = "Quality Message"
    _inherit = ["churn.guarded", "mail.thread"]
    _order = "facts_on desc, id desc"
    _rec_name = "subject"
    _check_company_auto = True

    kind_id = fields.Many2one("churn.message.kind", required=True, index=True, ondelete="restrict")
    source = fields.Selection(related="kind_id.source")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    state = fields.Selection(
        [("draft", "Draft"), ("ready", "Ready"), ("retired", "Retired")],
        required=True,
        default="draft",
        copy=False,
        readonly=True,
        tracking=True,
        group_expand=True,
    )
    subject = fields.Char(
        required=True, translate=True, compute="_compute_default_text", store=True, readonly=False, precompute=True
    )
    preview = fields.Char(translate=True, help="One sentence that mailboxes show beside the subject.")
    body = fields.Html(
        string="Text", translate=True, compute="_compute_default_text", store=True, readonly=False, precompute=True
    )
    facts_on = fields.Date(
        string="Facts as of",
        required=True,
        default=fields.Date.context_today,
        copy=False,
        help="The day the facts were true. A message is sent only while they are fresh.",
    )
    fresh_until = fields.Date(compute="_compute_fresh_until", store=True, help="Last day this may be sent.")
    line_ids = fields.One2many("churn.message.line", "message_id", string="Facts and People", copy=False)
    content_key = fields.Char(
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="What it says, as a fingerprint: the same text has it too.",
    )
    unchanged_id = fields.Many2one(
        "churn.message", string="Same as", compute="_compute_unchanged", help="An earlier message that says the same."
    )
    refusal = fields.Char(string="Not Sent Because", compute="_compute_refusal")

    @api.depends("kind_id")
    def _compute_default_text(self):
        for message in self:
            message.subject = message.subject or message.kind_id.default_subject
            message.body = message.body or message.kind_id.default_body

    @api.depends("facts_on", "kind_id.shelf_days")
    def _compute_fresh_until(self):
        for message in self:
            fresh = message.facts_on and message.facts_on + timedelta(days=message.kind_id.shelf_days)
            message.fresh_until = fresh

    @api.depends("subject", "body", "line_ids.name", "line_ids.text")
    def _compute_unchanged(self):
        for message in self:
            # The same words of any earlier edition, whoever wrote it down again.
            key = message._fingerprint()
            message.unchanged_id = self.search(
                [
                    ("company_id", "=", message.company_id.id),
                    ("content_key", "=", key),
                    ("id", "!=", message._origin.id),
                    ("state", "!=", "draft"),
                ],
                limit=1,
                order="id",
            )

    @api.depends("state", "fresh_until", "line_ids", "subject", "body")
    @api.depends_context("lang")
    def _compute_refusal(self):
        for message in self:
            message.refusal = message._refusal()

    @api.constrains("facts_on")
    def _check_facts_on(self):
        """A day to come would keep the message fresh for longer than its kind allows."""
        # the day of whoever is furthest ahead
        tomorrow = fields.Date.today() + timedelta(days=1)
        if any(message.facts_on > tomorrow for message in self):
            raise ValidationError(self.env._("Facts cannot be those of a day to come."))

    def _fingerprint(self):
        """Of the words alone, in the language of the source: neither case nor spaces nor layout make it new."""
        self.ensure_one()
        message = self.with_context(lang=None)
        parts = [message.subject or "", html2plaintext(message.body or "")]
        for line in message.line_ids:
            parts += [line.name or "", line.text or ""]
        words = re.findall(r"\w+", " ".join(parts).lower())
        return hashlib.sha256(" ".join(words).encode()).hexdigest()

    def _refusal(self, day=None):
        """Why this must not be sent on a day (today), in words; False when it may."""
        self.ensure_one()
        day = day or fields.Date.context_today(self)
        if self.fresh_until and self.fresh_until < day:
            return self.env._(
                "The facts of %(date)s are too old: a message of this kind may be sent for %(days)s days.",
                date=format_date(self.env, self.facts_on),
                days=self.kind_id.shelf_days,
            )
        if self.kind_id._from_register() and not self.line_ids._publishable():
            return self.env._("It shows nobody: nothing in it may be published (any more).")
        if not self.subject or (not html2plaintext(self.body or "").strip() and not self.line_ids):
            return self.env._("It says nothing yet.")
        return False

    # Actions

    def action_ready(self):
        self.check_access("write")
        for message in self:
            if reason := message._refusal():
                raise UserError(reason)
            # sudo: that it may be sent, after it was found fit to be; the right to write it was checked
            message.sudo().write({"state": "ready", "content_key": message._fingerprint()})

    def action_edit_again(self):
        """Back to draft, so that the text can be changed; who got it keeps what they got."""
        self.check_access("write")
        # sudo: the state is the program's; the right to write the message was checked
        self.filtered(lambda message: message.state == "ready").sudo().state = "draft"

    def action_retire(self):
        """End its use. What nobody ever got goes back to the register."""
        self.check_access("write")
        self.sudo().state = "retired"  # sudo: as above
        unsent = self.filtered(lambda message: not message._was_sent())
        unsent.line_ids.filtered("achievement_id").unlink()

    def _was_sent(self):
        self.ensure_one()
        return bool(
            self.env["churn.place"]
            .sudo()  # sudo: whether anybody got it, a yes or no
            .search_count([("message_id", "=", self.id), ("state", "in", ("reserved", "sent"))], limit=1)
        )

    def copy_data(self, default=None):
        """A new edition starts with the facts of the old one, but not with its people, who come from the register."""
        facts = ("sequence", "name", "text")
        return [
            {**vals, "line_ids": [Command.create(row) for row in message._plain_lines().read(facts, load=None)]}
            for message, vals in zip(self, super().copy_data(default), strict=True)
        ]

    def copy(self, default=None):
        editions = super().copy(default)
        for message, edition in zip(self, editions, strict=True):
            for line, copied in zip(message._plain_lines(), edition._plain_lines(), strict=False):
                line.copy_translations(copied)
        return editions

    def _plain_lines(self):
        return self.line_ids.filtered(lambda line: not line.achievement_id)

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        for message in messages:
            message._translate_defaults()
        return messages

    def write(self, vals):
        if not CONTENT_FIELDS.isdisjoint(vals) and not self.env.su and any(one.state == "ready" for one in self):
            raise UserError(self.env._("This message is ready to be sent. Press “Edit Again” to change it."))
        return super().write(vals)
