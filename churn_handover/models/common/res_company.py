from datetime import datetime, time

import pytz

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    churn_overlap_days = fields.Integer(
        string="Overlap",
        default=21,
        help="Days before the change date in which predecessor and successor both serve the account. Two to four weeks "
        "are common practice: enough for a joint visit, too short for the customer to ask who is in charge.",
    )
    churn_key_overlap_days = fields.Integer(
        string="Overlap for Key Accounts",
        default=30,
        help="Key accounts have more people to introduce, so the successor starts earlier.",
    )
    _churn_overlap_positive = models.Constraint(
        "CHECK(churn_overlap_days >= 0 AND churn_key_overlap_days >= 0)", "The overlap cannot be negative."
    )

    def _churn_zone(self):
        """Name of the time zone in which the company's orders have their day: that of its working hours."""
        self.ensure_one()
        return self.resource_calendar_id.tz or "UTC"

    def _churn_today(self):
        """The company's calendar day now, whoever asks: a nightly job's own day is that of UTC."""
        return datetime.now(pytz.timezone(self._churn_zone())).date()

    def _churn_midnight(self, day):
        """The beginning of the company's day, as the database stores moments (UTC, naive)."""
        local = pytz.timezone(self._churn_zone()).localize(datetime.combine(day, time.min))
        return local.astimezone(pytz.UTC).replace(tzinfo=None)
