from odoo import fields, models
from odoo.tools import email_normalize


class ChurnHandoverLine(models.Model):
    """What the customer of a line is told, and by whom."""

    _inherit = "churn.handover.line"
    _letter_purpose = "handover"

    letter_partner_id = fields.Many2one(
        "res.partner",
        string="Letter To",
        ondelete="set null",
        domain="[('id', 'child_of', account_id)]",
        help="Who gets the letter. Empty: the account's own address, else its first contact with an address.",
    )
    words_adds = fields.Text(
        string="What the Successor Adds", help="One thing the customer gains, in the successor's words; in the letter."
    )
    words_known = fields.Text(
        string="Need Not Be Explained Again",
        help="What the successor knows already, so that the customer does not have to start from the beginning.",
    )
    charge_date = fields.Date(
        string="Fully in Charge From",
        help="When the customer can rely on the successor alone; default: the change date.",
    )
    letter_item_ids = fields.One2many("churn.letter.item", "line_id", readonly=True, copy=False)

    def write(self, vals):
        result = super().write(vals)
        if "charge_date" in vals and "state" not in vals:
            # sudo: the right to write the line was checked by write
            self.sudo()._correct_letters()
        return result

    def action_words(self):
        """Let those concerned write their part of the letter."""
        self.ensure_one()
        return {
            **self.env["ir.actions.actions"]._for_xml_id("churn_handover.handover_words_action"),
            "context": {
                "default_line_id": self.id,
                "default_words_adds": self.words_adds,
                "default_words_known": self.words_known,
            },
        }

    def _letter_addresses(self):
        """Return {line: (partner, normalised address)}; lines whose account has no address are left out. One query."""
        first = self.env["churn.letter"]._first_addresses(self.account_id)
        addresses = {}
        for line in self:
            chosen = line.letter_partner_id
            own = (chosen, email_normalize(chosen.email)) if chosen and email_normalize(chosen.email) else None
            if found := own or first.get(line.account_id):
                addresses[line] = found
        return addresses

    def _letter_company(self):
        """Return in whose name the customer is written to, and whose tiers count."""
        plan = self.handover_id
        own = plan.user_id.company_id
        return self.account_id.company_id or (own if own in plan.company_ids else plan.company_ids[:1])

    def _letter_author(self):
        """Return who writes: the predecessor, who knows the customer; in an emergency the manager."""
        plan = self.handover_id
        gone = plan.emergency or not self.predecessor_id.active or self.state == "done"
        return plan.user_id if gone else self.predecessor_id

    def _hears_answers(self):
        """Return who hears what the customer answered: the plan's responsible, but nobody about themselves."""
        self.ensure_one()
        manager = self.handover_id.user_id
        if manager != self.successor_id:
            return manager
        other = self.handover_id._manager_of(manager)
        return other if other.active and not other.share and other != manager else manager

    def _predecessor_stays(self):
        """Whether the customer can turn to the predecessor until the change: nobody is promised who is gone."""
        self.ensure_one()
        ahead = self.state != "done" and self.change_date > fields.Date.context_today(self)
        return bool(ahead and self.predecessor_id.active and not self.handover_id.emergency)

    def _charge_day(self):
        """Return the day from which the successor alone is enough, if it is ahead and not named anyway."""
        self.ensure_one()
        day = self.charge_date
        named = self._predecessor_stays() and day == self.change_date
        return day if day and not named and day > fields.Date.context_today(self) else False

    def _letter_values(self, partner, email, day):
        """Return the values of a letter, but for its template."""
        return {
            "partner_id": partner.id,
            "email": email,
            "day": day,
            "company_id": self._letter_company().id,
            "user_id": self._letter_author().id,
            "purpose": self._letter_purpose,
        }

    def _told(self):
        """Return what a letter says today, to be compared with the plan later."""
        return {
            "told_user_id": self.successor_id.id,
            "told_date": self.change_date,
            "told_charge_date": self.charge_date or self.change_date,
        }
