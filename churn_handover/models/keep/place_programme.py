from odoo import api, models
from odoo.tools import SQL


class ChurnPlace(models.Model):
    """Places of a programme's mailing: one per treated customer, under the same cap as every other message.

    Planned at the start of the programme, reserved when the mailing is queued. Who is left out stays in the group
    that was drawn.
    """

    _inherit = "churn.place"

    @api.model
    def _plan_programme(self, mailing):
        """Make a row per treated customer that has an address, and say on the members who gets nothing and why."""
        programme = mailing.churn_programme_id
        contacts = self._contacts_of(programme)
        free = self._free_addresses(programme.company_id, [row[3] for row in contacts], ("mailing", mailing.id))
        rows, reasons, taken = [], {}, set()
        for member, account, contact, email, refused in contacts:
            if refused:
                reasons[member] = "blacklist"
                continue
            reason = "churn_duplicate" if email in taken else None if email in free else "churn_cap"
            taken.add(email)
            rows.append((email, contact, account, "left_out" if reason else "planned", reason))
            reasons[member] = reason
        self._insert_programme(mailing, rows)
        treated = programme.member_ids.filtered(lambda member: member.group != "holdout")
        for reason, members in treated.grouped(lambda member: reasons.get(member.id, "no_address")).items():
            members.mail_reason = reason or False

    @api.model
    def _contacts_of(self, programme):
        """Rows (member, account, contact, address, refused all mail): own address, else that of one of its people."""
        self.env["res.partner"].flush_model()
        self.env["mail.blacklist"].flush_model()
        programme.member_ids.flush_recordset()
        return self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (member.id) member.id, member.partner_id, contact.id, contact.email_normalized,
                          EXISTS (SELECT FROM mail_blacklist b WHERE b.active AND b.email = contact.email_normalized)
                     FROM churn_programme_member member
                     JOIN res_partner contact ON contact.commercial_partner_id = member.partner_id AND contact.active
                          AND contact.email_normalized IS NOT NULL
                          AND (contact.id = member.partner_id OR contact.type IS NULL OR contact.type = 'contact')
                    WHERE member.programme_id = %s AND member."group" <> 'holdout'
                    ORDER BY member.id, contact.id <> member.partner_id, contact.id""",
                programme.id,
            )
        )

    @api.model
    def _insert_programme(self, mailing, rows):
        """One statement for as many as there are."""
        if not rows:
            return
        self.env.flush_all()
        columns = [list(column) for column in zip(*rows, strict=True)]
        self.env.cr.execute(
            SQL(
                """INSERT INTO churn_place (email, partner_id, account_id, state, reason, company_id, mailing_id,
                                            create_uid, write_uid, create_date, write_date)
                   SELECT row.*, %s, %s, %s, %s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                     FROM unnest(%s::text[], %s::int[], %s::int[], %s::text[], %s::text[]) row""",
                mailing.churn_programme_id.company_id.id,
                mailing.id,
                self.env.uid,
                self.env.uid,
                *columns,
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _reserve_programme(self, mailing):
        """Take the planned places, as far as the cap still allows: other messages may have gone out since."""
        planned = self.search([("mailing_id", "=", mailing.id), ("state", "=", "planned")])
        free = self._free_addresses(
            mailing.churn_programme_id.company_id, planned.mapped("email"), ("mailing", mailing.id)
        )
        reserved = planned.filtered(lambda place: place.email in free)
        reserved.state = "reserved"
        self._leave_out(mailing, planned - reserved)

    @api.model
    def _leave_out(self, mailing, places):
        places.write({"state": "left_out", "reason": "churn_cap"})
        members = mailing.churn_programme_id.member_ids
        members.filtered(lambda member: member.partner_id in places.account_id).mail_reason = "churn_cap"

    @api.model
    def _admit_ordinary(self, mailing, wanted):
        """A programme's mailing: whoever has no place, because somebody was added by hand, needs one first."""
        if not mailing.churn_programme_id:
            return super()._admit_ordinary(mailing, wanted)
        places = {
            place.partner_id.id: place
            for place in self.search([("mailing_id", "=", mailing.id), ("partner_id", "in", list(wanted))])
        }
        again = {one for one in wanted if one not in places or places[one].state in ("freed", "planned")}
        free = self._free_addresses(
            mailing.churn_programme_id.company_id, [wanted[one] for one in again], ("mailing", mailing.id)
        )
        accounts = self._accounts_of([wanted[one] for one in again])
        refused = {}
        for res_id, email in wanted.items():
            place = places.get(res_id)
            if res_id not in again:
                if place.state == "left_out":
                    refused[res_id] = place.reason
            elif email not in free:
                refused[res_id] = "churn_cap"
                self._leave_out(mailing, place or self.browse())
            elif place:
                place.write({"state": "reserved", "sent_on": False})
            else:
                account = accounts.get(email, (False, False))[1]
                self._insert_programme(mailing, [(email, res_id, account or None, "reserved", None)])
        return refused
