from odoo import api, models


class Base(models.AbstractModel):
    """The places through which a value reaches a record without anybody choosing it.

    An archived user who gets in there is replaced by :class:`ChurnOwnerDefault`. What somebody writes on an existing
    record, an import and a transfer are left alone. Off while modules are installed: the rules may not exist yet.
    """

    _inherit = "base"

    def _churn_guard(self):
        """Return (the guard, the guarded fields of this model); the fields are empty when there is nothing to do."""
        guard = self.env["churn.owner.default"]
        return guard, guard._fields_of(self) if self.pool.ready else {}

    @api.model
    def default_get(self, fields):
        """Field defaults, defaults in the context and user-defined defaults."""
        values = super().default_get(fields)
        if self.env.context.get("churn_raw_default"):
            return values
        guard, guarded = self._churn_guard()
        for name in guarded:
            if name in values and guard._is_archived(self._fields[name], values[name]):
                values = guard._replace(self, [values], [name])[0]
        return values

    def _prepare_create_values(self, vals_list):
        """Whatever code, gateway or website puts into a new record; here values are known, nothing is written yet."""
        guard, guarded = self._churn_guard()
        if guarded:
            vals_list = guard._replace(self, vals_list, guarded, "_import_current_module" in self.env.context)
        return super()._prepare_create_values(vals_list)

    def copy_data(self, default=None):
        """A copy is new work, whatever became of the original."""
        vals_list = super().copy_data(default=default)
        guard, guarded = self._churn_guard()
        for name in guarded:
            field = self._fields[name]
            copied = {
                record: vals
                for record, vals in zip(self, vals_list, strict=True)
                if vals and guard._is_archived(field, vals.get(name))
            }
            if copied:
                sources = self.browse(record.id for record in copied)
                for record, user_id in guard._stand_ins(sources, name, closed_too=True).items():
                    copied[record][name] = guard._without_archived(field, copied[record][name], user_id)
        return vals_list

    def _compute_field_value(self, field):
        """Computed responsibles, in a form, at creation and afterwards."""
        guard, guarded = self._churn_guard()
        names = guarded and guarded.keys() & {computed.name for computed in self.pool.field_computed[field]}
        if not names:
            return super()._compute_field_value(field)
        stored = self.filtered("id") if field.store else self.browse()
        before = {name: {record.id: record[name].ids for record in stored} for name in names}
        result = super()._compute_field_value(field)
        for name in names:
            guard._replace_on(self, name, before[name])
        return result

    def _apply_onchange_methods(self, field_name, result):
        """Responsibles that an onchange fills; the field that the user is editing is the user's own choice."""
        guard, guarded = self._churn_guard()
        names = [name for name in guarded if name != field_name and self._onchange_methods.get(field_name)]
        before = {name: {self.id: self[name].ids} for name in names}
        outcome = super()._apply_onchange_methods(field_name, result)
        for name in names:
            guard._replace_on(self, name, before[name])
        return outcome

    def write(self, vals):
        """Automations also write: what they set is nobody's choice at this moment."""
        if not self.env.context.get("churn_automatic"):
            return super().write(vals)
        guard, guarded = self._churn_guard()
        name = next((n for n in guarded if n in vals and guard._is_archived(self._fields[n], vals[n])), None)
        if name is None:
            return super().write(vals)
        users = guard._stand_ins(self, name)
        closed = self.filtered(lambda record: record not in users)
        if closed:
            super(Base, closed).write(vals)
        for user_id, records in (self - closed).grouped(users.get).items():
            # From the top again: what follows the responsible (followers, team, dates) must see the new one.
            records.write({**vals, name: guard._without_archived(self._fields[name], vals[name], user_id)})
        return True

    def _message_add_suggested_recipients(self, force_primary_email=False):
        """Odoo proposes the responsible person as recipient, whether that person still works here or not."""
        suggested = super()._message_add_suggested_recipients(force_primary_email=force_primary_email)
        former = self.env["churn.owner.default"]._former_partners() if self.pool.ready else ()
        for values in suggested.values() if former else ():
            values["partners"] = values["partners"].filtered(lambda partner: partner.id not in former)
        return suggested
