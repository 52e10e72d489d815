from markupsafe import Markup

from odoo import api, fields, models


class ChurnArchive(models.TransientModel):
    """The question asked before users who look after something open are archived from the screens."""

    _name = "churn.archive"
    _description = "Archive a User Who Looks After Something"

    user_ids = fields.Many2many("res.users", required=True, readonly=True, context={"active_test": False})
    is_single = fields.Boolean(compute="_compute_open")
    open_summary = fields.Html(compute="_compute_open", sanitize=False)

    @api.depends("user_ids")
    def _compute_open(self):
        for dialog in self:
            dialog.is_single = len(dialog.user_ids) == 1
            dialog.open_summary = open_tables(dialog.user_ids._churn_open_counts())

    def action_plan(self):
        """Leave the user active and plan: the transfer comes first, the archive after it."""
        self.ensure_one()
        return self.env["churn.departure"]._open(
            default_predecessor_id=self.user_ids.id, default_archive_predecessor=True
        )

    def action_emergency(self):
        """Archive; :meth:`ResUsers.write` makes the emergency handover."""
        self.user_ids.action_archive()
        return self._close(self.env._("Archived. The backups take over within minutes."))

    def action_archive_only(self):
        self.user_ids.with_context(churn_archive_only=True).action_archive()
        return self._close(self.env._("Archived. Nothing was moved; plan a departure when you are ready."))

    def _close(self, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": message, "type": "success", "next": {"type": "ir.actions.act_window_close"}},
        }


def open_tables(counts):
    """Return ``{user: {what: how many}}`` as HTML, without the users who hold nothing."""
    return Markup().join(
        Markup("<h5>%s</h5>%s") % (user.name, open_table(held)) for user, held in counts.items() if held
    )


def open_table(held):
    """Return ``{what: how many}`` as a small HTML table."""
    rows = Markup().join(
        Markup('<tr><td>%s</td><td class="text-end">%s</td></tr>') % (what, count) for what, count in held.items()
    )
    return Markup('<table class="table table-sm"><tbody>%s</tbody></table>') % rows
