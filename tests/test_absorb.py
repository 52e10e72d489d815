from datetime import date, timedelta

from odoo import fields
from odoo.fields import Command

from .common_account import AccountCase


class AbsorbCase(AccountCase):
    """Zoe Ltd, Bob's, becomes part of Acme, Ann's: merged by the stock wizard, or made a contact of Acme."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.zoe = cls.env["res.partner"].create({"name": "Zoe Ltd", "is_company": True, "user_id": cls.bob.id})
        cls.category = cls.env["product.category"].create({"name": "Pumps"})

    def merge(self):
        wizard = self.env["base.partner.merge.automatic.wizard"].create(
            {
                "partner_ids": [Command.set((self.acme | self.zoe).ids)],
                "dst_partner_id": self.acme.id,
                "state": "selection",
            }
        )
        wizard.action_merge()
        self.env.invalidate_all()

    def nest(self):
        self.zoe.write({"parent_id": self.acme.id, "is_company": False})
        self.env.invalidate_all()

    @classmethod
    def figures(cls, partner, **values):
        values = {"partner_id": partner.id, "company_id": cls.env.company.id, **values}
        return cls.env["churn.account"].create(values)

    @classmethod
    def programme(cls, name):
        return cls.env["churn.programme"].create({"name": name})

    @classmethod
    def joined(cls, programme, row, **values):
        member = cls.env["churn.programme.member"].create({"programme_id": programme.id, "account_id": row.id})
        member.write(values)
        return member


class TestFigures(AbsorbCase):
    """What hangs on the figures of a company is history: it goes on with the account that stays."""

    def test_losses(self):
        losses = self.env["churn.loss"]
        zoe = self.figures(self.zoe)
        losses.create({"account_id": zoe.id, "competitor": "Rival"}).sudo().state = "won_back"
        self.env.flush_all()
        losses.create({"account_id": zoe.id, "evidence": "Said so"})
        self.merge()
        kept = losses.search([("partner_id", "=", self.acme.id)], order="id")
        self.assertEqual(kept.mapped("competitor"), ["Rival", False])
        self.assertEqual(kept.mapped("state"), ["relapsed", "lost"])
        self.assertEqual(kept.account_id.partner_id, self.acme)

    def test_both_are_lost(self):
        """A customer is lost once: the other loss stays known, but is no work any more."""
        mine, theirs = (
            self.env["churn.loss"].create({"account_id": self.figures(partner).id}) for partner in (self.acme, self.zoe)
        )
        self.nest()
        self.assertEqual((mine | theirs).partner_id, self.acme)
        self.assertEqual((mine.state, theirs.state), ("lost", "closed"))

    def test_results_of_programmes(self):
        mine, theirs = self.figures(self.acme), self.figures(self.zoe)
        done, other, own, both = (self.programme(name) for name in ("Spring", "Summer", "Autumn", "Winter"))
        proof = self.joined(done, theirs, group="treated", kept=True, revenue=500)
        running = self.joined(other, theirs, group="holdout", running_purpose="retain")
        here = self.joined(own, mine, group="treated", running_purpose="retain")
        twice = self.joined(both, mine, group="treated") | self.joined(both, theirs, group="holdout")
        self.merge()
        self.assertEqual((proof.partner_id, proof.account_id, proof.revenue), (self.acme, mine, 500))
        self.assertEqual((running.partner_id, running.group, running.running_purpose), (self.acme, "holdout", False))
        self.assertEqual(here.running_purpose, "retain")
        self.assertEqual(twice.exists().mapped("group"), ["treated"])

    def test_answers_to_suggestions(self):
        mine, theirs = self.figures(self.acme), self.figures(self.zoe)
        values = {"category_id": self.category.id}
        refused, here, twice = self.env["churn.suggestion"].create(
            [
                {**values, "account_id": theirs.id, "state": "refused", "refusal": "price"},
                {**values, "account_id": mine.id},
                {**values, "account_id": theirs.id},
            ]
        )
        self.merge()
        self.assertEqual((refused.partner_id, refused.refusal), (self.acme, "price"))
        self.assertEqual(here.state, "open")
        self.assertFalse(twice.exists())

    def test_months_and_warnings(self):
        mine, theirs = self.figures(self.acme), self.figures(self.zoe)
        july, june = date(2026, 7, 1), date(2026, 6, 1)
        self.env["churn.score"].create(
            [
                {"account_id": mine.id, "month": july, "probability": 0.1},
                {"account_id": theirs.id, "month": july, "probability": 0.9},
                {"account_id": theirs.id, "month": june, "probability": 0.8},
            ]
        )
        kind = self.env["churn.warning.kind"].search([], limit=1)
        warning = {"kind_id": kind.id, "company_id": self.env.company.id, "date": july, "key": "same"}
        self.env["churn.warning"].create(
            [
                {**warning, "account_id": mine.id},
                {**warning, "account_id": theirs.id},
                {**warning, "account_id": theirs.id, "closed_on": july},
            ]
        )
        self.merge()
        months = {score.month: score.probability for score in mine.score_ids}
        self.assertEqual(months, {july: 0.1, june: 0.8})
        self.assertEqual(sorted(mine.warning_ids.mapped(lambda row: bool(row.closed_on))), [False, True])

    def test_account_that_had_no_row(self):
        """As after a double entry: the history is all on the record that goes."""
        row = self.figures(self.zoe, is_key_account=True)
        self.env["churn.score"].create({"account_id": row.id, "month": date(2026, 7, 1), "probability": 0.5})
        self.nest()
        self.assertEqual(len(self.acme.churn_account_ids.score_ids), 1)
        self.assertTrue(self.acme.churn_is_key_account)


class TestRows(AbsorbCase):
    """What may be there once for an account does not stop a merge, and what only one of them has is not lost."""

    def test_contacts_of_one_colleague(self):
        self.env.cr.execute(
            """INSERT INTO churn_contact (account_id, user_id, kind, days)
               VALUES (%(acme)s, %(ann)s, 'mail', 3), (%(zoe)s, %(ann)s, 'mail', 2),
                      (%(zoe)s, %(ann)s, 'meeting', 1)""",
            {"acme": self.acme.id, "zoe": self.zoe.id, "ann": self.ann.id},
        )
        self.merge()
        rows = self.env["churn.contact"].search([("user_id", "=", self.ann.id)], order="kind")
        self.assertEqual(rows.account_id, self.acme)
        self.assertEqual([(row.kind, row.days) for row in rows], [("mail", 3), ("meeting", 1)])

    def test_cases(self):
        cases = self.env["churn.case"]
        mine, theirs = (cases.create({"account_id": partner.id}) for partner in (self.acme, self.zoe))
        decided = theirs.copy({"user_id": self.bob.id, "state": "closed"})
        self.merge()
        self.assertEqual((mine | theirs | decided).account_id, self.acme)
        self.assertEqual((mine.state, theirs.state, decided.state), ("proposed", "dismissed", "closed"))
        self.assertIn("Acme", theirs.message_ids[0].body)

    def test_case_and_exception_of_who_becomes_a_contact(self):
        case = self.env["churn.case"].create({"account_id": self.zoe.id})
        exception = self.env["churn.rotation.exception"].create(
            {"account_id": self.zoe.id, "reason": "Jubilee", "date_to": self.today + timedelta(days=9)}
        )
        self.nest()
        self.assertEqual((case.account_id, case.state, exception.account_id), (self.acme, "proposed", self.acme))

    def test_rotation_plan(self):
        schedule = self.env["churn.rotation.schedule"].create({"name": "All", "first_date": self.today})
        values = {"schedule_id": schedule.id, "predecessor_id": self.bob.id}
        mine, theirs, done = self.env["churn.rotation.line"].create(
            [
                {**values, "account_id": self.acme.id},
                {**values, "account_id": self.zoe.id},
                {**values, "account_id": self.zoe.id, "state": "confirmed"},
            ]
        )
        self.merge()
        self.assertFalse(theirs.exists())
        self.assertEqual((mine | done).account_id, self.acme)

    def test_series(self):
        first, second = (self.env["churn.series"].create({"name": name}) for name in ("Our People", "Outside"))
        members = self.env["churn.series.member"].create(
            [
                {
                    "series_id": series.id,
                    "account_id": partner.id,
                    "since": self.today,
                    "is_holdout": partner == self.zoe,
                }
                for series, partner in ((first, self.acme), (first, self.zoe), (second, self.zoe))
            ]
        )
        self.merge()
        kept = members.exists()
        self.assertEqual((kept.account_id, kept.mapped("is_holdout")), (self.acme, [False, True]))

    def test_invitations(self):
        """Of two invitations to one training the answered one stays."""
        training = self.env["churn.training"].create(
            {
                "name": "Pumps",
                "start": fields.Datetime.now() + timedelta(days=9),
                "invitation_ids": [Command.create({"partner_id": one.id}) for one in self.acme | self.zoe],
            }
        )
        mine, theirs = training.invitation_ids.sorted(lambda row: row.partner_id != self.acme)
        theirs.write({"state": "invited", "answer": "come"})
        self.merge()
        self.assertFalse(mine.exists())
        self.assertEqual((theirs.partner_id, theirs.answer), (self.acme, "come"))

    def test_absence(self):
        """Who covered is known afterwards, too: lines of an absence that is over stay."""
        (self.acme | self.zoe).user_id = self.ann
        absence = self.env["churn.absence"].create(
            {
                "user_id": self.ann.id,
                "date_from": self.today,
                "date_to": self.today + timedelta(days=4),
                "cover_id": self.bob.id,
            }
        )
        absence.action_confirm()
        self.env.flush_all()
        self.env.cr.execute("UPDATE churn_absence SET state = 'over' WHERE id = %s", absence.ids)
        self.env.invalidate_all()
        self.assertEqual(absence.line_ids.account_id, self.acme | self.zoe)
        self.merge()
        self.assertEqual((absence.line_ids.account_id, len(absence.line_ids)), (self.acme, 1))
