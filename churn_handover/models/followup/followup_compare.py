from odoo import api, fields, models


class ChurnFollowup(models.Model):
    """Predecessor and successor side by side on one account; for those who may read the follow-up."""

    _inherit = "churn.followup"

    @api.depends("account_id", "successor_id", "predecessor_id", "rating_last_value", "state")
    @api.depends_context("uid", "lang")
    def _compute_comparison(self):
        for followup in self:
            people = (followup.predecessor_id, followup.successor_id)
            followup.comparison = self.env["ir.qweb"]._render(
                "churn_handover.followup_comparison",
                {"people": people, "rows": followup._compare(people), "account": followup.account_name},
            )

    def _compare(self, people):
        """Return [(what, one value per person)]; ``None`` where nothing is known."""
        self.ensure_one()
        ratings, days, voices = self._ratings(), self._owner_days(people), self._voices()
        rows = [
            (self.env._("Days as owner"), [days.get(user.id) for user in people]),
            (self.env._("Average rating (of 5)"), [ratings.get(user.id, (0, None))[1] for user in people]),
            (self.env._("Ratings"), [ratings.get(user.id, (0, None))[0] for user in people]),
        ]
        kinds = dict(self.env["churn.feedback"]._fields["kind"]._description_selection(self.env))
        for kind, label in kinds.items():
            rows.append((label, [voices.get((user.id, kind), 0) for user in people]))
        return rows

    def _ratings(self):
        """Return {user id: (number, average)} of the ratings of this account, as far as the viewer may see them."""
        followups = self.search([("account_id", "=", self.account_id.id)])
        groups = self.env["rating.rating"]._read_group(
            [("res_model", "=", self._name), ("res_id", "in", followups.ids), ("consumed", "=", True)],
            ["rated_partner_id"],
            ["__count", "rating:avg"],
        )
        # sudo: only to find the user of a contact
        users = {user.partner_id: user.id for user in self.sudo()._about()}
        return {users[partner]: (count, round(avg, 1)) for partner, count, avg in groups if partner in users}

    def _voices(self):
        """Return {(user id, kind): number} of the feedback about a person, as far as the viewer may see it."""
        groups = self.env["churn.feedback"]._read_group(
            [("account_id", "=", self.account_id.id), ("about_user_id", "!=", False), ("state", "!=", "withdrawn")],
            ["about_user_id", "kind"],
            ["__count"],
        )
        return {(user.id, kind): count for user, kind, count in groups}

    def _owner_days(self, people):
        """Return {user id: days as owner of the account} from the assignment history."""
        today = fields.Date.context_today(self)
        rows = self.env["churn.assignment"].search_fetch(
            [
                ("account_id", "=", self.account_id.id),
                ("kind", "=", "owner"),
                ("user_id", "in", [u.id for u in people]),
            ],
            ["user_id", "date_from", "date_to"],
        )
        days = {}
        for row in rows.filtered("date_from"):
            days[row.user_id.id] = days.get(row.user_id.id, 0) + ((row.date_to or today) - row.date_from).days
        return days
