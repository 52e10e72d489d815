from odoo import models


class IrActionsServer(models.Model):
    _inherit = "ir.actions.server"

    def run(self):
        """Mark everything an automation or a scheduled job does: nobody chooses the values it writes."""
        return super(IrActionsServer, self.with_context(churn_automatic=True)).run()

    def _run_action_object_write(self, eval_context=None):
        """An automation that fills a form writes nothing yet, so the values are looked at here."""
        record = self.env.context.get("onchange_self")
        guard, guarded = record._churn_guard() if record else (None, ())
        before = {name: {record.id: record[name].ids} for name in guarded}
        result = super()._run_action_object_write(eval_context=eval_context)
        for name in guarded:
            guard._replace_on(record, name, before[name])
        return result
