"""The demo company's handovers as people live them: letters and answers, dossiers, an introduction, follow-ups.

Emma Lindqvist, who leaves soon, took two of her accounts over three months ago; what the customers said since is here.
"""

from datetime import timedelta

import pytz

from .demo import MODULE, Demo

PROFILES = {
    "rossi": ("English, Italian, German", "Fifteen years of process industry; answers the same day"),
    "keller": ("English, German, Norwegian", "Calibration and offshore approvals"),
    "lindqvist": ("English, Swedish, Danish", "Food and fish farming"),
    "wu": ("普通话，English", "熟悉水处理行业，十年现场经验"),
    "xu": ("普通话，粤语", "仪表校准与售后服务"),
}
PEOPLE = {"china": ("chen", "zhao", "li", "wu", "xu"), "international": ("keller", "rossi", "lindqvist")}
WORDS = {
    "skagen": (
        "I have looked after offshore customers for six years and know your approval procedures.",
        "your delivery windows in Esbjerg and why the October order was split",
    ),
    "fjell": ("I speak Norwegian and was your contact person before Emma: I know your pens and your winters.", ""),
}
ANSWERS = {
    "skagen": (
        "Mette Holm signs up to 50,000; above that Søren, the plant director. Quality is against any change of sensor.",
        "By phone before nine. No mails on Fridays: they are offshore.",
        "Free recalibration in the second year, agreed with Mette in March.",
        "The leaking flange of 2024. Do not bring it up.",
        "A Danish reseller is cheaper; they stay because we answer within the hour.",
        "Show Mette the new level transmitter before the spring overhaul.",
    ),
    "fjell": (
        "Lars Moen decides alone, and quickly.",
        "He is on the pens until noon: call in the afternoon, never write long mails.",
        "Nothing that is not in the orders.",
        "",
        "",
        "",
    ),
}
FOLLOWUPS = {
    "skagen": (
        (
            "She called in the first week and knew our last three orders.",
            "A spare parts list for the spring overhaul",
            "",
        ),
        (5, "Quick and friendly"),
    ),
    "fjell": (
        ("All right so far, but we had to explain our pens again.", "", "Martin visited twice a year."),
        (3, "Fine, but we see less of you than before"),
    ),
}


def make(env):
    """Add to the demo company what its handovers have brought about; return how many records of a kind."""
    return Followups(env).make()


