from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

# Days in a row that the cap is about. Two messages in 30 days are a judgement: nobody published a best number, and an
# opt-out costs more than a message brings.
WINDOW_DAYS = 30

# Left out, as the failure type of the cancelled trace.
LEFT_OUT = [
    ("churn_cap", "Had Enough Messages Lately"),
    ("churn_opt_out", "Does Not Want This Kind"),
    ("churn_seen", "Knows This Content"),
    ("churn_duplicate", "Same Address Twice"),
]


class ChurnPlace(models.Model):
    """The place a message takes in what a contact may get: of our series and of ordinary mailings alike.

    Reserved before the mail is queued, counted while it is on its way and for the days of the window after it was
    sent, free again when the mail failed. Who the contact is, is the address: the same one in a mailing list, in two
    accounts or on a card is one person.

    Whoever sends something under the cap from another part of the addon, such as the invitations to a session, makes
    the mailing, calls :meth:`reserve` and then queues it::

        mailing = env["mailing.mailing"].create({...})  # of res.partner
        left_out = env["churn.place"].reserve(mailing, partners, company)
        mailing.action_launch()

    From then on only those with a place get the mail, whatever the recipients of the mailing say; the others are
    cancelled traces with their reason. Mail that is no mailing (orders, answers, invoices) takes no place.
    """

    _name = "churn.place"
    _description = "Message to a Contact"
    _order = "id desc"
    _rec_name = "email"

    email = fields.Char(required=True, readonly=True, help="Normalised, so that it says who it is.")
    partner_id = fields.Many2one("res.partner", string="Contact", index=True, ondelete="set null", readonly=True)
    account_id = fields.Many2one("res.partner", ondelete="set null", readonly=True)
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade", readonly=True)
    state = fields.Selection(
        [
            ("planned", "Proposed"),
            ("reserved", "On Its Way"),
            ("sent", "Sent"),
            ("freed", "Not Delivered"),
            ("left_out", "Left Out"),
        ],
        required=True,
        readonly=True,
    )
    reason = fields.Selection(LEFT_OUT, string="Left Out Because", readonly=True)
    sent_on = fields.Date(readonly=True)
    step_id = fields.Many2one("churn.step", index=True, ondelete="cascade", readonly=True)
    training_id = fields.Many2one("churn.training", index="btree_not_null", ondelete="set null", readonly=True)
    series_id = fields.Many2one(related="step_id.series_id")
    message_id = fields.Many2one("churn.message", index=True, ondelete="restrict", readonly=True)
    kind_id = fields.Many2one("churn.message.kind", ondelete="restrict", readonly=True)
    content_key = fields.Char(readonly=True)
    mailing_id = fields.Many2one("mailing.mailing", ondelete="set null", readonly=True)

    # The three questions of every plan: what did this address get, what this account, who knows this content.
    _email_index = models.Index("(email, sent_on)")
    _account_index = models.Index("(account_id, sent_on)")
    _mailing_index = models.Index("(mailing_id, email)")
    # Also the promise itself, whatever the code does: the same content twice to one customer never.
    _content_unique = models.UniqueIndex(
        "(content_key, email) WHERE content_key IS NOT NULL AND state IN ('reserved', 'sent')",
        "This contact knows this content already.",
    )

    # Locks

    @api.model
    def _lock(self, emails, account_ids):
        """Let nobody else reserve for these addresses and accounts until the transaction ends.

        A second launch waits here; when it may go on, PostgreSQL refuses its outdated view of the places
        (SerializationFailure), and it starts anew with those of the first before its eyes. That is why the rows are
        changed, not only locked. Always in the same order, so that two never wait for each other.
        """
        keys = sorted({f"e:{email}" for email in emails} | {f"a:{account}" for account in account_ids})
        self.env.cr.execute(
            """INSERT INTO churn_identity (key, launches) SELECT unnest(%s::text[]), 1 ORDER BY 1
          ON CONFLICT (key) DO UPDATE SET launches = churn_identity.launches + 1""",
            [keys],
        )

    # What was sent

    @api.model
    def _ledger(self, emails, account_ids, content_keys, since):
        """What these addresses and accounts got, for the pure core.

        :param content_keys: contents that could be sent now
        :param since: first day that counts against the cap
        """
        from ...analytics.pacing import Ledger, Sent  # not needed by a worker that plans nothing

        self.flush_model()
        concerned = SQL("(email = ANY(%s) OR account_id = ANY(%s))", list(emails), list(account_ids))
        ledger = Ledger()
        for email, account, day, step, training, mailing in self.env.execute_query(
            SQL(
                """SELECT email, account_id, CASE WHEN state = 'sent' THEN sent_on END, step_id, training_id, mailing_id
                     FROM churn_place
                    WHERE (state = 'reserved' OR (state = 'sent' AND sent_on >= %s)) AND %s""",
                since,
                concerned,
            )
        ):
            ledger.add(Sent(email, account, day and day.toordinal(), self._launch_key(step, training, mailing)))
        for account, kind, day, pending in self.env.execute_query(
            SQL(
                """SELECT account_id, kind_id, MAX(sent_on), BOOL_OR(state = 'reserved')
                     FROM churn_place
                    WHERE kind_id IS NOT NULL AND state IN ('reserved', 'sent') AND account_id = ANY(%s)
                    GROUP BY account_id, kind_id""",
                list(account_ids),
            )
        ):
            ledger.heard[account][kind] = 10**7 if pending else day.toordinal()
        for email, account, content in self.env.execute_query(
            SQL(
                """SELECT DISTINCT email, account_id, content_key FROM churn_place
                    WHERE content_key = ANY(%s) AND state IN ('reserved', 'sent') AND %s""",
                list(content_keys),
                concerned,
            )
        ):
            ledger.contents[email].add(content)
            if account:
                ledger.contents[account].add(content)
        return ledger

    @api.model
    def _launch_key(self, step, training, mailing):
        """What was launched together, by ids: for an account it is one message, to however many of its people."""
        if step:
            return ("step", step)
        return ("training", training) if training else ("mailing", mailing)

    @api.model
    def _accounts_of(self, emails):
        """{address: (contact id, account id)} of contacts with this address; the oldest one when there are several."""
        self.env["res.partner"].flush_model(["email_normalized", "commercial_partner_id", "active"])
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (email_normalized) email_normalized, id, commercial_partner_id
                     FROM res_partner WHERE email_normalized = ANY(%s) AND active ORDER BY email_normalized, id""",
                list(emails),
            )
        )
        return {email: (partner, account) for email, partner, account in rows}

    @api.model
    def _follow_traces(self, trace_ids):
        """Take over how the mails fared: sent counts from its day, failed gives the place back."""
        self.env["mailing.trace"].flush_model(["trace_status", "email", "mass_mailing_id", "sent_datetime"])
        self.flush_model(["state", "sent_on", "mailing_id", "email"])
        self.env.cr.execute(
            """UPDATE churn_place place
                  SET state = CASE WHEN trace.trace_status IN ('error', 'bounce', 'cancel')
                                   THEN 'freed' ELSE 'sent' END,
                      sent_on = CASE WHEN trace.trace_status NOT IN ('error', 'bounce', 'cancel')
                                     THEN COALESCE(place.sent_on, trace.sent_datetime::date, %s) END
                 FROM mailing_trace trace
                WHERE trace.id = ANY(%s) AND place.mailing_id = trace.mass_mailing_id AND place.email = trace.email
                  AND trace.trace_type = 'mail' AND place.state IN ('reserved', 'sent')
                  AND trace.trace_status NOT IN ('outgoing', 'process')""",
            [fields.Date.today(), list(trace_ids)],
        )
        self.invalidate_model(["state", "sent_on"], flush=False)

    @api.model
    def _settle(self, mailing_ids, *, gone=False):
        """Give back the places that no mail will ever use: nothing of these mailings is sent any more but what is on
        its way already.

        Of contacts deleted, archived or moved out of the mailing since, and of mailings called off or deleted.

        :param gone: the mailings are being deleted, so nobody will report how the mails on their way fared: they count
        """
        self.env["mailing.trace"].flush_model(["trace_status", "email", "mass_mailing_id"])
        self.flush_model(["state", "sent_on", "mailing_id", "email"])
        self.env.cr.execute(
            """UPDATE churn_place place
                  SET state = CASE WHEN mail.coming THEN 'sent' ELSE 'freed' END,
                      sent_on = CASE WHEN mail.coming THEN %s ELSE place.sent_on END
                 FROM churn_place this
           CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM mailing_trace trace
                                               WHERE trace.mass_mailing_id = this.mailing_id
                                                 AND trace.email = this.email
                                                 AND trace.trace_status NOT IN ('error', 'bounce', 'cancel')
                                             ) AS coming) mail
                WHERE this.id = place.id AND this.mailing_id = ANY(%s) AND this.state = 'reserved'
                  AND (%s OR NOT mail.coming)""",
            [fields.Date.today(), list(mailing_ids), gone],
        )
        self.invalidate_model(["state", "sent_on"], flush=False)

    @api.autovacuum
    def _gc_reserved(self):
        """Mails that somebody deleted from the queue never report; after a whole window they do not count any more."""
        self.flush_model(["state", "mailing_id"])
        self.env.cr.execute(
            """UPDATE churn_place place SET state = 'freed' FROM mailing_mailing mailing
                WHERE mailing.id = place.mailing_id AND place.state = 'reserved' AND mailing.state = 'done'
                  AND mailing.sent_date < %s""",
            [fields.Datetime.now() - timedelta(days=WINDOW_DAYS)],
        )
        self.invalidate_model(["state"], flush=False)
