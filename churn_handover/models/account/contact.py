from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .res_partner import SQL_OURS

MONTHS = 12
# Each is one step of the night; what a step writes, it replaces.
STEPS = {"messages": ("mail", "document"), "meetings": ("meeting",), "activities": ("activity",)}
DONE_ON = "churn_handover.contacts_%s_on"
# Activities that are a talk with the customer, besides calls and meetings by category.
TALK_TYPES = ("mail.mail_activity_data_email", "mail.mail_activity_data_call", "mail.mail_activity_data_meeting")


class ChurnContact(models.Model):
    """Who of us had real contact with which account in the last 12 months, counted every night.

    One contact is one day, one person of the customer and one way: a mail to or from that person, a document sent, a
    meeting both attended, or a call or the like marked as done. Notes, notifications and mass mailings are none.
    """

    _name = "churn.contact"
    _description = "Contact with a Customer"
    _order = "days desc, id"
    _rec_name = "user_id"
    _log_access = False  # half a million rows, written anew every night by the system

    account_id = fields.Many2one("res.partner", required=True, ondelete="cascade", readonly=True)
    user_id = fields.Many2one("res.users", string="Colleague", required=True, ondelete="cascade", readonly=True)
    owner_id = fields.Many2one(related="account_id.user_id", string="Owner")
    company_id = fields.Many2one(related="account_id.company_id")
    kind = fields.Selection(
        [("mail", "Mail"), ("document", "Document Sent"), ("meeting", "Meeting"), ("activity", "Call or Visit Done")],
        required=True,
        readonly=True,
    )
    days = fields.Integer(string="Contacts", readonly=True, help="Days with contact, for each person of the customer.")
    people_count = fields.Integer(string="People of the Customer", readonly=True, aggregator="max")
    last_on = fields.Date(string="Last Contact", readonly=True, aggregator="max")

    _account_user_kind_unique = models.UniqueIndex("(account_id, user_id, kind)")
    _user_index = models.Index("(user_id)")

    def init(self):
        # Ids of the people, so that those who were met by several colleagues count once. Nothing the ORM could show.
        self.env.cr.execute("ALTER TABLE churn_contact ADD COLUMN IF NOT EXISTS people int[] NOT NULL DEFAULT '{}'")

    def action_open_customer(self):
        return self.account_id._churn_open_team()

    @api.model
    def _pending_steps(self, today):
        """Names of the steps that have not run today."""
        parameters = self.env["ir.config_parameter"].sudo()  # sudo: when a job ran last
        return [step for step in STEPS if parameters.get_param(DONE_ON % step) != fields.Date.to_string(today)]

    @api.model
    def _run_step(self, step, today):
        """Count the contacts of one step anew."""
        queries = {"messages": self._SQL_MESSAGES, "meetings": self._SQL_MEETINGS, "activities": self._SQL_ACTIVITIES}
        self.env.flush_all()
        types = self.env["mail.activity.type"].search([("category", "in", ("phonecall", "meeting"))])
        refs = (self.env.ref(name, raise_if_not_found=False) for name in TALK_TYPES)
        values = {
            "start": fields.Date.to_date(today) - relativedelta(months=MONTHS),
            "today": today,
            "ours": SQL(SQL_OURS),
            "types": list({*types.ids, *(record.id for record in refs if record)}),
        }
        self.env.cr.execute("DELETE FROM churn_contact WHERE kind = ANY(%s)", [list(STEPS[step])])
        self.env.cr.execute(SQL(self._SQL_COUNT, contacts=SQL(queries[step], **values), **values))
        self.invalidate_model()
        # sudo: when a job ran last
        self.env["ir.config_parameter"].sudo().set_param(DONE_ON % step, fields.Date.to_string(today))

    # NOT IN over a list without NULLs is one hash; an anti-join on either of two columns compares all with all.
    _SQL_COUNT = """
        WITH us AS (SELECT partner_id FROM (%(ours)s) ours WHERE partner_id IS NOT NULL)
        INSERT INTO churn_contact (account_id, user_id, kind, days, people_count, people, last_on)
        SELECT account_id, user_id, kind, COUNT(*), COUNT(DISTINCT person_id), array_agg(DISTINCT person_id), MAX(day)
          FROM (SELECT DISTINCT person.commercial_partner_id AS account_id, contact.user_id, contact.kind,
                                contact.person_id, contact.day
                  FROM (%(contacts)s) contact
                  JOIN res_partner person ON person.id = contact.person_id
                  JOIN res_partner account ON account.id = person.commercial_partner_id AND account.active
                 WHERE person.id NOT IN (SELECT partner_id FROM us)
                   AND account.id NOT IN (SELECT partner_id FROM us)) daily
         GROUP BY account_id, user_id, kind
    """

    # Odoo deletes read notifications after half a year, so those a message was addressed to count as well.
    _SQL_MESSAGES = """
        WITH message AS (
            SELECT id, author_id, date::date AS day,
                   CASE WHEN model IN ('sale.order', 'account.move') THEN 'document' ELSE 'mail' END AS kind
              FROM mail_message
             WHERE date >= %(start)s AND message_type IN ('comment', 'email', 'email_outgoing')
               AND author_id IS NOT NULL AND is_internal IS NOT TRUE
        ), recipient AS (
            SELECT mail_message_id, res_partner_id FROM mail_message_res_partner_rel
             UNION ALL
            SELECT mail_message_id, res_partner_id FROM mail_notification WHERE res_partner_id IS NOT NULL
        )
        SELECT us.id AS user_id, message.kind, recipient.res_partner_id AS person_id, message.day
          FROM message
          JOIN res_users us ON us.partner_id = message.author_id AND us.active AND NOT us.share
          JOIN recipient ON recipient.mail_message_id = message.id
         UNION ALL
        SELECT us.id, 'mail', message.author_id, message.day
          FROM message
          JOIN recipient ON recipient.mail_message_id = message.id
          JOIN res_users us ON us.partner_id = recipient.res_partner_id AND us.active AND NOT us.share
    """

    _SQL_MEETINGS = """
        SELECT us.id AS user_id, 'meeting' AS kind, guest.partner_id AS person_id, event.start::date AS day
          FROM calendar_event event
          JOIN calendar_attendee host ON host.event_id = event.id AND host.state <> 'declined'
          JOIN res_users us ON us.partner_id = host.partner_id AND us.active AND NOT us.share
          JOIN calendar_attendee guest ON guest.event_id = event.id AND guest.state <> 'declined'
         WHERE event.active AND event.start >= %(start)s AND event.start::date <= %(today)s
           AND event.stop <= now() AT TIME ZONE 'UTC' AND guest.partner_id <> host.partner_id
    """

    # The activity of a meeting is not counted beside the meeting itself.
    _SQL_ACTIVITIES = """
        SELECT us.id AS user_id, 'activity' AS kind, activity.date_done AS day,
               COALESCE(contact.id, lead.partner_id, orders.partner_id) AS person_id
          FROM mail_activity activity
          JOIN res_users us ON us.id = activity.user_id AND us.active AND NOT us.share
     LEFT JOIN res_partner contact ON activity.res_model = 'res.partner' AND contact.id = activity.res_id
     LEFT JOIN crm_lead lead ON activity.res_model = 'crm.lead' AND lead.id = activity.res_id
     LEFT JOIN sale_order orders ON activity.res_model = 'sale.order' AND orders.id = activity.res_id
         WHERE activity.active IS NOT TRUE AND activity.date_done >= %(start)s
           AND activity.activity_type_id = ANY(%(types)s) AND activity.calendar_event_id IS NULL
    """

    @api.model
    def _familiarity(self, account_ids, user_ids):
        """Return ``{(account id, user id): contacts}`` of the last 12 months; one query."""
        rows = self.env.execute_query(
            SQL(
                """SELECT account_id, user_id, SUM(days)::int FROM churn_contact
                    WHERE account_id = ANY(%s) AND user_id = ANY(%s) GROUP BY 1, 2""",
                list(account_ids),
                list(user_ids),
            )
        )
        return {(account_id, user_id): days for account_id, user_id, days in rows}
