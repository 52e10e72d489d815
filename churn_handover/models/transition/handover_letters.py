from odoo import fields, models
from odoo.exceptions import UserError


class ChurnHandover(models.Model):
    """Letters of a plan: prepared, looked at, sent; and sent again when the plan changes."""

    _inherit = "churn.handover"

    letter_count = fields.Integer(string="Letters", compute="_compute_letter_counts")
    letter_draft_count = fields.Integer(string="Letters to Send", compute="_compute_letter_counts")
    letter_failed_count = fields.Integer(string="Letters Not Arrived", compute="_compute_letter_counts")
    untold_count = fields.Integer(
        string="Customers Not Told", compute="_compute_letter_counts", help="Lines whose customer gets no letter yet."
    )

    def _compute_letter_counts(self):
        for handover in self:
            own = handover._letters().filtered(lambda letter: letter.state != "cancelled")
            handover.letter_count = len(own)
            handover.letter_draft_count = len(own.filtered(lambda letter: letter.state == "draft"))
            handover.letter_failed_count = len(own.filtered(lambda letter: letter.state == "failed"))
            # sudo: rows of letters about the viewer are hidden from the viewer; only a number comes out
            handover.untold_count = self.env["churn.handover.line"].sudo().search_count(handover._untold_domain())

    def _letters(self, *conditions):
        """Return the letters of these plans that the viewer may read.

        A successor reads drafts, but not the rows in them that are about the successor: letters are not found by these.
        """
        if not self.env["churn.letter"].has_access("read"):
            return self.env["churn.letter"]
        # sudo: see above; what may not be read is left out afterwards
        found = self.env["churn.letter"].sudo().search([("item_ids.line_id.handover_id", "in", self.ids), *conditions])
        return found if self.env.su else found.sudo(False)._filtered_access("read")

    def _untold_domain(self):
        return [
            ("handover_id", "in", self.ids),
            ("state", "in", ("confirmed", "stopped", "done")),
            ("gate_ids", "any", [("kind", "=", "notified"), ("state", "=", "open")]),
            ("letter_item_ids", "not any", [("letter_id.state", "!=", "cancelled")]),
        ]

    def action_prepare_letters(self):
        """Write the letters of this plan, and show them before they are sent."""
        self.ensure_one()
        self.check_access("write")
        lines = self.env["churn.handover.line"].search(self._untold_domain())
        if not lines and not self.letter_count:
            raise UserError(self.env._("No line of this plan asks for a letter."))
        self.env["churn.letter"]._prepare(lines)
        return self.action_view_letters()

    def action_view_letters(self):
        return {
            **self.env["ir.actions.actions"]._for_xml_id("churn_handover.letter_action"),
            "domain": [("id", "in", self._letters().ids)],
            "context": {},
        }

    def action_cancel(self):
        """Whoever was told of a change that does not come is told so."""
        told = self.line_ids.filtered(lambda line: line.state in ("draft", "confirmed", "stopped"))
        result = super().action_cancel()
        told.sudo()._call_off_letters()  # sudo: the right to the plan was checked by super
        return result

    def _undo(self, lines=None):
        """Whoever was told of a change that was taken back is told so."""
        result = super()._undo(lines=lines)
        undone = (lines or self.line_ids).filtered(lambda line: line.state in ("undone", "cancelled"))
        undone.sudo()._call_off_letters()  # sudo: the right to the plan was checked by super
        return result


class ChurnHandoverLine(models.Model):
    """Corrections: what a letter told, and the plan does not say any more."""

    _inherit = "churn.handover.line"

    def _gate_status(self, kind):
        # sudo: how far the letter is, nothing that was answered
        if kind == "notified" and (letter := self.sudo()._current_items().letter_id):
            states = dict(letter._fields["state"]._description_selection(self.env))
            return self.env._("Letter: %(state)s", state=states[letter[:1].state])
        return super()._gate_status(kind)

    def _plan_changed(self, names):
        result = super()._plan_changed(names)
        self._correct_letters()
        return result

    def _correct_letters(self):
        """Prepare corrections where a letter that has left says something else, and open the gates it had passed.

        Drafts need none: they are rendered with the values of the day they are sent.
        """
        items = self._current_items()
        stale = items.filtered(lambda item: not item.counts and item.line_id.state in ("confirmed", "stopped"))
        drafts = stale.filtered(lambda item: item.letter_id.state == "draft")
        drafts.letter_id._hold()
        for item in drafts:
            item.write(item.line_id._told())
        left = (stale - drafts).line_id
        if not left:
            return
        left._gates("notified")._reopen(
            self.env._("The plan has changed since the letter: a correction is to be sent.")
        )
        if changed := left.filtered("successor_id"):
            self.env["churn.letter"]._prepare(changed, kind="changed")

    def _call_off_letters(self):
        """Tell whoever was told: nothing changes after all. Drafts are dropped."""
        items = self._current_items()
        drafts = items.filtered(lambda item: item.letter_id.state == "draft")
        letters = drafts.letter_id
        letters._hold()
        told = (items - drafts).filtered(lambda item: item.kind != "off").line_id
        drafts.unlink()
        letters.filtered(lambda letter: not letter.item_ids).state = "cancelled"
        if told:
            self.env["churn.letter"]._prepare(told, kind="off")

    def _current_items(self):
        """Return the latest item of each line that was told or is about to be."""
        latest = {}
        domain = [("line_id", "in", self.ids), ("letter_id.state", "!=", "cancelled")]
        for item in self.env["churn.letter.item"].search(domain, order="id"):
            latest[item.line_id] = item
        return self.env["churn.letter.item"].browse(item.id for item in latest.values())
