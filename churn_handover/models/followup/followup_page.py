from odoo import models

FACES = (5, 3, 1)  # Odoo's own: happy, neutral, unhappy


class ChurnFollowup(models.Model):
    """What the customer sees behind the faces of the mail: plain values only."""

    _inherit = "churn.followup"

    def _page(self, rating, rate):
        """Return what the page shows, in the language of the environment.

        :param rating: the ``rating.rating`` of the customer's link
        :param rate: the face that was chosen in the mail
        """
        self.ensure_one()
        company = self.account_id.company_id or self.handover_id.company_ids[:1] or self.env.company
        names = {5: self.env._("Good"), 3: self.env._("So-so"), 1: self.env._("Not good")}
        given = int(rating.rating) if rating.consumed else 0
        return {
            "company": company.name,
            "question": self.env._("How is it going with %(name)s?", name=self.successor_id.name),
            "greeting": self.env._("Dear %(name)s,", name=self.partner_id.name or self.account_name or ""),
            "path": f"/rate/{rating.access_token}/submit_feedback",
            "faces": [(value, names[value], f"/rating/static/src/img/rating_{value}.svg") for value in FACES],
            "chosen": given or rate,
            "given": self.env._("Thank you. Your answer: %(answer)s.", answer=names[given]) if given in names else "",
            "words": rating.feedback or "",
        }
