from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# Puts the days to a change of owner before all accounts without one.
SOON = 100_000

# The accounts are joined one by one, and nothing is grouped over a whole table: with hundreds of thousands of partners
# the planner otherwise takes minutes for a few thousand of them.
SQL_CONTACTS = """
    SELECT contact.id, contact.email_normalized, account.id, COALESCE(contact.lang, account.lang),
           EXISTS (SELECT FROM churn_account figures WHERE figures.partner_id = account.id AND figures.is_key_account)
      FROM unnest(%(accounts)s::int[]) listed (id)
      JOIN res_partner account ON account.id = listed.id
      JOIN res_partner contact ON contact.commercial_partner_id = account.id
     WHERE contact.active AND contact.email_normalized IS NOT NULL
       AND (contact.id = account.id OR contact.type IS NULL OR contact.type = 'contact')
       AND %(who)s
       AND NOT EXISTS (SELECT FROM res_company ours WHERE ours.partner_id = contact.id)
       AND NOT EXISTS (SELECT FROM res_users ours WHERE ours.partner_id = contact.id AND NOT ours.share)
       AND NOT EXISTS (SELECT FROM mail_blacklist b WHERE b.active AND b.email = contact.email_normalized)
"""


class ChurnSeries(models.Model):
    """Preparing a step: who could get something, what it would be, and who is left out."""

    _inherit = "churn.series"

    def _propose(self):
        """Prepare a step for today: its messages, its recipients, its mailings, as drafts to approve.

        :return: churn.step, empty when nobody can get anything
        """
        self.ensure_one()
        if not self.user_id.active:
            raise UserError(
                self.env._("The responsible of “%(series)s” is archived. Name another one.", series=self.name)
            )
        today = fields.Date.context_today(self)
        self._compose_bulletins()
        messages = self._ready_messages(today)
        contacts = self._contacts(today)
        # Drawn from all, also those who heard from us lately: else only the held out of other series would be silent
        # enough to come in, and nobody to compare them with.
        held_out = (
            self.env["churn.series.member"].sudo()._enrol(self, {row[2] for row in contacts}, today)
        )  # sudo: by lot
        passed_over = held_out | self._told_lately(today)
        contacts = [row for row in contacts if row[2] not in passed_over]
        plan = self._plan(today, contacts, messages)
        self._advance()
        if not plan.chosen:
            return self.env["churn.step"]
        reasons = list(plan.left_out.values())
        # sudo: steps are made by the engine only; the right to run the series was checked, or it is the nightly job
        step = (
            self.env["churn.step"]
            .sudo()
            .create(
                {
                    "series_id": self.id,
                    "date": today,
                    "auto_on": today + timedelta(days=self.auto_days) if self.auto_days else False,
                    "waiting_count": reasons.count("waits"),
                    "nothing_new_count": reasons.count("nothing_new"),
                }
            )
        )
        step._fill(contacts, plan)
        step._ask()
        return step

    def _compose_bulletins(self):
        """Make a bulletin from the register where its kind has none that is still to be sent."""
        for kind in self.kind_ids.filtered(lambda kind: kind._from_register()):
            self.env["churn.message"]._compose_bulletin(kind, self.company_id)

    def _ready_messages(self, day):
        """Messages that may be sent on a day, the older editions first, so that nobody in them waits for ever."""
        messages = self.env["churn.message"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("kind_id", "in", self.kind_ids.ids),
                ("state", "=", "ready"),
                ("fresh_until", ">=", day),
            ],
            order="facts_on, id",
        )
        return messages.filtered(lambda message: not message._refusal(day))

    def _contacts(self, day):
        """Rows (contact, address, account, language, is key account, day of the next change of owner).

        Of the whole audience, also of accounts that heard from us lately.
        """
        partners = self.env["res.partner"].with_user(self.user_id).with_company(self.company_id)
        accounts = partners.search(self._audience_domain(day, silent=False))
        self.env["res.partner"].flush_model()
        self.env["churn.account"].flush_model(["is_key_account"])
        who = {
            "all": SQL("TRUE"),
            "people": SQL("(contact.id != account.id OR NOT COALESCE(account.is_company, FALSE))"),
            "main": SQL("contact.id = account.id"),
        }
        rows = self.env.execute_query(SQL(SQL_CONTACTS, accounts=accounts.ids, who=who[self.recipients]))
        changes = dict(self.env.execute_query(self.env["churn.handover.line"]._changes_ahead(day)))
        return [(*row, changes.get(row[2])) for row in rows]

    def _plan(self, day, contacts, messages):
        """Ask the core, with what it needs to know of the past."""
        from ...analytics import pacing

        # On the clock of sent_on, as at the launch; the day of whoever plans can be the next one already.
        today = fields.Date.today()
        recipients = [
            pacing.Recipient(
                contact, email, account, bool(key), soon.toordinal() - day.toordinal() - SOON if soon else 0
            )
            for contact, email, account, _lang, key, soon in contacts
        ]
        rules = self.company_id._churn_message_rules()
        emails = {one.address for one in recipients}
        accounts = {one.account for one in recipients}
        ledger = self.env["churn.place"]._ledger(
            emails,
            accounts,
            messages.mapped("content_key"),
            today - timedelta(days=rules.window - 1),
        )
        self._pass_over_lone_owners(ledger, accounts, messages)
        return pacing.plan(
            today.toordinal(),
            recipients,
            [pacing.Message(one.id, one.kind_id.id, one.content_key) for one in messages],
            self.kind_ids.sorted().ids,
            ledger,
            rules,
            self.env["churn.message.optout"]._of(emails, self.kind_ids),
            self.budget or None,
        )

    def _pass_over_lone_owners(self, ledger, accounts, messages):
        """A mail that shows the team says nothing new to a customer whom one person serves."""
        contents = messages.filtered(lambda message: message.source == "team").mapped("content_key")
        if contents:
            several = self.env["res.partner"].browse(accounts)._churn_served_by_several()
            for account in accounts - several:
                ledger.contents[account].update(contents)
