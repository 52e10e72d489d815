"""What the demo company does to show all its people: achievements, two running series, sessions, standards.

Days count from today. Everything that tells of the past is dated back after it was made; no mail leaves the house.
"""

import random
from datetime import timedelta

from odoo.fields import Command

from .demo import MODULE, Demo
from .quality_words import ACHIEVEMENTS, HIRING, SCHOOLED

# days ago, kind
WORK_STEPS = ((280, "hiring"), (245, "standard"))
PEOPLE_STEPS = ((84, "outside"), (56, "team"), (28, "achievement"))
# days before the last of these steps, subject; who got both
MAILINGS = ((2, "Autumn prices"), (5, "Meet us at the water fair"))
MARKETED = ("alpenwerk", "jiahe", "nordvik", "molen")
SESSION_ACCOUNTS = ("hengyuan", "tianhe", "hanse", "molen", "xingda", "nordvik")
COLLEAGUES = {"en_US": "Our foreman", "zh_CN": "我们的车间主任"}
OPINIONS = (
    ("5", "5", "5", "希望温度测量也办一场。"),
    ("4", "5", "4", "多些试验台上的操作，少些幻灯片。"),
    ("5", "4", "5", ""),
    ("3", "4", "4", "Begin at ten, we come from far away."),
)
CHECKS = (("wu", "zhao", 40, 3), ("xu", "zhao", 33, 4), ("rossi", "keller", 21, 3), ("keller", "keller", 12, 4))


def make(env):
    """Add it to the demo company; return {what: number of records}."""
    return QualityDemo(env).make()


