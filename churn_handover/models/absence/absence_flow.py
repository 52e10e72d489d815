from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...analytics.cover import CircleError, segments
from .absence import BINDING_STATES, OPEN_STATES


class ChurnAbsence(models.Model):
    """From the draft to the return: checks, the days that begin and end, early return and extension."""

    _inherit = "churn.absence"

    # The accounts

    def _refresh_lines(self):
        """Let the lines follow what the person owns: new accounts come with a proposed cover, others end."""
        for absence in self:
            owned = absence._owned_accounts()
            current = absence._current_lines()
            absence._end_lines(current.filtered(lambda line, own=owned: line.account_id not in own))
            absence._add_lines(owned - current.account_id)

    def _owned_accounts(self):
        partners = self.env["res.partner"]
        domain = partners._churn_account_domain() & fields.Domain("user_id", "=", self.user_id.id)
        return partners.search(domain & fields.Domain("company_id", "in", [*self.company_ids.ids, False]))

    def _add_lines(self, accounts):
        if not accounts:
            return
        today = self._today()
        first = max(self.date_from, today) if self.state in BINDING_STATES else self.date_from
        covers = self._propose_covers(accounts)
        self.env["churn.absence.line"].create(
            [
                {
                    "absence_id": self.id,
                    "account_id": account.id,
                    "cover_id": covers.get(account.id),
                    "date_from": first,
                    "date_to": self.date_to,
                }
                for account in accounts
            ]
        )

    def _end_lines(self, lines):
        """End lines today: what has not begun goes, the rest stays as history; access ends with it."""
        today = self._today() if self else None
        begun = lines.filtered(lambda line: line.state in BINDING_STATES and line.date_from < today)
        for line in begun:
            line.date_to = min(line.date_to, today - timedelta(days=1))
        (lines - begun).unlink()

    def action_refresh(self):
        """Take the accounts as they are owned now."""
        self.check_access("write")
        self._check_editable({})
        # sudo: the right was checked; lines and access are the engine's
        for absence in self.sudo():
            absence._refresh_lines()
            absence._cover_changed()

    # Confirming

    def action_confirm(self):
        """Check the covers, give them access for these days and tell them."""
        self.check_access("write")
        # sudo: the right was checked; access and messages are the engine's
        for absence in self.sudo():
            if absence.state == "draft":
                absence._confirm()

    def _confirm(self):
        self.env.cr.execute("SELECT id FROM churn_absence WHERE id = ANY(%s) FOR UPDATE", [self.ids])
        if self.date_to < self._today():
            raise UserError(self.env._("The last day is in the past. Set a day from today on."))
        self._refresh_lines()
        self._check_plan()
        self.state = "running" if self.date_from <= self._today() else "confirmed"
        self.activity_unlink(["mail.mail_activity_data_todo"])
        self._cover_changed()
        if self.env.user != self.user_id:
            self._tell_planned()

    def _check_plan(self):
        """:raise UserError: when the absence cannot be covered as it stands"""
        self._check_overlap()
        lines = self._current_lines()
        if not self.cover_id and not lines.cover_id:
            raise UserError(
                self.env._("Nobody covers for %(name)s. Choose somebody for everything else.", name=self.user_id.name)
            )
        for line in lines:
            cover = line.cover_id or self.cover_id
            if cover and (reason := self._refuses(cover, line.account_id.company_id)):
                raise UserError(reason)
        self._check_circle()

    def _check_overlap(self):
        others = self.search(self._domain_of(self.user_id, self.date_from, self.date_to)) - self
        if others:
            raise UserError(
                self.env._(
                    "%(name)s is away already: %(absence)s. Change that absence instead.",
                    name=self.user_id.name,
                    absence=others[0].display_name,
                )
            )

    def _check_circle(self):
        """Refuse covers who are away themselves and lead back to each other: nobody would be there.

        Also when it was somebody else's absence that closes the circle.
        """
        book = self._book(self.date_from, self.date_to, with_these=self)
        try:
            for user, own in book.items():
                for away in own:
                    first, last = max(away.first, self.date_from), min(away.last, self.date_to)
                    for account in [None, *away.turns]:
                        segments(user, account, first, last, book)
        except CircleError as circle:
            names = self.env["res.users"].browse(circle.users).mapped("name")
            raise UserError(
                self.env._(
                    "On %(day)s these people would cover for each other and nobody would be there: %(names)s. "
                    "Choose somebody else for one of them.",
                    day=self._day(circle.day),
                    names=" → ".join(names),
                )
            ) from circle

    def _cover_changed(self):
        """After anything that decides who covers when: check the circle, set access, tell whom it concerns."""
        for absence in self.filtered(lambda one: one.state in BINDING_STATES):
            absence._check_circle()
        self.env.registry.clear_cache()
        binding = self.filtered(lambda one: one.state in (*BINDING_STATES, "over", "cancelled"))
        if binding:
            binding._sync_access()
        for absence in binding:
            absence._set_auto_reply()
            absence._tell_covers()

    # Changing

    def _change(self, vals, write):
        """Write dates or the general cover, and let lines, access and messages follow.

        :param write: the method that stores the values
        """
        before = {absence: (absence.date_from, absence.date_to) for absence in self}
        result = write(vals)
        for absence, (first, last) in before.items():
            lines = absence.line_ids
            open_ended = lines.filtered(lambda line, last=last: line.date_to == last)
            if absence.date_from != first:
                begun = lines.filtered(lambda line, first=first: line.date_from == first)
                begun.write({"date_from": absence.date_from, "date_to": absence.date_to})
            (open_ended - absence._cut_lines(absence.date_to)).date_to = absence.date_to
            if absence.state in BINDING_STATES:
                absence._check_plan()
        self._cover_changed()
        return result

    def _cut_lines(self, last):
        """End all lines on a day at the latest; return those that would begin after it, which are gone then."""
        late = self.line_ids.filtered(lambda line: line.date_from > last)
        (self.line_ids - late).filtered(lambda line: line.date_to > last).date_to = last
        late.unlink()
        return late

    def action_return(self):
        """The person is back earlier: the cover ended yesterday, what is open goes back now."""
        self.check_access("write")
        # sudo: the right was checked; states and access are the engine's
        for absence in self.sudo():
            if absence.state != "running":
                raise UserError(self.env._("%(absence)s is not running.", absence=absence.display_name))
            absence._finish(absence._today() - timedelta(days=1))

    def action_cancel(self):
        """Call it off; an absence that is running ends like by an early return."""
        self.check_access("write")
        # sudo: as above
        for absence in self.sudo():
            if absence.state not in OPEN_STATES:
                raise UserError(self.env._("%(absence)s is over already.", absence=absence.display_name))
            absence._finish(absence._today() - timedelta(days=1))

    def action_draft(self):
        """Plan a cancelled absence anew."""
        self.check_access("write")
        # sudo: the right was checked; states are the engine's
        cancelled = self.sudo().filtered(lambda absence: absence.state == "cancelled")
        cancelled.state = "draft"
        cancelled._refresh_lines()

    def _finish(self, last):
        """End on a day: what has not begun by then is cancelled; open activities go back to the person."""
        cancelled = self.state != "running" or last < self.date_from
        if cancelled:
            self.state = "cancelled"
        else:
            self._cut_lines(last)
            self.write({"state": "over", "date_to": last})
        self._cover_changed()
        self._give_back()

    # The days go by

    @api.model
    def _cron_absences(self):
        """Begin and end what is due in the time zone of each person; look for leaves; replace covers who leave."""
        commit_progress = self.env["ir.cron"]._commit_progress
        due = self.search([("state", "in", BINDING_STATES)]).filtered(lambda absence: absence._is_due())
        commit_progress(remaining=len(due) + 1)
        for absence in due:
            absence._turn()
            if not commit_progress(1):
                return
        self._look_for_leaves()
        self._replace_leaving()
        commit_progress(1)

    def _is_due(self):
        today = self._today()
        return today > self.date_to or (self.state == "confirmed" and today >= self.date_from)

    def _turn(self):
        today = self._today()
        if today <= self.date_to:
            self.state = "running"
        else:
            # Access has ended by itself; that the days are over is no news to the covers.
            self.write({"state": "over", "told_covers": False})
            self._set_auto_reply()
            self._give_back()
