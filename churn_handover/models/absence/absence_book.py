from datetime import datetime, time
from typing import NamedTuple

import pytz

from odoo import api, fields, models, tools
from odoo.fields import Domain

from ...analytics.cover import Away, CircleError, Turn, breaks, by_user, segments, stand_in
from .absence import BINDING_STATES, today_in


class Entry(NamedTuple):
    """A binding absence as it is kept in memory; ids, and days in the time zone of the person."""

    key: int
    user: int
    first: object
    last: object
    tz: str
    rest: int | None


class ChurnAbsence(models.Model):
    """Who is there today, asked at every access, activity and mail: in memory, without a query while nobody is away.

    Access follows rows of the account team with the origin "cover". They are computed from the absences, chains of
    covers included, so that access begins and ends with the days even if no cron runs.
    """

    _inherit = "churn.absence"

    @api.model
    @tools.ormcache()
    def _entries(self):
        """Return the confirmed and running absences."""
        # sudo: who is away decides for everybody what goes where
        found = self.sudo().search([("state", "in", BINDING_STATES)])
        return tuple(
            Entry(one.id, one.user_id.id, one.date_from, one.date_to, one.tz, one.cover_id.id or None) for one in found
        )

    @api.model
    def _away_now(self):
        """Return ``{user id: entry}`` of those who are away at this moment, by the clock of each."""
        return {entry.user: entry for entry in self._entries() if entry.first <= today_in(entry.tz) <= entry.last}

    @api.model
    def _there_now(self, wanted):
        """Who is there instead of people who are away now.

        :param wanted: pairs of user id and account id (None: on no account, or on one that the user does not own)
        :return: ``{pair: (entry, user id)}``, only of those who are away and covered. One query when somebody is.
        """
        away = self._away_now()
        wanted = {pair for pair in wanted if pair[0] in away}
        if not wanted:
            return {}
        now = date_of_now()
        turns = self._turns([entry.key for entry in away.values()], [account for _user, account in wanted if account])
        book = by_user(
            Away(
                entry.key,
                entry.user,
                now,
                now,
                {
                    account: tuple(Turn(now, now, turn.cover) for turn in own if turn.first <= today <= turn.last)
                    for account, own in turns.get(entry.key, {}).items()
                },
                entry.rest,
            )
            for entry in away.values()
            for today in [today_in(entry.tz)]
        )
        found = {}
        for user, account in wanted:
            try:
                there = stand_in(user, account, now, book)
            except CircleError:
                continue  # refused when planning; a mail must arrive all the same
            if there and there != user:
                found[user, account] = (away[user], there)
        return found

    @api.model
    def _covered_users(self):
        """Return the ids of the people for whom the present user covers everything else now."""
        pairs = {(user, None) for user in self._away_now()}
        return [user for (user, _none), (_entry, there) in self._there_now(pairs).items() if there == self.env.uid]

    @api.model
    def _turns(self, absence_ids, account_ids=None):
        """Return ``{absence id: {account id: turns}}``; one query."""
        domain = Domain("absence_id", "in", absence_ids)
        if account_ids is not None:
            domain &= Domain("account_id", "in", account_ids)
        # sudo: see _entries
        lines = (
            self.env["churn.absence.line"]
            .sudo()
            .search_fetch(
                domain, ["absence_id", "account_id", "cover_id", "date_from", "date_to"], order="date_from, id"
            )
        )
        found = {}
        for line in lines:
            own = found.setdefault(line.absence_id.id, {}).setdefault(line.account_id.id, [])
            own.append(Turn(line.date_from, line.date_to, line.cover_id.id or None))
        return found

    @api.model
    def _book(self, first, last, with_these=None):
        """Return the absences of these days, by user, as the pure part knows them.

        :param with_these: absences that count though they are drafts
        """
        states = (*BINDING_STATES, "over")
        found = self.search(
            Domain("date_from", "<=", last) & Domain("date_to", ">=", first) & Domain("state", "in", states)
        )
        found |= with_these or self.browse()
        turns = self._turns(found.ids)
        return by_user(
            Away(
                one.id,
                one.user_id.id,
                one.date_from,
                one.date_to,
                {account: tuple(own) for account, own in turns.get(one.id, {}).items()},
                one.cover_id.id or None,
            )
            for one in found
        )

    # Access

    def _sync_access(self):
        """Put the covers of these days on the account teams, and take off who covers no more.

        Absences of others on the same days follow: one of theirs may be covered by who is away here.
        """
        first, last = min(self.mapped("date_from")), max(self.mapped("date_to"))
        days = Domain("date_from", "<=", last) & Domain("date_to", ">=", first)
        affected = self | self.search(days & Domain("state", "in", BINDING_STATES))
        wanted = affected._wanted_members()
        members = self.env["churn.team.member"].with_context(churn_reason="absence")
        known = members.search([("absence_line_id", "in", affected.line_ids.ids)])
        rows = {(row.absence_line_id.id, row.user_id.id, row.date_from): row for row in known}
        role, new, moved = self.env.ref("churn_handover.role_cover"), [], {}
        for (line, user, start), (account, end) in wanted.items():
            row = rows.pop((line, user, start), None)
            if row is None:
                new.append(
                    {
                        "account_id": account,
                        "user_id": user,
                        "role_id": role.id,
                        "date_from": start,
                        "date_to": end,
                        "origin": "cover",
                        "absence_line_id": line,
                    }
                )
            elif row.date_to != end:
                moved.setdefault(end, []).append(row.id)
        members.union(*rows.values()).unlink()
        for end, ids in moved.items():
            members.browse(ids).write({"date_to": end})
        members.create(new)

    def _wanted_members(self):
        """Return ``{(line id, user id, first day): (account id, last day)}``, days as the covers count them."""
        wanted = {}
        valid = self.filtered(lambda one: one.state in (*BINDING_STATES, "over") and one.line_ids)
        if not valid:
            return wanted
        book = self._book(min(valid.mapped("date_from")), max(valid.mapped("date_to")))
        for absence in valid:
            days = breaks(absence.date_from, absence.date_to, book)
            for line in absence.line_ids:
                for first, last, cover in segments(
                    absence.user_id.id, line.account_id.id, line.date_from, line.date_to, book, days
                ):
                    start, end = self._days_elsewhere(absence.tz, first, last, cover)
                    wanted[line.id, cover, start] = (line.account_id.id, end)
        return wanted

    @api.model
    def _days_elsewhere(self, tz, first, last, user_id):
        """Return the first and the last day as a cover in another time zone counts them."""
        cover = pytz.timezone(self.env["res.users"].browse(user_id).tz or "UTC")
        zone = pytz.timezone(tz or "UTC")
        begin = zone.localize(datetime.combine(first, time.min)).astimezone(cover).date()
        end = zone.localize(datetime.combine(last, time.max)).astimezone(cover).date()
        return begin, end


def date_of_now():
    """Return a day that stands for this moment, where each person's own day has been looked at before."""
    return fields.Datetime.now().date()
