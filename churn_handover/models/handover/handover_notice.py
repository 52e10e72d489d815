from collections import Counter, defaultdict

from markupsafe import Markup, escape

from odoo import fields, models
from odoo.tools import SQL, format_date, format_datetime

from ..common.listed import listed
from ..common.mail_link import mail_link
from ..common.time_zone import zone_name

ACCOUNTS_LISTED = 50  # accounts named in a successor's mail; the plan, one click away, has them all


class ChurnHandover(models.Model):
    """What people are told: a line on each account, one mail per successor, one per attendee, one list of stops."""

    _inherit = "churn.handover"

    told_change_id = fields.Integer(
        readonly=True, copy=False, help="Last change of which successors and attendees have been told."
    )

    def _told_in(self, user):
        """Return the plan in the language and the time zone of a person."""
        return self.with_context(lang=user.lang or self.env.lang, tz=user.tz or self.env.context.get("tz"))

    # On the records

    def _log_on_accounts(self, lines, items):
        """Leave one readable line on each account: who follows whom, and what moved with it."""
        counts = defaultdict(Counter)
        for rule, rule_items in items.items():
            if rule.policy == "move":
                for item in rule_items:
                    counts[item.line_id][rule] += 1
        plan = self._told_in(self.user_id)
        names = {rule: rule.with_env(plan.env).name for rule in items}
        # Translated once; escaping a template leaves its %-signs alone, and escapes the values.
        template = escape(plan.env._("%(plan)s: handed over from %(old)s to %(new)s on %(date)s. %(parts)s"))
        link = Markup("<a href='#' data-oe-model='%s' data-oe-id='%s'>%s</a>") % (self._name, self.id, self.name)
        dates = {day: format_date(plan.env, day) for day in set(lines.mapped("change_date"))}
        people = {user: user.name for user in lines.predecessor_id | lines.successor_id}
        bodies = {
            line.account_id.id: template
            % {
                "plan": link,
                "old": people[line.predecessor_id],
                "new": people[line.successor_id],
                "date": dates[line.change_date],
                "parts": listed(plan.env, [f"{names[rule]}: {count}" for rule, count in counts[line.id].items()]),
            }
            for line in lines.filtered("account_id")
        }
        self._log_alike(self.env["res.partner"].browse(bodies), bodies)

    def _log_alike(self, records, bodies):
        """Log a note on each record: the first by the ORM, the others as copies of its row with their own text.

        The ORM needs over a millisecond per message, as long as moving the account takes. The texts come from
        templates of ours with their values escaped, so there is nothing to sanitize.

        :param bodies: {record id: Markup}
        """
        first = records[:1]
        if not first:
            return
        message = first._message_log_batch(bodies, author_id=self.user_id.partner_id.id)
        message.flush_recordset()
        own = ("id", "res_id", "body")
        copied = [
            SQL.identifier(field.name)
            for field in message._fields.values()
            if field.store and field.column_type and field.name not in own
        ]
        rest = records[1:]
        self.env.cr.execute(
            SQL(
                """INSERT INTO mail_message (res_id, body, %(columns)s)
                   SELECT record.id, record.body, %(columns)s
                     FROM mail_message m, unnest(%(ids)s::int[], %(bodies)s::text[]) AS record(id, body)
                    WHERE m.id = %(message)s""",
                columns=SQL(", ").join(copied),
                ids=rest.ids,
                bodies=[str(bodies[record_id]) for record_id in rest.ids],
                message=message.id,
            )
        )
        records.invalidate_recordset(["message_ids"])

    def _log_closed(self, items):
        """List on the plan what was closed rather than moved."""
        for rule, rule_items in items.items():
            if rule.policy == "close" and rule.account_path is False and rule.res_model == "mail.activity":
                records = (
                    self.env[rule.res_model].sudo().browse([item.id for item in rule_items])
                )  # sudo: listed on the plan
                names = [record.summary or record.activity_type_id.name or "" for record in records]
                self._message_log(
                    body=Markup("%s<ul>%s</ul>")
                    % (
                        self._told_in(self.user_id).env._(
                            "Closed, because nobody else can see them: %(what)s", what=rule.name
                        ),
                        Markup("").join(Markup("<li>%s</li>") % name for name in names),
                    )
                )

    # To people

    def _tell_stopped(self, lines):
        """Tell the responsible manager, in one activity, which lines were stopped and why."""
        plan = self._told_in(self.user_id)
        reasons = Counter(lines.mapped("stop_reason"))
        note = Markup("<p>%s</p><ul>%s</ul>") % (
            plan.env._("Lines that were stopped: %(count)s. Choose other successors, then they run.", count=len(lines)),
            Markup("").join(Markup("<li>%s (%s)</li>") % pair for pair in reasons.most_common(20)),
        )
        summary = plan.env._("Handover: lines stopped")
        old = self.activity_ids.filtered(lambda activity: activity.user_id == self.user_id and activity.automated)
        if old:
            old[0].write({"summary": summary, "note": note})
        else:
            self.activity_schedule(
                "mail.mail_activity_data_warning", user_id=self.user_id.id, summary=summary, note=note
            )

    def _tell_people(self):
        """Send one mail to each successor and each attendee of what moved since they were last told."""
        last = self.env["churn.change"].search([("handover_id", "=", self.id)], order="id desc", limit=1).id
        if last and last > self.told_change_id:
            self._tell_successors()
            self._tell_attendees()
            self.told_change_id = last

    def _tell_successors(self):
        for user_id, counts in self._received().items():
            user = self.env["res.users"].browse(user_id)
            plan = self._told_in(user)
            body = (
                self.env["ir.qweb"]
                .with_context(lang=user.lang)
                ._render(
                    "churn_handover.handover_summary",
                    {
                        "greeting": plan.env._("Hello %(name)s,", name=user.name),
                        "intro": plan.env._(
                            "you take over from %(name)s (%(plan)s):",
                            name=self.predecessor_id.name,
                            plan=mail_link(plan),
                        ),
                        "counts": [(rule.with_env(plan.env).name, count) for rule, count in counts],
                        "lines": plan.line_ids.search(
                            [
                                ("handover_id", "=", self.id),
                                ("successor_id", "=", user_id),
                                ("account_id", "!=", False),
                                ("state", "=", "done"),
                            ],
                            limit=ACCOUNTS_LISTED,
                        ),
                    },
                )
            )
            self.message_notify(
                partner_ids=user.partner_id.ids,
                author_id=self.user_id.partner_id.id,
                subject=plan.env._("You take over from %(name)s", name=self.predecessor_id.name),
                body=body,
            )

    def _received(self):
        """Return {user id: [(rule, number of records)]} of what was given to whom since they were last told."""
        self.env.cr.execute(
            """SELECT c.new_value #>> '{}', c.rule_id, count(DISTINCT c.res_id)
                 FROM churn_change c
                 JOIN churn_handover_line l ON l.id = c.line_id
                 JOIN churn_ownership_rule r ON r.id = c.rule_id
                  AND r.res_model = c.res_model AND r.field_name = c.field_name
                WHERE l.handover_id = %s AND c.id > %s AND r.policy = 'move' AND jsonb_typeof(c.new_value) = 'number'
                GROUP BY 1, r.sequence, c.rule_id ORDER BY 1, r.sequence""",
            [self.id, self.told_change_id],
        )
        received = defaultdict(list)
        for user_id, rule_id, count in self.env.cr.fetchall():
            rule = self.env["churn.ownership.rule"].browse(rule_id)
            if rule._field().comodel_name == "res.users":
                received[int(user_id)].append((rule, count))
        return received

    def _tell_attendees(self):
        """Tell everybody invited to moved meetings, once, who is there now."""
        changes = self.env["churn.change"].search(
            [
                ("handover_id", "=", self.id),
                ("id", ">", self.told_change_id),
                ("res_model", "=", "calendar.event"),
                ("field_name", "in", ("user_id", "partner_ids")),
            ]
        )
        events = self.env["calendar.event"].browse(set(changes.mapped("res_id"))).exists().filtered("active")
        ours = self.line_ids.predecessor_id.partner_id | self.line_ids.successor_id.partner_id
        by_attendee = defaultdict(events.browse)
        for event in events:
            for partner in event.partner_ids - ours:
                by_attendee[partner] |= event
        self.env["mail.mail"].create(
            [self._attendee_mail(partner, met) for partner, met in by_attendee.items() if partner.email]
        )

    def _attendee_mail(self, partner, events):
        env = self.with_context(lang=partner.lang or self.env.lang).env
        zones = {event: partner.tz or event.event_tz or event.user_id.tz or "UTC" for event in events}
        meetings = [
            env._(
                "%(time)s (%(timezone)s): %(meeting)s, with %(name)s",
                time=format_datetime(env, event.start, tz=zones[event], dt_format="short"),
                timezone=zone_name(env, zones[event]),
                meeting=event.name,
                name=event.user_id.name,
            )
            for event in events.sorted("start")
        ]
        body = env["ir.qweb"]._render(
            "churn_handover.handover_meetings",
            {
                "greeting": env._("Dear %(name)s,", name=partner.name),
                "intro": env._(
                    "%(name)s will not attend the following meetings. They take place as agreed:",
                    name=self.predecessor_id.name,
                ),
                "meetings": meetings,
                "sender": self.user_id.name,
                "company": (partner.company_id or self.user_id.company_id).name,
            },
        )
        return {
            "subject": env._("Your meetings with %(name)s", name=self.predecessor_id.name),
            "body_html": body,
            "email_from": self.user_id.email_formatted,
            "recipient_ids": [fields.Command.link(partner.id)],
            "auto_delete": True,
        }

    def _log_undo(self, lines):
        kept = self.env["churn.change"].search_count([("line_id", "in", lines.ids), ("state", "=", "kept")])
        self._message_log(
            body=self._told_in(self.user_id).env._(
                "Lines taken back by %(user)s: %(count)s. Values that somebody has changed since and that were kept: "
                "%(kept)s. Mails that were sent cannot be taken back.",
                user=self.env.user.name,
                count=len(lines),
                kept=kept,
            )
        )
