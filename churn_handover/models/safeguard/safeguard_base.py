from odoo import api, models

from .safeguard import ALLOWED, BULK_READ


class Base(models.AbstractModel):
    """The places through which a leaver could take data along or destroy it, see :class:`ChurnSafeguard`."""

    _inherit = "base"

    def _churn_watch(self):
        """Return the safeguard when the current user is leaving, else None. No query."""
        safeguard = self.env["churn.safeguard"] if self.pool.ready else None
        return safeguard if safeguard is not None and safeguard._watches() else None

    def unlink(self):
        watch = self._churn_watch()
        if watch is not None and watch._is_kept(self._name):
            watch._check("unlink", self)
        return super().unlink()

    def write(self, vals):
        watch = self._churn_watch()
        if watch is not None and vals and watch._is_kept(self._name):
            archives = self._active_name in vals and not vals[self._active_name]
            if archives and self.env.context.get("churn_lost") is not ALLOWED:
                watch._check("archive", self)
            watch._check_volume(self)
        return super().write(vals)

    def export_data(self, fields_to_export):
        watch = self._churn_watch()
        if watch is not None:
            watch._check("export", self)
        return super().export_data(fields_to_export)

    @api.model
    def load(self, fields, data):
        """An import tries every row again after the first failure: that is one attempt."""
        if self._churn_watch() is not None:
            self = self.with_context(churn_attempt=set())
        return super().load(fields, data)

    def _load_records_write(self, values):
        watch = self._churn_watch()
        if watch is not None and watch._is_kept(self._name):
            watch._check("load", self)
        return super()._load_records_write(values)

    def _read_format(self, fnames, load="_classic_read"):
        if len(self) > BULK_READ:
            watch = self._churn_watch()
            if watch is not None and watch._is_kept(self._name):
                watch._note("read", self)
        return super()._read_format(fnames, load)
