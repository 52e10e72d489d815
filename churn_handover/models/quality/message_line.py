import base64

from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.tools.mimetypes import guess_mimetype


class ChurnMessageLine(models.Model):
    """A fact or a person in a message: a title and one or two sentences, with the photo of the person shown."""

    _name = "churn.message.line"
    _description = "Line of a Quality Message"
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
        return {
            "name": self.name,
            "text": Markup("<br/>").join(escape(line) for line in (self.text or "").splitlines()),
            "photo": self._photo(person),
            "initials": "".join(word[0] for word in (person.name or "").split()[:2]).upper(),
            "outside": achievement.is_outside,
            "url": achievement.evidence_url
            if (achievement.evidence_url or "").startswith(("http://", "https://"))
            else "",
        }

    @api.model
    def _photo(self, person):
        """The photo as a data URL, which the mailing app turns into an image anybody can load; none for drawings."""
        person = person.with_context(bin_size=False)  # the web client asks for sizes in place of contents
        if not person or not person.image_128:
            return ""
        kind = guess_mimetype(base64.b64decode(person.image_128))
        if kind not in ("image/png", "image/jpeg", "image/gif"):
            return ""
        return f"data:{kind};base64,{person.image_128.decode()}"
