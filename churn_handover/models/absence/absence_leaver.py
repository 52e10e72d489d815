from datetime import timedelta

from odoo import api, fields, models

from ..common.listed import listed
from .absence import BINDING_STATES, OPEN_STATES


class ChurnAbsence(models.Model):
    """People leave and accounts change hands while somebody is away."""

    _inherit = "churn.absence"

    # Somebody was archived

    @api.model
    def _users_gone(self, users):
        """Archived users: their absences end, and whoever covered by them is covered by the next."""
        own = self.search([("user_id", "in", users.ids), ("state", "in", OPEN_STATES)])
        for absence in own:
            absence._finish(absence._today())
        self._replace_covers(users)

    @api.model
    def _replace_covers(self, users, day=None):
        """Let the next backup, else the team's leader, cover instead of users who leave; tell who answers for it.

        :param day: first day without them; default today
        """
        start = day or fields.Date.context_today(self)
        lines = self.env["churn.absence.line"].search(
            [("cover_id", "in", users.ids), ("date_to", ">=", start), ("state", "in", OPEN_STATES)]
        )
        general = self.search([("cover_id", "in", users.ids), ("date_to", ">=", start), ("state", "in", OPEN_STATES)])
        if day:
            general = general.browse()  # who covers the rest has no dates: replaced when the day has come
        for absence in lines.absence_id | general:
            own = lines.filtered(lambda line, absence=absence: line.absence_id == absence)
            absence._replace(users, own, absence in general, day)

    def _replace(self, users, lines, general, day):
        """Replace users who leave as covers of one absence."""
        covers = self._propose_covers(lines.account_id, users.ids)
        if general:
            self._write_engine({"cover_id": self._propose_cover(users.ids).id})
        lines._change_cover({line: covers.get(line.account_id.id, False) for line in lines}, day)
        if self.state in BINDING_STATES:
            self._cover_changed()
        self._tell_replaced(users, lines)

    def _write_engine(self, vals):
        """Store values as they are; who calls lets lines and access follow."""
        self.write({**vals, "state": self.state})

    def _tell_replaced(self, users, lines):
        manager = self.env["churn.handover"]._manager_of(self.user_id)
        worded = self._in_language_of(manager)
        names = {"cover": listed(worded.env, users.mapped("name")), "name": self.user_id.name}
        missing = self.uncovered_count
        if missing:
            note = worded.env._(
                "%(cover)s leaves and covered for %(name)s. Accounts that nobody covers now: %(count)s. "
                "Choose a cover.",
                count=missing,
                **names,
            )
        else:
            covers = listed(worded.env, (self._current_lines().cover_id | self.cover_id).mapped("name"))
            note = worded.env._(
                "%(cover)s leaves and covered for %(name)s. Now these people cover: %(covers)s.", covers=covers, **names
            )
        self.activity_schedule(
            "mail.mail_activity_data_warning",
            summary=worded.env._("A cover leaves: look who covers now"),
            note=note,
            user_id=manager.id,
        )

    # Somebody is going to leave

    @api.model
    def _replace_leaving(self):
        """Replace covers whose planned last day comes before the end of what they cover."""
        today = fields.Date.context_today(self)
        plans = self.env["churn.handover"].search(
            [
                ("kind", "=", "departure"),
                ("state", "in", ("confirmed", "running", "done")),
                ("change_date", ">=", today - timedelta(days=31)),
            ]
        )
        for plan in plans:
            plan._replace_as_cover()

    # Accounts change hands

    @api.model
    def _owners_changed(self, changes):
        """Follow owners: what the person gives away is covered no more, what comes is covered.

        :param changes: as for ``churn.assignment._record_owner_changes``
        """
        away = {entry.user for entry in self._entries()}
        concerned = [change for change in changes if away & {change[1], change[2]}]
        if not concerned:
            return
        # sudo: whoever assigns an account need not see who is away
        absences = self.sudo().search([("user_id", "in", list(away)), ("state", "in", BINDING_STATES)])
        partners = self.env["res.partner"].sudo()  # sudo: as above
        touched = absences.browse()
        for absence in absences:
            user = absence.user_id.id
            lost = [partner for partner, old, _new in concerned if old == user]
            won = partners.browse(partner for partner, _old, new in concerned if new == user)
            won = won.filtered(lambda p, own=absence: not p.company_id or p.company_id in own.company_ids)
            current = absence._current_lines()
            absence._end_lines(current.filtered(lambda line, lost=lost: line.account_id.id in lost))
            absence._add_lines(won - absence._current_lines().account_id)
            if lost or won:
                touched |= absence
        touched._cover_changed()


class ChurnAssignment(models.Model):
    _inherit = "churn.assignment"

    @api.model
    def _record_owner_changes(self, changes, reason, line_by_partner=None):
        """Every change of an owner comes through here: covers follow it."""
        result = super()._record_owner_changes(changes, reason, line_by_partner)
        self.env["churn.absence"]._owners_changed(changes)
        return result

    @api.model
    def _selection_reason(self):
        return [*super()._selection_reason(), ("absence", self.env._("Cover for an absence"))]


class ChurnHandover(models.Model):
    """Departures of people who cover, and emergencies while somebody is away."""

    _inherit = "churn.handover"

    def _start(self, scan=None):
        result = super()._start(scan)
        for handover in self:
            handover._replace_as_cover()
        return result

    def _replace_as_cover(self):
        """From the day after the last day on the leaver covers nobody."""
        if self.kind != "departure" or self.state not in ("confirmed", "running", "done"):
            return
        after = self.change_date + timedelta(days=1)
        begun = after <= fields.Date.context_today(self)
        # sudo: covers of absences that the planner may not see must not be left to somebody who is gone
        self.env["churn.absence"].sudo()._replace_covers(self.predecessor_id, None if begun else after)

    def _ranked_backups(self, accounts):
        """Whoever covers an account now knows it best."""
        ranked = super()._ranked_backups(accounts)
        # sudo: who covers decides who takes over, whoever plans
        covering = (
            self.env["churn.team.member"]
            .sudo()
            .search([("account_id", "in", accounts.ids), ("origin", "=", "cover"), ("state", "=", "active")])
        )
        covers = {member.account_id.id: member.user_id for member in covering if member.user_id.active}
        for account_id, users in ranked.items():
            cover = covers.get(account_id)
            order = [cover.id] if cover else []
            ranked[account_id] = order + [user for user in users if user not in order]
        return ranked
