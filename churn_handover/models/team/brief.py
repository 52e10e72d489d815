from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

# What a brief says, in the order it is read.
SECTIONS = ("position", "tone", "dos", "donts")


class ChurnBrief(models.Model):
    """What all of us say to one customer, so that the customer hears one voice.

    The text here is the one being worked on. Publishing it makes a version, which stays as it is, and which everybody
    who serves the account confirms anew. Promises are not written here: they are ``churn.promise`` of the account.
    """

    _name = "churn.brief"
    _description = "Account Brief"
    _inherit = ["churn.access"]
    _order = "account_id, id"
    _rec_name = "account_id"
    _churn_partner_field = "account_id"

    account_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("churn_is_account", "=", True)],
    )
    company_id = fields.Many2one(related="account_id.company_id")
    owner_id = fields.Many2one(related="account_id.user_id", string="Owner")
    position = fields.Text(string="Our Position", help="What we stand for with this customer, and what we want.")
    tone = fields.Text(help="How we talk with these people: formal or not, who calls whom, in which language.")
    dos = fields.Text(string="Do")
    donts = fields.Text(string="Don't")
    promise_ids = fields.One2many(
        related="account_id.churn_promise_ids",
        related_sudo=False,  # each reader sees the promises that the reader may see
        string="Promises",
        groups="churn_handover.group_churn_user",
    )
    version_ids = fields.One2many("churn.brief.version", "brief_id", string="Versions")
    reader_ids = fields.One2many("churn.brief.reader", "brief_id", string="Who Serves the Account")
    current_id = fields.Many2one("churn.brief.version", string="Current Version", compute="_compute_current")
    current_html = fields.Html(string="Published Text", compute="_compute_current_html", sanitize=False)
    number = fields.Integer(string="Version", compute="_compute_current")
    published_on = fields.Datetime(compute="_compute_current")
    is_changed = fields.Boolean(
        string="Not Published", compute="_compute_current", help="The text differs from the current version."
    )
    unconfirmed_count = fields.Integer(string="Not Confirmed", compute="_compute_readers")
    reader_count = fields.Integer(string="To Be Confirmed by", compute="_compute_readers")
    unconfirmed = fields.Boolean(string="Waits for Somebody", compute="_compute_readers", search="_search_unconfirmed")
    to_confirm = fields.Boolean(string="Waits for Me", compute="_compute_readers", search="_search_to_confirm")

    _account_unique = models.UniqueIndex("(account_id)", "This account has a brief already.")

    @api.depends("version_ids.number", *SECTIONS)
    def _compute_current(self):
        versions = self.env["churn.brief.version"]
        newest = {}
        for version in versions.search_fetch(
            [("brief_id", "in", self._origin.ids)], ["brief_id", "number", "create_date", *SECTIONS]
        ):
            newest.setdefault(version.brief_id.id, version)  # the newest comes first
        for brief in self:
            current = newest.get(brief._origin.id, versions)
            brief.current_id = current
            brief.number = current.number
            brief.published_on = current.create_date
            brief.is_changed = any((brief[name] or "") != (current[name] or "") for name in SECTIONS)

    @api.depends("version_ids.confirmation_ids", "account_id")
    @api.depends_context("uid")
    def _compute_readers(self):
        readers = self.env["churn.brief.reader"]
        counts = dict.fromkeys(self.ids, 0)
        waiting = dict.fromkeys(self.ids, 0)
        for brief, confirmed, count in readers._read_group(
            [("brief_id", "in", self.ids)], ["brief_id", "is_confirmed"], ["__count"]
        ):
            counts[brief.id] += count
            waiting[brief.id] += 0 if confirmed else count
        mine = set(
            readers.search(
                [("brief_id", "in", self.ids), ("user_id", "=", self.env.uid), ("is_confirmed", "=", False)]
            ).brief_id.ids
        )
        for brief in self:
            brief.reader_count = counts.get(brief.id, 0)
            brief.unconfirmed_count = waiting.get(brief.id, 0)
            brief.unconfirmed = bool(brief.unconfirmed_count)
            brief.to_confirm = brief.id in mine

    @api.model
    def _search_unconfirmed(self, operator, value):
        return self._search_waiting(operator, value, Domain.TRUE)

    @api.model
    def _search_to_confirm(self, operator, value):
        return self._search_waiting(operator, value, Domain("user_id", "=", self.env.uid))

    @api.model
    def _search_waiting(self, operator, value, whose):
        if operator != "in":
            return NotImplemented
        waiting = Domain("reader_ids", "any", whose & Domain("is_confirmed", "=", False))
        return Domain.OR(waiting if wanted else ~waiting for wanted in value)

    @api.depends("current_id")
    @api.depends_context("lang")
    def _compute_current_html(self):
        for brief in self:
            brief.current_html = brief._current_html()

    def _current_html(self):
        """The current version as it is shown on the customer's page; False where nothing is published."""
        if not self.current_id:
            return False
        return self.env["ir.qweb"]._render("churn_handover.team_brief", {"version": self.current_id})

    # Consistency

    @api.constrains("account_id")
    def _check_account(self):
        for brief in self:
            if brief.account_id.commercial_partner_id != brief.account_id:
                raise UserError(
                    self.env._(
                        "%(contact)s is a contact of %(account)s: write the brief for %(account)s.",
                        contact=brief.account_id.name,
                        account=brief.account_id.commercial_partner_id.name,
                    )
                )

    def write(self, vals):
        # Access is checked for the account the brief has, not for the one it would get.
        if "account_id" in vals and any(brief.account_id.id != vals["account_id"] for brief in self):
            raise UserError(self.env._("A brief stays with its customer. Write a new one for another customer."))
        return super().write(vals)

    # Actions

    def action_publish(self):
        """Keep the text as a version; whoever serves the account has to confirm it."""
        self.ensure_one()
        self.check_access("write")
        if not any((self[name] or "").strip() for name in SECTIONS):
            raise UserError(self.env._("The brief is empty. Say what we stand for with this customer first."))
        if not self.is_changed:
            raise UserError(self.env._("Nothing has changed since version %(number)s.", number=self.current_id.number))
        self.lock_for_update()
        # sudo: versions are made here and nowhere else; the right to write the brief was checked above
        version = (
            self.env["churn.brief.version"]
            .sudo()
            .create(
                {
                    "brief_id": self.id,
                    "number": self.current_id.number + 1,
                    "published_by_id": self.env.uid,
                    **{name: self[name] for name in SECTIONS},
                }
            )
        )
        if self.churn_my_account:
            self._confirm(version)
        self.invalidate_recordset()
        return True

    def action_confirm(self):
        """The current user has read the current version and will keep to it."""
        self.ensure_one()
        self.check_access("read")
        current = self.current_id
        if not self.churn_my_account:
            raise AccessError(
                self.env._("Only who serves %(account)s confirms its brief.", account=self.account_id.name)
            )
        if not current:
            raise UserError(self.env._("There is no published version to confirm yet."))
        seen = self.env.context.get("churn_version_id")
        if seen and seen != current.id:
            raise UserError(
                self.env._("Version %(number)s was published meanwhile. Read it first.", number=current.number)
            )
        self._confirm(current)
        return True

    def _confirm(self, version):
        # sudo: nobody makes or changes confirmations but through here, and only one's own
        confirmations = self.env["churn.brief.confirmation"].sudo()
        mine = [("version_id", "=", version.id), ("user_id", "=", self.env.uid)]
        if not confirmations.search_count(mine, limit=1):
            confirmations.create({"version_id": version.id, "user_id": self.env.uid})
        self.env["churn.brief.reader"].invalidate_model()
        self.invalidate_recordset(["to_confirm", "unconfirmed", "unconfirmed_count", "reader_count"])

    def action_take_back(self):
        """Give up what was written since the last published version."""
        self.ensure_one()
        if not self.current_id:
            raise UserError(self.env._("There is no published version to go back to."))
        return self.write({name: self.current_id[name] for name in SECTIONS})

    def action_open_versions(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("churn_handover.brief_version_action"),
            "name": self.env._("Versions: %(account)s", account=self.account_id.name),
            "domain": [("brief_id", "=", self.id)],
        }

    def action_open_readers(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("churn_handover.brief_reader_action"),
            "name": self.env._("Who Confirmed: %(account)s", account=self.account_id.name),
            "domain": [("brief_id", "=", self.id)],
            "context": {},
        }

    # Accounts that become one

    @api.model
    def _absorb(self, account, sources):
        """Have one brief for the account: versions and confirmations of all stay, the account's own stays current.

        What another brief says now is put below the text to work on, so that somebody makes one of the two.
        """
        # sudo: who may merge accounts may merge their briefs
        briefs = self.sudo()
        mine = briefs.search([("account_id", "=", account.id)])
        for other in briefs.search([("account_id", "in", sources.ids)]):
            other.flush_recordset()
            if not mine:
                self.env.execute_query(
                    SQL("UPDATE churn_brief SET account_id = %s WHERE id = %s RETURNING id", account.id, other.id)
                )
                mine = other
                continue
            for name in SECTIONS:
                if other[name] and other[name] != mine[name]:
                    mine[name] = "\n\n".join(filter(None, (mine[name], f"[{other.account_id.name}] {other[name]}")))
            mine._take_versions(other)
            other.unlink()
        briefs.invalidate_model()

    def _take_versions(self, other):
        """Move the versions of another brief here, before the current one; numbers follow the day of publication."""
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                """
                WITH ordered AS (
                    SELECT id, ROW_NUMBER() OVER (ORDER BY id = %(current)s, create_date, id) AS number
                      FROM churn_brief_version WHERE brief_id IN (%(mine)s, %(other)s)
                )
                UPDATE churn_brief_version version SET brief_id = %(mine)s, number = ordered.number
                  FROM ordered WHERE ordered.id = version.id RETURNING version.id
                """,
                current=self.current_id.id or 0,
                mine=self.id,
                other=other.id,
            )
        )
        self.env["churn.brief.version"].invalidate_model()
        (self | other).invalidate_recordset()
