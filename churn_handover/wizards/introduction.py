import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, format_datetime


class ChurnIntroductionBook(models.TransientModel):
    """Offers times at which everybody is free, one button each."""

    _name = "churn.introduction.book"
    _description = "Plan an Introduction"

    line_id = fields.Many2one("churn.handover.line", required=True, readonly=True, ondelete="cascade")
    with_manager = fields.Boolean(related="line_id.with_manager", readonly=True)
    slot_ids = fields.One2many("churn.introduction.slot", "book_id", readonly=True)

    @api.model
    def _make(self, line):
        line.check_access("read")
        wizard = self.create({"line_id": line.id})
        wizard._offer()
        return wizard

    def _offer(self):
        """Look for times anew."""
        # sudo: when colleagues are free, nothing else; the line's right was checked
        starts = self.line_id.sudo()._introduction_slots(self.env.user.partner_id, limit=12)
        self.slot_ids.unlink()
        self.slot_ids = self.env["churn.introduction.slot"].create(
            [{"book_id": self.id, "start": start.astimezone(pytz.utc).replace(tzinfo=None)} for start in starts]
        )


class ChurnIntroductionSlot(models.TransientModel):
    _name = "churn.introduction.slot"
    _description = "Time for an Introduction"
    _order = "start"

    book_id = fields.Many2one("churn.introduction.book", required=True, ondelete="cascade")
    start = fields.Datetime(required=True)
    weekday = fields.Char(compute="_compute_weekday")

    @api.depends("start")
    @api.depends_context("lang", "tz")
    def _compute_weekday(self):
        for slot in self:
            day = fields.Datetime.context_timestamp(self, slot.start).date()
            slot.weekday = format_date(self.env, day, date_format="EEEE")

    def action_take(self):
        """Book this time, unless it has been taken in the meantime."""
        self.ensure_one()
        line = self.book_id.line_id
        line.check_access("read")
        if self.env.user not in line.predecessor_id | line.successor_id:
            line.check_access("write")
        made = self.env["churn.introduction"]._book(line, self.start)
        if not made:
            raise UserError(
                self.env._(
                    "%(time)s has just been taken. Choose another time.",
                    time=format_datetime(self.env, self.start, dt_format="short"),
                )
            )
        return {"type": "ir.actions.act_window_close"}


class ChurnIntroductionHeld(models.TransientModel):
    """Asks what was agreed; each agreed item becomes a promise."""

    _name = "churn.introduction.held"
    _description = "Record an Introduction"

    introduction_id = fields.Many2one("churn.introduction", required=True, readonly=True, ondelete="cascade")
    note = fields.Text(string="What Was Agreed", required=True)
    promise_ids = fields.One2many("churn.introduction.promise", "held_id", string="What We Promised")

    def action_record(self):
        self.introduction_id._held(
            self.note, [{"name": item.name, "due_date": item.due_date} for item in self.promise_ids]
        )


class ChurnIntroductionPromise(models.TransientModel):
    _name = "churn.introduction.promise"
    _description = "Item Agreed in an Introduction"

    held_id = fields.Many2one("churn.introduction.held", required=True, ondelete="cascade")
    name = fields.Char(string="What", required=True)
    due_date = fields.Date(string="By When")
