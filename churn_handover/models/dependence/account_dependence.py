from markupsafe import Markup

from odoo import api, fields, models

DEPENDENCE_LEVELS = [("low", "Low"), ("medium", "Medium"), ("high", "Thin Bridge")]
DEPENDENCE_STATUS = [("told", "Known"), ("cannot_tell", "Can't Tell"), ("no_owner", "No Owner")]


class ChurnAccount(models.Model):
    """How much of the account hangs on one person, written every night, see ``account_dependence_run.py``.

    It tells before anybody leaves where the bridges are thin; it protects customers and judges no employee.
    """

    _inherit = "churn.account"

    dependence = fields.Integer(
        string="Person Dependence",
        readonly=True,
        aggregator="avg",
        help="How much of the relationship hangs on the owner, 0–100. Indicative: it orders customers, it is no "
        "probability. After Raffiee, Strategic Management Journal 2017.",
    )
    dependence_level = fields.Selection(DEPENDENCE_LEVELS, string="Dependence", readonly=True, index="btree_not_null")
    dependence_status = fields.Selection(
        DEPENDENCE_STATUS,
        readonly=True,
        help="Can't tell: too little of the owner's contact is recorded in Odoo to say anything.",
    )
    dependence_reasons = fields.Json(readonly=True)
    dependence_text = fields.Text(compute="_compute_dependence_text", string="Why This Dependence")
    dependence_advice = fields.Char(compute="_compute_dependence_text", string="What Would Help Most")
    dependence_help = fields.Char(compute="_compute_dependence_text", string="Helps Most, Points Then")
    dependence_on = fields.Date(string="Dependence Computed on", readonly=True)
    owner_contacts = fields.Integer(string="Contacts of the Owner", readonly=True)
    our_contacts = fields.Integer(string="Contacts of All of Us", readonly=True)
    backup_contacts = fields.Integer(string="Contacts of the Backups", readonly=True)
    colleague_count = fields.Integer(string="Colleagues with Contact", readonly=True, aggregator="avg")
    people_count = fields.Integer(string="People of the Customer with Contact", readonly=True, aggregator="avg")

    _thin_bridge_list = models.Index("(company_id, dependence DESC, revenue_12m DESC, id)")

    # Words

    @api.depends("dependence_reasons", "dependence_status")
    @api.depends_context("lang")
    def _compute_dependence_text(self):
        for account in self:
            found = account.dependence_reasons or {}
            lines = [account._dependence_sentence(reason) for reason in found.get("reasons", ())]
            if account.dependence_status == "cannot_tell":
                lines = [account._cannot_tell(found)]
            account.dependence_text = "\n".join(lines)
            account.dependence_advice = account._dependence_advice(found.get("advice"))
            account.dependence_help = account._dependence_help(found.get("advice"))

    def _dependence_sentence(self, reason):
        """One reason in words, its points in front."""
        points = reason["points"]
        text = getattr(self, f"_tell_dependence_{reason['code']}")(reason)
        return f"{points:+d}  {text}" if points else f"±0  {text}"

    def _cannot_tell(self, found):
        share, minimum = found.get("recorded"), found.get("minimum", 0)
        if share is None:
            return self.env._("No contact with this customer is recorded in the last 12 months.")
        return self.env._(
            "Of the owner's customers who ordered in the last 12 months, a contact is recorded with %(share)d %%. "
            "Below %(minimum)d %% nothing is said, as a low number would only mean that contacts are not in Odoo.",
            share=round(100 * share),
            minimum=round(100 * minimum),
        )

    def _tell_dependence_share(self, reason):
        return self.env._(
            "The owner has %(mine)d of our %(all)d contacts with this customer in the last 12 months",
            mine=reason["mine"],
            all=reason["all"],
        )

    def _tell_dependence_person(self, reason):
        return self.env._("The owner has served this customer for %(months)d months", months=reason["months"])

    def _tell_dependence_firm(self, reason):
        return self.env._("The customer has bought from us for %(months)d months", months=reason["months"])

    def _tell_dependence_colleagues(self, reason):
        if not reason["count"]:
            return self.env._("No colleague of the owner had contact with this customer")
        return self.env._("Colleagues of the owner with contact: %(count)d", count=reason["count"])

    def _tell_dependence_backup(self, reason):
        if not reason["backups"]:
            return self.env._("There is no backup")
        if not reason["contacts"]:
            return self.env._("There is a backup, but without any contact with this customer")
        return self.env._("The backup has contact with this customer: %(count)d", count=reason["contacts"])

    def _tell_dependence_people(self, reason):
        return self.env._("People of the customer whom we had contact with: %(count)d", count=reason["count"])

    def _tell_dependence_service(self, reason):
        return self.env._(
            "In what this customer buys, the person is %(share)d %% of the value", share=round(100 * reason["share"])
        )

    def _tell_dependence_alike(self, reason):
        return self.env._(
            "What this customer buys is %(share)d %% like what competitors offer", share=round(100 * reason["share"])
        )

    def _dependence_advice(self, advice):
        if not advice:
            return False
        words = {
            "backup": self.env._(
                "Have a backup meet this customer regularly: then the dependence is about %(then)d.",
                then=advice["then"],
            ),
            "colleague": self.env._(
                "Bring in one more colleague: then the dependence is about %(then)d.", then=advice["then"]
            ),
            "people": self.env._(
                "Get to know another person at the customer: then the dependence is about %(then)d.",
                then=advice["then"],
            ),
        }
        return words[advice["code"]]

    def _dependence_help(self, advice):
        """The advice as short as a list needs it."""
        if not advice:
            return False
        words = {
            "backup": self.env._("A backup with contact: %(then)d", then=advice["then"]),
            "colleague": self.env._("One more colleague: %(then)d", then=advice["then"]),
            "people": self.env._("Another person there: %(then)d", then=advice["then"]),
        }
        return words[advice["code"]]

    @api.model
    def get_empty_list_help(self, help_message):
        """Where nothing can be told, an empty list of thin bridges is no good news."""
        # An action is read with higher rights: what counts is what the reader sees.
        told = self.with_user(self.env.user).search_count([("dependence_status", "=", "told")], limit=1)
        if "search_default_thin" in self.env.context and not told:
            help_message = Markup('<p class="o_view_nocontent_empty_folder">%s</p><p>%s</p>') % (
                self.env._("Nothing can be told yet"),
                self.env._(
                    "Too few contacts with customers are recorded in Odoo. Mails written from Odoo, meetings in its "
                    "calendar with the customer as attendee, and calls marked as done are counted every night."
                ),
            )
        return super().get_empty_list_help(help_message)

    # Actions

    def action_open_team(self):
        """The customer's form, where the account team is."""
        return self.action_open_customer()

    def action_open_contacts(self):
        """Who of us has contact with this customer, and how."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("churn_handover.contact_action")
        return {**action, "domain": [("account_id", "=", self.partner_id.id)], "context": {}}
