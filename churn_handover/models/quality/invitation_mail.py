from datetime import timedelta

import pytz
from babel.dates import get_timezone_name

from odoo import fields, models
from odoo.fields import Command
from odoo.tools import babel_locale_parse, format_date, format_time, get_lang

# Why :meth:`ChurnPlace.reserve` left somebody out, as the list of the session says it.
LEFT_OUT = {
    "no_address": "address",
    "blacklisted": "refused",
    "churn_opt_out": "refused",
    "churn_cap": "cap",
    "churn_seen": "twice",
    "churn_duplicate": "twice",
}


# Beijing time is the time of business in all of China; the table of zones keeps that of Urumqi beside it.
ONE_CLOCK = {"CN": "Asia/Shanghai"}


class ChurnInvitation(models.Model):
    """The mails of a session.

    Who is asked gets a mailing, under the cap and with Odoo's traces, like every quality message. Who said to come
    gets plain mail, as somebody does who ordered something: it is neither counted nor held back.
    """

    _inherit = "churn.invitation"

    def _invite(self):
        """Invite, as far as addresses, refusals and the cap allow."""
        self.check_access("write")
        left_out = self._mail_out("invite")
        for row in self:
            if row in left_out:
                # sudo: what became of the invitation is the program's; whoever invites may write the list
                row.sudo().write({"state": "left_out", "left_out": left_out[row]})
        self.filtered(lambda row: row not in left_out).sudo().write(  # sudo: as above
            {"state": "invited", "invited_on": fields.Date.context_today(self)}
        )

    def _ask_again(self):
        """Remind those who did not answer, once; who had enough messages meanwhile is left in peace."""
        self._mail_out("again")
        self.sudo().asked_again = True  # sudo: as above

    def _mail_out(self, what):
        """Send a mailing per language to these contacts of one session; each takes a place like any message.

        :param what: "invite" or "again"
        :return: {invitation: reason} of those left out
        """
        self.training_id.ensure_one()
        known = {code for code, _name in self.env["res.lang"].get_installed()}
        fallback = self.env.lang or "en_US"
        left_out = {}
        for lang, rows in self.grouped(
            lambda row: row.partner_id.lang if row.partner_id.lang in known else fallback
        ).items():
            mailing = rows._make_mailing(what, lang)
            reasons = self.env["churn.place"].reserve(
                mailing, rows.partner_id, content_key=f"training-{rows.training_id.id}-{what}"
            )
            left_out.update({row: LEFT_OUT[reasons[row.partner_id.id]] for row in rows if row.partner_id.id in reasons})
            if len(reasons) < len(rows):
                mailing.action_launch()
            else:
                mailing.unlink()
        return left_out

    def _make_mailing(self, what, lang):
        training = self.training_id.with_context(lang=lang)
        # sudo: who may run a session needs no rights in the mailing app; the mailing is built by us alone
        mailing = self.env["mailing.mailing"].sudo().with_context(lang=lang)
        # Everything in it is the recipient's own: name, time zone, links.
        body = f"<t t-out=\"object._churn_training_mail({training.id}, '{what}')\"></t>"
        mailing = mailing.create(
            {
                "subject": self.env["churn.message"]._text_safe(self._subject(training, what)),
                "preview": self.env["churn.message"]._text_safe((training.text or "")[:110]),
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": "[('id', '=', 0)]",
                "user_id": training.user_id.id,
                "email_from": training.user_id.email_formatted or training.company_id.email_formatted,
                "reply_to_mode": "update",
                "use_exclusion_list": True,
                "churn_training_id": training.id,
                "churn_lang": lang,
                "body_arch": body,
                "body_html": body,
            }
        )
        mailing.mailing_domain = repr([("churn_place_ids", "any", [("mailing_id", "=", mailing.id)])])
        return mailing

    def _send(self, what):
        """One plain mail per person, in the person's language.

        :param what: "reminder", "cancelled", "opinion"
        """
        # sudo: mails are made for whoever may run the session
        self.env["mail.mail"].sudo().create([row._mail(what) for row in self])

    def _mail(self, what):
        self.ensure_one()
        row = self.with_context(lang=self.partner_id.lang or self.env.lang)
        training = row.training_id
        return {
            "subject": row._subject(training, what),
            "body_html": row._render_mail(what),
            "email_from": training.user_id.email_formatted or training.company_id.email_formatted,
            "recipient_ids": [Command.link(self.partner_id.id)],
            "auto_delete": True,
        }

    def _subject(self, training, what):
        name = {"name": training.name}
        return {
            "invite": training.env._("Invitation: %(name)s", **name),
            "again": training.env._("May we expect you? %(name)s", **name),
            "reminder": training.env._("We look forward to seeing you: %(name)s", **name),
            "cancelled": training.env._("Cancelled: %(name)s", **name),
            "opinion": training.env._("Three questions about %(name)s", **name),
        }[what]

    def _render_mail(self, what, refuse_url=False, lang=None):
        """The mail to a contact.

        :param refuse_url: where invitations are refused; none in answers to somebody who comes
        :param lang: default that of the contact
        """
        self.ensure_one()
        row = self.with_context(lang=lang or self.partner_id.lang or self.env.lang)
        kind = row.env.ref("churn_handover.kind_training")
        return row.env["ir.qweb"]._render(
            "churn_handover.training_mail",
            {
                "what": what,
                "greeting": row.partner_id._churn_greeting(row.env.lang),
                "row": row,
                "training": row.training_id,
                "title": row._subject(row.training_id, what),
                "company": row.training_id.company_id.sudo(),  # sudo: name of the sender, on its own letter
                "when": row._when(),
                "trainer": row.training_id.trainer and row.env._("With %(trainer)s", trainer=row.training_id.trainer),
                "refuse": row.env._("No more messages about “%(kind)s”", kind=kind.name),
                "color": kind.color,
                "kind": kind,
                "refuse_url": refuse_url,
                "lang": row.env.lang,
            },
            minimal_qcontext=True,
        )

    def _when(self):
        """Day and time of the session as the contact reads them, with the zone: who reads cannot know whose it is."""
        self.ensure_one()
        moment = self.training_id._starts_at()
        zone = self._zone(moment)
        start = fields.Datetime.context_timestamp(self.with_context(tz=zone), moment)
        times = [
            format_time(self.env, one, tz=zone, time_format="short")
            for one in (moment, moment + timedelta(hours=self.training_id.hours))
        ]
        return self.env._(
            "%(day)s, %(start)s – %(end)s (%(zone)s)",
            day=format_date(self.env, start.date(), date_format="full"),
            start=times[0],
            end=times[1],
            zone=get_timezone_name(start, locale=babel_locale_parse(get_lang(self.env).code)),
        )

    def _zone(self, moment):
        """The zone of the contact, of the account, or the only one of their country; else ours."""
        partner = self.partner_id
        account = partner.commercial_partner_id
        if known := partner.tz or account.tz:
            return known
        code = (partner.country_id or account.country_id).code
        if code in ONE_CLOCK:
            return ONE_CLOCK[code]
        zones = pytz.country_timezones.get(code, []) if code else []
        # asked of a moment and not of a time of day: in autumn a zone has one hour twice, and would raise
        there = pytz.utc.localize(moment)
        if len({there.astimezone(pytz.timezone(name)).utcoffset() for name in zones}) == 1:
            return zones[0]
        return self.training_id.user_id.tz or "UTC"
