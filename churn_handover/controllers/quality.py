from odoo import http
from odoo.http import request
from odoo.tools import consteq

# The address with its signature stays out of caches, search engines and other sites' logs.
PRIVATE = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}


def speak_with(partner):
    """Let the page be in the language of the contact, whatever the browser prefers; return it."""
    lang = partner.lang or partner.commercial_partner_id.lang or request.env.lang
    request.update_context(lang=lang)
    return lang


def link_without_use():
    """Say in the reader's language that a link does not lead anywhere, and nothing about whose it might have been."""
    values = {"company": request.env.company}
    return request.render("churn_handover.quality_gone_page", values, headers=PRIVATE, status=404)


class QualityController(http.Controller):
    """The pages behind the links in our mails. A link is a GET and changes nothing: mail programs open links too."""

    @http.route(
        "/churn/view/<int:mailing_id>/kind/<int:kind_id>/<int:partner_id>/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        sitemap=False,
    )
    def kind(self, mailing_id, kind_id, partner_id, token, wanted=None, **_post):
        """Refuse one kind of message, and want it again."""
        # sudo: the signed link is the right to it; whose it is not, learns nothing
        partner = request.env["res.partner"].sudo().browse(partner_id).exists()
        kind = request.env["churn.message.kind"].sudo().browse(kind_id).exists()  # sudo: as above
        if not partner or not kind:
            return link_without_use()
        if not consteq(partner._churn_kind_token(mailing_id, kind_id).encode(), token.encode()):
            return link_without_use()
        lang = speak_with(partner)
        optouts = request.env["churn.message.optout"].sudo()  # sudo: the own address only
        if request.httprequest.method == "POST":
            optouts._set(partner.email_normalized, kind, mailing_id, refused=not wanted)
        mailing = request.env["mailing.mailing"].sudo().browse(mailing_id).exists()  # sudo: for the sender's name
        company = mailing._churn_company() if mailing else request.env.company
        env, name = kind.with_context(lang=lang).env, kind.with_context(lang=lang).name
        return request.render(
            "churn_handover.quality_kind_page",
            {
                "title": env._("Messages about “%(kind)s”", kind=name),
                "done_title": env._("You get no more messages about “%(kind)s”.", kind=name),
                "question": env._(
                    "Shall we stop sending them to %(address)s? Other messages are not affected.",
                    address=partner.email_normalized,
                ),
                "company": company,
                "done": (partner.email_normalized, kind.id) in optouts._of([partner.email_normalized], kind),
            },
            headers=PRIVATE,
        )
