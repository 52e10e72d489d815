import json
import logging
from datetime import timedelta

from psycopg2 import OperationalError
from psycopg2.extras import execute_values

from odoo import fields, models
from odoo.exceptions import LockError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

TRACED = ("cap", "opt_out", "seen", "duplicate")  # left out with a message meant for them; the others were not asked
TRIES = 5


class ChurnStep(models.Model):
    """From the plan to the queue: mailings, reserved places, and what is left out at the last moment."""

    _inherit = "churn.step"

    # The plan, written down

    def _fill(self, contacts, plan):
        """Make a mailing per message and language, and a row per contact.

        :param contacts: rows of ``churn.series._contacts``
        :param plan: Plan of the core
        """
        self.ensure_one()
        known = {code for code, _name in self.env["res.lang"].get_installed()}
        fallback = self.user_id.lang if self.user_id.lang in known else self.env.lang or "en_US"
        language = {row[0]: row[3] if row[3] in known else fallback for row in contacts}
        address = {row[0]: (row[1], row[2]) for row in contacts}
        reasons = {one: f"churn_{why}" for one, why in plan.left_out.items() if why in TRACED and one in plan.meant}
        meant = {**plan.chosen, **{one: plan.meant[one] for one in reasons}}
        pairs = {(plan.chosen[one].id, language[one]) for one in plan.chosen}
        mailings = {pair: self._create_mailing(*pair).id for pair in sorted(pairs)}
        rows = []
        for contact, message in meant.items():
            # None when all of this language are left out: then there is no mailing that could say so.
            mailing = mailings.get((message.id, language[contact]))
            if mailing:
                email, account = address[contact]
                reason = reasons.get(contact)
                state = "left_out" if reason else "planned"
                rows.append(
                    (email, contact, account, state, reason, message.id, message.kind, message.content, mailing)
                )
        self._insert_places(rows)

    def _insert_places(self, rows):
        """One statement for as many as there are; the ORM would take longer than the plan."""
        self.env.flush_all()
        execute_values(
            self.env.cr._obj,
            """INSERT INTO churn_place (company_id, step_id, create_uid, write_uid, create_date, write_date, email,
                      partner_id, account_id, state, reason, message_id, kind_id, content_key, mailing_id) VALUES %s""",
            rows,
            template=f"({self.company_id.id}, {self.id}, {self.env.uid}, {self.env.uid}, now() AT TIME ZONE 'UTC', "
            "now() AT TIME ZONE 'UTC', %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            page_size=5000,
        )
        self.env["churn.place"].invalidate_model(flush=False)
        self.invalidate_recordset(flush=False)

    def _create_mailing(self, message_id, lang):
        """A draft in Odoo's mailing app: its recipients are the rows of this step."""
        self.ensure_one()
        message = self.env["churn.message"].browse(message_id).with_context(lang=lang)
        # sudo: who may run a series needs no rights in the mailing app; the mailing is built by us alone
        mailing = self.env["mailing.mailing"].sudo()
        mailing = mailing.with_context(lang=lang).create(
            {
                "subject": message._text_safe(message.subject),
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": "[('id', '=', 0)]",
                "user_id": self.user_id.id,
                "email_from": self.user_id.email_formatted or self.company_id.email_formatted,
                "reply_to_mode": "update",
                "use_exclusion_list": True,
                "churn_step_id": self.id,
                "churn_message_id": message.id,
                "churn_lang": lang,
            }
        )
        mailing.mailing_domain = repr([("churn_place_ids", "any", [("mailing_id", "=", mailing.id)])])
        mailing._churn_render()
        return mailing

    # The launch

    def _launch_retrying(self):
        """Launch from the nightly job: where two launches meet, the later one starts anew with what the first did."""
        self.ensure_one()
        for attempt in range(TRIES):
            try:
                self._launch()
                return True
            except LockError:
                return False  # somebody approves or declines it in this moment
            except UserError as error:
                # A step that cannot be sent must not keep the others from being sent.
                self.env.cr.rollback()
                _logger.warning("%s was not launched: %s", self, error)
                self.env.invalidate_all()
                self.sudo().write({"state": "declined", "note": str(error)})  # sudo: the engine's own note
                return False
            except OperationalError as error:
                if not isinstance(error, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY) or attempt == TRIES - 1:
                    raise
                self.env.cr.rollback()
                self.env.transaction.reset()
        return False

    def _launch(self):
        """Reserve the places, under locks, and queue the mails of those who got one."""
        for step in self:
            step.lock_for_update()
            if step.state not in ("proposed", "approved"):
                raise UserError(self.env._("This step was launched or declined already."))
            step._refuse_stale()
            step._reserve()
            step._queue()

    def _refuse_stale(self):
        """Take out messages that may not be sent any more, and say why on the step."""
        notes = []
        for message in self.message_ids_used:
            reason = message._refusal() or (message.state != "ready" and self.env._("It is not ready any more."))
            if reason:
                notes.append(f"{message.subject}: {reason}")
                mailings = self._mailings().filtered(lambda one, message=message: one.churn_message_id == message)
                self._places().filtered(lambda place, message=message: place.message_id == message).unlink()
                mailings.unlink()
        if notes:
            self.sudo().note = "\n".join(notes)  # sudo: the engine's own note

    def _reserve(self):
        """Check the plan against everything sent since, and reserve or leave out, contact by contact."""
        from ...analytics import pacing

        rows = self.env.execute_query(
            SQL(
                """SELECT place.id, place.email, place.account_id, place.message_id, place.kind_id, place.content_key,
                          EXISTS (SELECT FROM churn_account figures
                                   WHERE figures.partner_id = place.account_id AND figures.is_key_account)
                     FROM churn_place place WHERE place.step_id = %s AND place.state = 'planned'""",
                self.id,
            )
        )
        emails, accounts = {row[1] for row in rows}, {row[2] for row in rows if row[2]}
        places = self.env["churn.place"].sudo()  # sudo: written by the engine only
        places._lock(emails, accounts)
        today = fields.Date.today()  # the clock of sent_on, whoever launches from wherever
        rules = self.company_id._churn_message_rules()
        since = today - timedelta(days=rules.window - 1)
        result = pacing.confirm(
            today.toordinal(),
            [
                (pacing.Recipient(place, email, account, key), pacing.Message(message, kind, content))
                for place, email, account, message, kind, content, key in rows
            ],
            places._ledger(emails, accounts, {row[5] for row in rows}, since),
            rules,
            self.env["churn.message.optout"]._of(emails, self.series_id.kind_ids),
        )
        self._decide(result)

    def _decide(self, result):
        self.env.flush_all()
        left_out = json.dumps([[place, f"churn_{why}"] for place, why in result.left_out.items()])
        self.env.cr.execute(
            """UPDATE churn_place SET state = 'reserved' WHERE id = ANY(%s);
               UPDATE churn_place SET state = 'left_out', reason = row.value ->> 1
                 FROM jsonb_array_elements(%s::jsonb) row
                WHERE churn_place.id = (row.value ->> 0)::int""",
            [list(result.chosen), left_out],
        )
        self.env["churn.place"].invalidate_model(flush=False)
        self.invalidate_recordset(flush=False)

    def _queue(self):
        """Give the mailings to Odoo; those without anybody left are dropped."""
        places = self._places()
        reserved = places.filtered(lambda place: place.state == "reserved").mailing_id
        mailings = self._mailings()
        (mailings - reserved).unlink()
        # The text as it is today: somebody may have withdrawn consent since the step was proposed.
        reserved._churn_render()
        reserved.action_launch()
        # sudo: the state is the engine's
        self.sudo().write({"state": "launched", "launched_at": fields.Datetime.now()})
        self._asked().unlink()
