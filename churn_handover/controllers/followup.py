from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request

from odoo.addons.rating.controllers.main import Rating

from ..models.followup.followup_page import FACES
from .quality import PRIVATE


class FollowupRating(Rating):
    """The page behind the faces of a follow-up; those of other apps stay as they are.

    Odoo's page says thank you before anything was sent, and around it stands the menu of the site.
    """

    @http.route()
    def action_open_rating(self, token, rate, **kwargs):
        rating, followup = self._followup(token)
        if not followup or rate not in FACES or not self._is_theirs(rating):
            return super().action_open_rating(token, rate, **kwargs)
        return request.render("churn_handover.followup_page", followup._page(rating, rate), headers=PRIVATE)

    @http.route()
    def action_submit_rating(self, token, rate=0, **kwargs):
        rating, followup = self._followup(token)
        if not followup:
            return super().action_submit_rating(token, rate=rate, **kwargs)
        chosen = next((face for face in FACES if str(face) == str(rate)), None)
        if not chosen or request.httprequest.method != "POST":
            raise NotFound()
        if self._is_theirs(rating):
            followup.rating_apply(chosen, rating=rating, feedback=(kwargs.get("feedback") or "").strip()[:4000])
        return request.redirect(f"/rate/{token}/{chosen}", code=303)

    def _followup(self, token):
        """Return (rating, its follow-up in the customer's language); the latter None when it is of another app."""
        # sudo: the token is the right to this one rating
        rating = request.env["rating.rating"].sudo().search([("access_token", "=", token)], limit=1)
        if rating.res_model != "churn.followup":
            return rating, None
        followup = request.env["churn.followup"].sudo().browse(rating.res_id).exists()  # sudo: as above
        lang = followup._lang() if followup else request.env.lang
        request.update_context(lang=lang)
        return rating, followup.with_context(lang=lang)

    def _is_theirs(self, rating):
        """Whether the visitor can be the customer: Odoo refuses colleagues who open a link while they are logged in."""
        user = request.env.user
        return user._is_public() or user.partner_id.commercial_partner_id == rating.partner_id.commercial_partner_id
