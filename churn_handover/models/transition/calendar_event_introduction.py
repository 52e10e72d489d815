from odoo import api, fields, models

try:
    import vobject
except ImportError:
    vobject = None


class CalendarEvent(models.Model):
    """An introduction follows its meeting, wherever somebody moves it or calls it off."""

    _inherit = "calendar.event"

    def write(self, vals):
        result = super().write(vals)
        if not {"start", "start_date", "active"}.isdisjoint(vals):
            self._churn_introductions()._follow_event()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_cancels_introduction(self):
        introductions = self._churn_introductions()
        introductions.state = "cancelled"
        introductions._tell_called_off()

    def _churn_introductions(self):
        """Return the planned introductions whose meetings these are."""
        # sudo: whoever may change the meeting changes the introduction with it; customers see only that
        introductions = self.env["churn.introduction"].sudo()
        return introductions.search([("event_id", "in", self.ids), ("state", "=", "planned")])

    # The entry in the customer's own calendar

    def _get_ics_file(self):
        """Give an introduction one identity in the calendars of the invited, so that moving it makes no second entry.

        Odoo lets each file have another one.
        """
        files = super()._get_ics_file()
        booking = isinstance(self.env.context.get("churn_introduction"), models.BaseModel)  # no row tells of it yet
        ours = self if booking else self._churn_introductions().event_id
        for event in ours.filtered(lambda one: one.id in files):
            files[event.id] = event._churn_ics(files[event.id])
        return files

    def _churn_cancelled_ics(self):
        """Return the values of the attachment that takes the meeting out of the invited's calendar; none without."""
        self.ensure_one()
        file = self._get_ics_file().get(self.id)
        if not file:
            return {}
        return {
            "name": "cancelled.ics",
            "mimetype": "text/calendar",
            "raw": self._churn_ics(file, cancelled=True),
        }

    def _churn_ics(self, file, cancelled=False):
        """Return the text of a calendar file with an identity, and a number that grows with each change."""
        calendar = vobject.readOne(file.decode())
        entry = calendar.vevent
        # sudo: an identifier of the database
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        for name, value in (
            ("uid", f"introduction-{self.id}@{uuid}"),
            ("sequence", str(int(fields.Datetime.now().timestamp()))),
        ):
            (getattr(entry, name, None) or entry.add(name)).value = value
        if cancelled:
            calendar.add("method").value = "CANCEL"
            entry.add("status").value = "CANCELLED"
        return calendar.serialize().encode()
