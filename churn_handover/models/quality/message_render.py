from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import html2plaintext

from ..common.listed import listed

PEOPLE_SHOWN = 6  # two sentences each: a bulletin is read in a minute
PREVIEW_LETTERS = 110  # what mailboxes show beside the subject


class ChurnMessage(models.Model):
    """How a message looks as a mail, and how a bulletin is made from the register."""

    _inherit = "churn.message"

    preview_html = fields.Html(string="As Mail", compute="_compute_preview_html", sanitize=False)

    @api.depends("subject", "body", "line_ids.name", "line_ids.text", "kind_id.color", "company_id")
    @api.depends_context("lang")
    def _compute_preview_html(self):
        for message in self:
            message.preview_html = message._preview_document() if message.kind_id else False

    def _render_mail(self, mailing_id):
        """The body of a mailing: everything is written out, but for what is the recipient's own.

        :return: Markup that Odoo renders once more per recipient (``object``): team and link to refuse the kind
        """
        self.ensure_one()
        refuse = Markup('<a t-att-href="object._churn_kind_url(%s, %s)" style="color: #6b7280">%s</a>') % (
            mailing_id,
            self.kind_id.id,
            self.env._("No more messages about “%(kind)s”", kind=self.kind_id.name),
        )
        lang = repr(self.env.lang or "en_US")
        greeting = Markup('<t t-out="object._churn_greeting(%s)"></t>') % lang
        team = Markup()
        if self.source == "team":
            team = Markup('<t t-out="object._churn_mail_team(%s)"></t>') % lang
        return self._template_safe(self._render_body(greeting, refuse, team))

    @api.model
    def _template_safe(self, html):
        """Keep words what they are when Odoo renders the mail once more per recipient.

        QWeb prints the text of a template as it was parsed, unescaped: a "<" that somebody typed would come back as
        the beginning of a tag, in the mail and on the page "view in browser".
        """
        return Markup(str(html).replace("&lt;", "&amp;lt;").replace("&gt;", "&amp;gt;"))

    @api.model
    def _text_safe(self, text):
        """The same for subject and preview, where Odoo would run {{ }}."""
        for bad, good in (("{{", "{ {"), ("}}", "} }"), ("<", "‹"), (">", "›")):
            text = (text or "").replace(bad, good)
        return text

    def _preview_document(self):
        """The same without a recipient, to look at it before it is sent."""
        self.ensure_one()
        refuse = Markup('<span style="color: #6b7280; text-decoration: underline">%s</span>') % self.env._(
            "No more messages about “%(kind)s”", kind=self.kind_id.name
        )
        team = Markup()
        if self.source == "team":
            team = self._preview_team()
        return self._render_body(self.env.user.partner_id._churn_greeting(self.env.lang), refuse, team)

    def _preview_team(self):
        """The team of the largest customer whom several of us serve, as an example; a sentence where there is none."""
        figures = self.env["churn.account"].search(
            [("company_id", "=", self.company_id.id), ("partner_id.churn_member_ids", "!=", False)],
            order="revenue_12m desc, id",
            limit=50,
        )
        several = figures.partner_id._churn_served_by_several()
        example = next((account for account in figures.partner_id if account.id in several), None)
        if not example:
            sentence = self.env._("Every customer sees their own team here, if it is more than one person.")
            return Markup('<p style="color: #6b7280">%s</p>') % sentence
        sentence = self.env._(
            "(Every customer sees their own team. This is what %(customer)s sees.)", customer=example.name
        )
        return example._churn_mail_team(self.env.lang) + Markup('<p style="color: #6b7280">%s</p>') % sentence

    def _render_body(self, greeting, refuse, team):
        return self.env["ir.qweb"]._render(
            "churn_handover.quality_mail",
            {
                "message": self,
                "company": self.company_id.sudo(),  # sudo: name and address of the sender, on its own letter
                "lines": [line._for_mail() for line in self.line_ids._publishable()],
                "greeting": greeting,
                "refuse": refuse,
                "team": team,
                "lang": self.env.lang,
            },
            minimal_qcontext=True,
        )

    def _preview_text(self):
        self.ensure_one()
        # Those who may be shown today, so never in the subject, which is written once.
        people = self.kind_id._from_register() and listed(self.env, self.line_ids._publishable().mapped("name"))
        text = (self.preview or people or " ".join(html2plaintext(self.body or "").split()))[:PREVIEW_LETTERS]
        return self._text_safe(text)

    # The bulletin

    @api.model
    def _compose_bulletin(self, kind, company):
        """Make a bulletin of new items of the register, unless one of this kind waits to be sent.

        The manager may edit it until the step is approved.
        """
        waiting = self.search(
            [("kind_id", "=", kind.id), ("company_id", "=", company.id), ("state", "in", ("draft", "ready"))]
        )
        if any(not message._was_sent() for message in waiting):
            return self.browse()
        chosen = self._choose_items(kind, company)
        if not chosen:
            return self.browse()
        message = self.create(
            {
                "kind_id": kind.id,
                "company_id": company.id,
                "subject": kind.default_subject or kind.name,
            }
        )
        message._add_people(chosen)
        message.action_ready()
        return message

    @api.model
    def _choose_items(self, kind, company, places=PEOPLE_SHOWN):
        """The next items of the register, by the core's rule: who waited longest, outside first, no leavers."""
        from ...analytics.pacing import Item, spotlight

        # sudo: what the person agreed to publish, whoever composes
        register = self.env["churn.achievement"].sudo()
        items = register._new_items(company, outside_only=kind.source == "outside")
        people = items.employee_id
        chosen = spotlight(
            [Item(one.id, one.employee_id.id, one.is_outside, one.date.toordinal()) for one in items],
            register._last_shown(people),
            places,
            set(people._churn_leavers().ids),
        )
        return register.browse(item.id for item in chosen)

    def _add_people(self, achievements):
        self.ensure_one()
        self.env["churn.message.line"].create(
            [
                {
                    "message_id": self.id,
                    "sequence": 10 * number,
                    "achievement_id": one.id,
                    "name": one._headline(),
                    "text": one.text,
                }
                for number, one in enumerate(achievements, 1)
            ]
        )

    def action_take_items(self):
        """Add the people whose turn it is to a draft."""
        self.ensure_one()
        self._add_people(self._choose_items(self.kind_id, self.company_id))
