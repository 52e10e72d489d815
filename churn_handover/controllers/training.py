from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request
from odoo.tools import consteq

from .quality import PRIVATE, speak_with


class TrainingController(http.Controller):
    """Where invitations are answered. A link preselects an answer; only pressing the button sends it."""

    def _invitation(self, invitation_id, token, what):
        # sudo: the signed link is the right to this one invitation
        row = request.env["churn.invitation"].sudo().browse(invitation_id).exists()
        if not row or row.state != "invited" or not consteq(row._token(what).encode(), token.encode()):
            raise NotFound()
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
        is_open, done, full = row._open_for_answers(), False, False
        if is_open and request.httprequest.method == "POST" and answer in ("come", "colleague", "no"):
            done = row._answer(answer, (name or "").strip()[:100])
            full = not done
        values = {
            **self._values(row),
            "is_open": is_open,
            "done": done,
            "full": full,
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
        if request.httprequest.method == "POST" and not row.opinion_at:
            row._give_opinion((useful, people, again), wish)
        env = row.env
        questions = [
            ("useful", env._("Was it useful for your work?")),
            ("people", env._("Would you trust the people you met with your next order?")),
            ("again", env._("Would you come again?")),
        ]
        values = {**self._values(row), "questions": questions, "done": bool(row.opinion_at)}
        return request.render("churn_handover.training_opinion_page", values, headers=PRIVATE)
