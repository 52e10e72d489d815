import base64

from odoo import models
from odoo.tools.mimetypes import guess_mimetype

PHOTO = "Photo in mails to customers"  # name of the attachments
PHOTO_TYPES = ("image/png", "image/jpeg", "image/gif")


class HrEmployee(models.Model):
    """Who of our people customers may see in a mail, and with which photo."""

    _inherit = "hr.employee"

    def _churn_photo(self):
        """(base64, type) of the photo; empty for nobody, and for the drawing that Odoo makes of a name."""
        # the web client asks for sizes in place of contents
        photo = self.with_context(bin_size=False).image_128 if self else False
        kind = guess_mimetype(base64.b64decode(photo)) if photo else ""
        return (photo, kind) if kind in PHOTO_TYPES else (b"", "")

    def _churn_initials(self):
        """Two letters in place of a missing photo."""
        return "".join(word[0] for word in (self.name or "").split()[:2]).upper()

    def _churn_photo_urls(self):
        """Where everybody who has the mail can load the photos, also in years: {employee id: address}.

        As the mailing app does with the images in its own text: an attachment with a token, which stays as it was when
        the photo of the person changes. Odoo adds its own address when it sends the mail.
        """
        # sudo: photos that our mails show, whoever sends them
        files = self.env["ir.attachment"].sudo()
        domain = [("res_model", "=", self._name), ("res_id", "in", self.ids), ("name", "=", PHOTO)]
        known = {(file.res_id, file.checksum): file for file in files.search(domain)}
        urls = {}
        for person in self:
            photo, kind = person._churn_photo()
            if not photo:
                continue
            content = base64.b64decode(photo)
            file = known.get((person.id, files._compute_checksum(content)))
            if not file:
                values = {"name": PHOTO, "res_model": self._name, "res_id": person.id, "mimetype": kind}
                file = files.create({**values, "raw": content})
            token = file.access_token or file.generate_access_token()[0]
            urls[person.id] = f"/web/image/{file.id}?access_token={token}"
        return urls

    def _churn_leavers(self):
        """Those who left, whose departure is known, or whose accounts are being handed over because they leave."""
        # sudo: departure dates are for HR; here they only keep somebody out of a bulletin
        people = self.sudo().with_context(active_test=False)
        users = people.user_id
        handed_over = (
            self.env["churn.handover"]
            .sudo()  # sudo: whether a plan for a departure exists, for the same reason
            .search(
                [
                    ("kind", "=", "departure"),
                    ("state", "not in", ("undone", "cancelled")),
                    ("predecessor_id", "in", users.ids),
                ]
            )
            .predecessor_id
        )
        return people.filtered(
            lambda person: not person.active
            or person.departure_date
            or (person.user_id and (not person.user_id.active or person.user_id in handed_over))
        ).sudo(False)
