from odoo import api, models
from odoo.exceptions import AccessError


class ChurnGuarded(models.AbstractModel):
    """What is read-only on the screen is read-only by RPC and import too: only the program writes it.

    A verdict that somebody could write would prove nothing. The program writes with ``sudo()``, after it has checked
    the right to do what leads to the change.
    """

    _name = "churn.guarded"
    _description = "Record Whose Results Nobody Writes"

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse_results(name for vals in vals_list for name in vals)
        return super(ChurnGuarded, self._without_results()).create(vals_list).with_env(self.env)

    def write(self, vals):
        self._refuse_results(vals)
        return super().write(vals)

    @api.model
    def _without_results(self):
        """Defaults come with the context too, where whoever calls could put what may not be among the values."""
        if self.env.su:
            return self
        given = {key: key.removeprefix("default_") for key in self.env.context if key.startswith("default_")}
        results = {field.name for field in self._results(given.values())}
        kept = {key: value for key, value in self.env.context.items() if given.get(key) not in results}
        return self.with_env(self.env(context=kept))

    @api.model
    def _results(self, names):
        """The fields among these that only the program writes."""
        ours = [self._fields[name] for name in names if name in self._fields]
        ours = [field for field in ours if field.name not in self.env["mail.thread"]._fields]
        return [field for field in ours if field.readonly and field.store]

    @api.model
    def _refuse_results(self, names):
        if self.env.su:
            return
        refused = {field._description_string(self.env) for field in self._results(names)}
        if refused:
            raise AccessError(
                self.env._("Only the program writes this: %(fields)s.", fields=", ".join(sorted(refused)))
            )
