from collections import defaultdict

from markupsafe import Markup

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import is_html_empty

from ..common.listed import listed
from .absence import BINDING_STATES

NAMES_SHOWN = 10


class ChurnAbsence(models.Model):
    """What people are told: covers what they cover, customers who is there, the person who is back what happened."""

    _inherit = "churn.absence"

    # Covers

    def _tell_covers(self):
        """Tell each cover, in one message, what is to cover; only those for whom something has changed."""
        told = {int(user): value for user, value in (self.told_covers or {}).items()}
        now = self._covered_by() if self.state in BINDING_STATES else {}
        facts = {user: [str(self.date_from), str(self.date_to), sorted(accounts.ids)] for user, accounts in now.items()}
        for user, accounts in now.items():
            if told.get(user.id) != facts[user]:
                self._tell(user, self._words_for(user, accounts, again=user.id in told))
        for user in self.env["res.users"].browse(told.keys() - {user.id for user in now}).filtered("active"):
            self._tell(user, self._words_for_nothing(user))
        self.told_covers = {str(user.id): value for user, value in facts.items()}

    def _covered_by(self):
        """Return ``{cover: accounts}``; who covers everything else is there even without an account."""
        covers = defaultdict(self.env["res.partner"].browse)
        for line in self._current_lines():
            if cover := line.cover_id or self.cover_id:
                covers[cover] |= line.account_id
        if self.cover_id:
            covers[self.cover_id] |= self.env["res.partner"]
        return dict(covers)

    def _in_language_of(self, user):
        return self.with_context(lang=user.lang or self.env.lang)

    def _tell(self, user, words):
        subject, body = words
        self.message_notify(
            partner_ids=user.partner_id.ids,
            author_id=self.env.user.partner_id.id,
            notify_author=True,
            subject=subject,
            body=body,
        )

    def _words_for(self, user, accounts, again):
        absence = self._in_language_of(user)
        names = {
            "name": self.user_id.name,
            "first": absence._day(self.date_from),
            "last": absence._day(self.date_to),
            "count": len(accounts),
        }
        if again:
            subject = absence.env._("Changed: you cover for %(name)s from %(first)s to %(last)s", **names)
        else:
            subject = absence.env._("You cover for %(name)s from %(first)s to %(last)s", **names)
        text = absence.env._(
            "On these days you can see and work on customers of %(name)s (%(count)s). What comes in for %(name)s goes "
            "to you; what you create belongs to %(name)s. Afterwards nothing has to be given back.",
            **names,
        )
        items = Markup().join(Markup("<li>%s<br/></li>") % account.display_name for account in accounts[:NAMES_SHOWN])
        more = len(accounts) - NAMES_SHOWN
        if more > 0:
            items += Markup("<li>%s<br/></li>") % absence.env._("and %(count)s more", count=more)
        body = Markup("<p>%s</p><ul>%s</ul>") % (text, items)
        if self.note:
            body += Markup("<p>%s</p><p>%s</p>") % (
                absence.env._("Note from %(name)s:", name=self.user_id.name),
                Markup("<br/>").join(self.note.splitlines()),
            )
        return subject, body

    def _words_for_nothing(self, user):
        absence = self._in_language_of(user)
        text = absence.env._("You do not cover for %(name)s any more.", name=self.user_id.name)
        return text, Markup("<p>%s</p>") % text

    def _tell_planned(self):
        """Tell the person that somebody else has arranged the cover."""
        absence = self._in_language_of(self.user_id)
        covers = (self._current_lines().cover_id | self.cover_id).mapped("name")
        self._tell(
            self.user_id,
            (
                absence.env._("Your customers are covered while you are away"),
                Markup("<p>%s</p>")
                % absence.env._(
                    "From %(first)s to %(last)s your customers are covered by: %(covers)s.",
                    first=absence._day(self.date_from),
                    last=absence._day(self.date_to),
                    covers=listed(absence.env, covers),
                ),
            ),
        )

    # Customers

    def _set_auto_reply(self):
        """Set, move or take back the automatic answer in Odoo's own responder; an answer of the person's own stays."""
        # sudo: the responder of a colleague; only what an absence has set there is changed
        user = self.user_id.sudo()
        ours = bool(self.reply_text) and user.out_of_office_message == self.reply_text
        wanted = self.auto_reply and self.state in BINDING_STATES
        if not wanted:
            if ours:
                user.write({"out_of_office_from": False, "out_of_office_to": False, "out_of_office_message": False})
            if self.reply_text:
                self.reply_text = False
            return
        now = fields.Datetime.now()
        own = not is_html_empty(user.out_of_office_message) and not ours
        if own and user.out_of_office_from and (not user.out_of_office_to or user.out_of_office_to > now):
            return
        first, last = self._moments()
        user.write(
            {"out_of_office_from": first, "out_of_office_to": last, "out_of_office_message": self._auto_reply_text()}
        )
        self.reply_text = user.out_of_office_message

    def _auto_reply_text(self):
        absence = self._in_language_of(self.user_id)
        covers = self._current_lines().cover_id | self.cover_id
        if len(covers) == 1:
            there = absence.env._("%(cover)s is there for you in the meantime.", cover=covers.name)
        else:
            there = absence.env._("A colleague who knows you is there for you in the meantime.")
        away = absence.env._("I am away until %(last)s.", last=absence._day(self.date_to))
        return Markup("<p>%s %s</p>") % (away, there)

    # The return

    def _give_back(self):
        """Give open activities that went to covers back to the person, and tell what happened in the meantime."""
        # sudo: activities of covers; only those that came to them in place of the person
        activities = self.env["mail.activity"].sudo().search([("churn_absence_id", "in", self.ids)])
        quiet = activities.with_context(mail_activity_quick_update=True, churn_give_back=True)
        owners = quiet._churn_owners()
        for user, own in quiet.grouped(lambda one: owners.get(one.id) or self.user_id).items():
            own.write({"user_id": user.id, "churn_absence_id": False})
        if self.state == "over" and self.user_id.active:
            self._welcome_back(len(activities))

    def _welcome_back(self, given_back):
        absence = self._in_language_of(self.user_id)
        first, last = self._moments()
        days = Domain("create_date", ">=", first) & Domain("create_date", "<=", last)
        days &= Domain("create_uid", "!=", self.user_id.id)
        mine = Domain("user_id", "=", self.user_id.id)
        counts = (
            (absence.env._("New leads and opportunities"), self.env["crm.lead"].search_count(days & mine)),
            (absence.env._("New quotations and orders"), self.env["sale.order"].search_count(days & mine)),
            (absence.env._("Activities that came in meanwhile and are still open"), given_back),
        )
        rows = Markup().join(Markup("<li>%s: %s</li>") % pair for pair in counts if pair[1])
        text = absence.env._("Everything is yours as before; your covers have no access any more.")
        quiet = Markup("<p>%s</p>") % absence.env._("Nothing new came in.")
        self.message_notify(
            partner_ids=self.user_id.partner_id.ids,
            author_id=self.env.ref("base.partner_root").id,
            subject=absence.env._("Welcome back"),
            body=Markup("<p>%s</p>") % text + (Markup("<ul>%s</ul>") % rows if rows else quiet),
        )