class Followups(Demo):
    def __init__(self, env):
        super().__init__(env)
        self.manager, self.leaver = self.users["chen"], self.users["lindqvist"]
        self.plan = env["churn.handover"].search(
            [("predecessor_id", "=", self.leaver.id), ("state", "=", "confirmed")], limit=1
        )
        self.lines = {key: self._line(key) for key in ("skagen", "fjell", "baltic")}

    def make(self):
        self._tell_profiles()
        self._prepare_the_key_account()
        self._write_letters()
        self._write_dossiers()
        self._introduce()
        self._refuse()
        self._do_outside()
        return {"follow-ups": self._follow_up(), "promises": self._promise()}

    def _line(self, key):
        return self.plan.line_ids.filtered(lambda line: line.account_id == self.accounts[key])

    def _tell_profiles(self):
        """What customers read about each of us; people of a team live in one time zone."""
        for key, zone in (("china", "Asia/Shanghai"), ("international", "Europe/Copenhagen")):
            for person in PEOPLE[key]:
                self.users[person].tz = zone
                self.users[person].employee_id.tz = zone
        for key, (languages, strengths) in PROFILES.items():
            self.users[key].write({"churn_languages": languages, "churn_strengths": strengths})

    def _prepare_the_key_account(self):
        self.lines["skagen"].tier_id = self.env.ref(f"{MODULE}.tier_key")
        for key, (adds, known) in WORDS.items():
            self.lines[key].write({"words_adds": adds, "words_known": known})

    def _write_letters(self):
        """One customer was told and is glad, one asks for a call; a third letter is still to be sent."""
        letters = self.env["churn.letter"]._prepare(self.lines["skagen"] | self.lines["fjell"] | self.lines["baltic"])
        sent = letters.filtered(lambda letter: letter.item_ids.line_id != self.lines["baltic"])
        sent._send()
        # as if the mail server had taken them; demo customers get no mail
        notifications = self.env["mail.notification"].search(
            [("mail_message_id.model", "=", "churn.letter"), ("mail_message_id.res_id", "in", sent.ids)]
        )
        self.env["mail.mail"].search([("model", "=", "churn.letter"), ("res_id", "in", sent.ids)]).unlink()
        notifications.write({"notification_status": "sent"})
        self.lines["skagen"].letter_item_ids._answer("fine")
        self.lines["fjell"].letter_item_ids._answer(
            "call", "Please call before Thursday, we want to talk about spring."
        )

    def _write_dossiers(self):
        """One was accepted, one waits for the successor, the others are still empty."""
        for key, answers in ANSWERS.items():
            dossier = self.lines[key].dossier_ids or self.env["churn.dossier"]._prepare(self.lines[key])
            for row, answer in zip(dossier.answer_ids.sorted("sequence"), answers, strict=False):
                row.answer = answer
            dossier.with_user(self.leaver).action_give()
        accepted = self.lines["skagen"].dossier_ids
        accepted.readiness_ids[:2].done = True
        accepted.with_user(accepted.successor_id).action_accept()

    def _introduce(self):
        line = self.lines["skagen"]
        for start in line._introduction_slots(self.accounts["skagen"])[:1]:
            moment = start.astimezone(pytz.utc).replace(tzinfo=None)
            self.env["churn.introduction"]._book(line, moment, by_customer=True)

    def _refuse(self):
        self.env["churn.refusal"].create(
            {
                "date": self.at(self.ago(1), 14),
                "user_id": self.leaver.id,
                "handover_id": self.plan.id,
                "kind": "export",
                "refused": True,
                "res_model": "res.partner",
                "record_count": len(self.lines),
                "names": ", ".join(line.account_id.name for line in self.lines.values()),
            }
        )

    def _do_outside(self):
        done = self.plan.checklist_ids.filtered(lambda item: item.task_id.responsible == "leaver")[:1]
        done.proof = "Team drive, folder International / Lindqvist"
        done.with_user(self.leaver).action_done()

    def _follow_up(self):
        """What customers were asked since Emma got two of her accounts; those of longer ago were asked, too."""
        lines = self.env["churn.handover.line"].search(
            [
                ("state", "=", "done"),
                ("successor_id", "=", self.leaver.id),
                ("account_id", "in", [self.accounts[key].id for key in FOLLOWUPS]),
            ]
        )
        self.env["churn.followup"]._plan_all()
        followups = self.env["churn.followup"].search([("line_id", "in", lines.ids)], order="due_date")
        for key, (answers, (stars, words)) in FOLLOWUPS.items():
            week, month, _quarter = followups.filtered(lambda f, key=key: f.account_id == self.accounts[key])
            names = ("answer_successor", "answer_wishes", "answer_before")
            week.write(dict(zip(names, answers, strict=True)))
            (week | month).state = "asked"
            month.rating_apply(stars, token=month._rating_get_access_token(), feedback=words)
            for followup in week | month:
                followup.with_user(self.manager).action_done()
                followup.done_date = followup.due_date + timedelta(days=1)
        former = self.env["churn.followup"].search([("line_id", "not in", lines.ids), ("state", "=", "planned")])
        for followup in former:
            followup.answer_successor = "Content: everything goes on as before."
            followup.with_user(self.manager).action_done()
            followup.done_date = followup.due_date + timedelta(days=1)
        return len(followups)

    def _promise(self):
        rows = (
            ("skagen", "Free recalibration in the second year", -200, 60),
            ("skagen", "Spare parts list for the spring overhaul", -80, -3),
            ("fjell", "Bring an oxygen probe for a trial", -20, 12),
            ("hanse", "Answer about the extended warranty", -9, -1),
        )
        promises = self.env["churn.promise"].create(
            [
                {
                    "name": name,
                    "account_id": self.accounts[key].id,
                    "user_id": self.accounts[key].user_id.id,
                    "date": self.day(made),
                    "due_date": self.day(due),
                }
                for key, name, made, due in rows
            ]
        )
        return len(promises)
