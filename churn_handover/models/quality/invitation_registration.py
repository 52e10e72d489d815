from odoo import fields, models
from odoo.exceptions import ValidationError
from odoo.tools import email_normalize


class ChurnInvitation(models.Model):
    """The answer as a registration in Odoo's event app, where that is installed."""

    _inherit = "churn.invitation"

    registration_number = fields.Integer(
        readonly=True, copy=False, aggregator=None, help="Of the registration in the event app."
    )
    attended = fields.Boolean(readonly=True, copy=False, help="As the event app has it.")

    def _registrations(self):
        """The registrations of these, from the event app; None where it is not installed."""
        if "event.registration" not in self.env:
            return None
        # sudo: the contact's own registration, by the signed link or by whoever may run the session
        found = self.env["event.registration"].sudo()
        return found.browse([number for number in self.mapped("registration_number") if number]).exists()

    def _carry_over(self, values):
        """Carry an answer over to the event app: register, change who comes, or cancel.

        :param values: the answer as it is to be written; gets the number of the registration
        :return: False when the event has no seat left
        """
        self.ensure_one()
        event = self.training_id._event()
        if event is None:
            return True
        registration = self._registrations()
        if values["answer"] == "no":
            registration.filtered(lambda one: one.state in ("draft", "open")).action_cancel()
            return True
        partner = self.partner_id
        details = {"name": values["colleague"] or partner.name, "email": partner.email, "state": "open"}
        try:
            with self.env.cr.savepoint():
                if registration:
                    registration.write(details)
                else:
                    registration = registration.create({**details, "event_id": event.id, "partner_id": partner.id})
        except ValidationError:
            return False  # the event app keeps its seats: somebody took the last one in there
        values["registration_number"] = registration.id
        return True

    def _follow_registrations(self):
        """Take over what was changed in the event app: cancelled there, or attended."""
        rows = self.filtered("registration_number")
        states = {one.id: one.state for one in rows._registrations() or ()}
        for row in rows:
            state = states.get(row.registration_number, "cancel")
            if state == "cancel" and row.answer != "no":
                # sudo: an answer given in the event app
                row.sudo().write({"answer": "no", "answered_at": fields.Datetime.now()})
            if row.attended != (state == "done"):
                row.sudo().attended = state == "done"  # sudo: noted in the event app

    def _adopt_registrations(self, event):
        """Who signed up in the event app without being asked comes, and need not be asked any more."""
        known = set(self.mapped("registration_number"))
        silent = self.filtered(lambda row: not row.answer)
        for registration in event.registration_ids.filtered(lambda one: one.state in ("open", "done")):
            email = email_normalize(registration.email)
            row = silent.filtered(
                lambda row, one=registration, email=email: row.partner_id == one.partner_id
                or (email and row.partner_id.email_normalized == email)
            )[:1]
            if row and registration.id not in known:
                silent -= row
                row.sudo().write(  # sudo: an answer given in the event app
                    {
                        "registration_number": registration.id,
                        "state": "invited",
                        "answer": "come",
                        "answered_at": registration.create_date,
                    }
                )
