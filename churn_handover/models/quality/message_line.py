from markupsafe import Markup, escape

from odoo import api, fields, models


class ChurnMessageLine(models.Model):
    """A fact or a person in a message: a title and one or two sentences, with the photo of the person shown."""

    _name = "churn.message.line"
    _description = "Line of a Quality Message"
    _inherit = ["churn.guarded"]
    _order = "sequence, id"
    _check_company_auto = True

    message_id = fields.Many2one("churn.message", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="message_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Title", required=True, translate=True)
    text = fields.Text(translate=True, help="Two sentences at most.")
    achievement_id = fields.Many2one(
        "churn.achievement", index="btree_not_null", ondelete="cascade", check_company=True
    )
    picked_on = fields.Date(
        default=fields.Date.context_today, readonly=True, help="The day it was taken into the bulletin."
    )

    _achievement_once = models.UniqueIndex(
        "(achievement_id) WHERE achievement_id IS NOT NULL", "This achievement is in a bulletin already."
    )

    @api.onchange("achievement_id")
    def _onchange_achievement(self):
        if self.achievement_id:
            self.name = self.achievement_id._headline()
            self.text = self.achievement_id.text

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        for line in lines.filtered("achievement_id"):
            line._translate_person()
        return lines

    def _translate_person(self):
        """Where the words are those of the register, take them in all languages the register has them in."""
        self.ensure_one()
        entry = self.achievement_id.sudo()  # sudo: what the person agreed to publish
        own = {"name": entry._headline(), "text": entry.text}
        for lang in self.message_id._other_languages():
            theirs = entry.with_context(lang=lang)
            words = {"name": theirs._headline(), "text": theirs.text}
            taken = {field: word for field, word in words.items() if word != own[field] and self[field] == own[field]}
            if taken:
                self.with_context(lang=lang).write(taken)

    def _publishable(self):
        """Lines that may be shown today: plain facts, and people who agreed and are not leaving."""
        people = self.filtered("achievement_id")
        leavers = people.achievement_id.employee_id._churn_leavers()
        # sudo: consent and person of an achievement decide, whoever renders the message
        shown = people.sudo().filtered(
            lambda line: line.achievement_id.consent == "given" and line.achievement_id.employee_id not in leavers
        )
        return (self - people) | shown.sudo(False)

    def _for_mail(self):
        """What the template prints of a line."""
        self.ensure_one()
        achievement = self.achievement_id.sudo()  # sudo: the person agreed to be shown, with this photo
        person = achievement.employee_id
        photo, kind = person._churn_photo()
        return {
            "name": self.name,
            "text": Markup("<br/>").join(escape(line) for line in (self.text or "").splitlines()),
            # a data URL, which the mailing app turns into an image that anybody can load
            "photo": f"data:{kind};base64,{photo.decode()}" if photo else "",
            "initials": person._churn_initials(),
            "outside": achievement.is_outside,
            "url": achievement.evidence_url
            if (achievement.evidence_url or "").startswith(("http://", "https://"))
            else "",
        }
