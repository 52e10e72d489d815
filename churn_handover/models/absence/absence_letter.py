from odoo import api, fields, models
from odoo.exceptions import UserError

from ...analytics.cover import segments
from ..common.listed import listed
from .absence import BINDING_STATES


class ChurnAbsence(models.Model):
    """Customers are told who stands in, where a leader wants it: letters are prepared, looked at, and sent by hand.

    When something changes after a letter has left, a correction is prepared. Drafts follow by themselves.
    """

    _inherit = "churn.absence"

    letter_scope = fields.Selection(
        [("none", "Nobody"), ("key", "Key Accounts"), ("all", "All Accounts")],
        string="Letter to Customers",
        required=True,
        default="none",
        help="Whom to tell, by a short letter, who stands in. It is sent only when somebody presses Send.",
    )
    notice_ids = fields.One2many("churn.letter.notice", "absence_id", string="Letters to Customers", copy=False)
    letter_count = fields.Integer(string="Letters", compute="_compute_letter_counts")
    letter_draft_count = fields.Integer(string="Letters to Send", compute="_compute_letter_counts")
    letter_failed_count = fields.Integer(string="Letters Not Arrived", compute="_compute_letter_counts")
    untold_count = fields.Integer(
        string="Customers Not Told", compute="_compute_letter_counts", help="Who is to get a letter and has none yet."
    )

    @api.depends("notice_ids.letter_id.state", "letter_scope", "line_ids.cover_id", "cover_id", "state")
    @api.depends_context("uid")
    def _compute_letter_counts(self):
        may_read = self.env["churn.letter"].has_access("read")
        for absence in self:
            letters = absence.notice_ids.letter_id if may_read else self.env["churn.letter"]
            states = letters.mapped("state")
            absence.letter_count = len(states) - states.count("cancelled")
            absence.letter_draft_count = states.count("draft")
            absence.letter_failed_count = states.count("failed")
            absence.untold_count = len(absence._untold()) if may_read else 0

    def _untold(self):
        """Return the lines of accounts that are to get a letter, are covered, and have none."""
        lines = self.env["churn.absence.line"]
        if self.state not in BINDING_STATES or self.letter_scope == "none":
            return lines
        told = self._last_notices()
        return self._current_lines().filtered(
            lambda line: line.account_id not in told
            and (line.cover_id or self.cover_id)
            and (self.letter_scope == "all" or line.is_key_account)
        )

    def _last_notices(self):
        """Return {account: its last notice} of letters that were not dropped."""
        # sudo: letters may be out of sight of who changes the absence; corrections must be prepared all the same
        notices = self.sudo().notice_ids.filtered(lambda notice: notice.letter_id.state != "cancelled")
        return {notice.account_id: notice for notice in notices.sorted("id")}

    def action_prepare_letters(self):
        """Write the letters, and show them before they are sent."""
        self.ensure_one()
        self.check_access("write")
        self.env["churn.letter"].check_access("write")
        # sudo: the rights were checked; rows of letters are the engine's
        absence = self.sudo()
        told = absence._tells(absence._untold())
        letters, without = self.env["churn.letter"]._tell_of_absence(told)
        if without:
            names = listed(self.env, without.mapped("display_name"))
            if not letters:
                raise UserError(self.env._("No e-mail address: tell these customers by phone. %(names)s", names=names))
            absence._message_log(body=self.env._("No e-mail address, to be told by phone: %(names)s", names=names))
        return self.action_view_letters()

    def action_view_letters(self):
        return {
            **self.env["ir.actions.actions"]._for_xml_id("churn_handover.letter_action"),
            "domain": [("notice_ids.absence_id", "in", self.ids)],
            "context": {},
        }

    def _tells(self, lines):
        """Return {line: [[user, first day, last day], …]}: who is there on the days from today on, covers of covers
        included; days without anybody are left out, accounts without anybody, too.
        """
        self.ensure_one()
        first = max(self.date_from, self._today())
        if not lines or first > self.date_to:
            return {}
        book = self._book(first, self.date_to)
        told = {}
        for line in lines:
            found = segments(self.user_id.id, line.account_id.id, first, self.date_to, book)
            if found:
                told[line] = [[user, str(begin), str(end)] for begin, end, user in found]
        return told

    # What was told does not hold any more

    def _cover_changed(self):
        result = super()._cover_changed()
        for absence in self:
            absence._correct_letters()
        return result

    def _give_back(self):
        """The days are over: what announces them and has not been sent tells nobody anything."""
        result = super()._give_back()
        self._drop_drafts(notice for notice in self._last_notices().values() if notice.kind != "off")
        return result

    def _correct_letters(self):
        """Let drafts say what holds now, and prepare corrections of letters that have left."""
        binding = self.state in BINDING_STATES
        last = self._last_notices()
        letters = self.env["churn.letter"].union(*(notice.letter_id for notice in last.values()))
        letters.filtered(lambda letter: letter.state == "draft")._hold()
        lines = self._current_lines().filtered(lambda line: line.account_id in last)
        tells = {line.account_id: (line, told) for line, told in (self._tells(lines) if binding else {}).items()}
        stale = []
        for account, notice in last.items():
            if notice.letter_id.state != "draft" or (notice.kind == "off" and not binding):
                continue
            if account in tells and notice.kind != "off":
                notice.told = tells[account][1]
            else:
                stale.append(notice)
        self._drop_drafts(stale)
        left = {
            account: notice for account, notice in self._last_notices().items() if notice.letter_id.state != "draft"
        }
        changed = {
            line: told
            for account, (line, told) in tells.items()
            if account in left and left[account]._from_today(self._today()) != told
        }
        if changed:
            self.env["churn.letter"]._tell_of_absence(changed, kind="changed")
        if not binding:
            self._tell_that_it_is_off(left)

    def _tell_that_it_is_off(self, left):
        """Whoever was told of days to come, on which the person is there after all, is told so."""
        today = str(self._today())
        waiting = {
            notice.account_id
            for notice in left.values()
            if notice.kind != "off" and any(last >= today for _user, _first, last in notice.told or [])
        }
        lines = self._current_lines().filtered(
            lambda line: line.account_id in waiting and line.account_id.user_id == self.user_id
        )
        if lines:
            self.env["churn.letter"]._tell_of_absence({line: [] for line in lines}, kind="off")

    @api.model
    def _drop_drafts(self, notices):
        """Take notices out of letters that have not been sent; a letter that tells nothing any more is cancelled."""
        drafts = self.env["churn.letter.notice"].union(*notices).filtered(lambda one: one.letter_id.state == "draft")
        letters = drafts.letter_id
        letters._hold()
        drafts.unlink()
        letters.filtered(lambda letter: not letter.notice_ids).state = "cancelled"


class ChurnLetterNotice(models.Model):
    _inherit = "churn.letter.notice"

    def _from_today(self, today):
        """Return what was told of the days from today on."""
        today = str(today)
        return [[user, max(first, today), last] for user, first, last in self.told or [] if last >= today]
