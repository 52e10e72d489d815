from odoo import fields, models
from odoo.tools import format_date
from odoo.tools.image import image_data_uri

from .letter_item import ANSWERS


class ChurnLetter(models.Model):
    """What the customer's page shows: plain values only, of this letter's accounts and of nobody else."""

    _inherit = "churn.letter"

    def _page(self):
        """Return what the page shows, in the language of the environment."""
        self.ensure_one()
        return {
            "company": self.company_id.name,
            "company_id": self.company_id.id,
            "recipient": self.partner_id.name,
            "path": f"/handover/{self.id}/{self.access_token}",
            "items": [item._page() for item in self.item_ids],
        }

    def _item(self, item_id):
        """Return the item of this letter with an id that the customer's browser sent, else nothing."""
        return self.item_ids.filtered(lambda item: str(item.id) == str(item_id))


class ChurnLetterItem(models.Model):
    _inherit = "churn.letter.item"

    def _page(self):
        line = self.line_id
        called_off = self.kind == "off" or line.state in ("cancelled", "undone")
        return {
            "id": self.id,
            "account": line.account_id.name or line.account_name,
            "predecessor": line.predecessor_id.name,
            "called_off": called_off,
            "successor": self._person(line.successor_id),
            "change_date": format_date(self.env, line.change_date),
            "charge_date": format_date(self.env, line.charge_date or line.change_date),
            "adds": line.words_adds or "",
            "known": line.words_known or "",
            "team": self._team(),
            "answer": self.answer or "",
            "answer_text": self.answer_text or "",
            "may_answer": not self.answer and not called_off,
        }

    def _person(self, user):
        photo = user.avatar_256
        return {
            "name": user.name,
            "role": user.employee_id.job_title or self.env._("Your contact person"),
            "email": user.email or "",
            "phone": user.phone or "",
            "photo": image_data_uri(photo) if photo else "",
            "languages": user.churn_languages or "",
            "strengths": user.churn_strengths or "",
        }

    def _team(self):
        """Return [(name, role)] of those on the account team whom the customer may know about, without the leaver."""
        today = fields.Date.context_today(self)
        members = self.env["churn.team.member"].search(
            [
                ("account_id", "=", self.account_id.id),
                ("customer_visible", "=", True),
                ("origin", "=", "manual"),
                ("date_from", "<=", today),
                "|",
                ("date_to", "=", False),
                ("date_to", ">=", today),
                ("user_id", "not in", (self.predecessor_id | self.line_id.successor_id).ids),
                ("user_id.active", "=", True),
            ]
        )
        return [(member.user_id.name, member.role_id.name) for member in members]

    def _links(self):
        """Return {answer: address} for the mail: each opens the page with that answer chosen, nothing more."""
        return {answer: self.letter_id._page_url(item=self.id, answer=answer) for answer in ANSWERS}
