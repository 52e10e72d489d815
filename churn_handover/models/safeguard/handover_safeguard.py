from odoo import models

from .safeguard import ALLOWED


class ChurnHandover(models.Model):
    _inherit = "churn.handover"

    def write(self, vals):
        result = super().write(vals)
        if not {"state", "kind", "predecessor_id"}.isdisjoint(vals):
            self.env.registry.clear_cache()  # who is leaving is kept in memory
        return result

    def _undo(self, lines=None):
        """A manager who leaves may take back the own plan."""
        return super(ChurnHandover, self.with_context(churn_safeguard=ALLOWED))._undo(lines)
