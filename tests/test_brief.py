"""One brief per account: published in versions, confirmed by everybody who serves it, seen by nobody else."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common_handover import MANAGER
from .common_team import TeamCase


class BriefCase(TeamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.member = cls.env["churn.team.member"].create(
            {"account_id": cls.acme.id, "user_id": cls.ann.id, "role_id": cls.role.id}
        )
        cls.brief = cls.env["churn.brief"].create({"account_id": cls.acme.id, "position": "Preferred supplier"})
        cls.env.flush_all()

    def publish(self, user=None, **values):
        brief = self.brief.with_user(user or self.old)
        if values:
            brief.write(values)
        brief.action_publish()
        self.env.invalidate_all()
        return self.brief.current_id

    def waiting(self):
        rows = self.env["churn.brief.reader"].search([("brief_id", "=", self.brief.id), ("is_confirmed", "=", False)])
        return rows.user_id


class TestBrief(BriefCase):
    def test_publishing_keeps_every_version(self):
        first = self.publish()
        self.assertEqual((first.number, first.position, first.published_by_id), (1, "Preferred supplier", self.old))
        with self.assertRaisesRegex(UserError, "Nothing has changed since version 1"):
            self.brief.action_publish()
        self.brief.position = "Sole supplier"
        self.assertTrue(self.brief.is_changed)
        self.assertEqual(self.brief.current_id, first, "what is not published is not the brief yet")
        self.assertIn("Preferred supplier", self.brief.current_html, "who confirms reads what is published")
        second = self.publish(donts="No prices on the phone")
        self.assertEqual((second.number, first.position), (2, "Preferred supplier"))
        self.brief.tone = "Loud"
        self.brief.action_take_back()
        self.assertEqual((self.brief.tone, self.brief.is_changed), (False, False))

    def test_an_empty_brief_is_no_brief(self):
        self.brief.position = "  "
        with self.assertRaisesRegex(UserError, "empty"):
            self.brief.action_publish()

    def test_two_versions_are_compared_line_by_line(self):
        self.publish(dos="Call first\nBring drawings")
        second = self.publish(dos="Call first\nBring <b>samples</b>", tone="Formal")
        self.assertEqual(second.compare_id.number, 1)
        self.assertIn("<del class='d-block text-danger'>Bring drawings</del>", second.difference)
        self.assertIn("Bring &lt;b&gt;samples&lt;/b&gt;</ins>", second.difference, "text is data, not markup")
        self.assertIn("Tone", second.difference)
        self.assertNotIn("Our Position", second.difference)
        third = self.publish(tone="Formal, in German")
        third.compare_id = second.brief_id.version_ids.filtered(lambda one: one.number == 1)
        self.assertIn("samples", third.difference)

    def test_everybody_confirms_the_current_version(self):
        self.publish()
        self.assertEqual(self.waiting(), self.ann, "who published it knows it")
        self.assertTrue(self.brief.with_user(self.ann).to_confirm)
        self.brief.with_user(self.ann).action_confirm()
        self.brief.with_user(self.ann).action_confirm()
        self.assertFalse(self.waiting())
        self.assertEqual(len(self.brief.current_id.confirmation_ids), 2)
        self.publish(user=self.ann, tone="Formal")
        self.assertEqual(self.waiting(), self.old, "a new version is confirmed anew")

    def test_who_joins_confirms_and_who_leaves_does_not(self):
        self.publish()
        self.brief.with_user(self.ann).action_confirm()
        self.serve(self.bob, date_from=self.today + timedelta(days=1))
        self.assertFalse(self.waiting(), "begins tomorrow")
        self.serve(self.dan)
        self.env.invalidate_all()
        self.assertEqual(self.waiting(), self.dan)
        self.dan.with_context(churn_archive_only=True).active = False
        self.env.invalidate_all()
        self.assertFalse(self.waiting())
        self.acme.user_id = self.bob
        self.env.invalidate_all()
        self.assertEqual(self.waiting(), self.bob, "the new owner")

    def test_what_was_not_read_is_not_confirmed(self):
        first = self.publish()
        self.publish(user=self.old, tone="Formal")
        seen = self.brief.with_user(self.ann).with_context(churn_version_id=first.id)
        with self.assertRaisesRegex(UserError, "Version 2 was published meanwhile"):
            seen.action_confirm()

    def test_the_unconfirmed_are_seen(self):
        self.publish()
        card = self.env.ref("churn_handover.today_brief_confirm")
        for user, count in ((self.ann, 1), (self.old, 0), (self.bob, 0)):
            mine = card.with_user(user)
            mine.invalidate_recordset()
            self.assertEqual(mine.count, count, user.name)
        watch = self.env.ref("churn_handover.today_brief_unconfirmed").with_user(self.manager)
        self.assertEqual(watch.count, 1)
        self.assertEqual(self.acme.with_user(self.manager).churn_brief_open, 1)
        self.assertTrue(self.acme.with_user(self.ann).churn_brief_waits)
        self.acme.with_user(self.ann).action_churn_brief_confirm()
        self.env.invalidate_all()
        self.assertEqual(watch.count, 0)
        self.assertFalse(self.acme.with_user(self.ann).churn_brief_waits)

    def test_the_customers_page_shows_it_escaped(self):
        self.publish(position="Price < list & no <script>")
        html = self.acme.with_user(self.ann).churn_brief_html
        self.assertIn("Price &lt; list &amp; no &lt;script&gt;", html)
        self.assertFalse(self.acme.with_user(self.bob).churn_brief_html)
        self.assertFalse(self.acme.with_user(self.bob).churn_brief_allowed)

    def test_promises_are_linked(self):
        self.env["churn.promise"].create({"name": "A spare pump", "account_id": self.acme.id})
        self.assertEqual(self.brief.with_user(self.ann).promise_ids.name, "A spare pump")

    def test_a_list_of_briefs_takes_few_queries(self):
        accounts = self.env["res.partner"].create([{"name": str(at), "user_id": self.old.id} for at in range(60)])
        briefs = self.env["churn.brief"].create([{"account_id": account.id, "tone": "Open"} for account in accounts])
        for brief in briefs:
            brief.action_publish()
        self.env.flush_all()
        self.env.invalidate_all()
        mine = briefs.with_user(self.old)
        fields = {name: {} for name in ("number", "is_changed", "unconfirmed_count", "to_confirm", "published_on")}
        mine.web_read(fields)
        self.env.invalidate_all()
        with self.assertQueryCount(12):
            mine.web_read(fields)


class TestBriefAttack(BriefCase):
    """What a rep who does not serve the customer, or wants to confirm for another, tries over RPC."""

    def test_who_does_not_serve_the_account_has_nothing(self):
        version = self.publish()
        for user in (self.bob, self.dan):
            brief = self.brief.with_user(user)
            self.assertFalse(brief.search([("id", "=", brief.id)]))
            self.assertFalse(self.env["churn.brief.reader"].with_user(user).search([("account_id", "=", self.acme.id)]))
            for attack in (
                lambda brief=brief: brief.read(["position"]),
                lambda brief=brief: brief.write({"position": "Mine"}),
                lambda brief=brief: brief.action_publish(),
                lambda brief=brief: brief.action_confirm(),
                lambda user=user: version.with_user(user).read(["position"]),
                lambda user=user: version.confirmation_ids.with_user(user).read(["user_id"]),
                lambda user=user: self.env["churn.brief"]
                .with_user(user)
                .create({"account_id": self.bolt.id, "position": "Mine"}),
            ):
                with self.assertRaises(AccessError):
                    attack()
                self.env.invalidate_all()

    def test_versions_and_confirmations_are_nobodys_to_write(self):
        version = self.publish()
        for user in (self.ann, self.old, self.manager):
            for attack in (
                lambda user=user: version.with_user(user).write({"position": "Never said"}),
                lambda user=user: version.with_user(user).unlink(),
                lambda user=user: self.env["churn.brief.version"]
                .with_user(user)
                .create({"brief_id": self.brief.id, "number": 9, "published_by_id": self.ann.id}),
                lambda user=user: self.env["churn.brief.confirmation"]
                .with_user(user)
                .create({"version_id": version.id, "user_id": self.ann.id}),
                lambda user=user: self.brief.with_user(user).write(
                    {"version_ids": [(0, 0, {"number": 9, "published_by_id": self.ann.id})]}
                ),
            ):
                with self.assertRaises(AccessError):
                    attack()
                self.env.invalidate_all()
        self.assertEqual(self.waiting(), self.ann)

    def test_a_brief_cannot_be_planted_on_another_account(self):
        with self.assertRaises(UserError):
            self.brief.with_user(self.old).account_id = self.env["res.partner"].create({"name": "Foreign"})
        with self.assertRaises(AccessError):
            self.brief.with_user(self.ann).unlink()

    def test_a_manager_who_does_not_serve_it_confirms_nothing(self):
        self.publish()
        with self.assertRaises(AccessError):
            self.brief.with_user(self.manager).action_confirm()

    def test_access_ends_with_the_dates(self):
        self.publish()
        brief = self.brief.with_user(self.ann)
        self.assertTrue(brief.has_access("write"))
        self.member.write({"date_from": self.today - timedelta(days=9), "date_to": self.today - timedelta(days=1)})
        self.env.invalidate_all()
        self.assertFalse(brief.has_access("read"))

    def test_another_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env, login="eve", groups=MANAGER, company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        version = self.publish()
        reader = self.env["churn.brief.reader"].with_user(stranger)
        for records in (self.brief, version, version.confirmation_ids):
            self.assertFalse(records.with_user(stranger).has_access("read"), "nobody of theirs serves it")
        self.assertFalse(reader.search([("brief_id", "=", self.brief.id)]))
        self.member.user_id.company_ids |= other
        self.env.invalidate_all()
        for records in (self.brief, version, version.confirmation_ids):
            self.assertTrue(records.with_user(stranger).has_access("read"), "one of theirs is on the account team")
        self.assertTrue(reader.search([("brief_id", "=", self.brief.id)]))
        self.acme.company_id = self.env.company
        self.env.invalidate_all()
        self.assertFalse(self.brief.with_user(stranger).has_access("read"))
        self.assertFalse(version.with_user(stranger).has_access("read"))
        self.assertFalse(self.env["churn.brief.reader"].with_user(stranger).search([("brief_id", "=", self.brief.id)]))

    def test_a_leader_sees_those_of_led_members(self):
        self.leader.group_ids += self.env.ref("churn_handover.group_churn_leader")
        self.assertTrue(self.brief.with_user(self.leader).has_access("write"))
        self.acme.user_id = self.bob
        self.env.invalidate_all()
        self.assertFalse(self.brief.with_user(self.leader).has_access("read"))


class TestBriefsOfOneAccount(BriefCase):
    def merge(self):
        self.env["base.partner.merge.automatic.wizard"].create({})._merge((self.acme | self.bolt).ids, self.bolt)
        self.env.invalidate_all()

    def test_the_only_brief_goes_along(self):
        version = self.publish()
        self.merge()
        self.assertEqual((self.brief.account_id, self.brief.current_id), (self.bolt, version))

    def test_two_briefs_become_one_and_nothing_is_lost(self):
        theirs = self.env["churn.brief"].create({"account_id": self.bolt.id, "position": "Second source"})
        theirs.with_user(self.old).action_publish()
        theirs.position = "Second source, for now"
        theirs.with_user(self.old).action_publish()
        current = theirs.current_id
        ours = self.publish()
        self.merge()
        self.assertFalse(self.brief.exists())
        self.assertEqual(theirs.version_ids.mapped("number"), [3, 2, 1])
        self.assertEqual((theirs.current_id, ours.brief_id), (current, theirs))
        self.assertEqual(theirs.position, "Second source, for now\n\n[Acme] Preferred supplier")
        self.assertTrue(theirs.is_changed, "somebody has to make one of the two")
        self.assertTrue(ours.confirmation_ids)

    def test_an_account_that_becomes_a_contact(self):
        version = self.publish()
        self.acme.write({"is_company": False, "parent_id": self.bolt.id})
        self.assertEqual((self.brief.account_id, self.brief.current_id), (self.bolt, version))
