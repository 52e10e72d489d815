"""Quality messages: a quarter day by day with 5,000 contacts and four series, and one step for 50,000 contacts.

The quarter runs on the real engine under a frozen clock; the mail server is left out: what it would report is written
to the traces. In the benchmark the traces are also made here, as Odoo's composer would have made them: it needs more
than ten milliseconds per mail, and is no work of ours. In the test suite the composer itself makes them. What is
counted afterwards comes from the traces, not from our own book, so that a mistake there would show.
"""

import random
from collections import Counter, defaultdict
from datetime import date, timedelta
from time import perf_counter

from freezegun import freeze_time

from dev.bench import Figure

NEEDS_DATABASE = True
START = date(2026, 1, 5)
DAYS = 90
MANUAL = ("hiring", "training", "standard", "team")
SPOTLIGHT = ("outside", "achievement")
MARKER = "bench quality"
LARGE = 50_000


class Quarter:
    """A company of its own making, and its quarter.

    :param contacts: how many people can get messages: half of them addresses of companies
    :param people: employees with achievements; the last one leaves in the middle
    :param composer: whether Odoo's composer makes the mails
    """

    def __init__(self, env, contacts, people=12, days=DAYS, composer=True):
        self.composer = composer
        self.env = env(context=dict(env.context, tracking_disable=True, mail_create_nolog=True))
        self.lot = random.Random(7)
        self.days, self.transactional, self.shown = days, 0, []
        # What an earlier run left in this database is none of this quarter's business.
        self.env["churn.series"].search([]).active = False
        self.env["churn.message"].search([("state", "=", "ready")]).state = "retired"
        self.env["churn.achievement"].search([]).active = False
        self.tag = f"{MARKER} {self.env['churn.series'].search_count([('active', '=', False)])}"
        self.host = self.tag.replace(" ", "-")
        self.env.company.write({"churn_message_cap": 2, "churn_message_key_cap": 1, "churn_mailings_obey": True})
        with freeze_time(START):
            self.make_customers(contacts)
            self.make_people(people)
            self.make_messages()
            self.make_series(contacts)

    def make_customers(self, contacts):
        partners = self.env["res.partner"]
        self.accounts = partners.create(
            [
                {"name": f"{self.tag}-{n}", "is_company": True, "email": f"info@{self.host}-{n}.test", "lang": "en_US"}
                for n in range(contacts // 2)
            ]
        )
        partners.create(
            [
                {"name": f"Buyer {n}", "parent_id": account.id, "email": f"buyer@{self.host}-{n}.test"}
                for n, account in enumerate(self.accounts)
            ]
        )
        self.env["churn.account"].create(
            [
                {"partner_id": account.id, "company_id": self.env.company.id, "is_key_account": True}
                for account in self.accounts[::20]
            ]
        )

    def make_people(self, people):
        self.people = self.env["hr.employee"].create([{"name": f"Person {MARKER} {n:02}"} for n in range(people)])
        self.leaver = self.people[-1]
        for round_ in range(4):
            for number, person in enumerate(self.people):
                self.env["churn.achievement"].create(
                    {
                        "employee_id": person.id,
                        "name": f"Deed {round_}",
                        "is_outside": (number + round_) % 3 == 0,
                        "text": "Two sentences. About it.",
                        "consent": "given",
                    }
                )

    def make_messages(self):
        for kind in MANUAL:
            for edition in range(8):
                self.env["churn.message"].create(
                    {
                        "kind_id": self.env.ref(f"churn_handover.kind_{kind}").id,
                        "subject": f"{kind} {edition} {self.tag}",
                        "body": f"<p>Edition {edition}</p>",
                    }
                ).action_ready()

    def make_series(self, contacts):
        kinds = [self.env.ref(f"churn_handover.kind_{kind}").id for kind in SPOTLIGHT + MANUAL]
        mine = [("name", "=like", f"{self.tag}-%")]
        rows = [
            {"name": "Everybody", "interval_number": 7, "budget": contacts // 6},
            {"name": "The silent ones", "interval_number": 10, "silent_days": 21, "budget": contacts // 8},
            {
                "name": "Half of them",
                "interval_number": 9,
                "domain": repr([*mine, ("id", "in", self.accounts[::2].ids)]),
            },
            {"name": "Every day", "interval_number": 1, "budget": contacts // 100},
        ]
        self.series = self.env["churn.series"].create(
            [
                {
                    "domain": repr(mine),
                    "interval_type": "days",
                    "next_date": START,
                    "kind_ids": [(6, 0, kinds)],
                    "holdout_percent": 0,
                    "user_id": self.env.ref("base.user_admin").id,
                    "budget": contacts // 5,
                    **row,
                }
                for row in rows
            ]
        )
        self.series.action_start()

    # Day by day

    def run(self, each_day=None):
        for number in range(self.days):
            with freeze_time(START + timedelta(days=number)):
                self.day(number)
            if each_day:
                each_day(number)
        return self

    def day(self, number):
        if number == self.days // 2:
            self.leaver.departure_date = START + timedelta(days=self.days)
        if number % 20 == 5:
            self.ordinary()
        for series in self.series:
            if series.next_date <= START + timedelta(days=number):
                step = series._propose()
                if step:
                    step._launch()
                    self.send(step._mailings(), number)
        self.transactions()

    def send(self, mailings, number):
        for mailing in mailings:
            if not self.composer and mailing.churn_step_id:
                self.make_traces(mailing)
            elif mailing._get_remaining_recipients():
                mailing._action_send_mail()
        mails = self.env["mail.mail"].search([("mailing_id", "in", mailings.ids)])
        traces = mailings.mailing_trace_ids.filtered(lambda trace: trace.trace_status == "outgoing")
        failed = traces.filtered(lambda trace: self.lot.random() < 0.02)
        failed.set_failed(failure_type="mail_smtp")
        (traces - failed).set_sent()
        if any(self.leaver.name in (mailing.body_html or "") for mailing in mailings):
            self.shown.append(number)
        mails.unlink()

    def make_traces(self, mailing):
        places = self.env["churn.place"].search([("mailing_id", "=", mailing.id)])
        self.env["mailing.trace"].create(
            [
                {
                    "model": "res.partner",
                    "res_id": place.partner_id.id,
                    "email": place.email,
                    "mass_mailing_id": mailing.id,
                    "trace_status": "outgoing" if place.state == "reserved" else "cancel",
                    "failure_type": place.reason,
                }
                for place in places
            ]
        )
        mailing.state = "done"

    def ordinary(self):
        """What the marketing department sends: to every tenth company."""
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": MARKER,
                "body_html": "<p>Offer</p>",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": repr([("id", "in", self.lot.sample(self.accounts.ids, len(self.accounts) // 10))]),
            }
        )
        self.send(mailing, 0)

    def transactions(self):
        """Invoices and answers: plain mails, to companies that may be at their cap."""
        mails = self.env["mail.mail"].create(
            [
                {"subject": f"Invoice {MARKER}", "body_html": "<p>Pay</p>", "recipient_ids": [(4, account.id)]}
                for account in self.accounts[:5]
            ]
        )
        self.transactional += len(mails.filtered(lambda mail: mail.state == "outgoing"))
        mails.unlink()

    # What happened

    def counts(self):
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT trace.email, partner.commercial_partner_id, trace.sent_datetime::date,
                      COALESCE('s' || mailing.churn_step_id, 'm' || mailing.id), message.kind_id, trace.trace_status,
                      trace.failure_type
                 FROM mailing_trace trace
                 JOIN mailing_mailing mailing ON mailing.id = trace.mass_mailing_id
            LEFT JOIN churn_message message ON message.id = mailing.churn_message_id
                 JOIN res_partner partner ON partner.id = trace.res_id
                WHERE trace.model = 'res.partner' AND trace.email LIKE %s
                ORDER BY trace.sent_datetime, trace.id""",
            [f"%@{self.host}-%"],
        )
        rows = self.env.cr.fetchall()
        sent = [row for row in rows if row[5] == "sent"]
        days, launches, kinds = defaultdict(list), defaultdict(set), defaultdict(Counter)
        for email, account, day, launch, kind, *_rest in sent:
            days[email].append(day)
            launches[account].add((day, launch))
            if kind:
                kinds[account][(launch, kind)] += 1
        keys = set(self.accounts[::20].ids)
        cap = {account: 1 if account in keys else 2 for account in self.accounts.ids}
        account_of = {row[0]: row[1] for row in rows}
        return {
            "sent": len(sent),
            "failed": sum(row[5] == "error" for row in rows),
            "left_out": sum(row[5] == "cancel" for row in rows),
            "left_out_reasons": Counter(row[6] for row in rows if row[5] == "cancel"),
            "reached": len(days),
            "over_cap": sum(most(days[email]) > cap[account_of[email]] for email in days),
            "accounts_over_cap": sum(most([day for day, _ in launches[one]]) > cap[one] for one in launches),
            "out_of_turn": sum(self.uneven(kinds[account]) > 1 for account in kinds),
            "leaver_shown": sum(number >= self.days // 2 for number in self.shown),
            "twice_too_early": self.twice_too_early(),
            "people_shown": len(self.shown_people()),
            "transactional": self.transactional,
        }

    def uneven(self, heard):
        """Most minus least often heard of the kinds that always had something new."""
        kinds = Counter(kind for _launch, kind in heard)
        always = [self.env.ref(f"churn_handover.kind_{kind}").id for kind in MANUAL]
        return max(kinds[kind] for kind in always) - min(kinds[kind] for kind in always)

    def bulletins(self):
        """People per bulletin that customers got, in the order in which they were made."""
        lines = self.env["churn.message.line"].search([("achievement_id.employee_id", "in", self.people.ids)])
        lines = lines.filtered(lambda line: line.message_id._was_sent())
        by_message = lines.grouped("message_id")
        return [
            by_message[message].achievement_id.employee_id for message in sorted(by_message, key=lambda one: one.id)
        ]

    def shown_people(self):
        return {person for some in self.bulletins() for person in some.ids}

    def twice_too_early(self):
        """Showings of somebody a second time while another, who had something and stays, was never shown."""
        seen, early = set(), 0
        for some in self.bulletins():
            waiting = set((self.people - self.leaver).ids) - seen - set(some.ids)
            early += len(seen & set(some.ids)) if waiting else 0
            seen |= set(some.ids)
        return early


def most(days, window=30):
    """The most messages in any window of days in a row."""
    return max((sum(start <= day < start + timedelta(days=window) for day in days) for start in days), default=0)


def run(context):
    env = context.env
    figures = large(env)
    env.invalidate_all()
    began = perf_counter()
    quarter = Quarter(env, 5000, composer=False).run(lambda _number: (env.cr.commit(), env.invalidate_all()))
    counts = quarter.counts()
    seconds = perf_counter() - began
    return [
        *figures,
        Figure("quarter: contacts", 5000),
        Figure("quarter: messages sent", counts["sent"]),
        Figure("quarter: contacts reached", counts["reached"]),
        Figure("quarter: failed, place given back", counts["failed"]),
        Figure("quarter: left out, cancelled trace", counts["left_out"]),
        Figure("quarter: contacts over the cap on any day", counts["over_cap"], target=0),
        Figure("quarter: accounts over the cap on any day", counts["accounts_over_cap"], target=0),
        Figure("quarter: accounts with a kind out of turn", counts["out_of_turn"], target=0),
        Figure("quarter: shown twice before all once", counts["twice_too_early"], target=0),
        Figure("quarter: people shown", counts["people_shown"], baseline=f"of {len(quarter.people)}, one leaves"),
        Figure("quarter: mails showing the leaver after the notice", counts["leaver_shown"], target=0),
        Figure("quarter: transactional mails untouched", counts["transactional"], baseline=f"of {5 * DAYS}"),
        Figure("quarter: time", seconds, "s"),
    ]


def large(env):
    """One step for 50,000 contacts: the plan, and the launch with its 75,000 locks."""
    env["churn.series"].search([]).active = False
    make_large(env)
    # What an earlier run in this database left would count: with two of them all have had enough.
    env.cr.execute("DELETE FROM churn_place WHERE email LIKE %s", ["%@large-%.test"])
    env.invalidate_all()
    message = env["churn.message"].create(
        {
            "kind_id": env.ref("churn_handover.kind_hiring").id,
            "subject": f"Large {perf_counter()}",
            "body": "<p>News</p>",
        }
    )
    message.action_ready()
    series = env["churn.series"].create(
        {
            "name": "Large",
            "domain": repr([("name", "=like", f"{MARKER} large %")]),
            "kind_ids": [(4, message.kind_id.id)],
            "holdout_percent": 10,
            "user_id": env.ref("base.user_admin").id,
            "budget": 0,
        }
    )
    series.action_start()
    env.cr.commit()
    began = perf_counter()
    step = series._propose()
    planned = perf_counter() - began
    env.cr.commit()
    began = perf_counter()
    step._launch()
    env.flush_all()
    launched = perf_counter() - began
    places = env["churn.place"].search_count([("step_id", "=", step.id), ("state", "=", "reserved")])
    step._mailings().write({"state": "draft"})  # nobody sends 50,000 mails here
    env.cr.commit()
    return [
        Figure("large: contacts", LARGE),
        Figure("large: reserved", places, "", 0.85 * LARGE, "more", "10 % of the accounts are held out"),
        Figure("large: plan of a step", planned, "s", target=40),
        Figure("large: launch of a step", launched, "s", target=40),
        Figure("large: plan and launch", planned + launched, "s", target=60),
    ]


def make_large(env):
    """25,000 companies with a person each, in SQL: the ORM would take minutes, and is not what is measured."""
    env.flush_all()
    env.cr.execute("SELECT count(*) FROM res_partner WHERE name LIKE %s", [f"{MARKER} large %"])
    if env.cr.fetchone()[0]:
        return
    columns = (
        "name, complete_name, is_company, active, type, email, email_normalized, lang, autopost_bills, "
        "commercial_partner_id, parent_id"
    )
    env.cr.execute(
        f"""INSERT INTO res_partner ({columns})
            SELECT %(name)s || n, %(name)s || n, TRUE, TRUE, 'contact', 'info@large-' || n || '.test',
                   'info@large-' || n || '.test', 'en_US', 'ask', NULL, NULL
              FROM generate_series(1, %(half)s) n""",
        {"name": f"{MARKER} large ", "half": LARGE // 2},
    )
    env.cr.execute("ANALYZE res_partner")
    env.cr.execute(
        "UPDATE res_partner SET commercial_partner_id = id WHERE name LIKE %s AND parent_id IS NULL",
        [f"{MARKER} large %"],
    )
    env.cr.execute(
        f"""INSERT INTO res_partner ({columns})
            SELECT 'Buyer', 'Buyer', FALSE, TRUE, 'contact', 'buyer@large-' || id || '.test',
                   'buyer@large-' || id || '.test', 'en_US', 'ask', id, id
              FROM res_partner WHERE name LIKE %(name)s""",
        {"name": f"{MARKER} large %"},
    )
    env.cr.execute("ANALYZE res_partner")
    env.cr.commit()
    env.invalidate_all()
