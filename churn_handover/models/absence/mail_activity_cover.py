from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain


class MailActivity(models.Model):
    """What comes in for somebody who is away goes to who covers; what was planned before is shown to the cover."""

    _inherit = "mail.activity"

    churn_absence_id = fields.Many2one(
        "churn.absence",
        string="In Place Of",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
        copy=False,
        help="It came in while this person was away: if it is still open at the end, it goes back.",
    )
    churn_covered_by_me = fields.Boolean(
        string="Covered by Me",
        compute="_compute_churn_covered_by_me",
        search="_search_churn_covered_by_me",
        help="Falls due while its person is away, on an account that you cover.",
    )

    @api.depends_context("uid")
    @api.depends("user_id", "date_deadline")
    def _compute_churn_covered_by_me(self):
        covered = set(self._churn_covered_ids(self))
        for activity in self:
            activity.churn_covered_by_me = activity.id in covered

    @api.model
    def _search_churn_covered_by_me(self, operator, value):
        if operator != "in":
            return NotImplemented
        away = self.env["churn.absence"]._away_now()
        # sudo: only ids come out, and the search that asked applies the reader's rights to them
        activities = self.sudo().search(Domain("user_id", "in", list(away)) & Domain("res_id", "!=", False))
        mine = Domain("id", "in", self._churn_covered_ids(activities))
        return Domain.OR(mine if wanted else ~mine for wanted in value)

    @api.model
    def _churn_covered_ids(self, activities):
        """Return the ids of those that fall due while their person is away and the reader covers."""
        there = activities._churn_there({one: one.user_id.id for one in activities if one.active})
        return [one.id for one, (_absence, user) in there.items() if user == self.env.uid]

    def _churn_there(self, wanted):
        """Who is there instead of people who are away, for what falls due before they are back.

        :param wanted: ``{activity or new activity: user id}``
        :return: ``{activity: (absence id, user id)}``
        """
        away = self.env["churn.absence"]._away_now()
        wanted = {
            one: user
            for one, user in wanted.items()
            if user in away and one.res_id and one.date_deadline and one.date_deadline <= away[user].last
        }
        if not wanted:
            return {}
        accounts = self._churn_accounts(wanted)
        pairs = {one: (user, accounts.get((one.res_model, one.res_id))) for one, user in wanted.items()}
        there = self.env["churn.absence"]._there_now(set(pairs.values()))
        found = {one: (there[pair][0].key, there[pair][1]) for one, pair in pairs.items() if pair in there}
        readable = self._churn_readable(found)
        return {one: pair for one, pair in found.items() if (one.res_model, one.res_id, pair[1]) in readable}

    @api.model
    def _churn_accounts(self, activities):
        """Return ``{(model, id): account id}`` of the documents behind activities."""
        # sudo: the rules say where a document names its customer, whoever asks
        rules = self.env["churn.ownership.rule"].sudo()
        located = rules._locate({(one.res_model, one.res_id) for one in activities if one.res_id})
        return {place: account for place, (account, _company) in located.items()}

    @api.model
    def _churn_readable(self, found):
        """Which documents their cover may read: what is kept from somebody is not shown by covering.

        :param found: ``{activity: (absence id, user id)}``
        :return: set of (model, id, user id); a few queries per model and cover
        """
        documents = defaultdict(set)
        for one, (_key, user) in found.items():
            documents[one.res_model, user].add(one.res_id)
        readable = set()
        for (model, user), ids in documents.items():
            # in the cover's companies: whoever asks may work in others
            companies = self.env["res.users"].sudo().browse(user).company_ids.ids  # sudo: see above
            records = self.env[model].with_user(user).with_context(allowed_company_ids=companies)
            records = records.browse(ids).exists()
            readable |= {(model, record.id, user) for record in records._filtered_access("read")}
        return readable

    def _churn_owners(self):
        """Return ``{activity id: owner}`` of the account behind each, where the owner works here."""
        accounts = self._churn_accounts(self)
        owners = {}
        for one in self:
            owner = self.env["res.partner"].browse(accounts.get((one.res_model, one.res_id)) or ()).user_id
            if owner.active:
                owners[one.id] = owner
        return owners

    def action_churn_take(self):
        """The cover sees to it: it is the cover's until it is done, or until the person is back."""
        covered = self.sudo().filtered(lambda one: one.churn_covered_by_me)  # sudo: that one covers is the right
        there = covered._churn_there({one: one.user_id.id for one in covered})
        for one, (absence, user) in there.items():
            one.with_context(mail_activity_quick_update=True, churn_give_back=True).write(
                {"user_id": user, "churn_absence_id": absence}
            )
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    # What comes in

    @api.model_create_multi
    def create(self, vals_list):
        if self._churn_routes():
            vals_list = self._churn_route(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        if not vals.get("user_id") or not self._churn_routes():
            return super().write(vals)
        there = self._churn_there({one: vals["user_id"] for one in self if one.user_id.id != vals["user_id"]})
        routed = self.browse()
        for one, (absence, user) in there.items():
            super(MailActivity, one).write({**vals, "user_id": user, "churn_absence_id": absence})
            routed |= one
        others = self - routed
        if not others:
            return True
        # given to somebody else by hand: it does not go back any more
        given = {} if self.env.context.get("churn_give_back") else {"churn_absence_id": False}
        return super(MailActivity, others).write({**vals, **given})

    def _churn_routes(self):
        """Whether anybody is away; a transfer and the return say themselves who gets what."""
        context = self.env.context
        if context.get("churn_transfer") or context.get("churn_give_back") or not self.pool.ready:
            return False
        return bool(self.env["churn.absence"]._away_now())

    @api.model
    def _churn_route(self, vals_list):
        away = self.env["churn.absence"]._away_now()
        wanted, places = {}, {}
        for index, vals in enumerate(vals_list):
            user = vals.get("user_id")
            if user in away and user != self.env.uid:
                model_id = vals.get("res_model_id") or self.env.context.get("default_res_model_id")
                model = vals.get("res_model") or self.env["ir.model"].sudo().browse(model_id).model  # sudo: a name
                new = self.new({**vals, "res_model_id": self.env["ir.model"]._get_id(model)} if model else vals)
                if not new.date_deadline:
                    new.date_deadline = fields.Date.context_today(self)
                wanted[new] = user
                places[new] = index
        routed = list(vals_list)
        for new, (absence, user) in self._churn_there(wanted).items():
            index = places[new]
            routed[index] = {**routed[index], "user_id": user, "churn_absence_id": absence}
        return routed