class QualityDemo(Demo):
    def __init__(self, env):
        super().__init__(env)
        self.manager = self.users["chen"]
        self.company = self.manager.company_id

    def kind(self, name):
        return self.env.ref(f"{MODULE}.kind_{name}")

    def make(self):
        entries = self.make_achievements()
        self.make_messages()
        steps = self.run_series(entries)
        return {
            "achievements": len(entries),
            "steps of series": len(steps),
            "training sessions": len(self.make_sessions()),
            "checks of standards": len(self.make_checks()),
        }

    # Content

    def make_achievements(self):
        entries = self.env["churn.achievement"]
        for person, days, outside, consent, name, text in ACHIEVEMENTS:
            entries += entries.create(
                {
                    "employee_id": self.users[person].employee_id.id,
                    "name": name,
                    "date": self.ago(days),
                    "is_outside": outside,
                    "text": text,
                    "consent": consent,
                    "consent_date": self.ago(days - 1) if consent == "given" else False,
                }
            )
        return self.say_in_chinese(entries, "name", "text")

    def make_messages(self):
        hiring, schooled = self.written("hiring", HIRING), self.written("training", SCHOOLED)
        messages = self.env["churn.message"].with_user(self.manager)
        standard, team = messages.create([{"kind_id": self.kind(name).id} for name in ("standard", "team")])
        standard.action_take_facts()
        (hiring | standard | team | schooled).action_ready()
        schooled.sudo().facts_on = self.ago(200)  # past its shelf life: it waits for facts of today

    def written(self, kind, lines):
        """A message of the manager's own words, in both languages."""
        message = (
            self.env["churn.message"]
            .with_user(self.manager)
            .create(
                {
                    "kind_id": self.kind(kind).id,
                    "line_ids": [
                        Command.create({"name": name, "text": text, "sequence": number})
                        for number, (name, text) in enumerate(lines)
                    ],
                }
            )
        )
        self.say_in_chinese(message.line_ids, "name", "text")
        return message

    # Series

    def run_series(self, entries):
        """The steps of the past, and one that waits for the manager."""
        work = self.series("series_work", {"silent_days": 0, "budget": 0})
        steps = self.launch_past(work, WORK_STEPS, entries)
        work.next_date = self.day(20)
        # Who changes hands soon was not known then, and heard nothing: that is what the next series is for.
        changes = self.env.execute_query(self.env["churn.handover.line"]._changes_ahead(self.today))
        soon = [account for account, day in changes if account and day <= self.day(60)]
        people = self.series("series_people", {"auto_days": 4, "silent_days": 0, "budget": 12})
        people.domain = repr([("id", "not in", soon)])
        steps += self.launch_past(people, PEOPLE_STEPS[:-1], entries)
        ordinary = self.ordinary_mailings()
        steps += self.launch_past(people, PEOPLE_STEPS[-1:], entries)
        for place in ordinary:
            place.sent_on -= timedelta(days=PEOPLE_STEPS[-1][0])
        people.write({"domain": "[]", "next_date": self.day(3)})
        refused = steps[-1].place_ids.filtered(lambda place: place.state == "sent")[:1]
        self.env["churn.message.optout"]._set(refused.email, refused.kind_id, refused.mailing_id.id)
        before = self.series("series_before_change", {})
        steps += before._propose()
        return steps

    def ordinary_mailings(self):
        """Two mailings of the marketing people in one week: who got both has had enough for a month."""
        partners = self.env["res.partner"].concat(*(self.contact(key) for key in MARKETED))
        places = self.env["churn.place"]
        for days, subject in MAILINGS:
            day = self.ago(days)
            mailing = self.env["mailing.mailing"].create(
                {
                    "subject": subject,
                    "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                    "mailing_domain": repr([("id", "in", partners.ids)]),
                    "user_id": self.manager.id,
                    "state": "done",
                    "sent_date": self.at(self.ago(days + PEOPLE_STEPS[-1][0])),
                }
            )
            places += places.create(
                [
                    {
                        "email": partner.email_normalized,
                        "partner_id": partner.id,
                        "account_id": partner.commercial_partner_id.id,
                        "company_id": self.company.id,
                        "mailing_id": mailing.id,
                        "state": "sent",
                        "sent_on": day,
                    }
                    for partner in partners
                ]
            )
        return places

    def launch_past(self, series, past, entries):
        """Launch steps of one kind each, so many days ago, with what was known and agreed to by then."""
        steps, kinds = self.env["churn.step"], series.kind_ids
        agreed = entries.filtered(lambda entry: entry.consent == "given")
        for days, kind in past:
            later = agreed.filtered(lambda entry, days=days: entry.date > self.ago(days))
            later.consent = "open"
            series.kind_ids = self.kind(kind)
            step = series._propose()
            if step:
                step._launch()
                self.date_back(step, days)
                steps += step
            later.consent = "given"
        series.kind_ids = kinds
        return steps

    def series(self, name, values):
        series = self.env.ref(f"{MODULE}.{name}")
        series.write({**values, "user_id": self.manager.id})
        series.action_start()
        return series

    def date_back(self, step, days):
        """Let the mails have been sent, and customers have done something with them, so many days ago."""
        day = self.ago(days)
        moment = self.at(day, 7)
        mailings, lot = step._mailings(), random.Random(days)
        traces = self.env["mailing.trace"].create(
            [
                {
                    "model": "res.partner",
                    "res_id": place.partner_id.id,
                    "email": place.email,
                    "mass_mailing_id": place.mailing_id.id,
                    "sent_datetime": moment,
                    **self.reaction(lot, moment),
                }
                for place in step.place_ids.filtered(lambda place: place.state == "reserved")
            ]
        )
        mailings.write({"state": "done", "sent_date": moment})
        self.env["churn.place"]._follow_traces(traces.ids)
        step.place_ids.filtered(lambda place: place.state == "sent").sent_on = day
        step.write({"date": day, "launched_at": moment})
        self.env["churn.series.member"].search([("series_id", "=", step.series_id.id)]).filtered(
            lambda member: member.since > day
        ).since = day
        step.message_ids_used.line_ids.filtered("achievement_id").picked_on = day
        step.message_ids_used.facts_on = day

    def reaction(self, lot, moment):
        """What a recipient did: half of them open it, some click, a few answer, a few never get it."""
        chance = lot.random()
        if chance < 0.04:
            return {"trace_status": "bounce", "failure_type": "mail_bounce"}
        if chance < 0.5:
            return {"trace_status": "sent"}
        opened = {"open_datetime": moment + timedelta(hours=lot.randint(1, 60))}
        if chance > 0.8:
            opened["links_click_datetime"] = opened["open_datetime"] + timedelta(minutes=2)
        return {**opened, "trace_status": "reply" if chance > 0.94 else "open"}

    # Sessions and standards

    def make_sessions(self):
        sessions = self.env["churn.training"].create(
            [
                {
                    "name": "Reading a pump curve",
                    "start": self.at(self.ago(45), 6),
                    "hours": 3,
                    "place": "Workshop, Shanghai",
                    "trainer": "Xu Na 许娜",
                    "text": "Where the curve tells the truth, and where it flatters. With a pump to listen to.",
                    "places": 8,
                    "user_id": self.manager.id,
                },
                {
                    "name": "Measuring dirty water",
                    "start": self.at(self.day(16), 7),
                    "hours": 4,
                    "place": "Online and in Hamburg",
                    "trainer": "Martin Keller",
                    "text": "Which sensor survives in which water. Bring a sample of yours.",
                    "places": 10,
                    "user_id": self.manager.id,
                },
            ]
        )
        past, coming = self.say_in_chinese(sessions, "name", "text", "place")
        contacts = [self.contact(key) for key in SESSION_ACCOUNTS]
        self.invite(past, contacts, 66, ("come", "come", "colleague", "come", "no", None))
        for row, (useful, people, again, wish) in zip(past.invitation_ids._comes(), OPINIONS, strict=True):
            row._give_opinion((useful, people, again), wish)
            row.opinion_at = self.at(self.ago(44), 8)
        past.state = "held"
        others = [self.contact(key) for key in ("delmare", "bluewater", "baolai", "huarui")]
        self.invite(coming, others, 5, ("come", None, "colleague", None))
        coming._choose(self.contact("alpenwerk") | self.contact("jiahe"))
        return sessions

    def invite(self, session, contacts, days, answers):
        """Invited so many days ago, and what they answered the day after."""
        session._choose(self.env["res.partner"].concat(*contacts))
        day = self.ago(days)
        for row, answer in zip(session.invitation_ids, answers, strict=True):
            row.write(
                {
                    "state": "invited",
                    "invited_on": day,
                    "answer": answer,
                    "colleague": COLLEAGUES[row.partner_id.lang] if answer == "colleague" else False,
                    "answered_at": self.at(day, 9) + timedelta(days=1) if answer else False,
                }
            )
        self.env["churn.place"].create(
            [
                {
                    "email": row.partner_id.email_normalized,
                    "partner_id": row.partner_id.id,
                    "account_id": row.partner_id.commercial_partner_id.id,
                    "company_id": self.company.id,
                    "training_id": session.id,
                    "kind_id": self.kind("training").id,
                    "content_key": f"training-{session.id}-invite",
                    "state": "sent",
                    "sent_on": day,
                }
                for row in session.invitation_ids
            ]
        )

    def make_checks(self):
        standard = self.env.ref(f"{MODULE}.standard_meeting")
        checks = self.env["churn.standard.check"]
        for person, checker, days, kept in CHECKS:
            check = checks.create(
                {
                    "standard_id": standard.id,
                    "user_id": self.users[person].id,
                    "checker_id": self.users[checker].id,
                    "is_self_check": person == checker,
                    "date": self.ago(days),
                    "company_id": self.company.id,
                }
            )
            for number, line in enumerate(check.line_ids):
                line.result = "kept" if number < kept else "missed"
            check.action_done()
            checks += check
        return checks + self.draw_checks()

    def draw_checks(self):
        """Two spot checks of these weeks, which their leaders find on their lists."""
        standard = self.env.ref(f"{MODULE}.standard_answer")
        drawn = self.env["churn.standard.draw"].create(
            {
                "standard_id": standard.id,
                "company_id": self.company.id,
                "user_id": self.manager.id,
                "number": 2,
                "date_to": self.day(20),
                "seed": "northlight",
            }
        )
        drawn.action_draw()
        return drawn.check_ids
