from odoo import api, fields, models


class ChurnSlotLock(models.Model):
    """One row per person whose diary is booked by customers: the place where two bookings meet.

    Two customers may see the same free hour at the same moment. Who books writes this row first; the second waits,
    finds that the row has changed, and starts anew with the diary as it is then (serialization failure, retried).
    """

    _name = "churn.slot.lock"
    _description = "Booking in Progress"
    _rec_name = "user_id"

    user_id = fields.Many2one("res.users", required=True, ondelete="cascade")
    bookings = fields.Integer()

    _user_unique = models.UniqueIndex("(user_id)", "A person has one row.")

    @api.model
    def _take(self, users):
        """Let nobody else book these people until this transaction ends."""
        for user_id in sorted(users.ids):  # in one order, so that two bookings never wait for each other
            self.env.cr.execute(
                """INSERT INTO churn_slot_lock AS lock (user_id, bookings) VALUES (%s, 1)
                       ON CONFLICT (user_id) DO UPDATE SET bookings = lock.bookings + 1""",
                [user_id],
            )
