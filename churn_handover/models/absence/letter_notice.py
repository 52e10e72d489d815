from datetime import date

from odoo import api, fields, models
from odoo.tools import format_date


class ChurnLetterNotice(models.Model):
    """What a letter tells about an absence and one account: who is there for the customer, from when to when.

    Kept as it was told: what the absence says later is compared with it, see ``absence_letter.py``.
    """

    _name = "churn.letter.notice"
    _description = "Notice of an Absence in a Letter"
    _order = "letter_id, id"
    _rec_name = "account_id"

    letter_id = fields.Many2one("churn.letter", required=True, index=True, ondelete="cascade")
    absence_id = fields.Many2one("churn.absence", required=True, index=True, ondelete="cascade")
    account_id = fields.Many2one("res.partner", required=True, index=True, ondelete="cascade")
    kind = fields.Selection(
        [("new", "Announcement"), ("changed", "Correction"), ("off", "There Again")],
        required=True,
        default="new",
        help="A correction tells what has changed since an earlier letter; there again: nobody needs to stand in.",
    )
    told = fields.Json(readonly=True, help="[[user, first day, last day], …] as the customer was told.")
    told_text = fields.Char(string="Who Stands In", compute="_compute_told_text", compute_sudo=True)

    _letter_account_unique = models.UniqueIndex(
        "(letter_id, absence_id, account_id)", "A letter tells about the absence and an account once."
    )

    @api.depends("told")
    @api.depends_context("lang")
    def _compute_told_text(self):
        for notice in self:
            notice.told_text = "; ".join(
                self.env._(
                    "%(name)s, %(first)s to %(last)s",
                    name=user.name,
                    first=format_date(self.env, first),
                    last=format_date(self.env, last),
                )
                for user, first, last in notice._covers()
            )

    def _is_about(self, line):
        return (self.absence_id, self.account_id) == (line.absence_id, line.account_id)

    def _covers(self):
        """Return [(user, first day, last day)] of what is told; what the template renders."""
        self.ensure_one()
        users = self.env["res.users"]
        return [
            (users.browse(user), date.fromisoformat(first), date.fromisoformat(last))
            for user, first, last in self.told or []
        ]


class ChurnLetter(models.Model):
    _inherit = "churn.letter"

    purpose = fields.Selection(selection_add=[("absence", "Absence")], ondelete={"absence": "cascade"})
    notice_ids = fields.One2many("churn.letter.notice", "letter_id", string="Absences")

    @api.depends("notice_ids")
    def _compute_items(self):
        return super()._compute_items()

    @api.depends("notice_ids.told")
    def _compute_preview(self):
        return super()._compute_preview()

    def _rows(self):
        return self.notice_ids if self.purpose == "absence" else super()._rows()

    def _accounts(self):
        return super()._accounts() | self.notice_ids.account_id

    @api.model
    def _tell_of_absence(self, told, kind="new"):
        """Make one draft per address and day that tells of absences, or add to a draft that is there.

        :param told: {line of an absence: what to tell, as ``told`` of a notice}
        :return: (the letters, the accounts without an address)
        """
        lines = self.env["churn.absence.line"].union(*told)
        # sudo: the right to the absence was checked; addresses of customers may be out of a leader's sight
        first = self.sudo()._first_addresses(lines.account_id)
        addresses = {line: first[line.account_id] for line in lines if line.account_id in first}
        letters = self.sudo()._for_addresses(addresses)  # sudo: as above
        self.env["churn.letter.notice"].sudo().create(  # sudo: as above
            [
                {
                    "letter_id": letter.id,
                    "absence_id": line.absence_id.id,
                    "account_id": line.account_id.id,
                    "kind": kind,
                    "told": told[line],
                }
                for line, letter in letters.items()
                if not letter.notice_ids.filtered(lambda one, line=line: one._is_about(line))
            ]
        )
        without = lines.filtered(lambda line: line not in addresses).account_id
        return self.browse({letter.id for letter in letters.values()}), without


class ChurnAbsenceLine(models.Model):
    """Whom a letter about a covered account goes to, in whose name, and from whom."""

    _inherit = "churn.absence.line"
    _letter_purpose = "absence"

    def _letter_company(self):
        companies = self.absence_id.company_ids
        own = self.user_id.company_id
        return self.account_id.company_id or (own if own in companies else companies[:1])

    def _letter_author(self):
        """Return who writes: the person, as long as still there; else whoever answers for the absence."""
        absence = self.absence_id
        there = absence.state == "confirmed" and absence.user_id.active
        return absence.user_id if there else self.env["churn.handover"]._manager_of(absence.user_id)

    def _letter_values(self, partner, email, day):
        """Return the values of a letter."""
        return {
            "partner_id": partner.id,
            "email": email,
            "day": day,
            "company_id": self._letter_company().id,
            "user_id": self._letter_author().id,
            "purpose": self._letter_purpose,
            "template_id": self.env.ref("churn_handover.letter_template_absence").id,
        }
