from odoo import http
from odoo.http import request
from odoo.tools import consteq

from .quality import PRIVATE, link_without_use, speak_with


class TrainingController(http.Controller):
    """Where invitations are answered. A link preselects an answer; only pressing the button sends it."""

    def _invitation(self, invitation_id, token, what):
        """The invitation that a link was made for; None when it was made for none."""
        # sudo: the signed link is the right to this one invitation
        row = request.env["churn.invitation"].sudo().browse(invitation_id).exists()
        if not row or row.state != "invited" or not consteq(row._token(what).encode(), token.encode()):
            return None
        return row.with_context(lang=speak_with(row.partner_id))

    def _values(self, row):
        training = row.training_id
        return {
            "training": training,
            "company": training.company_id,
            "when": row._when(),
        }

    @http.route(
        "/churn/view/invitation/<int:invitation_id>/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        sitemap=False,
    )
    def answer(self, invitation_id, token, answer=None, name=None, **_post):
        row = self._invitation(invitation_id, token, "invitation")
        if not row:
            return link_without_use()
        is_open, done = row._open_for_answers(), False
        if is_open and request.httprequest.method == "POST" and answer in ("come", "colleague", "no"):
            done = row._answer(answer, (name or "").strip()[:100])
        values = {
            **self._values(row),
            "is_open": is_open,
            "done": done,
            "full": not done and row._too_late_for_a_place(),
            "answer": answer or row.answer,
            "colleague": row.colleague,
        }
        return request.render("churn_handover.training_answer_page", values, headers=PRIVATE)

    @http.route(
        "/churn/view/opinion/<int:invitation_id>/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        sitemap=False,
    )
    def opinion(self, invitation_id, token, useful=None, people=None, again=None, wish=None, **_post):
        row = self._invitation(invitation_id, token, "opinion")
        if not row:
            return link_without_use()
        empty = False
        if request.httprequest.method == "POST" and not row.opinion_at:
            empty = not row._give_opinion((useful, people, again), wish)
        env = row.env
        questions = [
            ("useful", env._("Was it useful for your work?")),
            ("people", env._("Would you trust the people you met with your next order?")),
            ("again", env._("Would you come again?")),
        ]
        values = {**self._values(row), "questions": questions, "done": bool(row.opinion_at), "empty": empty}
        return request.render("churn_handover.training_opinion_page", values, headers=PRIVATE)
