import logging
import time

from odoo import api, fields, models

_logger = logging.getLogger(__name__)

# A unit of work is ended by Odoo after 60 seconds of CPU; the step that is begun last may take 40.
CPU_SECONDS = 12


class ChurnSteps(models.AbstractModel):
    """Long work of a cron in steps: each is committed and can be the last of a unit of work."""

    _name = "churn.steps"
    _description = "Work in Steps"

    @api.model
    def _work_off(self, next_step, xmlid):
        """Carry out one step after the other, as long as there is time.

        :param next_step: function that returns ``(method name, record)``, or None when everything is done. The record
            has a method ``_give_up(method name)`` that leaves a failed step until the next time.
        :param xmlid: the cron, which goes on in a new unit of work
        """
        with_clock = self._with_clock()
        commit = self.env["ir.cron"]._commit_progress
        while step := next_step():
            self.env["churn.statistics"]._refresh()  # the step before may have filled what this one reads
            commit(remaining=1)
            method, record = step
            try:
                with self.env.cr.savepoint():
                    getattr(record, method)()
            except Exception:  # a company with impossible data must not keep the others from theirs
                _logger.exception("Step %s of %s failed", method, record)
                record._give_up(method)
            commit(1, remaining=1)
            if with_clock():
                self._continue_later(xmlid)
                break
        commit(remaining=0)

    @api.model
    def _each(self, records, method, *args):
        """Call a method of the records: of all at once, or, when that fails, of each, so that one with impossible data
        does not keep the others from theirs.

        :return: the records that failed, each logged
        """
        failed = records.browse()
        if len(records) > 1:
            try:
                with self.env.cr.savepoint():
                    getattr(records, method)(*args)
                return failed
            except Exception:
                _logger.exception("%s of %s failed; each by itself now", method, records)
        for record in records:
            try:
                with self.env.cr.savepoint():
                    getattr(record, method)(*args)
            except Exception:
                _logger.exception("%s of %s failed", method, record)
                failed |= record
        return failed

    @api.model
    def _with_clock(self):
        """A function that says whether this unit of work has used up its CPU seconds."""
        started = time.process_time()
        return lambda: time.process_time() - started > CPU_SECONDS

    @api.model
    def _continue_later(self, xmlid):
        """Go on in a new unit of work: Odoo would call the method again within this one, which must end before 60 s."""
        self.env.ref(xmlid)._trigger(at=fields.Datetime.now())
