from collections import Counter

from markupsafe import Markup

from odoo import api, models

from .absence import OPEN_STATES


class ChurnAbsence(models.Model):
    """Who could cover: the first backup of each account who is there, and what covers have on their desk already."""

    _inherit = "churn.absence"

    def _propose_covers(self, accounts, without=()):
        """Return ``{account id: user id}`` of the first backup of each account who can cover all these days.

        Accounts without such a backup are left out: they fall to whoever covers everything else.

        :param without: ids of users who are not asked
        """
        backups = self.env["churn.team.member"]._backups(accounts.ids, self.date_from)
        asked = {user for ranked in backups.values() for user in ranked}
        able = self._able(self.env["res.users"].browse(asked - set(without)))
        found = {}
        for account in accounts:
            for user_id in backups[account.id]:
                companies = able.get(user_id)
                if companies is not None and (not account.company_id or account.company_id.id in companies):
                    found[account.id] = user_id
                    break
        return found

    def _propose_cover(self, without=()):
        """Return who could cover everything: the backup of most of the accounts, else the team's leader, else nobody.

        :param without: ids of users who are not asked
        """
        # sudo: the team of a colleague and its leader may be out of the planner's sight
        user = self.sudo().user_id.with_context(active_test=False)
        backups = Counter(self._propose_covers(self._owned_accounts(), without).values())
        if backups:
            return self.env["res.users"].browse(backups.most_common(1)[0][0])
        leaders = user.sale_team_id.user_id | user.crm_team_member_ids.crm_team_id.user_id
        able = self._able(leaders)
        return leaders.filtered(lambda leader: leader.id in able and leader.id not in without)[:1]

    def _able(self, users):
        """Return ``{user id: company ids}`` of those who work in sales and will be there on all these days."""
        # sudo: whether a colleague works here and where must be known to whoever plans
        users = users.sudo().filtered(lambda user: not self._refuses(user))
        gone = users._churn_gone(self.date_from, self.date_to) if self.date_from and self.date_to else {}
        return {user.id: set(user.company_ids.ids) for user in users if user.id not in gone}

    @api.depends("state", "date_from", "date_to", "line_ids.cover_id", "line_ids.date_to", "cover_id")
    @api.depends_context("uid", "lang")
    def _compute_presence_warning(self):
        for absence in self:
            warning = False
            if absence.state in OPEN_STATES and absence.date_from and absence.date_to:
                covers = absence._current_lines().cover_id | absence.cover_id
                gone = covers._churn_gone(absence.date_from, absence.date_to)
                told = covers._churn_gone_words(gone).values()
                warning = "\n".join(self.env._("%(sentence)s: chosen as cover.", sentence=one) for one in told)
            absence.presence_warning = warning

    # What covers have on their desk

    @api.depends("line_ids.cover_id", "line_ids.date_to", "cover_id")
    def _compute_load_summary(self):
        for absence in self:
            counts = Counter()
            for line in absence._current_lines():
                counts[line.cover_id or absence.cover_id] += 1
            if absence.cover_id:
                counts[absence.cover_id] += 0
            counts.pop(self.env["res.users"], None)
            absence.load_summary = self._load_table(dict(counts), absence.sudo().company_ids)  # sudo: which to count in

    @api.model
    def _load_table(self, counts, companies):
        """Return what people look after already beside the accounts they would cover, as a small table.

        :param counts: ``{user: accounts to cover}``
        """
        if not counts:
            return False
        users = self.env["res.users"].union(*counts)
        loads = self.env["churn.load"]._of(users, companies)
        heads = (
            self.env._("Cover"),
            self.env._("Accounts to Cover"),
            self.env._("Own Accounts"),
            self.env._("Open Deals"),
            self.env._("Overdue Activities"),
            self.env._("Meetings, 30 Days"),
        )
        rows = Markup()
        for user, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0].name)):
            load = loads[user.id]
            limit = load.account_limit
            own = self.env._("%(count)s of %(limit)s", count=load.accounts, limit=limit) if limit else load.accounts
            full = limit and load.accounts + count > limit
            cells = (count, own, load.deals, load.overdue, load.meetings)
            rows += Markup('<tr class="%s"><td>%s</td>%s</tr>') % (
                "text-danger" if full else "",
                user.name,
                Markup().join(Markup('<td class="text-end">%s</td>') % cell for cell in cells),
            )
        head = Markup().join(
            Markup('<th class="%s">%s</th>') % ("text-end" if number else "", name) for number, name in enumerate(heads)
        )
        table = '<div class="table-responsive"><table class="table table-sm"><thead><tr>%s</tr></thead>'
        return Markup(table + "<tbody>%s</tbody></table></div>") % (head, rows)
