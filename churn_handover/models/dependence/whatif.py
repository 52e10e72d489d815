from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

# The columns of the download.
FIGURES = (
    "title",
    "company_id",
    "date",
    "accounts",
    "revenue",
    "covered",
    "covered_share",
    "uncovered",
    "dependence",
    "cannot_tell",
    "stake_low",
    "stake_high",
    "saved",
    "unplaced",
    "unplaced_revenue",
)


class ChurnWhatif(models.Model):
    """What the company would face if somebody left tomorrow: a row per salesperson, company and week.

    Beside them a row for the company as a whole, and rows that a manager made for several people leaving together. It
    protects customers and judges no employee: managers only.
    """

    _name = "churn.whatif"
    _description = "If Somebody Left Tomorrow"
    _order = "date desc, kind, stake_high desc, id"
    _rec_name = "title"

    title = fields.Char(string="Who Leaves", required=True, readonly=True)
    kind = fields.Selection(
        [("person", "One Person"), ("company", "Whole Company, One by One"), ("selection", "Several Together")],
        required=True,
        readonly=True,
        help="The whole company is the sum over its people leaving one at a time.",
    )
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True, index=True, ondelete="cascade")
    user_ids = fields.Many2many("res.users", string="People", readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(required=True, readonly=True)
    is_latest = fields.Boolean(string="Latest", readonly=True)
    accounts = fields.Integer(readonly=True)
    revenue = fields.Monetary(string="Revenue, 12 Months", readonly=True)
    covered = fields.Monetary(
        string="Covered by a Backup",
        readonly=True,
        help="Revenue of the accounts with a backup who has real contact with the customer.",
    )
    covered_share = fields.Float(string="Covered", readonly=True, aggregator="avg")
    uncovered = fields.Integer(
        string="Accounts Without a Backup Who Knows Them",
        readonly=True,
        help="No backup, or none who had contact with the customer in the last 12 months.",
    )
    dependence = fields.Integer(
        string="Person Dependence", readonly=True, aggregator="avg", help="Weighted by revenue, where it can be told."
    )
    cannot_tell = fields.Integer(string="Accounts Not Told", readonly=True)
    stake_low = fields.Monetary(
        string="At Stake, at Least",
        readonly=True,
        help="13.2 % of the 12-month revenue, the lower end of what a change of salesperson cost (Shi et al., Journal "
        "of Marketing 2017).",
    )
    stake_high = fields.Monetary(
        string="Value at Stake", readonly=True, help="17.6 % of the 12-month revenue, the upper end of that range."
    )
    saved = fields.Monetary(
        string="Best Plan Could Save",
        readonly=True,
        help="What the best plan found now is expected to save of the value at stake, by successors who fit.",
    )
    unplaced = fields.Integer(string="Accounts Nobody Can Take", readonly=True)
    unplaced_revenue = fields.Monetary(string="Revenue Nobody Can Take", readonly=True)

    unplaced_accounts = fields.Json(readonly=True, help="Ids of the accounts that nobody can take.")
    shortages = fields.Json(readonly=True)
    shortage_text = fields.Text(compute="_compute_shortage_text", string="What Is in the Way")
    taker_ids = fields.One2many("churn.whatif.taker", "whatif_id", string="Best Plan Found Now", readonly=True)

    _latest_list = models.Index("(company_id, kind, stake_high DESC, id) WHERE is_latest")

    # Words

    @api.depends("shortages")
    @api.depends_context("lang")
    def _compute_shortage_text(self):
        for row in self:
            row.shortage_text = self.env["churn.shortage"]._text(row.shortages or [], row.currency_id)

    # Several together

    def action_together(self):
        """What if the people of the selected rows left together; nothing selected: ask who."""
        self.check_access("read")
        if not self:
            return self.env["ir.actions.act_window"]._for_xml_id("churn_handover.whatif_together_action")
        users = self.user_id | self.user_ids
        if len(self.company_id) != 1 or not users:
            raise UserError(self.env._("Choose people of one company."))
        return self._together(users, self.company_id)._action_open()

    @api.model
    def _together(self, users, company):
        """Make and return the row of these people leaving together; the caller checks who asks."""
        if company not in self.env.companies:
            raise AccessError(self.env._("Choose people of a company that you work in."))
        users = users.sorted("name")
        # sudo: the simulation reads numbers of all accounts of the company; managers see them all
        row = self.sudo().create(
            {
                "kind": "selection",
                "title": ", ".join(users.mapped("name")),
                "user_ids": [Command.set(users.ids)],
                "company_id": company.id,
                "date": fields.Date.context_today(self),
                **self.sudo()._figures(company, users),  # sudo: as above
            }
        )
        return row.with_env(self.env)

    def _action_open(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("If They Left Together"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    # Download

    def action_export(self):
        """Download the selected rows, or the latest ones, as a spreadsheet."""
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/churn_handover/whatif.xlsx?ids={','.join(map(str, self.ids))}",
            "target": "self",
        }

    def _sheets(self):
        """Return [(title, rows)], headings first: the figures, and who would take over."""
        names = [name for name in FIGURES if name != "company_id" or len(self.company_id) > 1]
        labels = self.fields_get([*FIGURES, "currency_id"], ["string"])
        figures = [[*(labels[name]["string"] for name in names), labels["currency_id"]["string"]]]
        for row in self:
            cells = [row[name].name if name == "company_id" else row[name] for name in names]
            figures.append([*cells, row.currency_id.name])
        taker_labels = self.taker_ids.fields_get(["user_id", "accounts", "revenue", "saved"], ["string"])
        takers = [[labels["title"]["string"], *(label["string"] for label in taker_labels.values())]]
        for taker in self.taker_ids:
            takers.append([taker.whatif_id.title, taker.user_id.name, taker.accounts, taker.revenue, taker.saved])
        return [(self.env._("Figures"), figures), (self.env._("Best Plan Found Now"), takers)]

    # What can be done about it

    def action_refresh(self):
        """Find the best plan anew, for instance after a limit was raised or a backup has met the customer."""
        self.ensure_one()
        self.check_access("read")
        if self.kind == "company" or not (self.is_latest or self.kind == "selection"):
            raise UserError(self.env._("Figures of former weeks stay as they were."))
        # sudo: the simulation reads numbers of all accounts of the company; managers see them all
        row = self.sudo()
        row.taker_ids.unlink()
        row.write(row._figures(row.company_id, row.user_id | row.user_ids))
        if row.kind == "person":
            row._sum_up(row.company_id)

    def action_plan_departure(self):
        """Open the door of a departure; the plan gets the best successors at once."""
        self.ensure_one()
        return self.env["churn.departure"]._open(default_predecessor_id=self.user_id.id, default_propose_best=True)

    def action_open_accounts(self):
        """The accounts in question."""
        return self._action_accounts(self.env._("Accounts"), self._accounts())

    def action_open_unplaced(self):
        """The accounts that nobody can take."""
        self.ensure_one()
        return self._action_accounts(self.env._("Accounts Nobody Can Take"), self.unplaced_accounts or [])

    def action_open_uncovered(self):
        """The accounts without a backup who had contact with the customer."""
        return self._action_accounts(
            self.env._("Accounts Without a Backup Who Knows Them"), self._accounts(covered=False)
        )

    def action_open_trend(self):
        """The same person, or the whole company, week by week."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("churn_handover.whatif_trend_action")
        domain = [("company_id", "=", self.company_id.id), ("kind", "=", self.kind)]
        if self.user_id:
            domain.append(("user_id", "=", self.user_id.id))
        name = self.env._("%(who)s, Week by Week", who=self.title)
        return {**action, "name": name, "display_name": name, "domain": domain}

    def _accounts(self, covered=None):
        """Return the ids of the accounts in question, those without a backup who knows them when asked."""
        self.ensure_one()
        self.check_access("read")
        users = None if self.kind == "company" else self.user_id | self.user_ids
        rows = self.sudo()._owned(self.company_id, users)  # sudo: ids only; the list follows the reader's own rights
        return [account_id for account_id, _owner, _told, known, _deals in rows if covered in (None, known)]

    def _action_accounts(self, name, account_ids):
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("churn_handover.whatif_account_action"),
            "name": name,
            "display_name": name,
            "domain": [("id", "in", account_ids)],
        }
