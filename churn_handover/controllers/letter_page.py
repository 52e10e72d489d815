from odoo import http
from odoo.http import request


class LetterPage(http.Controller):
    """The customer's page: no login, the token of the letter is the right. A GET changes nothing: scanners click."""

    @http.route("/handover/<int:letter_id>/<string:token>", type="http", auth="public", methods=["GET"], sitemap=False)
    def page(self, letter_id, token, answer=None, item=None, taken=None, **_kwargs):
        letter = self._letter(letter_id, token)
        return self._render(letter, answer=answer, item=item, taken=taken) if letter else self._unknown()

    @http.route(
        "/handover/<int:letter_id>/<string:token>",
        type="http",
        auth="public",
        methods=["POST"],
        sitemap=False,
    )
    def answer(self, letter_id, token, answer=None, item=None, text=None, slot=None, **_kwargs):
        """Take an answer, or a time for the meeting; Odoo refuses the request without the form's own token (CSRF)."""
        letter = self._letter(letter_id, token)
        if not letter:
            return self._unknown()
        chosen = letter._item(item)
        shown = ""
        if chosen and slot:
            taken = "" if chosen._take_slot(slot) else f"?taken={chosen.id}"
            shown = f"{taken}#meet-{chosen.id}"
        elif chosen:
            chosen._answer(answer, text)
            shown = f"#answer-{chosen.id}"
        return request.redirect(f"/handover/{letter_id}/{token}{shown}", code=303)

    # Helpers

    def _letter(self, letter_id, token):
        """Return the letter in the customer's language, or None."""
        letter = request.env["churn.letter"]._by_token(letter_id, token)
        if not letter:
            return None
        request.update_context(lang=letter.lang)
        return letter.with_context(lang=letter.lang)

    def _render(self, letter, **values):
        response = request.render("churn_handover.letter_page", {"page": letter._page(), **values})
        return self._private(response)

    def _unknown(self):
        """Wrong, expired and foreign tokens look alike, and tell nothing of anyone."""
        return self._private(request.render("churn_handover.letter_page_unknown", {}, status=404))

    def _private(self, response):
        """Keep the address with its token out of caches, search engines and other sites' logs."""
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response
